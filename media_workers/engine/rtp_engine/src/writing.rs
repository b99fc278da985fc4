//! The queue between packet threads and the thread that writes recordings. It is bounded in bytes, whatever hangs.
//!
//! ```text
//! The queue is full          What becomes of it
//! samples                    a number for each recording: so much silence, written before what is taken next
//! a recording begins         it is refused, and ends here: finished.write-failed
//! a recording ends           taken, if it has begun: there are no more of these than have been taken in
//! one that never began ends  told at once
//! ```
//!
//! So neither does a disk that hangs fill the memory, nor does a time line shrink.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtp_core::recorder::Chunk;

use crate::messages::{Event, Handle, RecordEvent};

/// What may wait to be written, in bytes: ten seconds of a hundred stereo recordings.
const MAX_QUEUED: usize = 32 << 20;
/// What a job takes beside its samples, its place in the queue included.
const JOB_BYTES: usize = 256;
/// The same for all the jobs of one recording that bring no samples.
const RECORDING_BYTES: usize = 4 * JOB_BYTES;
/// What the beginning of a recording is told that finds the queue full.
const REFUSED: &str = "finished.write-failed: the disk does not keep up";

/// Which recording.
pub type Key = (Handle, Arc<str>);

/// What there is to do.
pub enum Job {
    /// Something of a recording, its file, and when.
    Chunk(Key, Arc<str>, Chunk, u64),
    /// So many samples of it were lost.
    Silence(Key, Arc<str>, usize, u64),
    /// To be told when all before it has been written.
    Tell(Box<Event>),
}

impl Job {
    /// What it took of the queue.
    pub fn size(&self) -> usize {
        match self {
            Job::Chunk(_, _, chunk, _) => size_of_chunk(chunk),
            Job::Silence(..) | Job::Tell(_) => 0,
        }
    }
}

fn size_of_chunk(chunk: &Chunk) -> usize {
    match chunk {
        Chunk::Samples(samples) => JOB_BYTES + samples.len() * 2,
        Chunk::Begin(_) => RECORDING_BYTES,
        Chunk::Tell(_) | Chunk::End(_) => 0,
    }
}

/// Bytes in the queue.
pub type Queued = Arc<AtomicUsize>;

/// What packet threads hold.
#[derive(Clone)]
pub struct Writer {
    jobs: Sender<Job>,
    queued: Queued,
    books: Arc<Books>,
    most: usize,
}

/// The recordings that have begun and not ended.
#[derive(Default)]
struct Books {
    /// How many of them are not whole. Changed with the books open: else one that has just lost something is overlooked.
    lossy: AtomicUsize,
    recordings: Mutex<HashMap<Key, Standing>>,
}

#[derive(Clone, Copy)]
enum Standing {
    Whole,
    /// So many samples were lost since some of it were taken last.
    Behind(usize),
    Refused,
}

impl Books {
    fn open(&self) -> MutexGuard<'_, HashMap<Key, Standing>> {
        self.recordings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, key: &Key, standing: Standing) {
        let mut recordings = self.open();
        if !matches!(standing, Standing::Whole) {
            self.lossy.fetch_add(1, Ordering::Relaxed);
        }
        recordings.insert(key.clone(), standing);
    }

    fn end(&self, key: &Key) -> Option<Standing> {
        let mut recordings = self.open();
        let standing = recordings.remove(key)?;
        if !matches!(standing, Standing::Whole) {
            self.lossy.fetch_sub(1, Ordering::Relaxed);
        }
        Some(standing)
    }

    /// Counts what is lost; true for the first of a recording.
    fn lose(&self, key: &Key, samples: usize) -> bool {
        let mut recordings = self.open();
        match recordings.get_mut(key) {
            Some(Standing::Behind(missing)) => *missing += samples,
            Some(standing @ Standing::Whole) => {
                *standing = Standing::Behind(samples);
                self.lossy.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            Some(Standing::Refused) | None => {}
        }
        false
    }

    /// What has to be made up for before the next of this recording; nothing of one that was refused is taken.
    fn make_up(&self, key: &Key) -> Option<usize> {
        if self.lossy.load(Ordering::Relaxed) == 0 {
            return Some(0);
        }
        match self.open().get_mut(key) {
            Some(Standing::Behind(missing)) => Some(std::mem::take(missing)),
            Some(Standing::Refused) => None,
            Some(Standing::Whole) | None => Some(0),
        }
    }
}

