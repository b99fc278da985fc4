//! Ticks for the channels that need them.
//!
//! A channel ticks every 20 ms. The channels of a thread are spread over four phases 5 ms apart, so that many
//! players do not hold up the packets that are only passed on. A thread where nobody plays sleeps.

use std::sync::atomic::Ordering;

use rtp_core::channel::sender::TICK_MS;
use rtp_core::clock::Moment;
use rtp_core::recorder::Chunk;

use crate::messages::What;
use crate::sys;
use crate::thread::{PacketThread, BUFFER_BYTES};

const PHASES: usize = 4;
const PHASE_US: u64 = TICK_MS as u64 * 1000 / PHASES as u64;
/// A phase may have so many channels more than another.
const UNEVEN: usize = 8;
/// While Python is behind, events that wait are offered again this often.
const RETRY_US: u64 = 5_000;
/// A thread that was held up longer than this does not run after its ticks.
const GIVE_UP_US: u64 = 100_000;

/// Which places tick in which phase.
pub struct TickList {
    phases: [Vec<u32>; PHASES],
    /// Groups whose rooms are mixed in each phase.
    rooms: [Vec<u64>; PHASES],
    phase: usize,
    due: Moment,
    /// Nobody ticked until now.
    rested: bool,
    late: Lateness,
    measured: (Moment, u64),
}

impl TickList {
    /// Empty.
    pub fn new(now: Moment) -> Self {
        TickList {
            phases: Default::default(),
            rooms: Default::default(),
            phase: 0,
            due: now,
            rested: false,
            late: Lateness::default(),
            measured: (now, 0),
        }
    }

    /// How long the thread may sleep, if nothing else than ticks wakes it before `latest`.
    pub fn wait_us(&self, now: Moment, latest: Moment, told_all: bool) -> Option<u64> {
        let mut until = latest;
        if self.is_any_busy() {
            until = until.min(self.due);
        }
        let wait = until.since_us(now);
        Some(if told_all { wait } else { wait.min(RETRY_US) })
    }

    fn is_any_busy(&self) -> bool {
        (0..PHASES).any(|phase| self.is_busy(phase))
    }

    fn is_busy(&self, phase: usize) -> bool {
        !self.phases[phase].is_empty() || !self.rooms[phase].is_empty()
    }

    /// Gives a room its phase.
    pub fn join_room(&mut self, group: u64) -> usize {
        self.rested |= !self.is_any_busy();
        let emptiest = (0..PHASES)
            .min_by_key(|phase| self.rooms[*phase].len())
            .unwrap_or(0);
        self.rooms[emptiest].push(group);
        emptiest
    }

    /// The room is no more.
    pub fn leave_room(&mut self, group: u64, phase: usize) {
        self.rooms[phase].retain(|other| *other != group);
    }

    /// Gives a channel the soonest phase that is not much fuller than the others: what begins is heard at once.
    fn add(&mut self, place: u32) {
        self.rested |= !self.is_any_busy();
        let fewest = self.phases.iter().map(Vec::len).min().unwrap_or(0);
        let soonest = (0..PHASES)
            .map(|later| (self.phase + later) % PHASES)
            .find(|phase| self.phases[*phase].len() <= fewest + UNEVEN)
            .unwrap_or(self.phase);
        self.phases[soonest].push(place);
    }

    /// Ticks that nobody waited for, or that a thread missed that was held up for long, are not made up for.
    fn catch_up(&mut self, now: Moment) {
        if std::mem::take(&mut self.rested) || now.since_us(self.due) > GIVE_UP_US {
            self.due = self.due.max(now);
        }
    }
}

/// How late ticks were: a histogram by powers of two of microseconds.
#[derive(Default)]
struct Lateness {
    counts: [u32; 24],
    total: u32,
}

impl Lateness {
    fn record(&mut self, late_us: u64) {
        let bucket = (64 - late_us.leading_zeros()) as usize;
        self.counts[bucket.min(self.counts.len() - 1)] += 1;
        self.total += 1;
    }

    /// Upper bound of the bucket that the 99th percentile lies in; forgets all.
    fn take_p99_us(&mut self) -> u32 {
        let mut above = self.total.div_ceil(100);
        let mut p99 = 0;
        for (bucket, count) in self.counts.iter().enumerate().rev() {
            if *count >= above {
                p99 = if self.total == 0 {
                    0
                } else {
                    (1 << bucket) - 1
                };
                break;
            }
            above -= *count;
        }
        *self = Lateness::default();
        p99
    }
}

