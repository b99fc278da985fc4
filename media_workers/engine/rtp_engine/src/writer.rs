//! The thread that writes recordings: packet threads hand it samples and never wait for a disk.
//!
//! A name that ends in .opus or .ogg makes Opus in Ogg, any other a WAV file. A recording is written under its name with `.part` behind it and gets its own name when it is finished, so that
//! whoever watches the folder only sees whole files. Its header is kept up to date: what a crash leaves is playable.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::thread;

use rtp_core::recorder::Chunk;

use crate::messages::{Event, Handle, Outbox, RecordEvent, What};
use crate::recording_file::RecordingFile;

/// Samples that may wait to be written, in bytes: ten seconds of a hundred stereo recordings.
const MAX_QUEUED: usize = 32 << 20;

/// Which recording.
type Key = (Handle, Arc<str>);

enum Job {
    Chunk(Key, Arc<str>, Chunk, u64),
    /// To be told when all before it has been written.
    Tell(Box<Event>),
}

/// What packet threads hold.
#[derive(Clone)]
pub struct Writer {
    jobs: Sender<Job>,
    queued: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread; it ends when nobody holds a writer any more.
    pub fn start(outbox: Arc<Outbox>) -> io::Result<Writer> {
        let (jobs, receiver) = channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let shared = queued.clone();
        let run = move || Files::new(outbox).serve(&receiver, &shared);
        thread::Builder::new()
            .name("rtp-writer".into())
            .spawn(run)?;
        Ok(Writer { jobs, queued })
    }

    /// Hands on what a recording gave. Samples that find the queue full are lost, and become silence in the file.
    pub fn write(
        &self,
        handle: Handle,
        (id, file, chunk): (Arc<str>, Arc<str>, Chunk),
        unix_us: u64,
    ) {
        let mut chunk = chunk;
        if let Chunk::Samples(samples) = &mut chunk {
            let size = samples.len() * 2;
            if self.queued.fetch_add(size, Ordering::Relaxed) > MAX_QUEUED {
                samples.fill(0);
            }
        }
        // It only fails when the thread is gone, and with it the process's end has come.
        let _ = self
            .jobs
            .send(Job::Chunk((handle, id), file, chunk, unix_us));
    }

    /// Tells Python something, behind all that was handed on before.
    pub fn tell(&self, event: Event) {
        let _ = self.jobs.send(Job::Tell(Box::new(event)));
    }
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

    fn serve(mut self, jobs: &Receiver<Job>, queued: &AtomicUsize) {
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Tell(event) => self.put(*event),
                Job::Chunk(key, path, chunk, unix_us) => {
                    if let Chunk::Samples(samples) = &chunk {
                        queued.fetch_sub(samples.len() * 2, Ordering::Relaxed);
                    }
                    self.take(key, &path, chunk, unix_us);
                }
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
