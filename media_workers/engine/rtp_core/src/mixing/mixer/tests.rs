//! Tests of the mixer: who hears whom and how loud, at one rate and at several

use super::*;
use proptest::prelude::*;
use std::f64::consts::TAU;

fn room(rates: &[u32]) -> (Mixer, Vec<MemberId>) {
    let mut mixer = Mixer::new();
    let ids: Vec<_> = rates
        .iter()
        .map(|&rate| mixer.add(rate, MemberSettings::default()).expect("a rate"))
        .collect();
    // Past the fade-in.
    for _ in 0..2 {
        tick(&mut mixer, &ids, |_| None);
        for &id in &ids {
            mixer.input(id, &[0; MAX_FRAME]);
        }
    }
    tick(&mut mixer, &ids, |_| None);
    (mixer, ids)
}

/// One tick; returns what each one hears.
fn tick(
    mixer: &mut Mixer,
    ids: &[MemberId],
    say: impl Fn(usize) -> Option<Vec<i16>>,
) -> Vec<Vec<i16>> {
    for (n, &id) in ids.iter().enumerate() {
        if let Some(pcm) = say(n) {
            mixer.input(id, &pcm);
        }
    }
    mixer.mix();
    let mut heard = Vec::new();
    for &id in ids {
        let mut output = vec![0; MAX_FRAME];
        mixer.output(id, &mut output);
        heard.push(output);
    }
    heard
}

fn tone(rate_hz: u32, frequency_hz: f64, tick: usize) -> Vec<i16> {
    let frame = frame_of(rate_hz);
    let at = |n: usize| TAU * frequency_hz * (tick * frame + n) as f64 / f64::from(rate_hz);
    (0..frame).map(|n| (6000.0 * at(n).sin()) as i16).collect()
}

/// Amplitude of a frequency.
fn amplitude(pcm: &[i16], rate_hz: u32, frequency_hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &sample) in pcm.iter().enumerate() {
        let (sin, cos) = (TAU * frequency_hz * n as f64 / f64::from(rate_hz)).sin_cos();
        re += f64::from(sample) * cos;
        im += f64::from(sample) * sin;
    }
    2.0 * re.hypot(im) / pcm.len() as f64
}

// covers: EN-050
#[test]
fn test_everyone_hears_the_sum_less_himself() {
    let (mut mixer, ids) = room(&[8000; 4]);
    let heard = tick(&mut mixer, &ids, |n| {
        (n < 3).then(|| vec![1000 * (n as i16 + 1); 160])
    });
    assert_eq!(
        heard.iter().map(|pcm| pcm[80]).collect::<Vec<_>>(),
        [5000, 4000, 3000, 6000]
    );
    let silence = tick(&mut mixer, &ids, |_| None);
    assert!(silence.iter().flatten().all(|&sample| sample == 0));
}

#[test]
fn test_many_loud_voices_are_limited_not_clipped() {
    let (mut mixer, ids) = room(&[8000; 12]);
    let mut heard = Vec::new();
    for n in 0..10 {
        heard = tick(&mut mixer, &ids, |_| {
            Some(tone(8000, 400.0, n).iter().map(|s| s * 3).collect())
        });
    }
    let pcm = &heard[0][..160];
    let clipped = pcm.iter().filter(|s| s.abs() == 32767).count();
    assert_eq!(clipped, 0);
    assert!(amplitude(pcm, 8000, 400.0) > 25_000.0);
    assert!(amplitude(pcm, 8000, 1200.0) < 200.0);
}

#[test]
fn test_wideband_members_hear_wideband_and_narrowband_members_hear_them() {
    let (mut mixer, ids) = room(&[8000, 16000, 16000, 48000]);
    let mut heard = Vec::new();
    for n in 0..10 {
        heard = tick(&mut mixer, &ids, |m| {
            (m == 1).then(|| {
                tone(16000, 1000.0, n)
                    .iter()
                    .zip(tone(16000, 6000.0, n))
                    .map(|(a, b)| a + b)
                    .collect()
            })
        });
    }
    for (listener, rate_hz) in [(2, 16000), (3, 48000)] {
        let pcm = &heard[listener][..frame_of(rate_hz)];
        assert!((amplitude(pcm, rate_hz, 1000.0) - 6000.0).abs() < 100.0);
        assert!((amplitude(pcm, rate_hz, 6000.0) - 6000.0).abs() < 100.0);
    }
    let narrow = &heard[0][..160];
    assert!((amplitude(narrow, 8000, 1000.0) - 6000.0).abs() < 100.0);
    assert!(
        amplitude(narrow, 8000, 2000.0) < 20.0,
        "6 kHz must not fold back to 2 kHz"
    );
    assert!(
        heard[1][..320].iter().all(|&s| s == 0),
        "nobody hears himself through another rate"
    );
}

