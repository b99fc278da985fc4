//! Telephone events (RFC 4733): one digit per press from any of its packets, and digits sent from a queue.

use std::collections::VecDeque;

use crate::clock::Moment;

/// Bytes of an event payload.
pub const EVENT_BYTES: usize = 4;
/// -13 dBm0, what common phones send.
const VOLUME: u8 = 13;
/// Packets of an event before its end, unless a duration is asked for.
const BODY_PACKETS: u16 = 11;
/// The end is sent three times against loss (RFC 4733 section 2.5.1.4).
const END_PACKETS: u16 = 3;
/// Ticks of 20 ms between two digits: 200 ms, so that no receiver takes two presses for one.
const GAP_TICKS: u16 = 10;
/// Digits that may wait, five hours of them: nobody finds it full, and nobody fills the memory.
pub const QUEUE_DIGITS: usize = 65_536;
/// Ticks per second of a packet thread.
const TICKS_PER_S: u32 = 50;
/// A press goes on as long as its packets do; they come every 20 to 100 ms.
const LOST_END_US: u64 = 300_000;
/// No packet of an older press comes so late: a timestamp that is older still is of a clock that was set back.
const LATE_US: u64 = 2_000_000;

const DIGITS: [u8; 17] = *b"0123456789*#ABCDF";

/// The letter of an event code: 0-9 * # A-D, and F for a flash (16).
pub fn digit_of(event: u8) -> Option<u8> {
    DIGITS.get(usize::from(event)).copied()
}

/// The event code of a letter.
pub fn event_of(digit: u8) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    DIGITS
        .iter()
        .position(|d| *d == digit)
        .map(|index| index as u8)
}

/// An event payload, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    code: u8,
    end: bool,
    duration: u16,
}

