//! Adaptive jitter buffer: puts packets in order and gives each at its time.
//!
//! ```text
//! pull finds                              gives
//! nothing                                 Wait; from then on idle
//! a packet, idle, not held long enough    Wait
//! a packet, idle, held long enough        Packet; from then on playing
//! the next packet, playing                Packet
//!   held far too long                     the one after it (in quiet already when held somewhat too long)
//!   held too short, in quiet              Wait, until it was held long enough: the delay grows
//! a later packet, playing                 Missing, for each one between
//! ```
//!
//! An empty buffer stops time: what comes after is played later, never thrown away, and the longer delay is reduced again
//! as above. RTP time and sequence may jump: a far number is believed when the next one follows it (RFC 3550 appendix A.1),
//! a jump of RTP time alone moves the zero of the clock.

use crate::clock::Moment;
use crate::hearing::delay::{DelayBounds, DelayEstimator};

/// Packets held at most; also how far ahead a number may be.
const SLOTS: u16 = 64;
/// Longest payload taken: nothing longer comes in one Ethernet frame.
pub const MAX_PAYLOAD_BYTES: usize = 1500;
/// Room made ahead in each slot: 20 ms of G.711 or G.722.
const USUAL_PAYLOAD_BYTES: usize = 160;
/// Lateness beyond this is a jump of RTP time.
const MAX_LATENESS_US: i64 = 2_000_000;
const MAX_EARLINESS_US: i64 = 200_000;
/// An empty buffer is concealed for so long; then it is a silence.
const STARVED_US: u64 = 100_000;
/// Reordering that may still lower the first number before anything was played.
const MAX_FIRST_REORDER: u16 = 16;

/// A packet on its way in.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// Who sent it.
    pub ssrc: u32,
    /// Its number.
    pub seq: u16,
    /// Its time, on the clock given to [`JitterBuffer::new`].
    pub rtp_ts: u32,
    /// Its format.
    pub payload_type: u8,
    /// Header, extension and padding taken off.
    pub payload: &'a [u8],
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// Kept.
    Kept,
    /// Kept, and all before it is forgotten: another source, or a jump that proved real.
    Restarted,
    /// Its turn had passed.
    Late,
    /// There was one.
    Duplicate,
    /// Its number is far from all others.
    Outside,
    /// Longer than [`MAX_PAYLOAD_BYTES`].
    Oversize,
}

/// What is to be played now.
#[derive(Debug, PartialEq, Eq)]
pub enum Pulled<'a> {
    /// This.
    Packet {
        /// Its format.
        payload_type: u8,
        /// Its time.
        rtp_ts: u32,
        /// Its bytes.
        payload: &'a [u8],
        /// It does not follow the one before: a packet between was left out, or a silence ends.
        jumped: bool,
        /// So many before it are missing and were not told as such: something else was heard in their turns, or nothing.
        skipped: u16,
    },
    /// Something was lost. The packet behind the hole, if it is the next one, may help to conceal it.
    Missing {
        /// Payload of the following packet.
        next: Option<&'a [u8]>,
    },
    /// Nothing.
    Wait {
        /// There should have been something: conceal. Else it is a silence.
        starved: bool,
    },
}

/// What happened so far. Each packet that came is in one of the first five, or still in the buffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterReport {
    /// Given out.
    pub played: u64,
    /// Came after their turn.
    pub late: u64,
    /// Came again.
    pub duplicate: u64,
    /// Were far from all others, or too long.
    pub outside: u64,
    /// Left out to shorten the delay, or forgotten at a restart.
    pub shed: u64,
    /// Turns that passed without their packet; those that came late are among them.
    pub missing: u64,
    /// Times the delay was lengthened in a quiet moment.
    pub inserted: u64,
    /// Turns without anything to play though there should have been.
    pub starved: u64,
    /// How long all played ones were held together, in microseconds.
    pub held_us: i64,
    /// How long the last packet was held, against the fastest, in microseconds.
    pub delay_us: i64,
    /// How long they should be held.
    pub target_us: i64,
    /// Packets in the buffer.
    pub held: u32,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    sent_us: i64,
    rtp_ts: u32,
    payload_type: u8,
    payload: Vec<u8>,
}

