//! What a channel counts, and the quality that follows from it.

/// Why a packet was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Drop {
    /// No RTP, RTCP or anything else we know.
    NotRtp,
    /// Lengths that lie, or a wrong version.
    Malformed,
    /// A payload type that was not negotiated.
    PayloadType,
    /// From a source that is not the peer's.
    Source,
    /// Seen before.
    Duplicate,
    /// Far from all other sequence numbers.
    Stray,
    /// The direction says that we do not receive.
    NotReceiving,
    /// The other side has no codec for it.
    NoCodec,
    /// Too late to be forwarded in order behind what was sent meanwhile.
    TooLate,
    /// Audio that had to be silent while a digit was sent.
    DuringDigit,
    /// The kernel would not take it.
    SendFailed,
    /// Larger than any RTP packet we handle.
    Oversize,
    /// DTLS or STUN on a channel that has not agreed on it.
    Unexpected,
}

/// How many reasons there are.
pub const DROPS: usize = 13;

/// Names of the reasons, in the order of [`Drop`].
pub const DROP_NAMES: [&str; DROPS] = [
    "not_rtp",
    "malformed",
    "payload_type",
    "source",
    "duplicate",
    "stray",
    "not_receiving",
    "no_codec",
    "too_late",
    "during_digit",
    "send_failed",
    "oversize",
    "unexpected",
];

/// Counters of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Valid packets of the peer.
    pub packets_received: u64,
    /// Their payload bytes.
    pub bytes_received: u64,
    /// Packets sent.
    pub packets_sent: u64,
    /// Their payload bytes.
    pub bytes_sent: u64,
    /// Behind a newer one, but in time to be used.
    pub packets_late: u64,
    /// Not used, by reason.
    pub drops: [u64; DROPS],
}

impl Counters {
    /// Counts a drop.
    #[inline]
    pub fn drop(&mut self, reason: Drop) {
        self.drops[reason as usize] += 1;
    }

    /// All drops.
    pub fn dropped(&self) -> u64 {
        self.drops.iter().sum()
    }
}

/// Interarrival jitter (RFC 3550 section 6.4.1 and appendix A.8).
#[derive(Clone, Copy, Debug, Default)]
pub struct Jitter {
    transit: Option<u32>,
    /// In 1/16 of a timestamp unit.
    scaled: u32,
}

impl Jitter {
    /// Takes the arrival of a packet, in the units of its timestamp.
    #[inline]
    pub fn observe(&mut self, arrival_rtp_ts: u32, rtp_ts: u32) {
        let transit = arrival_rtp_ts.wrapping_sub(rtp_ts);
        if let Some(before) = self.transit {
            let d = transit.wrapping_sub(before) as i32;
            // A jump of the sender's clock is no jitter.
            if d.unsigned_abs() < 1 << 20 {
                self.scaled = self.scaled + d.unsigned_abs() - ((self.scaled + 8) >> 4);
            }
        }
        self.transit = Some(transit);
    }

    /// Another source or a restart: transit times do not compare.
    pub fn restart(&mut self) {
        self.transit = None;
    }

    /// In timestamp units.
    pub fn rtp_ticks(&self) -> u32 {
        self.scaled >> 4
    }

    /// In milliseconds at a clock rate.
    pub fn ms(&self, rate: u32) -> f64 {
        f64::from(self.rtp_ticks()) * 1000.0 / f64::from(rate.max(1))
    }
}

/// What the E-model needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Share of packets that were lost or came too late, 0..1.
    pub loss: f64,
    /// Mouth to ear, as far as known: half the round trip, jitter buffer, packet time.
    pub delay_ms: f64,
    /// Equipment impairment of the codec (ITU-T G.113 appendix I): 0 for G.711.
    pub codec_impairment: f64,
    /// Robustness against loss (the same): 4.3 for G.711 bare, 25.1 with concealment.
    pub loss_robustness: f64,
}

/// Mean opinion score by the E-model with default settings (ITU-T G.107).
pub fn mos(quality: &Quality) -> f64 {
    let loss_pct = quality.loss.clamp(0.0, 1.0) * 100.0;
    let over = (quality.delay_ms - 177.3).max(0.0);
    let delay_impairment = 0.024 * quality.delay_ms.max(0.0) + 0.11 * over;
    let equipment = quality.codec_impairment
        + (95.0 - quality.codec_impairment) * loss_pct / (loss_pct + quality.loss_robustness);
    let r = 93.2 - delay_impairment - equipment;
    match r {
        r if r <= 0.0 => 1.0,
        r if r >= 100.0 => 4.5,
        r => (1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r)).max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn g711(loss: f64, delay_ms: f64) -> f64 {
        mos(&Quality {
            loss,
            delay_ms,
            codec_impairment: 0.0,
            loss_robustness: 25.1,
        })
    }

    // covers: EN-023
    #[test]
    fn quality_falls_with_loss_and_delay() {
        assert!((g711(0.0, 0.0) - 4.41).abs() < 0.01);
        assert!(g711(0.01, 0.0) < g711(0.0, 0.0));
        assert!(g711(0.05, 0.0) < 4.0 && g711(0.05, 0.0) > 3.2);
        assert!(g711(0.0, 400.0) < g711(0.0, 100.0));
        assert_eq!(g711(1.0, 5000.0), 1.0);
    }

    #[test]
    fn steady_arrivals_have_no_jitter_and_uneven_ones_do() {
        let mut jitter = Jitter::default();
        for n in 0..100u32 {
            jitter.observe(5000 + n * 160, n * 160);
        }
        assert_eq!(jitter.rtp_ticks(), 0);
        for n in 100..400u32 {
            jitter.observe(5000 + n * 160 + (n % 2) * 80, n * 160);
        }
        assert!(
            (70..=80).contains(&jitter.rtp_ticks()),
            "{}",
            jitter.rtp_ticks()
        );
        assert!((jitter.ms(8000) - 9.5).abs() < 1.0);
    }

    #[test]
    fn a_jump_of_the_senders_clock_is_no_jitter() {
        let mut jitter = Jitter::default();
        jitter.observe(0, 0);
        jitter.observe(160, 0x8000_0000);
        assert_eq!(jitter.rtp_ticks(), 0);
    }

    #[test]
    fn each_reason_has_its_name() {
        let mut counters = Counters::default();
        counters.drop(Drop::Unexpected);
        assert_eq!(counters.drops[DROPS - 1], 1);
        assert_eq!(DROP_NAMES[Drop::Source as usize], "source");
        assert_eq!(counters.dropped(), 1);
    }
}
