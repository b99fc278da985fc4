//! Tests of the concealment: vowels with holes, seams, long losses, and anything at all.

use super::*;
use proptest::prelude::*;
use std::f64::consts::TAU;

/// A buzz like a vowel: harmonics of a fundamental.
fn vowel(rate_hz: u32, samples: usize) -> Vec<i16> {
    let step = TAU * 130.0 / f64::from(rate_hz);
    let wave = |t: f64| {
        (1..9)
            .map(|k| (t * f64::from(k)).sin() / f64::from(k))
            .sum::<f64>()
    };
    (0..samples)
        .map(|n| (wave(step * n as f64) * 6000.0) as i16)
        .collect()
}

fn energy(pcm: &[i16]) -> f64 {
    pcm.iter().map(|&s| f64::from(s).powi(2)).sum()
}

/// Passes audio through with the frames lost that `is_lost` says.
fn through(rate_hz: u32, pcm: &[i16], is_lost: impl Fn(usize) -> bool) -> Vec<i16> {
    let mut concealer = Concealer::new(rate_hz);
    let mut output = pcm.to_vec();
    for (n, frame) in output.chunks_mut(rate_hz as usize / 50).enumerate() {
        if is_lost(n) {
            concealer.conceal(frame);
        } else {
            concealer.good(frame);
        }
    }
    output
}

#[test]
fn test_lost_frame_of_a_vowel_is_hardly_noticed() {
    for rate_hz in [8000, 16000, 48000] {
        let pcm = vowel(rate_hz, rate_hz as usize);
        let output = through(rate_hz, &pcm, |n| n % 10 == 9);
        let difference: Vec<i16> = pcm
            .iter()
            .zip(&output)
            .map(|(a, b)| a.saturating_sub(*b))
            .collect();
        let snr_db = 10.0 * (energy(&pcm) / energy(&difference)).log10();
        assert!(snr_db > 18.0, "{rate_hz}: {snr_db} dB");
    }
}

/// The steepest step from sample to sample.
fn steepest(pcm: &[i16]) -> u32 {
    pcm.windows(2)
        .map(|pair| i32::from(pair[0]).abs_diff(i32::from(pair[1])))
        .max()
        .unwrap_or(0)
}

#[test]
fn test_no_seam_of_a_vowel_is_steeper_than_the_audio() {
    for rate_hz in [8000, 16000, 48000] {
        let pcm = vowel(rate_hz, rate_hz as usize);
        let output = through(rate_hz, &pcm, |n| (10..13).contains(&n) || n == 30);
        assert!(steepest(&output) <= steepest(&pcm) * 5 / 4, "{rate_hz}");
    }
}

#[test]
fn test_sine_goes_on_at_its_level_and_without_a_click() {
    for (rate_hz, frequency_hz) in [
        (8000, 170.0),
        (8000, 440.0),
        (16000, 1000.0),
        (48000, 440.0),
    ] {
        let step = TAU * frequency_hz / f64::from(rate_hz);
        let wave = |n: usize| ((step * n as f64).sin() * 10_000.0) as i16;
        let pcm: Vec<i16> = (0..rate_hz as usize / 2).map(wave).collect();
        let output = through(rate_hz, &pcm, |n| n == 10);
        assert!(
            steepest(&output) <= steepest(&pcm) * 5 / 4,
            "{frequency_hz}"
        );
        let frame = rate_hz as usize / 50;
        let lost = 10 * frame..11 * frame;
        let level = (energy(&output[lost.clone()]) / energy(&pcm[lost])).sqrt();
        assert!((0.85..1.05).contains(&level), "{frequency_hz}: {level}");
    }
}

#[test]
fn test_long_loss_fades_to_silence() {
    let output = through(8000, &vowel(8000, 4000), |n| n >= 10);
    let lost = &output[1600..];
    let levels: Vec<f64> = lost.chunks(320).map(energy).collect();
    assert!(energy(&lost[..80]) > 1e6);
    assert!(
        levels[..6].windows(2).all(|pair| pair[1] < pair[0]),
        "{levels:?}"
    );
    assert!(lost[8 * SILENT_AFTER_MS..]
        .iter()
        .all(|&sample| sample == 0));
}

#[test]
fn test_burst_stays_audible_and_what_follows_it_is_left_alone() {
    let pcm = vowel(8000, 4000);
    let output = through(8000, &pcm, |n| (10..13).contains(&n));
    let last = 1600 + 400..1600 + 480;
    assert!(energy(&output[last.clone()]) > energy(&pcm[last]) / 2.0);
    let seam = samples(MAX_PITCH_MS, 8000) / 4;
    assert_eq!(output[2080 + seam..], pcm[2080 + seam..]);
}

#[test]
fn test_what_was_dying_away_goes_on_doing_so() {
    let mut pcm = vowel(8000, 2000);
    let whole = through(8000, &pcm, |n| n >= 10);
    for (n, sample) in pcm[1440..1600].iter_mut().enumerate() {
        *sample = (f64::from(*sample) * 0.5f64.powf(n as f64 / 80.0)) as i16;
    }
    let fallen = through(8000, &pcm, |n| n >= 10);
    let ratio = |at: usize| (energy(&fallen[at..at + 80]) / energy(&whole[at..at + 80])).sqrt();
    assert!(ratio(1600) < 0.5, "{}", ratio(1600));
    assert!(ratio(1680) < 0.85 * ratio(1600), "{}", ratio(1680));
}

#[test]
fn test_good_audio_is_untouched() {
    let pcm = vowel(16000, 16000);
    assert_eq!(through(16000, &pcm, |_| false), pcm);
}

#[test]
fn test_loss_before_anything_was_heard_is_silence() {
    assert!(through(8000, &[0; 1600], |_| true)
        .iter()
        .all(|&sample| sample == 0));
}

proptest! {
    #[test]
    fn test_no_order_and_no_lengths_panic(
        frames in prop::collection::vec((0usize..700, any::<bool>()), 1..60), rate in 0usize..3, level in 0i16..=32767,
    ) {
        let mut concealer = Concealer::new([8000, 16000, 48000][rate]);
        for (len, lost) in frames {
            let mut pcm: Vec<i16> = (0..len).map(|n| if n % 7 < 3 { level } else { -level }).collect();
            if lost {
                concealer.conceal(&mut pcm);
            } else {
                concealer.good(&mut pcm);
            }
        }
    }

    /// Whatever was heard and whatever is lost: nothing made up is louder than what was heard but for the half
    /// millisecond that closes the seam, and its first step is one that was heard.
    #[test]
    fn test_concealment_is_no_louder_and_no_steeper_than_what_was_heard(
        heard in prop::collection::vec(any::<i16>(), 400..800), frames in 1usize..12, rate in 0usize..3,
    ) {
        let rate_hz = [8000, 16000, 48000][rate];
        let mut concealer = Concealer::new(rate_hz);
        let mut before = heard.clone();
        concealer.good(&mut before);
        prop_assert_eq!(&before, &heard);
        let mut made_up = vec![0i16; frames * rate_hz as usize / 50];
        concealer.conceal(&mut made_up);
        let loudest = heard.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
        let seam = samples(SEAM_MS, rate_hz);
        prop_assert!(made_up[seam..].iter().all(|s| s.unsigned_abs() <= loudest));
        let history = [0i16; 1].iter().chain(&heard).copied().collect::<Vec<_>>();
        let first = i32::from(heard[heard.len() - 1]).abs_diff(i32::from(made_up[0]));
        prop_assert!(first <= steepest(&history), "{first}");
    }
}