/// Buffer of one stream. Allocates when made, and where a payload is longer than any before it in its slot.
#[derive(Debug, Clone)]
pub struct JitterBuffer {
    clock_hz: u32,
    bounds: DelayBounds,
    estimator: DelayEstimator,
    slots: Vec<Slot>,
    /// Bit n: slot n is taken.
    present: u64,
    /// Bit n: number `next_seq - 1 - n` was taken out.
    done: u64,
    next_seq: u16,
    state: State,
    ssrc: Option<u32>,
    stray_next: Option<u16>,
    /// RTP time on our clock: what was last seen, and where that lies.
    last_rtp_ts: u32,
    last_sent_us: i64,
    last_seq: u16,
    frame_us: i64,
    /// When the buffer was found empty while playing; `None` where it is quiet on purpose.
    dry_since: Option<Moment>,
    jumped: bool,
    skipped: u16,
    report: JitterReport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing has come.
    Empty,
    /// Something came, nothing was played.
    Starting,
    /// Between two stretches of audio.
    Idle,
    /// In one.
    Playing,
}

impl JitterBuffer {
    /// An empty buffer for a stream with this RTP clock.
    #[must_use]
    pub fn new(clock_hz: u32, bounds: DelayBounds) -> Self {
        let slot = Slot {
            payload: Vec::with_capacity(USUAL_PAYLOAD_BYTES),
            ..Slot::default()
        };
        Self {
            clock_hz: clock_hz.max(1),
            bounds,
            estimator: DelayEstimator::new(bounds),
            slots: (0..SLOTS)
                .map(|_| Slot {
                    payload: Vec::with_capacity(USUAL_PAYLOAD_BYTES),
                    ..slot.clone()
                })
                .collect(),
            present: 0,
            done: 0,
            next_seq: 0,
            state: State::Empty,
            ssrc: None,
            stray_next: None,
            last_rtp_ts: 0,
            last_sent_us: 0,
            last_seq: 0,
            frame_us: 20_000,
            dry_since: None,
            jumped: false,
            skipped: 0,
            report: JitterReport::default(),
        }
    }

    /// Counters and delay.
    #[must_use]
    pub fn report(&self) -> JitterReport {
        JitterReport {
            target_us: self.estimator.target_us(),
            held: self.present.count_ones(),
            ..self.report
        }
    }

    /// Forgets the stream but not the counters.
    pub fn reset(&mut self) {
        self.report.shed += u64::from(self.present.count_ones());
        self.present = 0;
        self.done = 0;
        self.state = State::Empty;
        self.dry_since = None;
        self.stray_next = None;
        self.estimator = DelayEstimator::new(self.bounds);
    }

    /// Takes a packet in.
    #[inline]
    pub fn push(&mut self, now: Moment, packet: &Arrived<'_>) -> Pushed {
        if packet.payload.len() > MAX_PAYLOAD_BYTES {
            self.report.outside += 1;
            return Pushed::Oversize;
        }
        if self.ssrc != Some(packet.ssrc) {
            let first = self.ssrc.is_none();
            self.ssrc = Some(packet.ssrc);
            return self.begin(now, packet, first);
        }
        let ahead = packet.seq.wrapping_sub(self.next_seq);
        let behind = self.next_seq.wrapping_sub(packet.seq);
        match self.state {
            State::Empty => self.begin(now, packet, true),
            _ if ahead < SLOTS => self.keep(now, packet),
            State::Starting if behind <= MAX_FIRST_REORDER && self.fits_below(behind) => {
                self.next_seq = packet.seq;
                self.keep(now, packet)
            }
            _ if behind <= SLOTS => self.too_late(now, packet, behind),
            _ => self.far(now, packet),
        }
    }

    fn begin(&mut self, now: Moment, packet: &Arrived<'_>, first: bool) -> Pushed {
        self.reset();
        self.state = State::Starting;
        self.next_seq = packet.seq;
        self.last_seq = packet.seq.wrapping_sub(1);
        self.last_rtp_ts = packet.rtp_ts;
        self.last_sent_us = now.0 as i64;
        self.keep(now, packet);
        if first {
            Pushed::Kept
        } else {
            Pushed::Restarted
        }
    }

