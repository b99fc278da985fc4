//! Losses in bursts and in gaps between them (RFC 3611 sections 4.7.2 and appendix A.2): a few counters of what followed what,
//! from which densities and durations are worked out only when asked for.

/// So many packets in a row must come well for a burst to be over (RFC 3611 section 4.7.2 recommends 16).
pub const GAP_MIN: u8 = 16;

/// Counts of one stream. The names are those of the appendix: state 1 is a packet received in a gap, 2 one received in a burst,
/// 3 one lost in a burst, 4 one lost by itself in a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bursts {
    /// Received since the last loss.
    received: u32,
    /// Lost in the stretch that the last loss belongs to.
    together: u32,
    lost: u32,
    runs: u32,
    c11: u32,
    c13: u32,
    c14: u32,
    c22: u32,
    c23: u32,
    c33: u32,
}

/// What the counts come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Densities {
    /// Share lost within bursts, in 1/256.
    pub burst_density: u8,
    /// Share lost within gaps, in 1/256.
    pub gap_density: u8,
    /// Mean length of a burst.
    pub burst_ms: u16,
    /// Mean length of a gap.
    pub gap_ms: u16,
}

impl Bursts {
    /// A packet came, and in time.
    #[inline]
    pub fn received(&mut self) {
        self.received = self.received.saturating_add(1);
    }

    /// So many in a row did not.
    pub fn lost(&mut self, count: u16) {
        if count == 0 {
            return;
        }
        self.runs += u32::from(self.received > 0 || self.lost == 0);
        for _ in 0..count {
            self.lost_one();
        }
    }

    fn lost_one(&mut self) {
        let received = std::mem::take(&mut self.received);
        self.lost = self.lost.saturating_add(1);
        if received >= u32::from(GAP_MIN) || self.lost == 1 {
            match self.together {
                1 => self.c14 += 1,
                0 => {}
                _ => self.c13 += 1,
            }
            self.together = 1;
            self.c11 = self.c11.saturating_add(received);
            return;
        }
        self.together = self.together.saturating_add(1);
        if received == 0 {
            self.c33 += 1;
        } else {
            self.c23 += 1;
            self.c22 += received - 1;
        }
    }

    /// How many were lost, and in how many holes.
    #[must_use]
    pub fn losses(&self) -> (u32, u32) {
        (self.lost, self.runs)
    }

    /// Densities and durations, with packets of this length.
    #[must_use]
    pub fn densities(&self, packet_ms: u32) -> Densities {
        // The stretch that the stream is in now counts as if it ended here.
        let mut now = *self;
        now.c11 = now.c11.saturating_add(now.received);
        match now.together {
            0 => {}
            1 => now.c14 += 1,
            _ => now.c13 += 1,
        }
        let [c11, c13, c14, c22, c23, c33] =
            [now.c11, now.c13, now.c14, now.c22, now.c23, now.c33].map(f64::from);
        let gap_packets = c11 + c13 + c14;
        let burst_packets = c22 + 2.0 * c23 + c33 + c13;
        let packet_ms = f64::from(packet_ms);
        let (burst_density, burst_ms) = if c13 > 0.0 {
            (
                (c13 + c23 + c33) / burst_packets,
                burst_packets * packet_ms / c13,
            )
        } else {
            (0.0, 0.0)
        };
        let gap_density = c14 / (c11 + c14).max(1.0);
        Densities {
            burst_density: (256.0 * burst_density).min(255.0) as u8,
            gap_density: (256.0 * gap_density).min(255.0) as u8,
            burst_ms: burst_ms as u16,
            gap_ms: (gap_packets * packet_ms / c13.max(1.0)) as u16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `1` for a packet that came, `0` for one that did not.
    fn stream(pattern: &str) -> Bursts {
        let mut bursts = Bursts::default();
        for packet in pattern.chars() {
            match packet {
                '1' => bursts.received(),
                _ => bursts.lost(1),
            }
        }
        bursts
    }

    #[test]
    fn a_stream_without_loss_is_one_gap() {
        let bursts = stream(&"1".repeat(500));
        assert_eq!(bursts.losses(), (0, 0));
        let densities = bursts.densities(20);
        assert_eq!((densities.burst_density, densities.burst_ms), (0, 0));
        assert_eq!((densities.gap_density, densities.gap_ms), (0, 10_000));
    }

    #[test]
    fn single_losses_far_apart_lie_in_the_gap() {
        let bursts = stream(&format!("{}0", "1".repeat(63)).repeat(8));
        assert_eq!(bursts.losses(), (8, 8));
        let densities = bursts.densities(20);
        assert_eq!((densities.burst_density, densities.gap_density), (0, 4));
    }

    #[test]
    fn losses_close_together_are_a_burst() {
        let good = "1".repeat(100);
        let bursts = stream(&format!("{good}0011010{good}0011010{good}"));
        assert_eq!(bursts.losses(), (8, 6));
        let densities = bursts.densities(20);
        assert_eq!(densities.burst_density, 146, "four of seven");
        assert_eq!((densities.burst_ms, densities.gap_density), (140, 0));
        assert!((2900..=3100).contains(&densities.gap_ms), "{densities:?}");
    }

    proptest! {
        #[test]
        fn no_stream_gives_nonsense(steps in prop::collection::vec((0u16..40, 0u16..40), 0..60), packet_ms in 10u32..=60) {
            let mut bursts = Bursts::default();
            for (well, ill) in steps {
                (0..well).for_each(|_| bursts.received());
                bursts.lost(ill);
            }
            let (lost, runs) = bursts.losses();
            prop_assert!(runs <= lost);
            let densities = bursts.densities(packet_ms);
            prop_assert!(densities.burst_density > 0 || densities.burst_ms == 0);
        }
    }
}
