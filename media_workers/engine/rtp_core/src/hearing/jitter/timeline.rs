//! The sender's time on our clock: when each packet was sent, but for an unknown constant, and how long it has been held.

use crate::clock::Moment;
use crate::hearing::delay::{DelayBounds, DelayEstimator};
use crate::hearing::jitter::ring::SLOTS;
use crate::hearing::jitter::Arrived;

/// Lateness beyond this is a jump of RTP time.
const MAX_LATENESS_US: i64 = 2_000_000;
const MAX_EARLINESS_US: i64 = 200_000;

/// Of one stream.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    clock_hz: u32,
    bounds: DelayBounds,
    estimator: DelayEstimator,
    /// RTP time on our clock: what was last seen, and where that lies.
    last_rtp_ts: u32,
    last_sent_us: i64,
    last_seq: u16,
    frame_us: i64,
}

impl Timeline {
    pub(super) fn new(clock_hz: u32, bounds: DelayBounds) -> Self {
        Self {
            clock_hz: clock_hz.max(1),
            bounds,
            estimator: DelayEstimator::new(bounds),
            last_rtp_ts: 0,
            last_sent_us: 0,
            last_seq: 0,
            frame_us: 20_000,
        }
    }

    /// Forgets how late packets were.
    pub(super) fn forget(&mut self) {
        self.estimator = DelayEstimator::new(self.bounds);
    }

    /// The first packet: its time is now.
    pub(super) fn begin(&mut self, now: Moment, packet: &Arrived<'_>) {
        self.last_seq = packet.seq.wrapping_sub(1);
        self.last_rtp_ts = packet.rtp_ts;
        self.last_sent_us = now.0 as i64;
    }

    /// How long the sender's packets are.
    #[inline]
    pub(super) fn frame_us(&self) -> i64 {
        self.frame_us
    }

    /// How long packets should be held.
    #[inline]
    pub(super) fn target_us(&self) -> i64 {
        self.estimator.target_us()
    }

    /// How long a packet has been held, against the fastest.
    #[inline]
    pub(super) fn held_us(&self, now: Moment, sent_us: i64) -> i64 {
        now.0 as i64 - sent_us - self.estimator.fastest_us()
    }

    /// How late a packet with this time would be if it came now.
    pub(super) fn lateness_us(&self, now: Moment, rtp_ts: u32) -> i64 {
        self.lateness(now, self.sent_us(rtp_ts))
    }

    /// When a packet was sent; it counts for the delay. A jump of RTP time moves the constant.
    #[inline]
    pub(super) fn place(&mut self, now: Moment, packet: &Arrived<'_>) -> i64 {
        let sent_us = self.sent_us(packet.rtp_ts);
        let step_us = sent_us - self.last_sent_us;
        let lateness_us = self.lateness(now, sent_us);
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
        self.estimator.observe(now.0 as i64, now.0 as i64 - sent_us);
        sent_us
    }

    /// A packet came after its turn: that counts for the delay.
    pub(super) fn place_late(&mut self, now: Moment, rtp_ts: u32) {
        let sent_us = self.sent_us(rtp_ts);
        self.estimator.observe_late(now.0 as i64 - sent_us);
    }

    #[inline]
    fn sent_us(&self, rtp_ts: u32) -> i64 {
        let ticks = i64::from(rtp_ts.wrapping_sub(self.last_rtp_ts) as i32);
        self.last_sent_us + ticks * 1_000_000 / i64::from(self.clock_hz)
    }

    #[inline]
    fn lateness(&self, now: Moment, sent_us: i64) -> i64 {
        self.estimator
            .lateness_us(now.0 as i64 - sent_us)
            .unwrap_or(0)
    }
}
