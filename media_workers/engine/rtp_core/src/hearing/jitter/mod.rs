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

mod report;
mod ring;
mod timeline;

use crate::clock::Moment;
use crate::hearing::delay::DelayBounds;
use crate::hearing::jitter::ring::{Ring, SLOTS};
use crate::hearing::jitter::timeline::Timeline;
use crate::hearing::plc::SILENT_AFTER_MS;

pub use crate::hearing::jitter::report::JitterReport;

/// Longest payload taken: nothing longer comes in one Ethernet frame.
pub const MAX_PAYLOAD_BYTES: usize = 1500;
/// A number out of reach is believed at once if its time is so near the expected one.
const MAX_FAR_US: i64 = 200_000;
/// An empty buffer is concealed until that has faded away; then it is a silence.
const STARVED_US: u64 = 1000 * SILENT_AFTER_MS as u64;
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

/// Buffer of one stream. Allocates when made, and where a payload is longer than any before it in its slot.
#[derive(Debug, Clone)]
pub struct JitterBuffer {
    ring: Ring,
    timeline: Timeline,
    max_held_us: i64,
    state: State,
    ssrc: Option<u32>,
    stray_next: Option<u16>,
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
        Self {
            ring: Ring::new(),
            timeline: Timeline::new(clock_hz, bounds),
            max_held_us: i64::from(bounds.max_ms) * 1000,
            state: State::Empty,
            ssrc: None,
            stray_next: None,
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
            target_us: self.timeline.target_us(),
            held: self.ring.len(),
            ..self.report
        }
    }

    /// Forgets the stream but not the counters.
    pub fn reset(&mut self) {
        self.report.shed += u64::from(self.ring.len());
        self.ring.clear();
        self.state = State::Empty;
        self.dry_since = None;
        self.stray_next = None;
        self.timeline.forget();
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
        let ahead = packet.seq.wrapping_sub(self.ring.next_seq());
        let behind = self.ring.next_seq().wrapping_sub(packet.seq);
        match self.state {
            State::Empty => self.begin(now, packet, true),
            _ if ahead < SLOTS => self.keep(now, packet),
            State::Starting if behind <= MAX_FIRST_REORDER && self.ring.lower(behind) => {
                self.keep(now, packet)
            }
            _ if behind <= SLOTS => self.too_late(now, packet, behind),
            _ => self.far(now, packet),
        }
    }

    fn begin(&mut self, now: Moment, packet: &Arrived<'_>, first: bool) -> Pushed {
        self.reset();
        self.state = State::Starting;
        self.ring.go_to(packet.seq);
        self.timeline.begin(now, packet);
        self.keep(now, packet);
        if first {
            Pushed::Kept
        } else {
            Pushed::Restarted
        }
    }

    #[inline]
    fn keep(&mut self, now: Moment, packet: &Arrived<'_>) -> Pushed {
        if self.ring.has(packet.seq) {
            self.report.duplicate += 1;
            return Pushed::Duplicate;
        }
        let sent_us = self.timeline.place(now, packet);
        self.ring.put(packet, sent_us);
        self.stray_next = None;
        Pushed::Kept
    }

    fn too_late(&mut self, now: Moment, packet: &Arrived<'_>, behind: u16) -> Pushed {
        if !self.ring.take_late(behind) {
            self.report.duplicate += 1;
            return Pushed::Duplicate;
        }
        self.report.late += 1;
        self.timeline.place_late(now, packet.rtp_ts);
        Pushed::Late
    }

    /// A number out of reach: after a gap in a stream that ran dry it is taken if its time fits, else only with a witness.
    fn far(&mut self, now: Moment, packet: &Arrived<'_>) -> Pushed {
        let lateness_us = self.timeline.lateness_us(now, packet.rtp_ts);
        if self.ring.is_empty() && self.state == State::Idle && lateness_us.abs() < MAX_FAR_US {
            let lost = packet.seq.wrapping_sub(self.ring.next_seq());
            self.report.missing += if lost < 1 << 15 { u64::from(lost) } else { 0 };
            self.ring.go_to(packet.seq);
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
            let Some(ahead) = self.ring.first_ahead() else {
                return self.ran_dry(now);
            };
            let held_us = self.timeline.held_us(now, self.ring.ahead(ahead).sent_us);
            let excess_us = held_us - self.timeline.target_us();
            let frame_us = self.timeline.frame_us();
            if self.state != State::Playing {
                if excess_us < 0 {
                    return self.wait(now);
                }
                self.jump(ahead);
                self.state = State::Playing;
                self.dry_since = None;
            } else if ahead > 0 {
                if excess_us < frame_us * 3 / 2 {
                    return self.missing(ahead);
                }
                self.jump(ahead);
            }
            if self.is_too_old(excess_us, held_us, quiet) {
                self.ring.skip(1);
                self.report.shed += 1;
                self.jumped = true;
                continue;
            }
            if quiet && excess_us < -frame_us / 2 && !self.jumped {
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
        let frame_us = self.timeline.frame_us();
        let much = held_us > self.max_held_us || excess_us > frame_us * 4;
        let some = quiet && excess_us > frame_us * 3 / 2;
        (much || some) && self.ring.len() > 1
    }

    /// Goes on with a later packet; those between are missing and were not told as such.
    #[inline]
    fn jump(&mut self, ahead: u16) {
        self.ring.skip(ahead);
        self.report.missing += u64::from(ahead);
        self.skipped = ahead;
        self.jumped = true;
    }

    fn missing(&mut self, ahead: u16) -> Pulled<'_> {
        self.ring.skip(1);
        self.report.missing += 1;
        let next = (ahead == 1).then(|| self.ring.ahead(0).payload.as_slice());
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
        self.report.played += 1;
        let slot = self.ring.take();
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
mod tests;
