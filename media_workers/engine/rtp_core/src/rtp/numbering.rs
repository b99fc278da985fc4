//! Sequence numbers and timestamps of what a channel sends: one continuous stream, whatever feeds it.
//!
//! Forwarded packets keep the steps of their source (so that a loss stays visible to the receiver), made ones count
//! on, and timestamps follow time across every change between them. Start values are random (RFC 3550 section 5.1).

use crate::clock::{rtp_ticks, Moment};
use crate::rtp::packet::Outgoing;

/// Made audio that drifts further than this from the clock (a stalled thread) is put right with a marker.
const MAX_DRIFT_MS: u32 = 60;

/// The usual packet lasts 20 ms.
const FRAMES_PER_S: u32 = 50;

/// How a source's numbers map to ours.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    source_ssrc: u32,
    seq_offset: u16,
    ts_offset: u32,
    /// Our number of the first packet: what maps to before it comes too late.
    first_seq: u16,
}

/// The numbers of one outgoing stream.
#[derive(Debug)]
pub struct Numbering {
    /// Our SSRC.
    pub ssrc: u32,
    next_seq: u16,
    /// Timestamp that the stream has reached, and when.
    rtp_ts: u32,
    at: Moment,
    rate: u32,
    mapping: Option<Mapping>,
    /// Made packets went out since the mapping was last used.
    interrupted: bool,
    started: bool,
}

impl Numbering {
    /// Begins with random numbers of the caller's.
    #[must_use]
    pub fn new(ssrc: u32, seq: u16, rtp_ts: u32) -> Self {
        Numbering {
            ssrc,
            next_seq: seq,
            rtp_ts,
            at: Moment(0),
            rate: 8000,
            mapping: None,
            interrupted: false,
            started: false,
        }
    }

    /// The clock rate of what is sent from now on.
    pub fn set_rate(&mut self, rate: u32) {
        self.rate = rate.max(1);
    }

    /// The timestamp of a moment, were something sent then.
    #[must_use]
    pub fn rtp_ts_at(&self, now: Moment) -> u32 {
        if !self.started {
            return self.rtp_ts;
        }
        self.rtp_ts
            .wrapping_add(rtp_ticks(now.since_us(self.at), self.rate))
    }

    /// The timestamp of a stretch that begins now: by the clock, but at least a packet behind what has been sent.
    fn next_rtp_ts(&self, now: Moment, step: u32) -> u32 {
        let by_clock = self.rtp_ts_at(now);
        if self.started && by_clock.wrapping_sub(self.rtp_ts) < step {
            return self.rtp_ts.wrapping_add(step);
        }
        by_clock
    }

    /// Numbers for a packet of another stream, or `None` when it comes too late to be put in order.
    #[inline]
    pub fn forward(
        &mut self,
        now: Moment,
        ssrc: u32,
        seq: u16,
        rtp_ts: u32,
        marker: bool,
    ) -> Option<Outgoing> {
        let (mapping, begins) = match self.mapping {
            Some(mapping) if mapping.source_ssrc == ssrc && !self.interrupted => (mapping, false),
            before => (self.anchor(now, before, ssrc, seq, rtp_ts), true),
        };
        let out_seq = seq.wrapping_add(mapping.seq_offset);
        if out_seq.wrapping_sub(mapping.first_seq) > 0x8000 {
            return None;
        }
        let out_ts = rtp_ts.wrapping_add(mapping.ts_offset);
        if out_seq.wrapping_sub(self.next_seq) < 0x8000 {
            self.next_seq = out_seq.wrapping_add(1);
            self.rtp_ts = out_ts;
            self.at = now;
            self.trail();
        }
        Some(Outgoing {
            marker: marker || begins,
            payload_type: 0,
            seq: out_seq,
            rtp_ts: out_ts,
            ssrc: self.ssrc,
        })
    }

    /// Lets the first number follow far behind, or half the number space on it would look like the future.
    #[inline]
    fn trail(&mut self) {
        if let Some(mapping) = &mut self.mapping {
            if self.next_seq.wrapping_sub(mapping.first_seq) > 0x2000 {
                mapping.first_seq = self.next_seq.wrapping_sub(0x1000);
            }
        }
    }

