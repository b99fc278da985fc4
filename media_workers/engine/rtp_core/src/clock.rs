//! Time as an argument: moments of a monotonic clock, NTP time for RTCP, and RTP timestamps.

/// Microseconds between the Unix epoch (1970) and the NTP epoch (1900), RFC 3550 section 4.
const NTP_OFFSET_S: u64 = 2_208_988_800;

/// Microseconds on the caller's monotonic clock. Zero is wherever the caller's clock began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// Microseconds from `earlier` to here; zero when `earlier` is later.
    #[inline]
    pub fn since_us(self, earlier: Moment) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment so many microseconds on.
    #[inline]
    pub fn plus_us(self, us: u64) -> Moment {
        Moment(self.0.saturating_add(us))
    }

    /// The moment so many milliseconds on.
    #[inline]
    pub fn plus_ms(self, ms: u64) -> Moment {
        self.plus_us(ms.saturating_mul(1000))
    }
}

/// Where the monotonic clock stood on the wall: the Unix time, in microseconds, of `Moment(0)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WallClock {
    /// Unix time of `Moment(0)` in microseconds.
    pub unix_us_at_zero: u64,
}

impl WallClock {
    /// Unix time of a moment, in microseconds.
    #[inline]
    pub fn unix_us(self, at: Moment) -> u64 {
        self.unix_us_at_zero.wrapping_add(at.0)
    }

    /// NTP timestamp of a moment (RFC 3550 section 4): seconds since 1900 in the upper half.
    #[inline]
    pub fn ntp(self, at: Moment) -> NtpTime {
        let unix_us = self.unix_us(at);
        let seconds = (unix_us / 1_000_000).wrapping_add(NTP_OFFSET_S);
        let fraction = ((unix_us % 1_000_000) << 32) / 1_000_000;
        NtpTime((seconds << 32) | fraction)
    }
}

/// A 64-bit NTP timestamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// The middle 32 bits, as LSR and DLSR carry them: units of 1/65536 s.
    #[inline]
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// RTP ticks in so many microseconds at a clock rate.
#[inline]
pub fn rtp_ticks(us: u64, rate: u32) -> u32 {
    ((us as u128 * rate as u128) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_counts_from_1900_and_splits_seconds_evenly() {
        let wall = WallClock {
            unix_us_at_zero: 1_000_000_000_000_000,
        };
        let ntp = wall.ntp(Moment(500_000));
        assert_eq!(ntp.0 >> 32, 1_000_000_000 + NTP_OFFSET_S);
        assert_eq!(ntp.0 & 0xffff_ffff, 1 << 31);
        assert_eq!(ntp.middle() & 0xffff, 0x8000);
    }

    #[test]
    fn moments_never_go_below_zero() {
        assert_eq!(Moment(5).since_us(Moment(9)), 0);
        assert_eq!(Moment(u64::MAX).plus_ms(1), Moment(u64::MAX));
    }

    #[test]
    fn ticks_do_not_overflow_on_long_times() {
        assert_eq!(rtp_ticks(20_000, 8000), 160);
        assert_eq!(
            rtp_ticks(u64::MAX / 2, 48_000),
            ((u64::MAX / 2) as u128 * 48_000 / 1_000_000) as u32
        );
    }
}