impl Event {
    fn read(payload: &[u8]) -> Option<Event> {
        let [code, flags, high, low] = *payload.first_chunk::<EVENT_BYTES>()?;
        Some(Event {
            code,
            end: flags & 0x80 != 0,
            duration: u16::from_be_bytes([high, low]),
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Press {
    code: u8,
    rtp_ts: u32,
    duration: u16,
    /// Of segments before this one.
    before: u32,
    heard: Moment,
    ended: bool,
}

/// A press that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its letter.
    pub digit: u8,
    /// How long it was, as far as it was heard, in the event's clock.
    pub duration: u32,
}

/// Hears presses. The key of a press is its timestamp, so lost starts, lost ends and repeats do no harm.
#[derive(Debug, Default)]
pub struct DigitReceiver {
    last: Option<Press>,
    released: VecDeque<Release>,
}

impl DigitReceiver {
    /// Takes one event packet; a letter when it begins a press.
    pub fn receive(
        &mut self,
        now: Moment,
        rtp_ts: u32,
        marker: bool,
        payload: &[u8],
    ) -> Option<u8> {
        let event = Event::read(payload)?;
        let digit = digit_of(event.code)?;
        if let Some(last) = &mut self.last {
            let step = rtp_ts.wrapping_sub(last.rtp_ts);
            if step > u32::MAX / 2 && now.since_us(last.heard) <= LATE_US {
                return None; // a late packet of an older press
            }
            if event.code == last.code && (step == 0 || continues(last, step, marker)) {
                if step != 0 {
                    // Some phones let the duration grow with the timestamp.
                    let counts_on = event.duration > last.duration;
                    last.before = last.before.saturating_add(if counts_on { 0 } else { step });
                    (last.rtp_ts, last.duration) = (rtp_ts, event.duration);
                }
                last.heard = now;
                last.duration = last.duration.max(event.duration);
                if event.end {
                    self.release();
                }
                return None;
            }
        }
        self.release();
        self.last = Some(Press {
            code: event.code,
            rtp_ts,
            duration: event.duration,
            before: 0,
            heard: now,
            ended: false,
        });
        if event.end {
            self.release();
        }
        Some(digit)
    }

    /// The press is over, unless it was before.
    fn release(&mut self) {
        let Some(last) = self.last.as_mut().filter(|last| !last.ended) else {
            return;
        };
        last.ended = true;
        if let Some(digit) = digit_of(last.code) {
            let duration = last.before.saturating_add(u32::from(last.duration));
            self.released.push_back(Release { digit, duration });
        }
    }

    /// A press of which nothing has come for long has lost its end.
    pub fn sweep(&mut self, now: Moment) {
        let stale = |last: &Press| now.since_us(last.heard) > LOST_END_US;
        if self.last.as_ref().is_some_and(stale) {
            self.release();
        }
    }

    /// The next press that is over.
    pub fn take_release(&mut self) -> Option<Release> {
        self.released.pop_front()
    }

    /// The same, of those before the press that was heard last.
    pub fn take_earlier(&mut self) -> Option<Release> {
        let own = usize::from(self.last.is_some_and(|last| last.ended));
        (self.released.len() > own).then(|| self.take_release())?
    }

    /// Another source begins: its timestamps have nothing to do with those before.
    pub fn change_source(&mut self) {
        self.release();
        self.last = None;
    }
}

/// A long press goes on in segments (RFC 4733 section 2.5.1.3), and some phones move the timestamp within a press;
/// both go on exactly where the last packet stood, without a marker.
fn continues(last: &Press, step: u32, marker: bool) -> bool {
    !marker && !last.ended && step <= u32::from(last.duration) + 160
}

/// One event packet to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// Only the first of an event carries it.
    pub marker: bool,
    /// The first of an event: the timestamp of this moment holds for all of it.
    pub first: bool,
    /// The payload.
    pub payload: [u8; EVENT_BYTES],
}

#[derive(Clone, Copy, Debug)]
struct Sending {
    code: u8,
    body_packets: u16,
    sent: u16,
}

/// Sends digits: one packet a tick, 11 of growing duration, 3 of the end, then a gap.
#[derive(Debug, Default)]
pub struct DigitSender {
    queue: VecDeque<(u8, u16)>,
    sending: Option<Sending>,
    gap: u16,
}

impl DigitSender {
    /// Queues a digit, of so many ms (0 is the default); false when it is no digit or the queue is full.
    pub fn push(&mut self, digit: u8, duration_ms: u32) -> bool {
        let Some(code) = event_of(digit) else {
            return false;
        };
        if self.queue.len() >= QUEUE_DIGITS {
            return false;
        }
        let packets = if duration_ms == 0 {
            BODY_PACKETS
        } else {
            (duration_ms.clamp(40, 8000) / 20) as u16
        };
        self.queue.push_back((code, packets));
        true
    }

    /// Digits that wait or are being sent.
    pub fn pending(&self) -> usize {
        self.queue.len() + usize::from(self.sending.is_some())
    }

    /// Whether the next ticks belong to a digit, so that audio must be silent.
    #[inline]
    pub fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// Whether ticks are wanted at all.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.sending.is_none() && self.queue.is_empty() && self.gap == 0
    }

    /// Forgets what has not been sent.
    pub fn clear(&mut self) {
        *self = DigitSender::default();
    }

    /// The packet of this tick, at the event clock's rate.
    pub fn tick(&mut self, rate: u32) -> Option<EventPacket> {
        if self.gap > 0 {
            self.gap -= 1;
            return None;
        }
        if self.sending.is_none() {
            let (code, body_packets) = self.queue.pop_front()?;
            self.sending = Some(Sending {
                code,
                body_packets,
                sent: 0,
            });
        }
        let sending = self.sending.as_mut()?;
        let packet = packet_of(sending, rate);
        sending.sent += 1;
        if sending.sent == sending.body_packets + END_PACKETS {
            self.sending = None;
            self.gap = GAP_TICKS;
        }
        Some(packet)
    }
}

fn packet_of(sending: &Sending, rate: u32) -> EventPacket {
    let end = sending.sent >= sending.body_packets;
    // The three ends repeat the same, final duration.
    let steps = u32::from(sending.sent.min(sending.body_packets)) + 1;
    let duration = (steps * (rate / TICKS_PER_S)).min(u32::from(u16::MAX)) as u16;
    let [high, low] = duration.to_be_bytes();
    EventPacket {
        marker: sending.sent == 0,
        first: sending.sent == 0,
        payload: [sending.code, (u8::from(end) << 7) | VOLUME, high, low],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: u8, end: bool, duration: u16) -> [u8; 4] {
        let [high, low] = duration.to_be_bytes();
        [code, (u8::from(end) << 7) | 10, high, low]
    }

    fn presses(packets: &[(u32, bool, [u8; 4])]) -> String {
        let mut receiver = DigitReceiver::default();
        packets
            .iter()
            .filter_map(|(ts, marker, payload)| receiver.receive(Moment(0), *ts, *marker, payload))
            .map(char::from)
            .collect()
    }

    // covers: EN-043
    #[test]
    fn a_press_is_told_once_whatever_of_it_arrives() {
        let whole = [
            (1000, true, event(5, false, 160)),
            (1000, false, event(5, false, 320)),
            (1000, false, event(5, true, 480)),
        ];
        assert_eq!(presses(&whole), "5");
        assert_eq!(presses(&whole[1..]), "5");
        assert_eq!(presses(&whole[2..]), "5");
    }

    #[test]
    fn the_same_key_again_with_its_end_lost_is_a_second_press() {
        assert_eq!(
            presses(&[
                (1000, true, event(5, false, 160)),
                (1000, false, event(5, false, 320)),
                (2600, true, event(5, false, 160))
            ]),
            "55"
        );
        assert_eq!(
            presses(&[
                (1000, true, event(5, false, 320)),
                (2600, false, event(5, false, 320))
            ]),
            "55"
        );
    }

    #[test]
    fn late_packets_of_an_older_press_are_silent() {
        assert_eq!(
            presses(&[
                (1000, true, event(1, false, 160)),
                (4000, true, event(2, false, 160)),
                (1000, false, event(1, true, 800))
            ]),
            "12"
        );
    }

    #[test]
    fn a_long_press_in_segments_is_one() {
        let next = 1000 + 0xffff;
        assert_eq!(
            presses(&[
                (1000, true, event(9, false, 0xffff)),
                (next, false, event(9, false, 160)),
                (next, false, event(9, true, 800))
            ]),
            "9"
        );
    }

    /// What was released by these packets, and by half a second without any.
    fn releases(packets: &[(u32, bool, [u8; 4])]) -> Vec<(char, u32)> {
        let mut receiver = DigitReceiver::default();
        for (n, (ts, marker, payload)) in packets.iter().enumerate() {
            receiver.receive(Moment(n as u64 * 20_000), *ts, *marker, payload);
        }
        receiver.sweep(Moment(packets.len() as u64 * 20_000 + 500_000));
        let next = || receiver.take_release();
        std::iter::from_fn(next)
            .map(|release| (char::from(release.digit), release.duration))
            .collect()
    }

    // covers: EN-021
    #[test]
    fn a_press_lasts_until_its_end_or_as_long_as_it_was_heard() {
        let end = (1000, false, event(5, true, 1920));
        let press = [(1000, true, event(5, false, 160)), end, end, end];
        assert_eq!(releases(&press), [('5', 1920)]);
        assert_eq!(releases(&press[3..]), [('5', 1920)]);
        let lost = [
            (1000, true, event(5, false, 160)),
            (1000, false, event(5, false, 800)),
        ];
        assert_eq!(releases(&lost), [('5', 800)]);
        let next = [lost[1], (4000, true, event(6, true, 320))];
        assert_eq!(releases(&next), [('5', 800), ('6', 320)]);
    }

    #[test]
    fn segments_of_a_long_press_add_up() {
        let next = 1000 + 0xffff;
        let segments = [
            (1000, true, event(9, false, 0xffff)),
            (next, false, event(9, false, 160)),
            (next, false, event(9, true, 800)),
        ];
        assert_eq!(releases(&segments), [('9', 0xffff + 800)]);
        let moving = [
            (1000, true, event(9, false, 160)),
            (1160, false, event(9, false, 320)),
            (1320, false, event(9, true, 480)),
        ];
        assert_eq!(releases(&moving), [('9', 480)]);
    }

    #[test]
    fn a_press_that_never_ends_is_long_and_no_more() {
        let mut receiver = DigitReceiver::default();
        let mut rtp_ts = 0u32;
        for _ in 0..70_000 {
            receiver.receive(Moment(0), rtp_ts, false, &event(1, false, 0xffff));
            rtp_ts = rtp_ts.wrapping_add(0xffff);
        }
        receiver.change_source();
        let release = receiver.take_release().unwrap();
        assert_eq!((release.digit, release.duration), (b'1', u32::MAX));
    }

    #[test]
    fn a_clock_that_was_set_back_since_the_last_press_makes_no_key_late() {
        let mut receiver = DigitReceiver::default();
        let mut press = |at_s: u64, rtp_ts: u32| {
            receiver.receive(Moment(at_s * 1_000_000), rtp_ts, true, &event(1, true, 800))
        };
        assert_eq!(press(1, 1_000_000), Some(b'1'));
        assert_eq!(press(2, 992_000), None);
        assert_eq!(press(9, 5000), Some(b'1'));
        assert_eq!(press(20 * 3600, 5000 + (1 << 31) + 9), Some(b'1'));
    }

    #[test]
    fn short_payloads_and_other_events_are_nothing() {
        assert_eq!(
            presses(&[
                (1, true, event(17, false, 1)),
                (2, true, event(255, true, 9))
            ]),
            ""
        );
        assert_eq!(
            DigitReceiver::default().receive(Moment(0), 1, true, &[5, 0, 1]),
            None
        );
        assert_eq!(presses(&[(1, true, event(16, false, 1))]), "F");
    }

    fn burst(sender: &mut DigitSender, ticks: usize) -> Vec<Option<EventPacket>> {
        (0..ticks).map(|_| sender.tick(8000)).collect()
    }

    // covers: EN-041
    #[test]
    fn a_digit_is_eleven_packets_of_growing_duration_and_three_ends() {
        let mut sender = DigitSender::default();
        assert!(sender.push(b'#', 0) && sender.push(b'1', 0));
        let packets = burst(&mut sender, 38);
        let first: Vec<EventPacket> = packets[..14].iter().map(|p| p.unwrap()).collect();
        for (index, packet) in first.iter().enumerate() {
            assert_eq!(packet.marker, index == 0);
            assert_eq!(packet.payload[0], 11);
            assert_eq!(packet.payload[1], if index >= 11 { 0x80 | 13 } else { 13 });
            let duration = u16::from_be_bytes([packet.payload[2], packet.payload[3]]);
            assert_eq!(duration, 160 * (index.min(11) as u16 + 1));
        }
        assert!(
            packets[14..24].iter().all(Option::is_none),
            "200 ms between digits"
        );
        assert_eq!(packets[24].unwrap().payload[0], 1);
        assert!(packets[24].unwrap().marker);
        assert_eq!(packets.iter().flatten().count(), 28);
        burst(&mut sender, 10);
        assert!(sender.is_idle());
    }

    #[test]
    fn the_clock_of_the_event_scales_durations() {
        let mut sender = DigitSender::default();
        sender.push(b'0', 40);
        let packets: Vec<_> = (0..5)
            .map(|_| sender.tick(48000).unwrap().payload)
            .collect();
        assert_eq!(packets[0][2..], 960u16.to_be_bytes());
        assert_eq!(packets[4][2..], 2880u16.to_be_bytes());
    }

    #[test]
    #[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
    fn the_queue_is_bounded_and_refuses_what_is_no_digit() {
        let mut sender = DigitSender::default();
        assert!(!sender.push(b'x', 0));
        assert!((0..QUEUE_DIGITS).all(|_| sender.push(b'd', 0)));
        assert!(!sender.push(b'1', 0));
        assert_eq!(sender.pending(), QUEUE_DIGITS);
        sender.clear();
        assert!(sender.is_idle());
    }
}
