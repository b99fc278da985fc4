//! Tests of Opus in Ogg: what is written can be read, cut off or damaged too

use super::*;
use crate::sounds::to_mono;
use proptest::prelude::*;
use std::f64::consts::TAU;

const TONE: &[u8] = include_bytes!("../../../tests/data/sounds/tone.opus");

fn crossings(pcm: &[i16]) -> usize {
    pcm.windows(2)
        .filter(|pair| (pair[0] < 0) != (pair[1] < 0))
        .count()
}

fn recorded(rate_hz: u32, channels: usize, samples: usize) -> Vec<u8> {
    let mut writer = OggOpusWriter::new(rate_hz, channels, 99).expect("its rate");
    let tone = |n: usize| (9000.0 * (TAU * 500.0 * n as f64 / f64::from(rate_hz)).sin()) as i16;
    let pcm: Vec<i16> = (0..samples)
        .flat_map(|n| std::iter::repeat_n(tone(n), channels))
        .collect();
    let mut file = Vec::new();
    for part in pcm.chunks(334) {
        writer.write(part).expect("audio");
        file.extend(writer.take_bytes());
    }
    writer.finish().expect("the end");
    file.extend(writer.take_bytes());
    file
}

#[test]
fn a_recording_of_more_than_a_day_keeps_its_time() {
    let mut writer = OggOpusWriter::new(8000, 1, 1).expect("its rate");
    let day_ms = 25 * 3600 * 1000;
    writer.packets = day_ms / FRAME_MS;
    writer.write(&[0; 8000 * 2]).expect("audio");
    let played = played_ms(&writer.take_bytes());
    assert!(played > u64::from(day_ms), "{played}");
}

#[test]
fn test_file_of_another_encoder() {
    assert!(is_ogg(TONE));
    for rate_hz in [8000, 16000, 48000] {
        let pcm = to_mono(TONE, rate_hz).expect("opus");
        let half = rate_hz as usize / 2;
        assert!(
            pcm.len().abs_diff(half) <= half / 100,
            "{rate_hz}: {}",
            pcm.len()
        );
        assert!(
            crossings(&pcm).abs_diff(1000) < 20,
            "{rate_hz}: {}",
            crossings(&pcm)
        );
    }
}

#[test]
fn test_recording_has_its_exact_length_and_tone() {
    for (rate_hz, channels) in [(8000, 1), (16000, 2), (48000, 1)] {
        let samples = rate_hz as usize + 123;
        let pcm = to_mono(&recorded(rate_hz, channels, samples), rate_hz).expect("opus");
        assert_eq!(pcm.len(), samples);
        assert!(
            crossings(&pcm).abs_diff(1000) < 30,
            "{rate_hz}: {}",
            crossings(&pcm)
        );
    }
}

#[test]
fn test_recording_that_was_cut_off_plays_as_far_as_it_goes() {
    let file = recorded(8000, 1, 8000 * 5);
    let pcm = to_mono(&file[..file.len() * 7 / 10], 8000).expect("opus");
    assert!((16_000..32_000).contains(&pcm.len()), "{}", pcm.len());
}

#[test]
fn test_what_is_none_is_refused() {
    assert_eq!(
        to_mono(b"OggS", 8000),
        Err(SoundError::Ogg(CodecError::Malformed))
    );
    assert_eq!(
        to_mono(TONE, 44_100),
        Err(SoundError::Ogg(CodecError::Rate(44_100)))
    );
    assert_eq!(
        OggOpusWriter::new(8000, 3, 1).err(),
        Some(CodecError::FrameSize(3))
    );
}

#[test]
fn test_a_small_file_that_is_very_long_is_refused() {
    let mut pages = PacketWriter::new(Vec::new());
    let mut put = |packet: Vec<u8>, end| {
        pages.write_packet(packet, 1, end, 0).unwrap();
    };
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend([0; 9]);
    put(head, PacketWriteEndInfo::EndPage);
    put(b"OpusTags".to_vec(), PacketWriteEndInfo::EndPage);
    // Two bytes for 120 ms of nothing: code 3, six frames of 20 ms, each empty.
    for n in 0..40_000 {
        let end = if n % 200 == 199 {
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        put(vec![0x0b, 6], end);
    }
    let file = std::mem::take(pages.inner_mut());
    assert!(file.len() < 200_000);
    assert_eq!(
        to_mono(&file, 8000),
        Err(SoundError::TooLong { limit_s: 3600 })
    );
}

#[test]
fn test_a_page_may_claim_to_end_at_any_position() {
    for end in [0, 1, u64::MAX / 2, u64::MAX] {
        let mut pages = PacketWriter::new(Vec::new());
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend([0; 9]);
        for packet in [head, b"OpusTags".to_vec()] {
            pages
                .write_packet(packet, 1, PacketWriteEndInfo::EndPage, 0)
                .unwrap();
        }
        pages
            .write_packet(vec![0x0b, 6], 1, PacketWriteEndInfo::EndStream, end)
            .unwrap();
        let pcm = to_mono(pages.inner_mut(), 16_000).unwrap();
        assert_eq!(pcm.len(), if end < 3 { 0 } else { 1920 });
    }
}

#[test]
fn test_the_last_page_tells_how_far_it_came() {
    let mut writer = OggOpusWriter::new(8000, 1, 1).unwrap();
    writer.write(&[100; 8000 * 5]).unwrap();
    let file = writer.take_bytes();
    assert_eq!(played_ms(&file), 4000);
    assert_eq!(played_ms(&file[file.len() - 10..]), 0);
    assert_eq!(played_ms(&[]), 0);
}

proptest! {
    #[test]
    fn test_damaged_files_are_borne(place in 0usize..3000, byte: u8, end in 0usize..3500) {
        let mut file = TONE.to_vec();
        let len = file.len();
        file[place % len] = byte;
        file.truncate(end);
        prop_assert!(to_mono(&file, 8000).is_ok() || end < 200 || place < 200);
    }
}