// covers: EN-051, EN-052
#[test]
fn test_muted_is_not_heard_and_deaf_hears_nothing() {
    let (mut mixer, ids) = room(&[8000; 3]);
    mixer.set(
        ids[0],
        MemberSettings {
            muted: true,
            ..MemberSettings::default()
        },
    );
    mixer.set(
        ids[1],
        MemberSettings {
            deaf: true,
            ..MemberSettings::default()
        },
    );
    let say = |n: usize| Some(vec![[1000, 200, 30][n]; 160]);
    tick(&mut mixer, &ids, say);
    let heard = tick(&mut mixer, &ids, say);
    assert_eq!(
        heard.iter().map(|pcm| pcm[80]).collect::<Vec<_>>(),
        [230, 0, 200]
    );
}

#[test]
fn test_coach_is_heard_by_one_at_another_rate() {
    let (mut mixer, ids) = room(&[8000, 16000, 8000]);
    mixer.set(
        ids[2],
        MemberSettings {
            heard_by: Some(vec![ids[1]]),
            ..MemberSettings::default()
        },
    );
    let mut heard = Vec::new();
    for n in 0..10 {
        heard = tick(&mut mixer, &ids, |m| (m == 2).then(|| tone(8000, 500.0, n)));
    }
    assert!((amplitude(&heard[1][..320], 16000, 500.0) - 6000.0).abs() < 100.0);
    assert!(heard[0].iter().all(|&sample| sample == 0));
    assert!(heard[2].iter().all(|&sample| sample == 0));
}

#[test]
fn test_joining_leaving_and_gain_make_no_click() {
    let (mut mixer, mut ids) = room(&[8000; 2]);
    let mut line = Vec::new();
    for n in 0..12 {
        match n {
            2 => ids.push(mixer.add(8000, MemberSettings::default()).expect("a rate")),
            5 => mixer.set(
                ids[2],
                MemberSettings {
                    gain_db: 6.0,
                    ..MemberSettings::default()
                },
            ),
            9 => mixer.remove(ids.pop().expect("three")),
            _ => {}
        }
        let heard = tick(&mut mixer, &ids, |m| (m == 2).then(|| tone(8000, 123.0, n)));
        line.extend_from_slice(&heard[0][..160]);
    }
    let steepest = line
        .windows(2)
        .map(|pair| i32::from(pair[0]).abs_diff(i32::from(pair[1])))
        .max();
    assert!(steepest < Some(1500), "{steepest:?}");
    assert!(line[1700..].iter().all(|&sample| sample == 0));
}

#[test]
fn test_silent_members_share_one_frame() {
    let (mut mixer, ids) = room(&[8000; 3]);
    mixer.input(ids[0], &[700; 160]);
    mixer.mix();
    let mut output = [0; 160];
    assert_eq!(mixer.output(ids[1], &mut output), Heard::Common);
    assert_eq!(mixer.common(8000), Some(&output[..]));
    assert_eq!(mixer.output(ids[0], &mut output), Heard::Own);
    assert_eq!(output, [0; 160]);
}

#[test]
fn test_talkers_are_told_and_ranked() {
    let (mut mixer, ids) = room(&[8000; 3]);
    let mut events = Vec::new();
    for n in 0..30 {
        let loud = |m: usize| {
            tone(8000, 300.0, n)
                .iter()
                .map(|s| s / [4, 1, 1000][m])
                .collect()
        };
        tick(&mut mixer, &ids, |m| Some(loud(m)));
        events.extend(mixer.events().map(|event| (event.member, event.talking)));
    }
    assert_eq!(events, [(ids[0], true), (ids[1], true)]);
    let mut speakers = [ids[2]; 5];
    assert_eq!(mixer.speakers(&mut speakers), 2);
    assert_eq!(speakers[..2], [ids[1], ids[0]]);
    assert_eq!(mixer.speakers(&mut speakers[..1]), 1);
    assert_eq!(speakers[0], ids[1]);
}

#[test]
fn test_odd_rates_are_refused() {
    assert_eq!(Mixer::new().add(11_025, MemberSettings::default()), None);
    assert_eq!(Mixer::new().add(96_000, MemberSettings::default()), None);
}

proptest! {
    #[test]
    fn test_sum_less_own_whatever_is_said(voices in prop::collection::vec(-8000i16..8000, 1..4)) {
        let (mut mixer, ids) = room(&vec![8000; voices.len()]);
        let heard = tick(&mut mixer, &ids, |n| Some(vec![voices[n]; 160]));
        let sum: i16 = voices.iter().sum();
        for (heard, &voice) in heard.iter().zip(&voices) {
            prop_assert_eq!(heard[100], sum - voice);
        }
    }

    #[test]
    fn test_no_order_of_calls_panics(
        calls in prop::collection::vec((0u8..6, 0usize..8, 0usize..4), 1..120),
    ) {
        let mut mixer = Mixer::new();
        let mut output = [0; MAX_FRAME];
        for (call, member, rate) in calls {
            let id = MemberId(member);
            match call {
                0 => { mixer.add([8000, 16000, 24000, 48000][rate], MemberSettings::default()); }
                1 => mixer.remove(id),
                2 => mixer.input(id, &[1000; 333]),
                3 => mixer.mix(),
                4 => mixer.set(id, MemberSettings { heard_by: Some(vec![MemberId(rate)]), ..MemberSettings::default() }),
                _ => { mixer.output(id, &mut output); }
            }
        }
    }
}
