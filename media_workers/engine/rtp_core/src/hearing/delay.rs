//! How long a jitter buffer should hold packets back: long enough for all but one in fifty of what the network did lately.
//!
//! A packet's transit is its arrival less its RTP time, on clocks that have nothing to do with each other; only
//! differences count. The fastest packet of the last seconds is the zero, so that clock drift does no harm, and each
//! packet's lateness against it goes into a histogram that forgets.

/// Width of a histogram step.
const STEP_US: i64 = 5_000;
const STEPS: usize = 64;
/// Packets after which what was counted is halved: a window of about 10 s at 20 ms.
const WINDOW: u32 = 512;
/// Share of packets that may come too late.
const MISSED_ONE_IN: u32 = 50;
/// Before so many packets nothing is known; the start value holds.
const ENOUGH: u32 = 50;
/// A packet that came too late counts so often, so that the delay grows at once.
const LATE_WEIGHT: u16 = 8;
/// Half of the window over which the fastest packet is the zero.
const ZERO_WINDOW_US: i64 = 5_000_000;

/// Bounds of the delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelayBounds {
    /// Never less, in milliseconds.
    pub min_ms: u32,
    /// Until enough is known.
    pub start_ms: u32,
    /// Never more; what is later than that is not waited for.
    pub max_ms: u32,
}

impl Default for DelayBounds {
    /// One packet, two packets, and what a conversation bears (ITU-T G.114).
    fn default() -> Self {
        Self {
            min_ms: 20,
            start_ms: 40,
            max_ms: 200,
        }
    }
}

/// Measures one stream.
#[derive(Debug, Clone)]
pub struct DelayEstimator {
    bounds: DelayBounds,
    histogram: [u16; STEPS],
    counted: u32,
    seen: u32,
    /// Fastest transit of this half window and of the one before.
    fastest_us: i64,
    fastest_before_us: i64,
    half_window_ends_us: i64,
    target_us: i64,
}

impl DelayEstimator {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(bounds: DelayBounds) -> Self {
        Self {
            bounds,
            histogram: [0; STEPS],
            counted: 0,
            seen: 0,
            fastest_us: i64::MAX,
            fastest_before_us: i64::MAX,
            half_window_ends_us: i64::MIN,
            target_us: i64::from(bounds.start_ms) * 1000,
        }
    }

    /// The zero of lateness.
    #[inline]
    #[must_use]
    pub fn fastest_us(&self) -> i64 {
        self.fastest_us.min(self.fastest_before_us)
    }

    /// How long the fastest packet should be held.
    #[inline]
    #[must_use]
    pub fn target_us(&self) -> i64 {
        self.target_us
    }

    /// How late a packet with this transit is against the fastest; `None` before there was one.
    #[inline]
    #[must_use]
    pub fn lateness_us(&self, transit_us: i64) -> Option<i64> {
        (self.seen > 0).then(|| transit_us - self.fastest_us())
    }

    /// Takes in a packet's transit.
    #[inline]
    pub fn observe(&mut self, now_us: i64, transit_us: i64) {
        if now_us >= self.half_window_ends_us {
            self.half_window_ends_us = now_us + ZERO_WINDOW_US;
            (self.fastest_before_us, self.fastest_us) = (self.fastest_us, i64::MAX);
        }
        self.fastest_us = self.fastest_us.min(transit_us);
        self.seen = self.seen.saturating_add(1);
        self.count(transit_us - self.fastest_us(), 1);
        if self.seen >= ENOUGH {
            self.target_us = self.bounded(self.quantile_us());
        }
    }

    /// A packet came after its turn.
    pub fn observe_late(&mut self, transit_us: i64) {
        self.count(transit_us - self.fastest_us(), LATE_WEIGHT);
    }

    #[inline]
    fn count(&mut self, lateness_us: i64, weight: u16) {
        // Waiting for what is later than the bound is hopeless, so it must not lengthen the delay either.
        if lateness_us > i64::from(self.bounds.max_ms) * 1000 {
            return;
        }
        let step = (lateness_us / STEP_US).clamp(0, STEPS as i64 - 1) as usize;
        self.histogram[step] += weight;
        self.counted += u32::from(weight);
        if self.counted >= WINDOW {
            self.counted = 0;
            for count in &mut self.histogram {
                *count /= 2;
                self.counted += u32::from(*count);
            }
        }
    }

    /// Upper edge of the step below which all but one in [`MISSED_ONE_IN`] lie.
    fn quantile_us(&self) -> i64 {
        let mut left = self.counted / MISSED_ONE_IN;
        for (step, &count) in self.histogram.iter().enumerate().rev() {
            if u32::from(count) > left {
                return (step as i64 + 1) * STEP_US;
            }
            left -= u32::from(count);
        }
        0
    }

    fn bounded(&self, delay_us: i64) -> i64 {
        delay_us.clamp(
            i64::from(self.bounds.min_ms) * 1000,
            i64::from(self.bounds.max_ms) * 1000,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets every 20 ms, each so many milliseconds late.
    fn after(lateness_ms: impl Iterator<Item = i64>) -> DelayEstimator {
        let mut estimator = DelayEstimator::new(DelayBounds::default());
        for (n, late_ms) in lateness_ms.enumerate() {
            estimator.observe(n as i64 * 20_000, 777_000 + late_ms * 1000);
        }
        estimator
    }

    #[test]
    fn test_start_value_holds_until_something_is_known() {
        assert_eq!(after((0..49).map(|_| 0)).target_us(), 40_000);
        assert_eq!(after((0..50).map(|_| 0)).target_us(), 20_000);
    }

    #[test]
    fn test_delay_follows_the_jitter_up_and_down() {
        let jumpy = (0..500).map(|n| n * 37 % 80);
        let target_us = after(jumpy.clone()).target_us();
        assert!((75_000..=85_000).contains(&target_us), "{target_us}");
        let calm_us = after(jumpy.chain((0..2000).map(|_| 3))).target_us();
        assert_eq!(calm_us, 20_000);
    }

    #[test]
    fn test_one_outlier_in_a_hundred_does_not_lengthen_the_delay() {
        let target_us = after((0..1000).map(|n| if n % 100 == 99 { 180 } else { 0 })).target_us();
        assert_eq!(target_us, 20_000);
    }

    #[test]
    fn test_bounds_hold() {
        assert_eq!(after((0..1000).map(|n| n * 61 % 400)).target_us(), 200_000);
    }

    #[test]
    fn test_clock_drift_is_no_lateness() {
        let mut estimator = DelayEstimator::new(DelayBounds::default());
        for n in 0..20_000i64 {
            // 100 parts in a million.
            estimator.observe(n * 20_000, n * 2);
        }
        assert_eq!(estimator.target_us(), 20_000);
    }

    #[test]
    fn test_late_packets_lengthen_it_at_once() {
        let mut estimator = after((0..100).map(|_| 0));
        estimator.observe_late(777_000 + 60_000);
        estimator.observe(2_000_000, 777_000);
        assert_eq!(estimator.target_us(), 65_000);
    }
}