impl PacketThread {
    /// Puts a channel among those that tick.
    pub(crate) fn start_ticking(&mut self, place: u32) {
        if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
            if !slot.ticking {
                slot.ticking = true;
                self.ticks.add(place);
            }
        }
    }

    /// Takes a channel that leaves the thread out of the list.
    pub(crate) fn stop_ticking(&mut self, place: u32) {
        for phase in &mut self.ticks.phases {
            phase.retain(|other| *other != place);
        }
    }

    /// Runs the phases that are due.
    pub(crate) fn run_ticks(&mut self, now: Moment, buffer: &mut [u8; BUFFER_BYTES]) {
        self.ticks.catch_up(now);
        while self.ticks.due <= now {
            let phase = self.ticks.phase;
            if self.ticks.is_busy(phase) {
                self.ticks.late.record(now.since_us(self.ticks.due));
                self.run_phase(now, phase, buffer);
            }
            self.ticks.phase = (phase + 1) % PHASES;
            self.ticks.due = self.ticks.due.plus_us(PHASE_US);
        }
        self.measure(now);
    }

    fn run_phase(&mut self, now: Moment, phase: usize, buffer: &mut [u8; BUFFER_BYTES]) {
        let mut index = 0;
        while let Some(group) = self.ticks.rooms[phase].get(index).copied() {
            if self.run_room(now, group, buffer) {
                index += 1;
            }
        }
        let mut index = 0;
        while let Some(place) = self.ticks.phases[phase].get(index).copied() {
            if self.tick_channel(now, place, buffer) {
                index += 1;
            } else {
                self.ticks.phases[phase].swap_remove(index);
            }
        }
    }

    /// Sends what is due; false when the channel needs no more ticks.
    fn tick_channel(&mut self, now: Moment, place: u32, buffer: &mut [u8; BUFFER_BYTES]) -> bool {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return false;
        };
        let digit = slot.channel.tick(now, buffer);
        if digit > 0 {
            slot.send(&buffer[..digit]);
        }
        loop {
            let made = slot.channel.poll(now, buffer);
            if made == 0 {
                break;
            }
            slot.send(&buffer[..made]);
        }
        slot.ticking = slot.channel.wants_ticks();
        let ticking = slot.ticking;
        self.take_notices(now, place as usize);
        self.write_records(now, place as usize);
        ticking
    }

    /// Hands what recordings gave to who writes them.
    pub(crate) fn write_records(&mut self, now: Moment, place: usize) {
        while let Some(Some(slot)) = self.slots.get_mut(place) {
            let Some(recorded) = slot.channel.taps.take() else {
                return;
            };
            let (handle, unix_us) = (slot.handle, self.wall.unix_us(now));
            let begins = matches!(recorded.2, Chunk::Begin(_));
            let told = self.writer.write(handle, recorded, unix_us);
            slot.filed |= begins && told.is_none();
            if let Some(told) = told {
                self.tell(now, handle, What::Record(told));
            }
        }
    }

    fn measure(&mut self, now: Moment) {
        let (before, cpu_before) = self.ticks.measured;
        let passed = now.since_us(before);
        if passed < 1_000_000 {
            return;
        }
        let cpu = sys::thread_cpu_us();
        let busy = cpu.saturating_sub(cpu_before) * 1000 / passed;
        self.load
            .busy_permille
            .store(busy.min(1000) as u32, Ordering::Relaxed);
        let late = self.ticks.late.take_p99_us();
        self.load.tick_late_us.store(late, Ordering::Relaxed);
        self.ticks.measured = (now, cpu);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_tells_the_bucket_of_its_99th_percentile() {
        let mut late = Lateness::default();
        assert_eq!(late.take_p99_us(), 0);
        for _ in 0..990 {
            late.record(3);
        }
        for _ in 0..10 {
            late.record(900);
        }
        assert_eq!(late.take_p99_us(), 1023);
        for _ in 0..1000 {
            late.record(3);
        }
        late.record(5000);
        assert_eq!(late.take_p99_us(), 3);
    }

    #[test]
    fn places_are_spread_over_the_phases_and_nobody_waits_for_nothing() {
        let mut ticks = TickList::new(Moment(0));
        let latest = Moment(250_000);
        assert_eq!(ticks.wait_us(Moment(0), latest, true), Some(250_000));
        (0..400).for_each(|place| ticks.add(place));
        let even = 100 - UNEVEN..=100 + UNEVEN;
        assert!(ticks.phases.iter().all(|phase| even.contains(&phase.len())));
        assert_eq!(ticks.wait_us(Moment(0), latest, true), Some(0));
    }

    #[test]
    fn who_begins_after_a_rest_does_not_make_up_for_it() {
        let mut ticks = TickList::new(Moment(0));
        ticks.add(0);
        ticks.catch_up(Moment(90_000));
        assert_eq!(ticks.due, Moment(90_000));
        ticks.add(1);
        ticks.catch_up(Moment(90_000 + GIVE_UP_US));
        assert_eq!(ticks.due, Moment(90_000), "who plays is heard to the end");
        ticks.catch_up(Moment(90_001 + GIVE_UP_US));
        assert_eq!(ticks.due, Moment(90_001 + GIVE_UP_US));
        ticks.phases[0].clear();
        ticks.join_room(1);
        ticks.catch_up(Moment(0));
        assert_eq!(ticks.due, Moment(90_001 + GIVE_UP_US), "none comes early");
    }

    #[test]
    fn who_begins_is_in_the_phase_that_is_due_next() {
        let mut ticks = TickList::new(Moment(0));
        for phase in [2, 3, 0, 1, 2] {
            ticks.phase = phase;
            ticks.add(0);
        }
        assert_eq!(ticks.phases.map(|phase| phase.len()), [1, 1, 2, 1]);
    }
}
