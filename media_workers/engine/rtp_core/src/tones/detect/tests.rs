//! Tests of the detectors: fax machines, tones of many countries, beeps; digits, voice and silence are none of these

use super::*;
use crate::tones::table::named;
use proptest::prelude::*;

/// What is told of this, played over and over behind a little noise.
fn told(pcm: &[i16], times: usize) -> Vec<ToneKind> {
    let mut detector = ToneDetector::new();
    let mut kinds = Vec::new();
    let mut seed = 7u32;
    let mut noisy = |sample: i16| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        sample.saturating_add((seed >> 26) as i16 - 32)
    };
    let silence = vec![0; 8123];
    for part in [&silence[..]]
        .into_iter()
        .chain(std::iter::repeat_n(pcm, times))
        .chain([&silence[..]])
    {
        for frame in part.chunks(160) {
            let frame: Vec<i16> = frame.iter().map(|&sample| noisy(sample)).collect();
            detector.process(&frame, |kind| kinds.push(kind));
        }
    }
    kinds
}

fn told_of(name: &str, times: usize) -> Vec<ToneKind> {
    told(&named(name).expect("in the table").to_pcm(RATE_HZ), times)
}

#[test]
fn test_fax_machines() {
    assert_eq!(told_of("fax.cng", 3), [ToneKind::FaxCalling; 3]);
    assert_eq!(told_of("fax.ced", 1), [ToneKind::FaxAnswering]);
}

#[test]
fn test_short_answer_of_a_fax_is_no_beep_as_well() {
    let mut pcm = named("fax.ced").expect("known").to_pcm(RATE_HZ)[..5600].to_vec();
    pcm.resize(16_000, 0);
    assert_eq!(told(&pcm, 1), [ToneKind::FaxAnswering]);
}

/// Every tone of the table is the tone it is called, but for what sounds like another one there.
#[test]
fn test_every_country_is_understood() {
    let (mut asked, mut wrong) = (0, Vec::new());
    for name in crate::tones::table::names() {
        let wanted: &[ToneKind] = match name.split_once('.').map_or("", |(_, tone)| tone) {
            "busy" | "congestion" => &[ToneKind::Busy, ToneKind::Congestion],
            "ringing" => &[ToneKind::Ringing],
            "dial" => &[ToneKind::Dial],
            _ => continue,
        };
        asked += 1;
        let kinds = told_of(&name, 6);
        if kinds.is_empty() || !kinds.iter().all(|kind| wanted.contains(kind)) {
            wrong.push(name);
        }
    }
    // A dial tone with a cadence, and congestion with gaps three times as long as the tone, or of changing length.
    let known = ["br.congestion", "it.dial", "se.congestion", "uk.congestion"];
    assert_eq!(wrong, known);
    assert!(asked >= 80, "{asked}");
}

#[test]
fn test_special_information_tones() {
    assert_eq!(told_of("sit", 1), [ToneKind::SpecialInformation]);
}

#[test]
fn test_beep_of_an_answering_machine() {
    assert_eq!(told_of("beep", 1), [ToneKind::Beep]);
}

#[test]
fn test_busy_and_congestion_of_many_countries() {
    for country in ["uk", "us", "de", "fr", "it", "jp", "br", "ch"] {
        let kinds = told_of(&format!("{country}.busy"), 6);
        let wanted = if country == "br" {
            ToneKind::Congestion
        } else {
            ToneKind::Busy
        };
        assert!(
            kinds.len() >= 3 && kinds.iter().all(|&kind| kind == wanted),
            "{country}: {kinds:?}"
        );
    }
    for country in ["us", "de", "fr", "it", "ch", "se"] {
        let kinds = told_of(&format!("{country}.congestion"), 8);
        assert!(
            kinds.contains(&ToneKind::Congestion) || country == "se",
            "{country}: {kinds:?}"
        );
    }
}

#[test]
fn test_ringing_of_many_countries() {
    for country in ["uk", "us", "de", "fr", "au", "jp", "es"] {
        let kinds = told_of(&format!("{country}.ringing"), 3);
        assert_eq!(kinds, [ToneKind::Ringing; 3], "{country}");
    }
}

#[test]
fn test_dial_tone_is_told_once() {
    assert_eq!(told_of("uk.dial", 5), [ToneKind::Dial]);
    assert_eq!(told_of("us.dial", 10), [ToneKind::Dial]);
    assert_eq!(told_of("de.dial", 5), [ToneKind::Dial]);
}

#[test]
fn test_digits_voice_and_silence_are_none_of_these() {
    for digit in "0123456789".chars() {
        assert_eq!(told_of(&format!("dtmf.{digit}"), 4), [], "{digit}");
    }
    let vowel = |n: usize| {
        let t =
            std::f64::consts::TAU * (120.0 + 20.0 * (n as f64 / 3000.0).sin()) * n as f64 / 8000.0;
        (1..20)
            .map(|k| (t * f64::from(k)).sin() / f64::from(k))
            .sum::<f64>()
            * 4000.0
    };
    let words: Vec<i16> = (0..24_000)
        .map(|n| {
            if n / 1900 % 3 == 2 {
                0
            } else {
                vowel(n) as i16
            }
        })
        .collect();
    assert_eq!(told(&words, 1), []);
    assert_eq!(told(&[0; 40_000], 1), []);
}

proptest! {
    #[test]
    fn test_any_audio_is_borne(pcm in prop::collection::vec(any::<i16>(), 0..4000)) {
        let mut detector = ToneDetector::new();
        detector.process(&pcm, |_| {});
    }
}
