//! Tests of Opus: rates, lost packets and their copies, what a peer wishes, bytes that are none

use super::*;
use proptest::prelude::*;
use std::f64::consts::TAU;

/// Something voiced, so that the coder works as for speech.
fn voice(rate_hz: u32, samples: usize) -> Vec<i16> {
    let wave = |n: usize| {
        let t = TAU * 150.0 * n as f64 / f64::from(rate_hz);
        (1..12)
            .map(|k| (t * f64::from(k)).sin() / f64::from(k))
            .sum::<f64>()
            * 5000.0
    };
    (0..samples).map(|n| wave(n) as i16).collect()
}

fn packets(rate_hz: u32, pcm: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Opus.encoder(rate_hz).expect("its rate");
    encoder.expect_loss(10);
    let mut encode = |frame: &[i16]| {
        let mut payload = vec![0; 1275];
        let len = encoder.encode(frame, &mut payload).expect("a frame");
        payload.truncate(len);
        payload
    };
    pcm.chunks_exact(rate_hz as usize / 50)
        .map(&mut encode)
        .collect()
}

fn decode(
    rate_hz: u32,
    packets: &[Vec<u8>],
    is_lost: impl Fn(usize) -> bool,
    correct: bool,
) -> Vec<i16> {
    let mut decoder = Opus.decoder(rate_hz).expect("its rate");
    let mut output = Vec::new();
    for (n, packet) in packets.iter().enumerate() {
        let mut pcm = vec![0; rate_hz as usize / 50];
        if is_lost(n) {
            let next = packets.get(n + 1).filter(|_| correct).map(Vec::as_slice);
            assert!(decoder.conceal(next, &mut pcm));
        } else {
            assert_eq!(decoder.decode(packet, &mut pcm), Ok(pcm.len()));
        }
        output.extend(pcm);
    }
    output
}

