//! Tests of the writer: names of whole files, a disk that is full, a disk that hangs

use super::*;
use crate::recording_file::part_of;
use rtp_core::sounds::wav_header::WavShape;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

const SHAPE: WavShape = WavShape {
    channels: 2,
    rate_hz: 8000,
};

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("rtp-writer-{}-{name}", std::process::id()))
}

fn words(outbox: &Outbox) -> Vec<(String, u64)> {
    let mut words = Vec::new();
    while let Some(event) = outbox.take() {
        if let What::Record(record) = event.what {
            words.push((record.word.clone(), record.size_bytes));
        }
    }
    words
}

fn feed(files: &mut Files, path: &str, chunks: Vec<Chunk>) {
    for chunk in chunks {
        files.take((1, "r".into()), &path.into(), chunk, 0);
    }
}

// covers: EN-070
#[test]
fn a_file_gets_its_name_when_it_is_whole() {
    let (outbox, folder) = (crate::messages::outbox().unwrap(), folder("whole"));
    let path = folder.join("sub/a.wav");
    let mut files = Files::new(outbox.clone());
    let name = path.to_str().unwrap();
    feed(
        &mut files,
        name,
        vec![
            Chunk::Begin(SHAPE),
            Chunk::Tell("recording"),
            Chunk::Samples(vec![1, -2]),
        ],
    );
    assert!(part_of(&path).exists() && !path.exists());
    feed(&mut files, name, vec![Chunk::End("finished.requested")]);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 48);
    assert_eq!(bytes[40..], [4, 0, 0, 0, 1, 0, 0xfe, 0xff]);
    assert_eq!(
        words(&outbox),
        [("recording".into(), 0), ("finished.requested".into(), 48)]
    );
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_was_lost_is_silence_at_its_time() {
    let (outbox, folder) = (crate::messages::outbox().unwrap(), folder("behind"));
    let path = folder.join("a.wav");
    let mut files = Files::new(outbox.clone());
    let name = path.to_str().unwrap();
    feed(
        &mut files,
        name,
        vec![Chunk::Begin(SHAPE), Chunk::Samples(vec![7; 2])],
    );
    files.fill(&(1, "r".into()), &name.into(), PIECE + 10, 0);
    feed(
        &mut files,
        name,
        vec![Chunk::Samples(vec![9; 2]), Chunk::End("x")],
    );
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 44 + 2 * (2 + PIECE + 10 + 2));
    assert_eq!((bytes[46], bytes[48], bytes[bytes.len() - 2]), (7, 0, 9));
    fs::remove_dir_all(folder).unwrap();
}

// covers: EN-071
#[test]
fn a_disk_that_hangs_costs_sound_but_neither_memory_nor_time() {
    let (outbox, folder) = (crate::messages::outbox().unwrap(), folder("hangs"));
    let (mut reader, pipe) = io::pipe().unwrap();
    let hung = RecordingFile::on(OwnedFd::from(pipe).into(), "/nowhere/a.wav", SHAPE);
    let mut files = Files::new(outbox.clone());
    files.open.insert((1, "a".into()), Ok(hung));
    let (writer, jobs, queued) = Writer::of(200_000);
    let seen = queued.clone();
    let thread = thread::spawn(move || files.serve(&jobs, &queued));
    let path = folder.join("b.wav");
    let give = |id: &str, chunk| {
        let told = writer.write(1, (id.into(), path.to_str().unwrap().into(), chunk), 0);
        told.map(|event| event.word)
    };
    // More than a pipe holds.
    assert_eq!(give("a", Chunk::Samples(vec![1; 50_000])), None);
    assert_eq!(give("b", Chunk::Begin(SHAPE)), None);
    let told = (0..1000).filter_map(|_| give("b", Chunk::Samples(vec![1; 1600])));
    assert_eq!(told.collect::<Vec<_>>(), ["recording.behind"]);
    assert!(seen.load(Ordering::Relaxed) <= 200_000);
    let drained = thread::spawn(move || io::copy(&mut reader, &mut io::sink()));
    assert_eq!(give("b", Chunk::End("x")), None);
    drop(writer);
    thread.join().unwrap();
    assert_eq!(drained.join().unwrap().unwrap(), 100_000);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len(), 44 + 1000 * 3200);
    assert_eq!((bytes[44], bytes[bytes.len() - 2]), (1, 0));
    assert_eq!(words(&outbox), [("x".into(), bytes.len() as u64)]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_ending_chooses_the_kind() {
    let (outbox, folder) = (crate::messages::outbox().unwrap(), folder("kind"));
    let path = folder.join("a.opus");
    let mut files = Files::new(outbox.clone());
    let chunks = vec![
        Chunk::Begin(SHAPE),
        Chunk::Samples(vec![0; 16000]),
        Chunk::End("x"),
    ];
    feed(&mut files, path.to_str().unwrap(), chunks);
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"OggS"));
    assert_eq!(rtp_core::sounds::to_mono(&bytes, 8000).unwrap().len(), 8000);
    assert_eq!(words(&outbox), [("x".into(), bytes.len() as u64)]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_that_cannot_be_opened_ends_once() {
    let outbox = crate::messages::outbox().unwrap();
    let mut files = Files::new(outbox.clone());
    let chunks = vec![
        Chunk::Begin(SHAPE),
        Chunk::Tell("recording"),
        Chunk::Samples(vec![1]),
        Chunk::End("x"),
    ];
    feed(&mut files, "/proc/nowhere/a.wav", chunks);
    let words = words(&outbox);
    assert_eq!(words.len(), 1);
    assert!(words[0].0.starts_with("finished.open-failed: "));
    assert!(files.open.is_empty());
}

#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    let outbox = crate::messages::outbox().unwrap();
    let mut files = Files::new(outbox.clone());
    let full = RecordingFile::on(File::create("/dev/full").unwrap(), "/dev/full", SHAPE);
    files.open.insert((1, "r".into()), Ok(full));
    feed(
        &mut files,
        "x",
        vec![
            Chunk::Samples(vec![0; 4000]),
            Chunk::Samples(vec![0; 4000]),
            Chunk::End("x"),
        ],
    );
    let words = words(&outbox);
    assert_eq!(words.len(), 1);
    assert!(words[0].0.starts_with("finished.write-failed: "));
}
