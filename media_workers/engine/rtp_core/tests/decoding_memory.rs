//! What one file costs while it is decoded: what it becomes, and little else, however large or of how high a rate it is.
//! Measured as the peak of this process, so this file has one test.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::path::PathBuf;

use rtp_core::sounds::{decode, SoundError};

/// Buffers, tables, and pages that the allocator keeps.
const LITTLE_KB: u64 = 2 << 10;
const TONE: &[u8] = include_bytes!("data/sounds/tone.mp3");

fn status_kb(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    value.and_then(|kb| kb.parse().ok()).expect("a number")
}

fn made(name: &str, write: impl FnOnce(&mut File)) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    write(&mut File::create(&path).expect("a folder for tests"));
    path
}

/// 16-bit stereo at 48 kHz; its silence takes no room on the disk.
fn long_wav(seconds: u64) -> PathBuf {
    made("long.wav", |file| {
        let bytes = seconds * 48_000 * 4;
        let mut head = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
        head.extend(48_000u32.to_le_bytes());
        head.extend((48_000u32 * 4).to_le_bytes());
        head.extend(b"\x04\0\x10\0data");
        head.extend((bytes as u32).to_le_bytes());
        file.write_all(&head).expect("room");
        file.set_len(head.len() as u64 + bytes).expect("room");
    })
}

/// The same half second again and again.
fn long_mp3(times: usize) -> PathBuf {
    made("long.mp3", |file| {
        let frames: Vec<u8> = nanomp3::frames(TONE)
            .skip(1) // that may be about the file
            .flat_map(|frame| frame.data.to_vec())
            .collect();
        for _ in 0..times {
            file.write_all(&frames).expect("room");
        }
    })
}

/// Samples at 8 kHz, and how far the peak rose above what is there afterwards, without the samples.
fn cost(path: &PathBuf, most: usize) -> (Result<usize, SoundError>, u64) {
    fs::write("/proc/self/clear_refs", "5").expect("the peak begins anew");
    let before_kb = status_kb("VmRSS");
    let mut file = BufReader::new(File::open(path).expect("made before"));
    let decoded = decode(&mut file, 8000, most);
    let rose_kb = status_kb("VmHWM").saturating_sub(before_kb);
    let samples_kb = decoded
        .as_ref()
        .map_or(0, |pcm| pcm.len() as u64 * 2 / 1024);
    let length = decoded.map(|pcm| pcm.len());
    fs::remove_file(path).expect("it is there");
    (length, rose_kb.saturating_sub(samples_kb))
}

#[test]
fn a_long_file_costs_what_it_becomes() {
    let (length, more_kb) = cost(&long_wav(300), usize::MAX); // 58 MB that become 5
    assert_eq!(length, Ok(300 * 8000));
    assert!(more_kb < LITTLE_KB, "WAV: {more_kb} KiB");

    let (length, more_kb) = cost(&long_mp3(600), usize::MAX);
    assert!(length.is_ok_and(|length| length > 300 * 8000), "{length:?}");
    assert!(more_kb < LITTLE_KB, "MP3: {more_kb} KiB");

    let refused = Err(SoundError::TooLong { limit_s: 20 });
    let (length, more_kb) = cost(&long_mp3(600), 20 * 8000);
    assert_eq!(length, refused);
    assert!(more_kb < LITTLE_KB, "MP3 that is too long: {more_kb} KiB");
    let (length, more_kb) = cost(&long_wav(300), 20 * 8000);
    assert_eq!(length, refused);
    assert!(more_kb < LITTLE_KB, "WAV that is too long: {more_kb} KiB");
}