    /// The window still holds all packets if it begins so much lower.
    fn fits_below(&self, behind: u16) -> bool {
        let highest = (0..SLOTS)
            .rev()
            .find(|&n| self.has(self.next_seq.wrapping_add(n)));
        highest.is_none_or(|highest| highest + behind < SLOTS)
    }

    fn has(&self, seq: u16) -> bool {
        self.present >> (seq % SLOTS) & 1 != 0
    }

    #[inline]
    fn keep(&mut self, now: Moment, packet: &Arrived<'_>) -> Pushed {
        if self.has(packet.seq) {
            self.report.duplicate += 1;
            return Pushed::Duplicate;
        }
        let sent_us = self.placed_in_time(now, packet);
        self.estimator.observe(now.0 as i64, now.0 as i64 - sent_us);
        let slot = &mut self.slots[usize::from(packet.seq % SLOTS)];
        slot.sent_us = sent_us;
        slot.rtp_ts = packet.rtp_ts;
        slot.payload_type = packet.payload_type;
        slot.payload.clear();
        slot.payload.extend_from_slice(packet.payload);
        self.present |= 1 << (packet.seq % SLOTS);
        self.stray_next = None;
        Pushed::Kept
    }

    /// When the packet was sent, on our clock but for an unknown constant. A jump of RTP time moves the constant.
    #[inline]
    fn placed_in_time(&mut self, now: Moment, packet: &Arrived<'_>) -> i64 {
        let ticks = i64::from(packet.rtp_ts.wrapping_sub(self.last_rtp_ts) as i32);
        let step_us = ticks * 1_000_000 / i64::from(self.clock_hz);
        let sent_us = self.last_sent_us + step_us;
        let lateness_us = self
            .estimator
            .lateness_us(now.0 as i64 - sent_us)
            .unwrap_or(0);
        let sent_us = if (-MAX_EARLINESS_US..=MAX_LATENESS_US).contains(&lateness_us) {
            sent_us
        } else {
            sent_us + lateness_us
        };
        let seqs = packet.seq.wrapping_sub(self.last_seq);
        if seqs == 1 && (5_000..=120_000).contains(&step_us) {
            self.frame_us = step_us;
        }
        if seqs < SLOTS {
            (self.last_seq, self.last_rtp_ts, self.last_sent_us) =
                (packet.seq, packet.rtp_ts, sent_us);
        }
        sent_us
    }

    fn too_late(&mut self, now: Moment, packet: &Arrived<'_>, behind: u16) -> Pushed {
        if self.done >> (behind - 1) & 1 != 0 {
            self.report.duplicate += 1;
            return Pushed::Duplicate;
        }
        self.done |= 1 << (behind - 1);
        self.report.late += 1;
        let ticks = i64::from(packet.rtp_ts.wrapping_sub(self.last_rtp_ts) as i32);
        let sent_us = self.last_sent_us + ticks * 1_000_000 / i64::from(self.clock_hz);
        self.estimator.observe_late(now.0 as i64 - sent_us);
        Pushed::Late
    }

    /// A number out of reach: after a gap in a stream that ran dry it is taken if its time fits, else only with a witness.
    fn far(&mut self, now: Moment, packet: &Arrived<'_>) -> Pushed {
        let ticks = i64::from(packet.rtp_ts.wrapping_sub(self.last_rtp_ts) as i32);
        let sent_us = self.last_sent_us + ticks * 1_000_000 / i64::from(self.clock_hz);
        let lateness_us = self
            .estimator
            .lateness_us(now.0 as i64 - sent_us)
            .unwrap_or(0);
        if self.present == 0 && self.state == State::Idle && lateness_us.abs() < MAX_EARLINESS_US {
            let lost = packet.seq.wrapping_sub(self.next_seq);
            self.report.missing += if lost < 1 << 15 { u64::from(lost) } else { 0 };
            (self.next_seq, self.done) = (packet.seq, 0);
            return self.keep(now, packet);
        }
        if self.stray_next == Some(packet.seq) {
            return self.begin(now, packet, false);
        }
        self.stray_next = Some(packet.seq.wrapping_add(1));
        self.report.outside += 1;
        Pushed::Outside
    }