/// Best correlation over the delays that coders have.
fn likeness(a: &[i16], b: &[i16], most: usize) -> f64 {
    let dot = |a: &[i16], b: &[i16]| {
        a.iter()
            .zip(b)
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum::<f64>()
    };
    let like = |lag: usize| {
        let (a, b) = (&a[..a.len() - most], &b[lag..lag + a.len() - most]);
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    (0..most).map(like).fold(0.0, f64::max)
}

#[test]
fn test_voice_survives_at_every_rate() {
    for rate_hz in [8000, 16000, 24000, 48000] {
        let pcm = voice(rate_hz, rate_hz as usize);
        let output = decode(rate_hz, &packets(rate_hz, &pcm), |_| false, false);
        let like = likeness(&pcm, &output, rate_hz as usize / 50);
        assert!(like > 0.85, "{rate_hz}: {like}");
    }
}

#[test]
fn test_peer_may_use_another_rate() {
    let wide = decode(48000, &packets(8000, &voice(8000, 8000)), |_| false, false);
    let like = likeness(&voice(48000, 48000), &wide, 960);
    assert!(like > 0.8, "{like}");
}

#[test]
fn test_lost_packets_are_concealed() {
    let pcm = voice(16000, 32000);
    let packets = packets(16000, &pcm);
    for correct in [false, true] {
        let output = decode(16000, &packets, |n| n % 10 == 5, correct);
        let like = likeness(&pcm, &output, 320);
        assert!(like > 0.75, "{correct}: {like}");
    }
}

#[test]
fn test_what_the_peer_says_is_read() {
    let said = |max_playback_hz, max_bits_per_s, no_copies| Wishes {
        max_playback_hz,
        max_bits_per_s,
        no_copies,
    };
    let rows = [
        ("", said(None, None, true)),
        (
            "minptime=10;useinbandfec=1; stereo=1",
            said(None, None, false),
        ),
        (
            "MaxPlaybackRate = 16000;maxaveragebitrate=20000",
            said(Some(16000), Some(20000), true),
        ),
        (
            "useinbandfec=0;maxplaybackrate=x;maxaveragebitrate=99999999999;=;;cbr",
            said(None, None, true),
        ),
    ];
    for (fmtp, wishes) in rows {
        assert_eq!(Opus.wishes(fmtp), wishes, "{fmtp}");
    }
}

/// Bytes of a second at 48 kHz, bandwidths by the TOC (0 narrow to 4 full), and packets with a copy of the one before.
fn sent(wishes: Option<Wishes>) -> (usize, Vec<u8>, usize) {
    let mut encoder = Opus.encoder(48000).expect("its rate");
    if let Some(wishes) = wishes {
        encoder.follow(wishes);
    }
    encoder.expect_loss(20);
    let (mut bytes, mut bandwidths, mut copies) = (0, Vec::new(), 0);
    for frame in voice(48000, 96000).chunks_exact(960).skip(50) {
        let mut payload = [0; 1275];
        bytes += encoder.encode(frame, &mut payload).expect("a frame");
        let mode = payload[0] >> 3;
        bandwidths.push(match mode {
            0..=11 => mode / 4,
            12..=15 => 3 + (mode - 12) / 2,
            _ => [0, 2, 3, 4][usize::from((mode - 16) / 4)],
        });
        // Of SILK's first bits, one says whether it speaks, the next whether there is a copy (RFC 6716, 4.2.3).
        copies += usize::from(mode < 16 && payload[1] & 0x40 != 0);
    }
    bandwidths.dedup();
    (bytes, bandwidths, copies)
}

#[test]
fn test_it_is_sent_as_the_peer_wants_it_and_never_more() {
    let plain = sent(None);
    assert!(plain.1.iter().any(|bandwidth| *bandwidth > 0) && plain.2 > 10);
    let modest = sent(Some(Opus.wishes("maxaveragebitrate=12000;useinbandfec=1")));
    assert!((1400..=1500).contains(&modest.0), "{modest:?}");
    let least = sent(Some(Opus.wishes("maxaveragebitrate=1")));
    assert!((700..=750).contains(&least.0), "{least:?}");
    let narrow = sent(Some(Opus.wishes("maxplaybackrate=8000;useinbandfec=1")));
    assert_eq!(narrow.1, [0]);
    assert!(narrow.0 < 3000, "{narrow:?}");
    let wide = sent(Some(Opus.wishes("maxplaybackrate=16000")));
    assert!(
        wide.1.iter().all(|bandwidth| *bandwidth <= 2) && wide.2 == 0,
        "{wide:?}"
    );
    let greedy = sent(Some(
        Opus.wishes("maxaveragebitrate=510000;useinbandfec=1;maxplaybackrate=1"),
    ));
    assert!(greedy.0 < 3000 && greedy.1 == [0], "{greedy:?}");
}

#[test]
fn test_durations_that_the_coder_has_no_frame_of_are_made_of_several() {
    for (rate_hz, ms) in [(8000, 30), (16000, 50), (48000, 30)] {
        let samples = rate_hz as usize / 1000 * ms;
        let mut encoder = Opus.encoder(rate_hz).expect("its rate");
        let mut decoder = Opus.decoder(rate_hz).expect("its rate");
        let (said, mut heard) = (voice(rate_hz, samples * 20), Vec::new());
        for frame in said.chunks_exact(samples) {
            let (mut payload, mut pcm) = ([0; 1275], [0; MAX_FRAME_SAMPLES]);
            let length = encoder.encode(frame, &mut payload).expect("pieces");
            let made = decoder.decode(&payload[..length], &mut pcm).expect("valid");
            heard.extend(&pcm[..made]);
        }
        assert_eq!(heard.len(), said.len());
        let like = likeness(&said, &heard, rate_hz as usize / 50);
        assert!(like > 0.8, "{rate_hz} {ms}: {like}");
    }
}

#[test]
fn test_what_is_no_frame_is_refused() {
    let mut encoder = Opus.encoder(16000).expect("its rate");
    assert_eq!(
        encoder.encode(&[0; 333], &mut [0; 1275]),
        Err(CodecError::FrameSize(333))
    );
    let mut decoder = Opus.decoder(16000).expect("its rate");
    assert_eq!(
        decoder.decode(&[], &mut [0; 960]),
        Err(CodecError::Malformed)
    );
    assert_eq!(Opus.decoder(44100).err(), Some(CodecError::Rate(44100)));
}

proptest! {
    #[test]
    fn test_any_payload_is_borne(payload in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = Opus.decoder(48000).expect("its rate");
        let mut pcm = [0; MAX_FRAME_SAMPLES];
        if let Ok(len) = decoder.decode(&payload, &mut pcm) {
            prop_assert_eq!(decoder.samples(&payload), Some(len));
        }
        decoder.conceal(Some(&payload), &mut pcm[..960]);
    }
}
