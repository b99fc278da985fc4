//! Tests of digits in the audio: levels, twists, lengths and speech that is none

use super::*;
use crate::tones::table::digit_frequencies;
use proptest::prelude::*;
use std::f64::consts::TAU;

struct Press {
    digit: char,
    detune: f64,
    row_peak: f64,
    column_peak: f64,
    samples: usize,
}

impl Press {
    fn new(digit: char, ms: usize) -> Self {
        Self {
            digit,
            detune: 1.0,
            row_peak: 5000.0,
            column_peak: 5000.0,
            samples: ms * 8,
        }
    }

    fn pcm(&self) -> Vec<i16> {
        let (row, column) = digit_frequencies(self.digit).expect("a digit");
        let wave =
            |hz: u16, n: usize| (TAU * f64::from(hz) * self.detune * n as f64 / 8000.0).sin();
        let sample = |n| (self.row_peak * wave(row, n) + self.column_peak * wave(column, n)) as i16;
        (0..self.samples).map(sample).collect()
    }
}

fn heard(pcm: &[i16]) -> Vec<DigitHeard> {
    let mut detector = DtmfDetector::new();
    let mut heard = Vec::new();
    for frame in pcm.chunks(160).chain([&[0i16; 400][..]]) {
        detector.process(frame, |event| heard.push(event));
    }
    heard
}

fn digits(pcm: &[i16]) -> String {
    let digit = |event: &DigitHeard| {
        if let DigitHeard::Began(digit) = event {
            Some(*digit)
        } else {
            None
        }
    };
    heard(pcm).iter().filter_map(digit).collect()
}

#[test]
fn test_every_key_at_forty_ms_and_at_any_place() {
    for digit in "0123456789*#ABCD".chars() {
        for offset in (0..102).step_by(17) {
            let mut pcm = vec![0; 500 + offset];
            pcm.extend(Press::new(digit, 40).pcm());
            assert_eq!(digits(&pcm), digit.to_string(), "{digit} {offset}");
        }
    }
}

#[test]
fn test_number_dialled_at_ten_a_second() {
    let mut pcm = Vec::new();
    for digit in "5551230**#".chars() {
        pcm.extend(Press::new(digit, 50).pcm());
        pcm.resize(pcm.len() + 400, 0);
    }
    assert_eq!(digits(&pcm), "5551230**#");
}

#[test]
fn test_duration_is_told() {
    let events = heard(&Press::new('7', 200).pcm());
    let [DigitHeard::Began('7'), DigitHeard::Ended {
        digit: '7',
        duration_ms,
    }] = events[..]
    else {
        panic!("{events:?}")
    };
    assert!((180..=210).contains(&duration_ms), "{duration_ms}");
}

#[test]
fn test_tolerances_of_q24() {
    let base = || Press::new('6', 60);
    assert_eq!(
        digits(
            &Press {
                detune: 1.015,
                ..base()
            }
            .pcm()
        ),
        "6"
    );
    assert_eq!(
        digits(
            &Press {
                detune: 0.985,
                ..base()
            }
            .pcm()
        ),
        "6"
    );
    assert_eq!(
        digits(
            &Press {
                detune: 1.045,
                ..base()
            }
            .pcm()
        ),
        ""
    );
    assert_eq!(
        digits(
            &Press {
                row_peak: 9000.0,
                column_peak: 9000.0 / 2.4,
                ..base()
            }
            .pcm()
        ),
        "6"
    );
    assert_eq!(
        digits(
            &Press {
                row_peak: 9000.0 / 1.5,
                column_peak: 9000.0,
                ..base()
            }
            .pcm()
        ),
        "6"
    );
    assert_eq!(
        digits(
            &Press {
                row_peak: 9000.0,
                column_peak: 1500.0,
                ..base()
            }
            .pcm()
        ),
        ""
    );
    assert_eq!(
        digits(
            &Press {
                row_peak: 600.0,
                column_peak: 600.0,
                ..base()
            }
            .pcm()
        ),
        "6"
    );
    assert_eq!(
        digits(
            &Press {
                row_peak: 100.0,
                column_peak: 100.0,
                ..base()
            }
            .pcm()
        ),
        ""
    );
}

#[test]
fn test_short_break_does_not_make_two_and_a_long_one_does() {
    let with_break = |samples: usize| {
        let mut pcm = Press::new('2', 80).pcm();
        pcm.resize(pcm.len() + samples, 0);
        pcm.extend(Press::new('2', 80).pcm());
        digits(&pcm)
    };
    assert_eq!(with_break(60), "2");
    assert_eq!(with_break(320), "22");
}

#[test]
fn test_digit_in_noise_is_heard_and_voice_is_not_a_digit() {
    let mut seed = 1u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(seed) / 2_147_483_648.0 - 1.0) * 1500.0
    };
    let noisy: Vec<i16> = Press::new('8', 60)
        .pcm()
        .iter()
        .map(|&s| s.saturating_add(noise() as i16))
        .collect();
    assert_eq!(digits(&noisy), "8");
    let vowel = |f0: f64, n: usize| {
        let t = TAU * f0 * n as f64 / 8000.0;
        (1..20)
            .map(|k| (t * f64::from(k)).sin() / f64::from(k).sqrt())
            .sum::<f64>()
            * 2500.0
    };
    for f0 in 80..300 {
        let pcm: Vec<i16> = (0..1600).map(|n| vowel(f64::from(f0), n) as i16).collect();
        assert_eq!(digits(&pcm), "", "{f0} Hz");
    }
}

proptest! {
    #[test]
    fn test_began_and_ended_alternate(levels in prop::collection::vec((0u8..18, 0usize..900), 1..30)) {
        let mut pcm = Vec::new();
        for (key, samples) in levels {
            match "0123456789*#ABCD".chars().nth(usize::from(key)) {
                Some(digit) => pcm.extend(Press { samples, ..Press::new(digit, 0) }.pcm()),
                None => pcm.resize(pcm.len() + samples, 0),
            }
        }
        let mut open = None;
        for event in heard(&pcm) {
            match event {
                DigitHeard::Began(digit) => prop_assert_eq!(open.replace(digit), None),
                DigitHeard::Ended { digit, .. } => prop_assert_eq!(open.take(), Some(digit)),
            }
        }
        prop_assert_eq!(open, None);
    }
}
