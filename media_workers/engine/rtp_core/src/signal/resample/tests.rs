//! Tests of the resampler: pass band, what folds back, images, lengths and positions

use super::*;
use proptest::prelude::*;

const PAIRS: [(u32, u32); 12] = [
    (8000, 16000),
    (16000, 8000),
    (8000, 48000),
    (48000, 8000),
    (16000, 48000),
    (48000, 16000),
    (8000, 24000),
    (24000, 8000),
    (16000, 24000),
    (24000, 16000),
    (24000, 48000),
    (48000, 24000),
];

fn sine(rate_hz: u32, frequency_hz: f64, samples: usize) -> Vec<i16> {
    let step = 2.0 * PI * frequency_hz / f64::from(rate_hz);
    (0..samples)
        .map(|n| (10000.0 * (step * n as f64).sin()).round() as i16)
        .collect()
}

/// Amplitude of one frequency, by correlation over whole periods.
fn amplitude(pcm: &[i16], rate_hz: u32, frequency_hz: f64) -> f64 {
    let step = 2.0 * PI * frequency_hz / f64::from(rate_hz);
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &sample) in pcm.iter().enumerate() {
        re += f64::from(sample) * (step * n as f64).cos();
        im += f64::from(sample) * (step * n as f64).sin();
    }
    2.0 * re.hypot(im) / pcm.len() as f64
}

fn rms(pcm: &[i16]) -> f64 {
    (pcm.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
}

fn through(from_hz: u32, to_hz: u32, input: &[i16]) -> Vec<i16> {
    let mut resampler = Resampler::new(from_hz, to_hz).expect("rates in range");
    let mut output = vec![0; resampler.max_output(input.len())];
    let written = resampler.process(input, &mut output);
    output.truncate(written);
    output
}

// covers: EN-038, EN-087
#[test]
fn test_pass_band_is_flat_within_a_tenth_of_a_decibel() {
    for (from_hz, to_hz) in PAIRS {
        let low = f64::from(from_hz.min(to_hz));
        for tenth in [0.0125, 0.05, 0.125, 0.25, 0.375, 0.4125] {
            let frequency_hz = low * tenth;
            let output = through(
                from_hz,
                to_hz,
                &sine(from_hz, frequency_hz, from_hz as usize / 2),
            );
            let settled = &output[to_hz as usize / 10..to_hz as usize / 10 * 4];
            let gain_db = 20.0 * (amplitude(settled, to_hz, frequency_hz) / 10000.0).log10();
            assert!(
                gain_db.abs() < 0.1,
                "{from_hz}->{to_hz} at {frequency_hz} Hz: {gain_db} dB"
            );
        }
    }
}

// covers: EN-087, EN-038
#[test]
fn test_what_would_fold_back_is_sixty_five_decibels_down() {
    for (from_hz, to_hz) in PAIRS.into_iter().filter(|(from_hz, to_hz)| from_hz > to_hz) {
        for share in [0.51, 0.55, 0.6, 0.75, 0.99] {
            let frequency_hz = f64::from(to_hz) * share;
            if frequency_hz > f64::from(from_hz) / 2.0 {
                continue;
            }
            let output = through(
                from_hz,
                to_hz,
                &sine(from_hz, frequency_hz, from_hz as usize / 2),
            );
            let left_db =
                20.0 * (rms(&output[to_hz as usize / 10..]).max(0.1) / rms(&[7071])).log10();
            assert!(
                left_db < -65.0,
                "{from_hz}->{to_hz} at {frequency_hz} Hz: {left_db} dB"
            );
        }
    }
}

#[test]
fn test_images_of_upsampling_are_sixty_five_decibels_down() {
    for (from_hz, to_hz) in PAIRS.into_iter().filter(|(from_hz, to_hz)| from_hz < to_hz) {
        let frequency_hz = f64::from(from_hz) * 0.3;
        let output = through(
            from_hz,
            to_hz,
            &sine(from_hz, frequency_hz, from_hz as usize / 2),
        );
        let settled = &output[to_hz as usize / 10..to_hz as usize / 10 * 4];
        for image_hz in [
            f64::from(from_hz) - frequency_hz,
            f64::from(from_hz) + frequency_hz,
        ] {
            if image_hz < f64::from(to_hz) / 2.0 {
                let left_db = 20.0 * (amplitude(settled, to_hz, image_hz) / 10000.0).log10();
                assert!(
                    left_db < -65.0,
                    "{from_hz}->{to_hz} image {image_hz} Hz: {left_db} dB"
                );
            }
        }
    }
}

#[test]
fn test_constant_stays_constant_in_every_phase() {
    for (from_hz, to_hz) in PAIRS {
        let output = through(from_hz, to_hz, &vec![12345; from_hz as usize / 10]);
        assert!(
            output[to_hz as usize / 20..].iter().all(|&s| s == 12345),
            "{from_hz}->{to_hz}"
        );
    }
}

#[test]
fn test_full_scale_does_not_wrap() {
    let square: Vec<i16> = (0..1600)
        .map(|n| if n / 3 % 2 == 0 { 32767 } else { -32768 })
        .collect();
    for (from_hz, to_hz) in PAIRS {
        assert!(rms(&through(from_hz, to_hz, &square)) < 32768.0);
    }
}

#[test]
fn test_whole_frames_give_whole_frames() {
    for (from_hz, to_hz) in PAIRS {
        let mut resampler = Resampler::new(from_hz, to_hz).expect("rates in range");
        let mut output = [0; 960];
        for _ in 0..7 {
            let frame = vec![0; from_hz as usize / 50];
            assert_eq!(resampler.process(&frame, &mut output), to_hz as usize / 50);
        }
    }
}

#[test]
fn test_convert_keeps_position_and_length_at_odd_ratios() {
    for (from_hz, to_hz) in [
        (44100, 8000),
        (11025, 8000),
        (22050, 16000),
        (8000, 48000),
        (32000, 8000),
    ] {
        let output = convert(&sine(from_hz, 441.0, from_hz as usize), from_hz, to_hz)
            .expect("rates in range");
        assert_eq!(output.len(), to_hz as usize);
        let wanted = sine(to_hz, 441.0, to_hz as usize);
        let worst = output
            .iter()
            .zip(&wanted)
            .skip(200)
            .take(to_hz as usize - 400);
        assert!(
            worst.map(|(a, b)| (a - b).abs()).max() < Some(60),
            "{from_hz}->{to_hz}"
        );
    }
}

#[test]
fn test_rates_outside_the_range_are_refused() {
    assert!(Resampler::new(4000, 8000).is_none());
    assert!(Resampler::new(8000, 96000).is_none());
}

proptest! {
    #[test]
    fn test_cutting_the_stream_elsewhere_changes_nothing(cuts in prop::collection::vec(1usize..400, 1..12), pair in 0usize..12) {
        let (from_hz, to_hz) = PAIRS[pair];
        let input = sine(from_hz, 700.0, cuts.iter().sum());
        let mut resampler = Resampler::new(from_hz, to_hz).expect("rates in range");
        let mut pieces = Vec::new();
        let mut rest = &input[..];
        for cut in cuts {
            let (piece, left) = rest.split_at(cut);
            rest = left;
            let mut output = vec![0; resampler.max_output(cut)];
            let written = resampler.process(piece, &mut output);
            pieces.extend_from_slice(&output[..written]);
        }
        prop_assert_eq!(pieces, through(from_hz, to_hz, &input));
    }
}
