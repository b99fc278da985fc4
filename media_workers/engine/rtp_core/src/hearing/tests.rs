//! Tests of the decoded path in: packets of a sine as they come and do not come, and how loud it is heard

use super::*;
use crate::codecs::g711;
use crate::rtp::format::Format;

fn table(names: &[(&str, u8)]) -> FormatTable {
    let formats: Vec<Format> = names
        .iter()
        .map(|(name, payload_type)| Format {
            codec: CodecId::of(name, 8000, 1),
            payload_type: *payload_type,
            clock_rate: 8000,
        })
        .collect();
    FormatTable::new(&formats, None)
}

fn header(n: u32, payload_type: u8) -> Header {
    Header {
        marker: false,
        payload_type,
        seq: n as u16,
        rtp_ts: n * 160,
        ssrc: 7,
        payload_start: 12,
        payload_end: 172,
    }
}

fn sine(n: u32) -> Vec<u8> {
    let at = |i: u32| {
        ((n * 160 + i) as f64 * 2.0 * std::f64::consts::PI * 400.0 / 8000.0).sin() * 8000.0
    };
    (0..160).map(|i| g711::to_ulaw(at(i) as i16)).collect()
}

/// Hears frames of a sine, those in `lost` missing; the loudest sample of each 20 ms.
fn loudness(rate_hz: u32, lost: &[u32], frames: u32) -> Vec<u16> {
    let (formats, mut hearing) = (
        table(&[("PCMU", 0), ("CN", 13)]),
        Hearing::new(rate_hz, 8000),
    );
    let mut out = vec![0i16; rate_hz as usize / 50];
    (0..frames)
        .map(|n| {
            let now = Moment(u64::from(n) * 20_000);
            if !lost.contains(&n) {
                hearing.push(now, &header(n, 0), 8000, &sine(n));
            }
            hearing.pull(now, &formats, &mut out);
            out.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0)
        })
        .collect()
}

#[test]
fn a_stream_is_heard_whole_after_a_short_delay() {
    let heard = loudness(8000, &[], 50);
    assert!(
        heard[5..].iter().all(|peak| (7000..9000).contains(peak)),
        "{heard:?}"
    );
}

// covers: EN-027
#[test]
fn a_lost_packet_leaves_no_hole() {
    let heard = loudness(8000, &[20, 30, 31], 50);
    assert!(heard[5..].iter().all(|peak| *peak > 4000), "{heard:?}");
}

#[test]
fn a_narrow_codec_is_heard_at_a_wide_rate() {
    let heard = loudness(16000, &[], 50);
    assert!(
        heard[6..].iter().all(|peak| (7000..9000).contains(peak)),
        "{heard:?}"
    );
}

#[test]
fn the_end_of_a_stream_fades_into_silence() {
    let (formats, mut hearing) = (table(&[("PCMU", 0)]), Hearing::new(8000, 8000));
    let mut out = [0i16; 160];
    for n in 0..20 {
        hearing.push(Moment(u64::from(n) * 20_000), &header(n, 0), 8000, &sine(n));
        hearing.pull(Moment(u64::from(n) * 20_000), &formats, &mut out);
    }
    let sounds = (20..40)
        .map(|n| hearing.pull(Moment(n * 20_000), &formats, &mut out))
        .collect::<Vec<_>>();
    assert!(!sounds[19] && out == [0; 160]);
}

#[test]
fn comfort_noise_lasts_until_the_next_word() {
    let (formats, mut hearing) = (table(&[("PCMU", 0), ("CN", 13)]), Hearing::new(8000, 8000));
    let mut out = [0i16; 160];
    hearing.push(Moment(0), &header(0, 13), 8000, &[40]);
    let heard: Vec<bool> = (0..20)
        .map(|n| hearing.pull(Moment(n * 20_000), &formats, &mut out))
        .collect();
    assert!(heard[10..].iter().all(|sounds| *sounds));
    assert!(out.iter().any(|sample| *sample != 0));
}

#[test]
fn payloads_that_make_no_sense_are_concealed() {
    let (formats, mut hearing) = (
        table(&[("PCMU", 0), ("mystery", 96)]),
        Hearing::new(8000, 8000),
    );
    let mut out = [0i16; 160];
    for n in 0..20 {
        let payload = if n % 3 == 0 { vec![] } else { vec![0x55; 1500] };
        hearing.push(
            Moment(u64::from(n) * 20_000),
            &header(n, [0, 96, 5][n as usize % 3]),
            8000,
            &payload,
        );
        hearing.pull(Moment(u64::from(n) * 20_000), &formats, &mut out);
    }
}
