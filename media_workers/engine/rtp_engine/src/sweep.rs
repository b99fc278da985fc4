//! The sweep over all channels, four times a second: reports that are due, silence, sockets to connect or to let go.
//!
//! Done in slices, one a turn of the loop, so that a thousand channels do not hold up the packets of one.

use rtp_core::clock::Moment;
use rtp_core::rtcp::MAX_RTCP;

use crate::thread::PacketThread;

const EVERY_US: u64 = 250_000;
/// Channels looked at in one turn: a few tens of microseconds.
const SLICE: usize = 64;

/// Where the sweep is.
pub struct Sweep {
    due: Moment,
    /// The place to go on at.
    next: usize,
}

impl Sweep {
    /// The first is due in a while.
    pub fn new(now: Moment) -> Self {
        Sweep {
            due: now.plus_us(EVERY_US),
            next: 0,
        }
    }

    /// When the thread must be awake for it.
    pub fn due(&self) -> Moment {
        self.due
    }

    /// The places to look at now, of so many; what is left is due at once.
    fn slice(&mut self, now: Moment, places: usize) -> std::ops::Range<usize> {
        if now < self.due {
            return 0..0;
        }
        let end = places.min(self.next + SLICE);
        let slice = self.next.min(end)..end;
        self.next = end;
        if end == places {
            *self = Sweep::new(now);
        }
        slice
    }
}

impl PacketThread {
    /// One slice, if the sweep is due.
    pub(crate) fn run_sweep(&mut self, now: Moment) {
        let mut report = [0; MAX_RTCP];
        for place in self.sweep.slice(now, self.slots.len()) {
            let Some(Some(slot)) = self.slots.get_mut(place) else {
                continue;
            };
            slot.tend_connection(now);
            let length = slot.channel.poll_rtcp(now, self.wall, &mut report);
            if length > 0 {
                slot.send_rtcp(&report[..length]);
            }
            slot.channel.sweep(now);
            self.take_notices(now, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_looked_at_once_in_slices_and_then_not_for_a_while() {
        let mut sweep = Sweep::new(Moment(0));
        assert_eq!(sweep.slice(Moment(EVERY_US - 1), 150), 0..0);
        assert_eq!(sweep.slice(Moment(EVERY_US), 150), 0..64);
        assert_eq!(sweep.due(), Moment(EVERY_US));
        assert_eq!(sweep.slice(Moment(EVERY_US + 100), 150), 64..128);
        assert_eq!(sweep.slice(Moment(EVERY_US + 200), 150), 128..150);
        assert_eq!(sweep.due(), Moment(2 * EVERY_US + 200));
        assert_eq!(sweep.slice(Moment(EVERY_US + 300), 150), 0..0);
    }

    #[test]
    fn places_may_go_while_it_is_under_way() {
        let mut sweep = Sweep::new(Moment(0));
        assert_eq!(sweep.slice(Moment(EVERY_US), 100), 0..64);
        assert_eq!(sweep.slice(Moment(EVERY_US), 10), 10..10);
        assert!(sweep.due() > Moment(EVERY_US));
    }
}
