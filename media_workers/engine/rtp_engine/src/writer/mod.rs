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
mod tests;
