//! Tests of WAV files of every shape, cut off and damaged ones too

use super::*;
use crate::sounds::to_mono;
use proptest::prelude::*;
use std::io::Cursor;

fn file(tag: u16, channels: u16, rate_hz: u32, bits: u16, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut format = Vec::new();
    for field in [
        tag,
        channels,
        rate_hz as u16,
        (rate_hz >> 16) as u16,
        0,
        0,
        block,
        bits,
    ] {
        format.extend_from_slice(&field.to_le_bytes());
    }
    let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
    for (name, body) in [(b"fmt ", &format[..])].iter().chain(chunks) {
        bytes.extend_from_slice(*name);
        bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len() + body.len() % 2, 0);
    }
    bytes
}

fn parse(file: &[u8]) -> Result<Wav, WavError> {
    Wav::open(&mut Cursor::new(file))
}

fn samples(tag: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<i16> {
    to_mono(&file(tag, channels, 8000, bits, &[(b"data", data)]), 8000).expect("valid")
}

// covers: EN-061
#[test]
fn test_linear_of_every_width() {
    assert_eq!(samples(1, 1, 8, &[0, 128, 255]), [-32768, 0, 32512]);
    assert_eq!(samples(1, 1, 16, &[0x34, 0x12, 0xff, 0xff]), [0x1234, -1]);
    assert_eq!(
        samples(1, 1, 24, &[0xaa, 0x34, 0x12, 0, 0, 0x80]),
        [0x1234, -32768]
    );
    assert_eq!(samples(1, 1, 32, &[1, 2, 0x34, 0x12]), [0x1234]);
    assert_eq!(samples(3, 1, 32, &0.5f32.to_le_bytes()), [16384]);
}

// covers: EN-059
#[test]
fn test_companded_values_of_the_standard() {
    assert_eq!(
        samples(7, 1, 8, &[0xff, 0x7f, 0x80, 0x00, 0xef]),
        [0, 0, 32124, -32124, 132]
    );
    assert_eq!(
        samples(6, 1, 8, &[0xd5, 0x55, 0xaa, 0x2a]),
        [8, -8, 32256, -32256]
    );
}

#[test]
fn test_stereo_is_mixed_down_not_played_at_double_length() {
    assert_eq!(
        samples(1, 2, 16, &[100, 0, 200, 0, 0xff, 0x7f, 0xff, 0x7f]),
        [150, 32767]
    );
}

#[test]
fn test_extra_chunks_are_stepped_over_odd_ones_too() {
    let bytes = file(
        1,
        1,
        8000,
        16,
        &[(b"LIST", b"odd"), (b"data", &[1, 0]), (b"id3 ", b"x")],
    );
    assert_eq!(to_mono(&bytes, 8000), Ok(vec![1]));
}

#[test]
fn test_cut_off_file_gives_what_is_there() {
    let bytes = file(1, 2, 8000, 16, &[(b"data", &[1, 0, 1, 0, 2, 0, 2, 0])]);
    assert_eq!(to_mono(&bytes[..bytes.len() - 3], 8000), Ok(vec![1]));
}

#[test]
fn test_extensible_format_names_its_tag_in_the_guid() {
    let mut chunk = vec![
        0xfe, 0xff, 1, 0, 0x40, 0x1f, 0, 0, 0, 0, 0, 0, 2, 0, 16, 0, 22, 0, 16, 0, 4, 0, 0, 0,
    ];
    chunk.extend_from_slice(&[1, 0, 0, 0, 0, 0, 16, 0]);
    assert_eq!(
        Wav::from_format_chunk(&chunk).expect("valid").format,
        WavFormat::Pcm
    );
}

#[test]
fn test_rate_is_converted_and_length_kept() {
    let bytes = file(1, 1, 44100, 16, &[(b"data", &vec![0; 44100 * 2])]);
    let wav = parse(&bytes).expect("valid");
    assert_eq!(wav.duration_ms(), 1000);
    assert_eq!(to_mono(&bytes, 16000).map(|pcm| pcm.len()), Ok(16000));
}

#[test]
fn test_each_refusal_says_why() {
    assert_eq!(parse(b"OggS"), Err(WavError::NotWav));
    assert_eq!(parse(b"RIFF\0\0\0\0WAVE"), Err(WavError::NoFormat));
    assert_eq!(
        parse(b"RIFF\0\0\0\0WAVEdata\0\0\0\0"),
        Err(WavError::NoFormat)
    );
    assert_eq!(parse(&file(1, 1, 8000, 16, &[])), Err(WavError::NoData));
    assert_eq!(
        parse(&file(2, 1, 8000, 4, &[])),
        Err(WavError::Unsupported { tag: 2, bits: 4 })
    );
    assert_eq!(parse(&file(1, 0, 8000, 16, &[])), Err(WavError::Shape));
    assert_eq!(parse(&file(1, 1, 96000, 16, &[])), Err(WavError::Shape));
}

proptest! {
    #[test]
    fn test_no_bytes_panic(head in 0usize..60, junk in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = file(1, 2, 8000, 24, &[(b"LIST", b"x"), (b"data", &[1; 30])]);
        bytes.truncate(head.min(bytes.len()));
        bytes.extend(junk);
        if let Ok(wav) = parse(&bytes) {
            let pcm = to_mono(&bytes, wav.rate_hz).expect("valid");
            prop_assert_eq!(pcm.len() as u64, wav.frames());
        }
    }
}