    /// Maps a source so that it goes on where our stream stands; after an interruption its own clock still holds.
    fn anchor(
        &mut self,
        now: Moment,
        before: Option<Mapping>,
        ssrc: u32,
        seq: u16,
        rtp_ts: u32,
    ) -> Mapping {
        let step = self.rate / FRAMES_PER_S;
        let kept = before
            .filter(|mapping| mapping.source_ssrc == ssrc)
            .map(|mapping| mapping.ts_offset);
        // Its own clock must lead on from what was sent meanwhile; else it is put right by ours.
        let kept = kept
            .filter(|offset| (rtp_ts.wrapping_add(*offset).wrapping_sub(self.rtp_ts) as i32) > 0);
        let ts_offset = kept.unwrap_or_else(|| self.next_rtp_ts(now, step).wrapping_sub(rtp_ts));
        let mapping = Mapping {
            source_ssrc: ssrc,
            seq_offset: self.next_seq.wrapping_sub(seq),
            ts_offset,
            first_seq: self.next_seq,
        };
        self.started = true;
        self.interrupted = false;
        self.mapping = Some(mapping);
        mapping
    }

    /// The source started anew, or another one feeds the stream: map it afresh at its next packet.
    pub fn forget_source(&mut self) {
        self.mapping = None;
    }

    /// Numbers for a packet that we make, of so many timestamp units that follow the last one of its kind.
    pub fn make(&mut self, now: Moment, step: u32, begins: bool) -> Outgoing {
        let mut rtp_ts = self.rtp_ts.wrapping_add(step);
        let behind = self.rtp_ts_at(now).wrapping_sub(rtp_ts) as i32;
        let resync = begins || !self.started || behind > (self.rate / 1000 * MAX_DRIFT_MS) as i32;
        if resync {
            rtp_ts = self.next_rtp_ts(now, step);
            self.at = now;
        } else {
            self.at = self
                .at
                .plus_us(u64::from(step) * 1_000_000 / u64::from(self.rate));
        }
        self.started = true;
        self.rtp_ts = rtp_ts;
        self.take_seq(resync, rtp_ts)
    }

    /// The timestamp of an event that begins now. The stream's clock begins with it if nothing was sent before, or the
    /// next event would have the same timestamp and be taken for this one.
    pub fn begin_event(&mut self, now: Moment) -> u32 {
        if !self.started {
            self.started = true;
            self.at = now;
        }
        self.rtp_ts_at(now)
    }

    /// Numbers for a packet of an event: the timestamp is the event's and does not move the stream's clock.
    pub fn make_event(&mut self, rtp_ts: u32, marker: bool) -> Outgoing {
        self.take_seq(marker, rtp_ts)
    }