    /// Gives what is to be played next. Call it whenever the decoder has run out; `quiet` says that what was last played
    /// was silence, so that nobody hears a change of the delay.
    #[inline]
    pub fn pull(&mut self, now: Moment, quiet: bool) -> Pulled<'_> {
        loop {
            let Some(ahead) = self.first_ahead() else {
                return self.ran_dry(now);
            };
            let slot = &self.slots[usize::from(self.next_seq.wrapping_add(ahead) % SLOTS)];
            let held_us = now.0 as i64 - slot.sent_us - self.estimator.fastest_us();
            let excess_us = held_us - self.estimator.target_us();
            if self.state != State::Playing {
                if excess_us < 0 {
                    return self.wait(now);
                }
                self.skip(ahead, true);
                self.skipped = ahead;
                self.state = State::Playing;
                self.dry_since = None;
                self.jumped = true;
            } else if ahead > 0 {
                if excess_us < self.frame_us * 3 / 2 {
                    return self.missing(ahead);
                }
                self.skip(ahead, true);
                self.skipped = ahead;
                self.jumped = true;
            }
            if self.is_too_old(excess_us, held_us, quiet) {
                self.skip(1, false);
                self.report.shed += 1;
                self.jumped = true;
                continue;
            }
            if quiet && excess_us < -self.frame_us / 2 && !self.jumped {
                self.report.inserted += 1;
                self.state = State::Idle;
                self.dry_since = None;
                return self.wait(now);
            }
            self.report.delay_us = held_us;
            self.report.held_us += held_us.max(0);
            return self.play();
        }
    }

    /// The packet is worth less than the time it costs, and there is another one.
    fn is_too_old(&self, excess_us: i64, held_us: i64, quiet: bool) -> bool {
        let much = held_us > i64::from(self.bounds.max_ms) * 1000 || excess_us > self.frame_us * 4;
        let some = quiet && excess_us > self.frame_us * 3 / 2;
        (much || some) && self.present.count_ones() > 1
    }

    #[inline]
    fn first_ahead(&self) -> Option<u16> {
        let ahead = self
            .present
            .rotate_right(u32::from(self.next_seq % SLOTS))
            .trailing_zeros();
        (ahead < 64).then_some(ahead as u16)
    }

    /// Passes over numbers, which are lost if they never came.
    #[inline]
    fn skip(&mut self, count: u16, lost: bool) {
        for _ in 0..count {
            let bit = 1 << (self.next_seq % SLOTS);
            self.done = self.done << 1 | u64::from(self.present & bit != 0);
            self.present &= !bit;
            self.next_seq = self.next_seq.wrapping_add(1);
        }
        if lost {
            self.report.missing += u64::from(count);
        }
    }

    fn missing(&mut self, ahead: u16) -> Pulled<'_> {
        self.skip(1, true);
        let next = (ahead == 1).then(|| {
            self.slots[usize::from(self.next_seq % SLOTS)]
                .payload
                .as_slice()
        });
        Pulled::Missing { next }
    }

    fn ran_dry(&mut self, now: Moment) -> Pulled<'_> {
        if self.state == State::Playing {
            self.state = State::Idle;
            self.dry_since = Some(now);
        }
        self.wait(now)
    }

    fn wait(&mut self, now: Moment) -> Pulled<'_> {
        let starved = self
            .dry_since
            .is_some_and(|since| now.since_us(since) < STARVED_US);
        self.report.starved += u64::from(starved);
        Pulled::Wait { starved }
    }

    #[inline]
    fn play(&mut self) -> Pulled<'_> {
        let index = usize::from(self.next_seq % SLOTS);
        self.skip(1, false);
        self.report.played += 1;
        let slot = &self.slots[index];
        Pulled::Packet {
            payload_type: slot.payload_type,
            rtp_ts: slot.rtp_ts,
            payload: &slot.payload,
            jumped: std::mem::take(&mut self.jumped),
            skipped: std::mem::take(&mut self.skipped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TICK_US: u64 = 20_000;

    /// What came out of one turn.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Turn {
        Packet(u32),
        Missing,
        Starved,
        Wait,
    }

    /// Packets with arrival times, played every 20 ms half a tick off the grid.
    fn run(buffer: &mut JitterBuffer, mut packets: Vec<(u64, u16)>, quiet: bool) -> Vec<Turn> {
        packets.sort_by_key(|&(at_us, _)| at_us);
        let end = packets.last().map_or(0, |&(at_us, _)| at_us) + 400_000;
        let mut arriving = packets.into_iter().peekable();
        let mut turns = Vec::new();
        for now in (TICK_US / 2..end).step_by(TICK_US as usize) {
            while let Some((at_us, seq)) = arriving.next_if(|&(at_us, _)| at_us <= now) {
                push(buffer, at_us, seq);
            }
            turns.push(pull(buffer, now, quiet));
        }
        turns
    }

    fn push(buffer: &mut JitterBuffer, at_us: u64, seq: u16) -> Pushed {
        let payload = [0; 160];
        let rtp_ts = u32::from(seq).wrapping_mul(160);
        buffer.push(
            Moment(at_us),
            &Arrived {
                ssrc: 7,
                seq,
                rtp_ts,
                payload_type: 0,
                payload: &payload,
            },
        )
    }

    fn pull(buffer: &mut JitterBuffer, now: u64, quiet: bool) -> Turn {
        match buffer.pull(Moment(now), quiet) {
            Pulled::Packet { rtp_ts, .. } => Turn::Packet(rtp_ts / 160),
            Pulled::Missing { .. } => Turn::Missing,
            Pulled::Wait { starved: true } => Turn::Starved,
            Pulled::Wait { starved: false } => Turn::Wait,
        }
    }

    fn buffer() -> JitterBuffer {
        JitterBuffer::new(8000, DelayBounds::default())
    }

    fn played(turns: &[Turn]) -> Vec<u32> {
        turns
            .iter()
            .filter_map(|turn| {
                if let Turn::Packet(seq) = turn {
                    Some(*seq)
                } else {
                    None
                }
            })
            .collect()
    }

    fn paced(numbers: &[u16]) -> Vec<(u64, u16)> {
        numbers
            .iter()
            .enumerate()
            .map(|(n, &seq)| (n as u64 * TICK_US, seq))
            .collect()
    }

    // covers: EN-024, EN-086
    #[test]
    fn test_even_stream_starts_at_forty_ms_and_keeps_every_packet() {
        let mut buffer = buffer();
        let turns = run(&mut buffer, paced(&(0..50).collect::<Vec<_>>()), false);
        assert_eq!(played(&turns), (0..50).collect::<Vec<_>>());
        assert_eq!(turns[..3], [Turn::Wait, Turn::Wait, Turn::Packet(0)]);
        assert!((20_000..60_000).contains(&buffer.report().delay_us));
    }

    // covers: EN-025
    #[test]
    fn test_swapped_packets_come_out_in_order() {
        let mut buffer = buffer();
        let turns = run(&mut buffer, paced(&[0, 1, 2, 4, 3, 5, 7, 6, 8, 9]), false);
        assert_eq!(played(&turns), (0..10).collect::<Vec<_>>());
    }

    // covers: EN-026
    #[test]
    fn test_three_numbers_outside_the_window_are_dropped_and_forty_seven_played() {
        let mut numbers: Vec<u16> = (0..50).collect();
        numbers.swap(12, 14);
        numbers.swap(36, 37);
        (numbers[20], numbers[30], numbers[40]) = (100, 400, 2);
        let mut buffer = buffer();
        let turns = run(&mut buffer, paced(&numbers), false);
        assert_eq!(played(&turns).len(), 47);
        let report = buffer.report();
        assert_eq!(report.outside + report.duplicate + report.late, 3);
    }

    // covers: EN-027
    #[test]
    fn test_each_missing_packet_is_told_so_that_it_can_be_concealed() {
        let numbers: Vec<(u64, u16)> = paced(&(0..50).collect::<Vec<_>>());
        let holes = [5, 11, 12, 13, 30, 44];
        let numbers = numbers
            .into_iter()
            .filter(|(_, seq)| !holes.contains(seq))
            .collect();
        let mut buffer = buffer();
        let turns = run(&mut buffer, numbers, false);
        assert_eq!(played(&turns).len(), 44);
        assert_eq!(buffer.report().missing, 6);
        let told = turns
            .iter()
            .filter(|turn| matches!(turn, Turn::Missing | Turn::Starved))
            .count();
        assert!((6..=11).contains(&told), "{told}");
    }

    // covers: EN-028
    #[test]
    fn test_numbers_wrap() {
        let numbers: Vec<u16> = (0..50).map(|n| 65_520u16.wrapping_add(n)).collect();
        let mut buffer = buffer();
        assert_eq!(played(&run(&mut buffer, paced(&numbers), false)).len(), 50);
        assert_eq!(buffer.report().missing, 0);
    }

    // covers: EN-029
    #[test]
    fn test_another_source_takes_over_at_once() {
        let mut buffer = buffer();
        for seq in 0..10u16 {
            push(&mut buffer, u64::from(seq) * TICK_US, seq);
            pull(&mut buffer, u64::from(seq) * TICK_US + 10_000, false);
        }
        let other = Arrived {
            ssrc: 8,
            seq: 5000,
            rtp_ts: 1,
            payload_type: 0,
            payload: &[1; 160],
        };
        assert_eq!(buffer.push(Moment(200_000), &other), Pushed::Restarted);
        assert_eq!(pull(&mut buffer, 250_000, false), Turn::Packet(0));
    }

    // covers: EN-030
    #[test]
    fn test_stall_and_burst_lose_little_and_the_delay_comes_down() {
        let mut packets: Vec<(u64, u16)> = paced(&(0..120).collect::<Vec<_>>());
        packets.extend((120..150).map(|seq| (149 * TICK_US, seq)));
        packets.extend((150..300).map(|seq| (u64::from(seq) * TICK_US, seq)));
        let mut buffer = buffer();
        let turns = run(&mut buffer, packets, false);
        assert!(played(&turns).len() > 250, "{}", played(&turns).len());
        assert!(played(&turns).windows(2).all(|pair| pair[0] < pair[1]));
        assert!(buffer.report().delay_us <= 200_000);
    }

    // covers: EN-031
    #[test]
    fn test_long_packet_is_kept_and_one_too_long_refused() {
        let mut buffer = buffer();
        let packet = |payload| Arrived {
            ssrc: 7,
            seq: 0,
            rtp_ts: 0,
            payload_type: 0,
            payload,
        };
        assert_eq!(
            buffer.push(Moment(0), &packet(&[0; 1501])),
            Pushed::Oversize
        );
        assert_eq!(buffer.push(Moment(0), &packet(&[0; 1200])), Pushed::Kept);
    }

    #[test]
    fn test_duplicates_are_told_from_late_ones() {
        let mut buffer = buffer();
        for seq in [0, 1, 2, 4, 5, 6, 7] {
            push(&mut buffer, u64::from(seq) * TICK_US, seq);
        }
        for now in 0..6 {
            pull(&mut buffer, 140_000 + now * TICK_US, false);
        }
        assert_eq!(push(&mut buffer, 260_000, 7), Pushed::Duplicate);
        assert_eq!(push(&mut buffer, 260_000, 2), Pushed::Duplicate);
        assert_eq!(push(&mut buffer, 260_000, 3), Pushed::Late);
        assert_eq!(push(&mut buffer, 260_000, 3), Pushed::Duplicate);
    }

    #[test]
    fn test_silence_of_the_sender_is_no_loss() {
        let mut buffer = buffer();
        let packet = |seq: u16, rtp_ts| Arrived {
            ssrc: 7,
            seq,
            rtp_ts,
            payload_type: 0,
            payload: &[0; 160],
        };
        let mut turns = Vec::new();
        for tick in 0..200u64 {
            // Talk, a second and a half of nothing, talk: the numbers go on, the time does not stand still.
            let seq = if tick < 25 {
                Some(tick)
            } else if tick >= 100 {
                Some(tick - 75)
            } else {
                None
            };
            if let Some(seq) = seq {
                buffer.push(
                    Moment(tick * TICK_US),
                    &packet(seq as u16, tick as u32 * 160),
                );
            }
            turns.push(pull(&mut buffer, tick * TICK_US + 10_000, false));
        }
        assert_eq!(buffer.report().missing, 0);
        assert_eq!(
            turns.iter().filter(|turn| **turn == Turn::Starved).count(),
            5
        );
        let again = turns
            .iter()
            .position(|turn| *turn == Turn::Packet(100))
            .expect("talk goes on");
        assert!((101..=103).contains(&again), "{again}");
    }

    #[test]
    fn test_jump_of_rtp_time_alone_loses_nothing() {
        let mut buffer = buffer();
        let mut count = 0;
        for tick in 0..100u16 {
            let rtp_ts = if tick < 50 {
                u32::from(tick) * 160
            } else {
                3_000_000_000 + u32::from(tick) * 160
            };
            let packet = Arrived {
                ssrc: 7,
                seq: tick,
                rtp_ts,
                payload_type: 0,
                payload: &[0; 160],
            };
            buffer.push(Moment(u64::from(tick) * TICK_US), &packet);
            count += usize::from(matches!(
                pull(&mut buffer, u64::from(tick) * TICK_US + 10_000, false),
                Turn::Packet(_)
            ));
        }
        assert!(count >= 97, "{count}");
    }

    #[test]
    fn test_far_number_is_believed_when_the_next_follows() {
        let mut buffer = buffer();
        push(&mut buffer, 0, 0);
        assert_eq!(push(&mut buffer, 20_000, 9000), Pushed::Outside);
        assert_eq!(push(&mut buffer, 40_000, 9001), Pushed::Restarted);
        assert_eq!(push(&mut buffer, 60_000, 9002), Pushed::Kept);
    }

    #[test]
    fn test_delay_is_shortened_in_quiet_moments_once_the_jitter_is_gone() {
        let jumpy =
            (0..300u16).map(|n| (u64::from(n) * TICK_US + u64::from(n) * 37 % 100 * 1000, n));
        let calm = (300..2500u16).map(|n| (u64::from(n) * TICK_US, n));
        let mut buffer = buffer();
        let turns = run(&mut buffer, jumpy.chain(calm).collect(), true);
        assert!(
            buffer.report().delay_us < 60_000,
            "{}",
            buffer.report().delay_us
        );
        assert!(played(&turns).len() > 2470, "{:?}", buffer.report());
    }

    #[test]
    fn test_jitter_within_the_bounds_costs_less_than_one_packet_in_thirty() {
        let packets: Vec<_> = (0..3000u16)
            .map(|n| (u64::from(n) * TICK_US + u64::from(n) * 7919 % 80 * 1000, n))
            .collect();
        let mut buffer = buffer();
        let turns = run(&mut buffer, packets, false);
        assert!(played(&turns).len() > 2900, "{}", played(&turns).len());
    }

    proptest! {
        #[test]
        fn test_every_packet_is_accounted_for_and_order_holds(
            steps in prop::collection::vec((0u64..60_000, 0u32..12, any::<bool>(), any::<bool>()), 1..300), start: u16,
        ) {
            let mut buffer = buffer();
            let (mut now, mut top, mut kept) = (1_000_000, u32::from(start) + 12, 0u64);
            let mut last = 0;
            for (wait_us, back, pulls, quiet) in steps {
                now += wait_us;
                top += 1;
                let number = top - back;
                let packet = Arrived { ssrc: 7, seq: number as u16, rtp_ts: number * 160, payload_type: 0, payload: &[0; 160] };
                kept += u64::from(buffer.push(Moment(now), &packet) == Pushed::Kept);
                if pulls {
                    if let Pulled::Packet { rtp_ts, .. } = buffer.pull(Moment(now), quiet) {
                        prop_assert!(rtp_ts > last);
                        last = rtp_ts;
                    }
                }
                let report = buffer.report();
                prop_assert_eq!(kept, report.played + report.shed + u64::from(report.held));
                prop_assert!((20_000..=200_000).contains(&report.target_us));
            }
        }

        #[test]
        fn test_no_packets_at_any_time_panic(
            packets in prop::collection::vec((any::<u32>(), 0u32..3, any::<u16>(), any::<u32>(), 0usize..1600, any::<bool>()), 1..200),
        ) {
            let mut buffer = buffer();
            for (at_us, ssrc, seq, rtp_ts, len, quiet) in packets {
                let payload = vec![0; len];
                buffer.push(Moment(u64::from(at_us)), &Arrived { ssrc, seq, rtp_ts, payload_type: 0, payload: &payload });
                buffer.pull(Moment(u64::from(at_us)), quiet);
            }
        }
    }
}
