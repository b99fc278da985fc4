//! Tests of tones: frequencies, levels and lengths, and descriptions that are none

use super::*;
use proptest::prelude::*;

fn tone(description: &str) -> Tone {
    Tone::parse(description).expect("valid")
}

/// Share of the energy at this frequency.
fn share(pcm: &[i16], rate_hz: f64, frequency_hz: f64) -> f64 {
    let (mut re, mut im, mut energy) = (0.0, 0.0, 0.0);
    for (n, &sample) in pcm.iter().enumerate() {
        let (sin, cos) = (TAU * frequency_hz * n as f64 / rate_hz).sin_cos();
        re += f64::from(sample) * cos;
        im += f64::from(sample) * sin;
        energy += f64::from(sample).powi(2);
    }
    2.0 * (re * re + im * im) / (energy * pcm.len() as f64)
}

// covers: EN-084
#[test]
fn test_dial_tone_has_its_two_frequencies_and_level() {
    let pcm = tone("350+440*0.5:1000").to_pcm(8000);
    assert_eq!(pcm.len(), 8000);
    assert!(share(&pcm, 8000.0, 350.0) > 0.49);
    assert!(share(&pcm, 8000.0, 440.0) > 0.49);
    assert!((16000..=16384).contains(
        &pcm.iter()
            .map(|s| i32::from(s.abs()))
            .max()
            .expect("not empty")
    ));
}

// covers: EN-064
#[test]
fn test_uk_ringing_rings_twice_and_lasts_three_seconds() {
    let pcm = tone("400+450*0.5/0/400+450*0.5/0:400/200/400/2000").to_pcm(8000);
    assert_eq!(pcm.len(), 24000);
    let sounding =
        |from_ms: usize, to_ms: usize| pcm[from_ms * 8 + 8..to_ms * 8].iter().any(|&s| s != 0);
    assert!(
        sounding(0, 400) && !sounding(400, 600) && sounding(600, 1000) && !sounding(1000, 3000)
    );
    assert_eq!(tone("400+450*0.5/0:400/200/400/2000").to_pcm(8000), pcm);
}

#[test]
fn test_sweep_ends_at_its_last_frequency() {
    let pcm = tone("300~1500*0.8:2000").to_pcm(16000);
    assert!(share(&pcm[..800], 16000.0, 315.0) > 0.8);
    assert!(share(&pcm[pcm.len() - 800..], 16000.0, 1485.0) > 0.8);
}

#[test]
fn test_level_sweep_fades() {
    let pcm = tone("1000*0.5~0:1000").to_pcm(8000);
    let peak = |range: &[i16]| range.iter().map(|s| s.abs()).max().expect("not empty");
    assert!((15500..16400).contains(&peak(&pcm[..160])));
    assert!(peak(&pcm[7920..]) < 200);
}

#[test]
fn test_four_full_scale_frequencies_do_not_wrap() {
    let pcm = tone("100+200+300+400:500").to_pcm(8000);
    assert!(pcm
        .windows(2)
        .all(|pair| i32::from(pair[0]).abs_diff(i32::from(pair[1])) < 12000));
}

#[test]
fn test_frequency_beyond_half_the_rate_is_left_out() {
    assert!(tone("6000:20").to_pcm(8000).iter().all(|&s| s == 0));
    assert!(tone("6000:20").to_pcm(16000).iter().any(|&s| s != 0));
}

#[test]
fn test_each_refusal_says_why() {
    assert_eq!(Tone::parse("350+440"), Err(ToneError::NoCadence));
    assert_eq!(
        Tone::parse("350+x*0.5:100"),
        Err(ToneError::Number("x".into()))
    );
    assert_eq!(Tone::parse("350*2:100"), Err(ToneError::Number("2".into())));
    assert_eq!(Tone::parse("350:-1"), Err(ToneError::Number("-1".into())));
    assert_eq!(Tone::parse("nan:1"), Err(ToneError::Number("nan".into())));
    assert_eq!(Tone::parse("1:3600000/1"), Err(ToneError::TooLong));
    assert_eq!(Tone::parse("1+1+1+1+1+1+1+1+1:1"), Err(ToneError::TooLong));
}

#[test]
fn test_parts_in_phase_do_not_wrap() {
    for text in ["4+4:400", "100+100+100:40", "4+4/0:400"] {
        let pcm = Tone::parse(text).expect(text).to_pcm(8000);
        let steps = pcm.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
        assert!(steps.max() < Some(40_000), "{text}");
    }
}

proptest! {
    #[test]
    fn test_any_position_gives_what_the_whole_has_there(position in 0u64..5000, len in 0usize..400) {
        let tone = tone("400~900+450*0.5~0.2/0/1000:333/17/3/100");
        let whole = tone.to_pcm(8000);
        let mut pcm = vec![0; len];
        let written = tone.render(8000, position, &mut pcm);
        let wanted = &whole[whole.len().min(position as usize)..whole.len().min(position as usize + len)];
        prop_assert_eq!(written, wanted.len());
        for (a, b) in pcm.iter().zip(wanted) {
            prop_assert!((a - b).abs() <= 1);
        }
    }

    #[test]
    fn test_no_text_panics(text in "[0-9.+*~/:x-]{0,40}") {
        if let Ok(tone) = Tone::parse(&text) {
            tone.render(8000, 100, &mut [0; 160]);
        }
    }
}