impl Writer {
    /// The queue, for the thread that empties it, and what to count down then.
    pub fn new() -> (Writer, Receiver<Job>, Queued) {
        Self::of(MAX_QUEUED)
    }

    /// One that holds at most so many bytes.
    pub fn of(most: usize) -> (Writer, Receiver<Job>, Queued) {
        let (jobs, receiver) = channel();
        let queued = Queued::default();
        let writer = Writer {
            jobs,
            queued: queued.clone(),
            books: Arc::default(),
            most,
        };
        (writer, receiver, queued)
    }

    /// Hands on what a recording gave; what there is to tell at once, when the queue is full.
    pub fn write(
        &self,
        handle: Handle,
        (id, file, chunk): (Arc<str>, Arc<str>, Chunk),
        unix_us: u64,
    ) -> Option<Box<RecordEvent>> {
        let key = (handle, id);
        let fits = self.reserve(size_of_chunk(&chunk));
        let missing = match &chunk {
            Chunk::Begin(_) if fits => {
                self.books.begin(&key, Standing::Whole);
                0
            }
            Chunk::Begin(_) => {
                self.books.begin(&key, Standing::Refused);
                return told(&key, &file, REFUSED);
            }
            Chunk::Samples(samples) if !fits => {
                let first = self.books.lose(&key, samples.len());
                return told(&key, &file, "recording.behind").filter(|_| first);
            }
            Chunk::Samples(_) | Chunk::Tell(_) => match self.books.make_up(&key) {
                Some(missing) => missing,
                None => {
                    self.release(size_of_chunk(&chunk));
                    return None;
                }
            },
            Chunk::End(reason) => match self.books.end(&key) {
                Some(Standing::Refused) => return None,
                None if self.is_full() => return told(&key, &file, reason),
                Some(Standing::Behind(missing)) => missing,
                Some(Standing::Whole) | None => 0,
            },
        };
        if missing > 0 {
            self.send(Job::Silence(key.clone(), file.clone(), missing, unix_us));
        }
        self.send(Job::Chunk(key, file, chunk, unix_us));
        None
    }

    /// Tells Python something, behind all that was handed on before. Handed back when that would be for ever: the queue is
    /// full, and `filed` says that there is no file that it should come behind.
    pub fn tell(&self, event: Event, filed: bool) -> Result<(), Event> {
        if !filed && self.is_full() {
            return Err(event);
        }
        self.send(Job::Tell(Box::new(event)));
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.queued.load(Ordering::Relaxed) + RECORDING_BYTES > self.most
    }

    fn reserve(&self, size: usize) -> bool {
        let fits = size == 0 || self.queued.fetch_add(size, Ordering::Relaxed) + size <= self.most;
        if !fits {
            self.release(size);
        }
        fits
    }

    fn release(&self, size: usize) {
        self.queued.fetch_sub(size, Ordering::Relaxed);
    }

    fn send(&self, job: Job) {
        // It only fails when the thread is gone, and with it the process's end has come.
        let _ = self.jobs.send(job);
    }
}

