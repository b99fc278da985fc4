//! How a call sounds, by the E-model (ITU-T G.107, with the delay term of its common simplification): from what happened to
//! the packets to a rating R, and from that to a mean opinion score.

/// What a codec does to the quality (ITU-T G.113 appendix I).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CodecFactors {
    /// Impairment without any loss, Ie.
    pub impairment: f64,
    /// How well it bears loss, Bpl.
    pub robustness: f64,
}

/// Codecs by name; those of the table's note for concealment like G.711 Appendix I where that is what we do.
const CODECS: &[(&str, CodecFactors)] = &[
    (
        "PCMU",
        CodecFactors {
            impairment: 0.0,
            robustness: 25.1,
        },
    ),
    (
        "PCMA",
        CodecFactors {
            impairment: 0.0,
            robustness: 25.1,
        },
    ),
    (
        "L16",
        CodecFactors {
            impairment: 0.0,
            robustness: 25.1,
        },
    ),
    (
        "G722",
        CodecFactors {
            impairment: 0.0,
            robustness: 25.1,
        },
    ),
    // In-band correction rebuilds single losses; no value is published, and this one is our estimate.
    (
        "opus",
        CodecFactors {
            impairment: 0.0,
            robustness: 35.0,
        },
    ),
    (
        "G729",
        CodecFactors {
            impairment: 11.0,
            robustness: 19.0,
        },
    ),
    (
        "iLBC",
        CodecFactors {
            impairment: 11.0,
            robustness: 32.0,
        },
    ),
    (
        "GSM",
        CodecFactors {
            impairment: 20.0,
            robustness: 43.0,
        },
    ),
];

/// A codec that is not in the table, passed through: as G.711 without concealment.
const UNKNOWN: CodecFactors = CodecFactors {
    impairment: 0.0,
    robustness: 4.3,
};

/// Factors of a codec by its `a=rtpmap` name.
#[must_use]
pub fn codec_factors(name: &str) -> CodecFactors {
    let found = CODECS
        .iter()
        .find(|(codec, _)| codec.eq_ignore_ascii_case(name));
    found.map_or(UNKNOWN, |&(_, factors)| factors)
}

/// What happened to a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Share of packets lost or too late, 0 to 1.
    pub loss: f64,
    /// Mean length of the bursts of loss against that of random loss; 1 is random.
    pub burst_ratio: f64,
    /// From mouth to ear: network, jitter buffer, packet time.
    pub delay_ms: f64,
    /// Of the codec.
    pub codec: CodecFactors,
}

/// R with all settings at their defaults.
const BEST: f64 = 93.2;

/// The transmission rating factor R, 0 to 93.2.
#[must_use]
pub fn rating(heard: &Heard) -> f64 {
    let loss_percent = heard.loss.clamp(0.0, 1.0) * 100.0;
    let delay_ms = heard.delay_ms.max(0.0);
    let delay_impairment = 0.024 * delay_ms + 0.11 * (delay_ms - 177.3).max(0.0);
    let CodecFactors {
        impairment,
        robustness,
    } = heard.codec;
    let weight = loss_percent / (loss_percent / heard.burst_ratio.max(1.0) + robustness.max(1.0));
    (BEST - delay_impairment - impairment - (95.0 - impairment) * weight).clamp(0.0, BEST)
}

/// Mean opinion score of a rating (ITU-T G.107 annex B): 1 to 4.4.
#[must_use]
pub fn opinion_score(rating: f64) -> f64 {
    let r = rating.clamp(0.0, 100.0);
    (1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r)).clamp(1.0, 4.5)
}

/// Burst ratio of losses: `runs` is how many holes there were, `lost` of `expected` the packets in them (ITU-T G.107 note to
/// equation 7-29).
#[must_use]
pub fn burst_ratio(expected: u64, lost: u64, runs: u64) -> f64 {
    if lost == 0 || runs == 0 || expected == 0 {
        return 1.0;
    }
    let random_length = 1.0 / (1.0 - (lost as f64 / expected as f64).min(0.99));
    (lost as f64 / runs as f64 / random_length).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn g711(loss: f64, delay_ms: f64) -> Heard {
        Heard {
            loss,
            burst_ratio: 1.0,
            delay_ms,
            codec: codec_factors("pcmu"),
        }
    }

    // covers: EN-023
    #[test]
    fn test_scores_of_known_cases() {
        let score = |heard: Heard| opinion_score(rating(&heard));
        assert!((score(g711(0.0, 0.0)) - 4.41).abs() < 0.01);
        assert!((score(g711(0.05, 50.0)) - 3.95).abs() < 0.15);
        let bare = Heard {
            codec: codec_factors("nothing known"),
            ..g711(0.05, 50.0)
        };
        assert!(score(bare) < 2.6);
        assert!(score(g711(0.0, 400.0)) < 3.6);
        assert_eq!(score(g711(1.0, 2000.0)), 1.0);
    }

    #[test]
    fn test_bursts_are_worse_than_scattered_losses() {
        let burst = Heard {
            burst_ratio: burst_ratio(1000, 50, 10),
            ..g711(0.05, 0.0)
        };
        assert!(rating(&burst) < rating(&g711(0.05, 0.0)));
        assert_eq!(burst_ratio(1000, 50, 50), 1.0);
        assert_eq!(burst_ratio(1000, 0, 0), 1.0);
    }

    proptest! {
        #[test]
        fn test_more_loss_or_delay_is_never_better(loss in 0.0f64..0.9, delay_ms in 0.0f64..900.0, more in 0.0f64..0.1) {
            let here = opinion_score(rating(&g711(loss, delay_ms)));
            prop_assert!((1.0..=4.5).contains(&here));
            prop_assert!(opinion_score(rating(&g711(loss + more, delay_ms))) <= here);
            prop_assert!(opinion_score(rating(&g711(loss, delay_ms + more * 1000.0))) <= here);
        }
    }
}