    fn take_seq(&mut self, marker: bool, rtp_ts: u32) -> Outgoing {
        let seq = self.next_seq;
        self.next_seq = seq.wrapping_add(1);
        self.interrupted = true;
        Outgoing {
            marker,
            payload_type: 0,
            seq,
            rtp_ts,
            ssrc: self.ssrc,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Moment {
        Moment(ms * 1000)
    }

    fn numbering() -> Numbering {
        Numbering::new(42, 65530, 1000)
    }

    // covers: EN-017
    #[test]
    fn forwarded_packets_keep_the_steps_of_their_source() {
        let mut out = numbering();
        let first = out.forward(ms(0), 7, 100, 5000, false).unwrap();
        assert_eq!(
            (first.seq, first.rtp_ts, first.marker, first.ssrc),
            (65530, 1000, true, 42)
        );
        let after_loss = out.forward(ms(40), 7, 102, 5320, false).unwrap();
        assert_eq!(
            (after_loss.seq, after_loss.rtp_ts, after_loss.marker),
            (65532, 1320, false)
        );
        let late = out.forward(ms(41), 7, 101, 5160, false).unwrap();
        assert_eq!((late.seq, late.rtp_ts), (65531, 1160));
        let wrapped = out.forward(ms(200), 7, 106, 5960, false).unwrap();
        assert_eq!(wrapped.seq, 0);
    }

    #[test]
    #[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
    fn a_long_call_never_runs_out_of_numbers() {
        let mut out = numbering();
        for n in 0..200_000u32 {
            let packet = out
                .forward(ms(u64::from(n) * 20), 7, n as u16, n * 160, false)
                .unwrap();
            assert_eq!(packet.seq, 65530u16.wrapping_add(n as u16));
        }
    }

    #[test]
    fn another_source_goes_on_where_the_stream_stands_by_the_clock() {
        let mut out = numbering();
        out.forward(ms(0), 7, 100, 5000, false);
        let other = out.forward(ms(100), 8, 40000, 99, false).unwrap();
        assert_eq!(
            (other.seq, other.rtp_ts, other.marker),
            (65531, 1000 + 800, true)
        );
        let next = out.forward(ms(120), 8, 40001, 259, false).unwrap();
        assert_eq!((next.seq, next.rtp_ts, next.marker), (65532, 1960, false));
    }

    #[test]
    fn digits_between_audio_take_numbers_and_leave_its_clock_alone() {
        let mut out = numbering();
        out.forward(ms(0), 7, 100, 5000, false);
        let event_ts = out.begin_event(ms(20));
        assert_eq!(event_ts, 1160);
        assert_eq!(out.make_event(event_ts, true).seq, 65531);
        assert_eq!(out.make_event(event_ts, false).seq, 65532);
        let audio = out.forward(ms(60), 7, 103, 5480, false).unwrap();
        assert_eq!((audio.seq, audio.rtp_ts), (65533, 1480));
        assert_eq!(
            out.forward(ms(61), 7, 102, 5320, false),
            None,
            "its number now belongs to a digit"
        );
    }

    #[test]
    fn events_that_no_audio_goes_before_differ_in_their_timestamps() {
        let mut out = numbering();
        assert_eq!(out.begin_event(ms(100)), 1000);
        assert_eq!(out.make_event(1000, true).seq, 65530);
        assert_eq!(out.begin_event(ms(580)), 1000 + 480 * 8);
        let audio = out.forward(ms(1100), 7, 100, 5000, false).unwrap();
        assert_eq!((audio.seq, audio.rtp_ts), (65531, 1000 + 1000 * 8));
    }

    #[test]
    fn timestamps_never_go_back_between_what_is_made_and_what_is_passed_on() {
        let mut out = numbering();
        let mut last = out.forward(ms(0), 7, 1, 0, false).unwrap().rtp_ts;
        for n in 1..200u32 {
            let now = ms(u64::from(n) * 20 + u64::from(n % 3) * 7);
            let next = match n / 10 % 2 {
                0 => out.forward(now, 7, n as u16 + 1, n * 160, false).unwrap(),
                _ => out.make(now, 160, false),
            };
            let step = next.rtp_ts.wrapping_sub(last);
            assert!((1..=400).contains(&step), "{n}: {step}");
            last = next.rtp_ts;
        }
    }

    // covers: EN-011
    #[test]
    fn made_audio_counts_evenly_and_follows_the_clock_after_a_stall() {
        let mut out = numbering();
        let first = out.make(ms(1000), 160, true);
        assert_eq!((first.rtp_ts, first.marker), (1000, true));
        let late = out.make(ms(1025), 160, false);
        assert_eq!((late.rtp_ts, late.marker), (1160, false));
        assert_eq!(out.make(ms(1040), 160, false).rtp_ts, 1320);
        let stalled = out.make(ms(1240), 160, false);
        assert_eq!((stalled.rtp_ts, stalled.marker), (1000 + 240 * 8, true));
    }

    #[test]
    fn a_pause_between_made_stretches_shows_in_the_timestamp() {
        let mut out = numbering();
        out.make(ms(0), 160, true);
        let again = out.make(ms(5000), 160, true);
        assert_eq!(again.rtp_ts, 1000 + 40_000);
    }
}