fn told(key: &Key, file: &Arc<str>, word: &str) -> Option<Box<RecordEvent>> {
    Some(Box::new(RecordEvent {
        id: key.1.clone(),
        file: file.clone(),
        word: word.to_owned(),
        size_bytes: 0,
        duration_ms: 0,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtp_core::sounds::wav_header::WavShape;

    const SHAPE: WavShape = WavShape {
        channels: 1,
        rate_hz: 8000,
    };
    const BLOCK: usize = JOB_BYTES + 1600;

    fn give(writer: &Writer, chunk: Chunk) -> Option<String> {
        let told = writer.write(1, ("r".into(), "a.wav".into(), chunk), 0);
        told.map(|event| event.word)
    }

    fn block() -> Chunk {
        Chunk::Samples(vec![1; 800])
    }

    /// What waits, in order.
    fn waiting(jobs: &Receiver<Job>, queued: &Queued) -> Vec<String> {
        let word = |job: Job| {
            queued.fetch_sub(job.size(), Ordering::Relaxed);
            match job {
                Job::Chunk(_, _, Chunk::Begin(_), _) => "begin".into(),
                Job::Chunk(_, _, Chunk::Samples(samples), _) => format!("sound {}", samples.len()),
                Job::Chunk(_, _, Chunk::Tell(word) | Chunk::End(word), _) => word.into(),
                Job::Silence(_, _, samples, _) => format!("silence {samples}"),
                Job::Tell(_) => "event".into(),
            }
        };
        jobs.try_iter().map(word).collect()
    }

    // covers: EN-071
    #[test]
    fn what_a_hanging_disk_does_not_take_is_a_number_told_once() {
        let (writer, jobs, queued) = Writer::of(RECORDING_BYTES + 2 * BLOCK);
        assert_eq!(give(&writer, Chunk::Begin(SHAPE)), None);
        assert_eq!(give(&writer, block()), None);
        assert_eq!(give(&writer, block()), None);
        assert_eq!(give(&writer, block()).as_deref(), Some("recording.behind"));
        for _ in 0..100_000 {
            assert_eq!(give(&writer, block()), None);
        }
        assert_eq!(queued.load(Ordering::Relaxed), RECORDING_BYTES + 2 * BLOCK);
        assert_eq!(waiting(&jobs, &queued), ["begin", "sound 800", "sound 800"]);
        assert_eq!(queued.load(Ordering::Relaxed), 0);
        assert_eq!(give(&writer, block()), None);
        let made_up = format!("silence {}", 100_001 * 800);
        assert_eq!(waiting(&jobs, &queued), [&made_up, "sound 800"]);
        assert_eq!(give(&writer, block()), None);
        assert_eq!(waiting(&jobs, &queued), ["sound 800"]);
    }

    #[test]
    fn an_end_makes_up_for_what_is_missing_and_forgets_the_recording() {
        let (writer, jobs, queued) = Writer::of(RECORDING_BYTES);
        for _ in 0..2 {
            assert_eq!(give(&writer, Chunk::Begin(SHAPE)), None);
            assert!(give(&writer, block()).is_some());
            assert_eq!(give(&writer, Chunk::End("x")), None);
            assert_eq!(waiting(&jobs, &queued), ["begin", "silence 800", "x"]);
            assert_eq!(writer.books.lossy.load(Ordering::Relaxed), 0);
            assert!(writer.books.open().is_empty());
        }
    }

    #[test]
    fn recordings_that_come_and_go_while_the_disk_hangs_do_not_pile_up() {
        let (writer, jobs, queued) = Writer::of(2 * RECORDING_BYTES);
        let event = || Event {
            handle: 1,
            unix_us: 0,
            what: crate::messages::What::Idle(0),
        };
        for _ in 0..2 {
            assert_eq!(give(&writer, Chunk::Begin(SHAPE)), None);
            assert_eq!(give(&writer, Chunk::End("x")), None);
        }
        for _ in 0..10_000 {
            assert_eq!(give(&writer, Chunk::Begin(SHAPE)).as_deref(), Some(REFUSED));
            for chunk in [Chunk::Tell("recording"), block(), Chunk::End("x")] {
                assert_eq!(give(&writer, chunk), None);
            }
            assert_eq!(
                give(&writer, Chunk::End("never began")).as_deref(),
                Some("never began")
            );
            assert!(writer.tell(event(), false).is_err());
        }
        assert!(writer.tell(event(), true).is_ok());
        assert!(writer.books.open().is_empty());
        assert_eq!(
            waiting(&jobs, &queued),
            ["begin", "x", "begin", "x", "event"]
        );
        assert_eq!(queued.load(Ordering::Relaxed), 0);
        assert!(writer.tell(event(), false).is_ok());
    }
}
