//! How a call sounds, by the E-model (ITU-T G.107, all settings that a call cannot tell at their defaults of its table 3): from
//! what happened to the packets to a rating R, and from that to a mean opinion score. The scale is that of narrowband calls for
//! every codec, so that scores compare; wideband is not rated better than it.

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

/// Basic signal-to-noise ratio Ro, and that less Is, the impairments that come with the voice (equations 7-2 and 7-8).
const SIGNAL_TO_NOISE: f64 = 94.77;
const WITHOUT_DELAY: f64 = 93.35;
/// Talker echo loudness rating, weighted echo path loss, circuit noise and receive loudness: defaults, in dB.
const TALKER_ECHO: f64 = 65.0;
const ECHO_PATH_LOSS: f64 = 110.0;
const CIRCUIT_NOISE: f64 = -61.18;
const RECEIVE_LOUDNESS: f64 = 2.0;

/// What a one-way delay does, Id: echo for who talks, echo for who listens, and the delay itself (equations 7-17 to 7-28).
fn delay_impairment(delay_ms: f64) -> f64 {
    let echo_level = TALKER_ECHO
        - 40.0 * ((1.0 + delay_ms / 10.0) / (1.0 + delay_ms / 150.0)).log10()
        + 6.0 * (-0.3 * delay_ms * delay_ms).exp();
    let masked = -1.5 * (CIRCUIT_NOISE - RECEIVE_LOUDNESS) - (80.0 + 2.5 * (echo_level - 14.0));
    let talker =
        (masked / 2.0 + (masked * masked / 4.0 + 100.0).sqrt() - 1.0) * (1.0 - (-delay_ms).exp());
    let heard =
        SIGNAL_TO_NOISE - 10.5 * (ECHO_PATH_LOSS + 7.0) * (2.0 * delay_ms + 1.0).powf(-0.25);
    let listener = heard / 2.0 + (heard * heard / 4.0 + 169.0).sqrt();
    let sixth = |x: f64| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    let doublings = (delay_ms / 100.0).log2();
    let itself = if delay_ms > 100.0 {
        25.0 * (sixth(doublings) - 3.0 * sixth(doublings / 3.0) + 2.0)
    } else {
        0.0
    };
    talker + listener + itself
}

/// The transmission rating factor R, 0 to 93.2 (equation 7-1).
#[must_use]
pub fn rating(heard: &Heard) -> f64 {
    let loss_percent = heard.loss.clamp(0.0, 1.0) * 100.0;
    let CodecFactors {
        impairment,
        robustness,
    } = heard.codec;
    // The effective equipment impairment, Ie-eff (equation 7-29).
    let weight = loss_percent / (loss_percent / heard.burst_ratio.max(1.0) + robustness.max(1.0));
    let equipment = impairment + (95.0 - impairment) * weight;
    (WITHOUT_DELAY - delay_impairment(heard.delay_ms.clamp(0.0, 60_000.0)) - equipment)
        .clamp(0.0, 100.0)
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
    fn test_best_rating_is_that_of_the_recommendation() {
        assert!((rating(&g711(0.0, 0.0)) - 93.2).abs() < 0.05);
    }

    /// The curve of ITU-T G.114 figure 1: hardly anything up to 150 ms, some users dissatisfied from 300 ms.
    #[test]
    fn test_delay_costs_what_the_curve_says() {
        let at = |delay_ms: f64| rating(&g711(0.0, delay_ms));
        assert!(
            at(100.0) > 89.0 && at(150.0) > 86.0,
            "{} {}",
            at(100.0),
            at(150.0)
        );
        assert!((60.0..80.0).contains(&at(300.0)), "{}", at(300.0));
        assert!((50.0..70.0).contains(&at(400.0)), "{}", at(400.0));
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
