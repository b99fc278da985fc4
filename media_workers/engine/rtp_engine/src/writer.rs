//! The thread that writes recordings: packet threads hand it samples and never wait for a disk.
//!
//! A name that ends in .opus or .ogg makes Opus in Ogg, any other a WAV file. A recording is written under its name with `.part` behind it and gets its own name when it is finished, so that
//! whoever watches the folder only sees whole files. Its header is kept up to date: what a crash leaves is playable.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::Arc;
use std::thread;

use rtp_core::recorder::Chunk;

use crate::messages::{Event, Outbox, RecordEvent, What};
use crate::recording_file::RecordingFile;
use crate::writing::{Job, Key, Queued, Writer};

/// Silence is written in pieces of so many samples.
const PIECE: usize = 16_000;

/// Starts the thread; it ends when nobody holds a writer any more.
pub fn start(outbox: Arc<Outbox>) -> io::Result<Writer> {
    let (writer, jobs, queued) = Writer::new();
    serve(outbox, jobs, queued)?;
    Ok(writer)
}

fn serve(outbox: Arc<Outbox>, jobs: Receiver<Job>, queued: Queued) -> io::Result<()> {
    let run = move || Files::new(outbox).serve(&jobs, &queued);
    let named = thread::Builder::new().name("rtp-writer".into());
    named.spawn(run).map(drop)
}

/// The writing thread's own.
struct Files {
    open: HashMap<Key, Result<RecordingFile, String>>,
    outbox: Arc<Outbox>,
}

impl Files {
    fn new(outbox: Arc<Outbox>) -> Self {
        Files {
            open: HashMap::new(),
            outbox,
        }
    }

    fn serve(mut self, jobs: &Receiver<Job>, queued: &Queued) {
        while let Ok(job) = jobs.recv() {
            let size = job.size();
            match job {
                Job::Tell(event) => self.put(*event),
                Job::Chunk(key, path, chunk, unix_us) => self.take(key, &path, chunk, unix_us),
                Job::Silence(key, path, samples, unix_us) => {
                    self.fill(&key, &path, samples, unix_us);
                }
            }
            // Only now: what hangs in the disk is still in memory.
            queued.fetch_sub(size, Ordering::Relaxed);
        }
    }

    /// Writes silence, so that what follows stands at its time.
    fn fill(&mut self, key: &Key, path: &Arc<str>, mut samples: usize, unix_us: u64) {
        let silence = [0; PIECE];
        while samples > 0 {
            let Some(Ok(file)) = self.open.get_mut(key) else {
                return;
            };
            let piece = samples.min(PIECE);
            samples -= piece;
            if let Err(error) = file.write(&silence[..piece]) {
                self.give_up(key, path, &error, unix_us);
            }
        }
    }

    fn take(&mut self, key: Key, path: &Arc<str>, chunk: Chunk, unix_us: u64) {
        match chunk {
            Chunk::Begin(shape) => {
                let opened = RecordingFile::create(path.as_ref().into(), shape)
                    .map_err(|error| error.to_string());
                if let Err(text) = &opened {
                    self.event(
                        &key,
                        path,
                        format!("finished.open-failed: {text}"),
                        0,
                        0,
                        unix_us,
                    );
                }
                self.open.insert(key, opened);
            }
            Chunk::Samples(samples) => {
                let Some(Ok(file)) = self.open.get_mut(&key) else {
                    return;
                };
                if let Err(error) = file.write(&samples) {
                    self.give_up(&key, path, &error, unix_us);
                }
            }
            Chunk::Tell(word) => {
                if matches!(self.open.get(&key), Some(Ok(_))) {
                    self.event(&key, path, word.to_owned(), 0, 0, unix_us);
                }
            }
            Chunk::End(reason) => self.end(&key, path, reason, unix_us),
        }
    }

    fn end(&mut self, key: &Key, path: &Arc<str>, reason: &str, unix_us: u64) {
        match self.open.remove(key) {
            // It never began: a gate that did not open.
            None => self.event(key, path, reason.to_owned(), 0, 0, unix_us),
            // Its end has been told.
            Some(Err(_)) => {}
            Some(Ok(file)) => {
                let duration_ms = file.duration_ms();
                match file.finish() {
                    Ok(size) => {
                        self.event(key, path, reason.to_owned(), size, duration_ms, unix_us)
                    }
                    Err((file, error)) => self.keep_what_is_there(key, path, file, &error, unix_us),
                }
            }
        }
    }

    /// The disk takes no more: what it took gets its name, and the end is told now.
    fn give_up(&mut self, key: &Key, path: &Arc<str>, error: &io::Error, unix_us: u64) {
        let failed = Err(error.to_string());
        if let Some(Ok(file)) = self.open.insert(key.clone(), failed) {
            self.keep_what_is_there(key, path, file, error, unix_us);
        }
    }

    fn keep_what_is_there(
        &self,
        key: &Key,
        path: &Arc<str>,
        file: RecordingFile,
        error: &io::Error,
        unix_us: u64,
    ) {
        // When even that fails there is nothing to tell but the first failure.
        let (size, duration_ms) = file.give_up().ok().flatten().unwrap_or_default();
        let word = format!("finished.write-failed: {error}");
        self.event(key, path, word, size, duration_ms, unix_us);
    }

    fn event(
        &self,
        key: &Key,
        path: &Arc<str>,
        word: String,
        size_bytes: u64,
        duration_ms: u64,
        unix_us: u64,
    ) {
        let record = RecordEvent {
            id: key.1.clone(),
            file: path.clone(),
            word,
            size_bytes,
            duration_ms,
        };
        self.put(Event {
            handle: key.0,
            unix_us,
            what: What::Record(Box::new(record)),
        });
    }

    /// This thread may wait for Python; nobody waits for this thread.
    fn put(&self, mut event: Event) {
        while let Err(back) = self.outbox.put(event) {
            event = back;
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
mod tests {
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
}
