//! What a channel counts, and the jitter of what it receives.

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

#[cfg(test)]
mod tests {
    use super::*;

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
