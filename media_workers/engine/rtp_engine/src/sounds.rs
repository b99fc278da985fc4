//! Sounds: files and tones, decoded once by a thread of their own, shared by all who play them, within a bound.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::panic;
use std::path::PathBuf;
use std::sync::mpsc::{sync_channel, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use rtp_core::playing::player::{Player, Sound};
use rtp_core::playing::soup::{Piece, Plays, Sequencer};
use rtp_core::sounds;
use rtp_core::tones::table;

use crate::messages::{Command, Event, Handle, Home, Outbox, What};
use crate::sys;

/// Requests that may wait for the loader.
const REQUESTS: usize = 1024;
/// The largest file that is read: half an hour of 16-bit stereo at 48 kHz.
const MAX_FILE_BYTES: u64 = 360 << 20;
/// The longest tone that is made; longer ones are loops of shorter ones.
const MAX_TONE_MS: u64 = 600_000;

/// Where a sound comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A file; its path has been checked.
    File(PathBuf),
    /// A tone by name or in the grammar.
    Tone(String),
}

impl Source {
    fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Tone(text) => text.clone(),
        }
    }
}

/// One piece of a playlist.
#[derive(Clone, Debug)]
pub struct Item {
    /// What.
    pub source: Source,
    /// From.
    pub start_ms: u32,
    /// To; 0 is the end.
    pub stop_ms: u32,
    /// How often.
    pub plays: Plays,
    /// Louder or softer.
    pub gain_db: i32,
}

/// A playlist that is asked for.
#[derive(Clone)]
pub struct Request {
    /// For which channel.
    pub handle: Handle,
    /// Where that is.
    pub home: Home,
    /// The player's id.
    pub id: Arc<str>,
    /// Its pieces.
    pub items: Vec<Item>,
    /// How often all of them.
    pub plays: Plays,
    /// A digit ends it.
    pub interruptible: bool,
    /// It begins so long after the beginning: another worker has played it so far, or it was sent there.
    pub played_us: u64,
    /// By so many seeks.
    pub seeks: u32,
    /// Samples a second of the channel.
    pub rate_hz: u32,
}

type Key = (Source, u32);
type Samples = Arc<[i16]>;

struct Entry {
    samples: Samples,
    modified: Option<SystemTime>,
    used: u64,
}

/// Decoded sounds, the longest unused ones forgotten when they take too much room.
pub struct Cache {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    limit: usize,
    uses: u64,
}

impl Cache {
    /// With room for so many bytes.
    pub fn new(limit: usize) -> Self {
        Cache {
            entries: HashMap::new(),
            bytes: 0,
            limit,
            uses: 0,
        }
    }

    fn get(&mut self, key: &Key, modified: Option<SystemTime>) -> Option<Samples> {
        self.uses += 1;
        let entry = self
            .entries
            .get_mut(key)
            .filter(|entry| entry.modified == modified)?;
        entry.used = self.uses;
        Some(entry.samples.clone())
    }

    fn insert(&mut self, key: Key, modified: Option<SystemTime>, samples: Samples) {
        let size = size_of_val(&*samples);
        if size > self.limit {
            return;
        }
        while self.bytes + size > self.limit {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.remove(&oldest);
        }
        self.remove(&key);
        self.bytes += size;
        let used = self.uses;
        self.entries.insert(
            key,
            Entry {
                samples,
                modified,
                used,
            },
        );
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= size_of_val(&*entry.samples);
        }
    }
}

/// Loads what is asked for.
pub struct Loader {
    requests: SyncSender<Request>,
    cache: Arc<Mutex<Cache>>,
}

impl Loader {
    /// Starts the thread; it ends when the loader is dropped.
    pub fn start(limit: usize, outbox: Arc<Outbox>) -> std::io::Result<Self> {
        let (requests, receiver) = sync_channel(REQUESTS);
        let cache = Arc::new(Mutex::new(Cache::new(limit)));
        let shared = cache.clone();
        thread::Builder::new()
            .name("rtp-sounds".into())
            .spawn(move || serve(&receiver, &shared, &outbox))?;
        Ok(Loader { requests, cache })
    }

    /// The player at once, if all its sounds are tones that are known already; files are looked at by the thread,
    /// because they may have changed and disks are slow.
    pub fn at_once(&self, request: &Request) -> Option<Player> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let tones = request.items.iter().map(|item| match &item.source {
            Source::Tone(_) => cache.get(&(item.source.clone(), request.rate_hz), None),
            Source::File(_) => None,
        });
        let samples: Option<Vec<Samples>> = tones.collect();
        samples.map(|samples| assemble(request, samples.into_iter().map(Some).collect()))
    }

    /// Asks the thread; false when too many ask.
    pub fn ask(&self, request: Request) -> bool {
        !matches!(
            self.requests.try_send(request),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_))
        )
    }
}

fn serve(requests: &Receiver<Request>, cache: &Mutex<Cache>, outbox: &Outbox) {
    while let Ok(request) = requests.recv() {
        let (missing, command) = load(&request, cache);
        for file in missing {
            let mut event = Event {
                handle: request.handle,
                unix_us: sys::unix_us(),
                what: What::NoFile(request.id.clone(), file),
            };
            while let Err(back) = outbox.put(event) {
                event = back;
                wait();
            }
        }
        deliver(&request.home, command);
    }
}

fn deliver(home: &Home, mut command: Command) {
    loop {
        let inbox = home.lock().unwrap_or_else(PoisonError::into_inner);
        match inbox.put(command) {
            Ok(()) => return,
            Err(back) => command = back,
        }
        drop(inbox);
        wait();
    }
}

/// This thread may wait for others; nobody waits for it.
fn wait() {
    thread::sleep(std::time::Duration::from_millis(5));
}

/// The pieces that cannot be played, and the command that follows: a missing piece is stepped over, a list of nothing
/// else fails.
fn load(request: &Request, cache: &Mutex<Cache>) -> (Vec<String>, Command) {
    let mut missing = Vec::new();
    let mut found = Vec::new();
    for item in &request.items {
        match fetch(&item.source, request.rate_hz, cache) {
            Ok(samples) => found.push(Some(samples)),
            Err(reason) => {
                missing.push(format!("{}: {reason}", item.source.name()));
                found.push(None);
            }
        }
    }
    let command = if found.iter().all(Option::is_none) {
        Command::PlayFailed(request.handle, request.id.clone())
    } else {
        let player = Box::new(assemble(request, found));
        Command::Play(request.handle, player)
    };
    (missing, command)
}

fn fetch(source: &Source, rate_hz: u32, cache: &Mutex<Cache>) -> Result<Samples, String> {
    let modified = match source {
        Source::File(path) => fs::metadata(path)
            .and_then(|meta| meta.modified())
            .map(Some),
        Source::Tone(_) => Ok(None),
    };
    let modified = modified.map_err(|error| error.to_string())?;
    let key = (source.clone(), rate_hz);
    let lock = || cache.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(samples) = lock().get(&key, modified) {
        return Ok(samples);
    }
    let samples: Samples = match source {
        Source::File(path) => decode_file(path, rate_hz)?.into(),
        Source::Tone(text) => make_tone(text, rate_hz)?.into(),
    };
    lock().insert(key, modified, samples.clone());
    Ok(samples)
}

fn decode_file(path: &PathBuf, rate_hz: u32) -> Result<Vec<i16>, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let read = file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err("too large".into());
    }
    // A decoder of somebody else's may have a fault; it must not end this thread, and with it every prompt to come.
    let decoded = panic::catch_unwind(|| sounds::to_mono(&bytes, rate_hz));
    decoded
        .map_err(|_| "the decoder failed".to_owned())?
        .map_err(|error| error.to_string())
}

fn make_tone(text: &str, rate_hz: u32) -> Result<Vec<i16>, String> {
    let tone = table::resolve(text).map_err(|error| error.to_string())?;
    if tone.duration_ms() > MAX_TONE_MS {
        return Err("a tone of more than ten minutes".into());
    }
    Ok(tone.to_pcm(rate_hz))
}

fn assemble(request: &Request, found: Vec<Option<Samples>>) -> Player {
    let mut sounds = Vec::with_capacity(found.len());
    let mut pieces = Vec::with_capacity(found.len());
    for (item, samples) in request.items.iter().zip(found) {
        let samples = samples.unwrap_or_else(|| Arc::from([]));
        let stop = Some(item.stop_ms).filter(|stop| *stop > 0);
        let total = samples.len() as u64;
        pieces.push(Piece::between(
            total,
            request.rate_hz,
            item.start_ms,
            stop,
            item.plays,
        ));
        sounds.push(Sound {
            rate_hz: request.rate_hz,
            samples,
            gain_db: item.gain_db,
        });
    }
    let sequencer = Sequencer::new(pieces, request.plays);
    let mut player = Player::new(request.id.clone(), sounds, sequencer, request.interruptible);
    player.begin_at(request.played_us, request.seeks);
    player
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        (Source::Tone(name.into()), 8000)
    }

    fn samples(count: usize) -> Samples {
        vec![0i16; count].into()
    }

    #[test]
    fn the_longest_unused_sound_makes_room() {
        let mut cache = Cache::new(200);
        cache.insert(key("a"), None, samples(40));
        cache.insert(key("b"), None, samples(40));
        assert!(cache.get(&key("a"), None).is_some());
        cache.insert(key("c"), None, samples(40));
        assert!(cache.get(&key("b"), None).is_none());
        assert!(cache.get(&key("a"), None).is_some() && cache.get(&key("c"), None).is_some());
        assert_eq!(cache.bytes, 160);
        cache.insert(key("huge"), None, samples(1000));
        assert_eq!(cache.bytes, 160);
    }

    #[test]
    fn a_changed_file_is_another_sound() {
        let mut cache = Cache::new(200);
        cache.insert(key("a"), Some(SystemTime::UNIX_EPOCH), samples(4));
        assert!(cache.get(&key("a"), Some(SystemTime::now())).is_none());
        cache.insert(key("a"), None, samples(6));
        assert_eq!(cache.bytes, 12);
    }

    fn request(items: Vec<Source>) -> Request {
        let item = |source| Item {
            source,
            start_ms: 0,
            stop_ms: 0,
            plays: Plays::Times(1),
            gain_db: 0,
        };
        Request {
            handle: 1,
            home: Arc::new(Mutex::new(crate::messages::inbox().unwrap())),
            id: "p".into(),
            items: items.into_iter().map(item).collect(),
            plays: Plays::Times(1),
            interruptible: false,
            played_us: 0,
            seeks: 0,
            rate_hz: 8000,
        }
    }

    // covers: EN-060
    #[test]
    fn missing_files_are_told_and_stepped_over() {
        let cache = Mutex::new(Cache::new(1 << 20));
        let missing = || Source::File("/nowhere/at/all.wav".into());
        let (told, command) = load(
            &request(vec![missing(), Source::Tone("400:20".into())]),
            &cache,
        );
        assert!(told.len() == 1 && matches!(command, Command::Play(..)));
        let (told, command) = load(&request(vec![missing()]), &cache);
        assert!(told[0].contains("all.wav") && matches!(command, Command::PlayFailed(..)));
        let (told, command) = load(&request(vec![Source::Tone("nonsense".into())]), &cache);
        assert!(told.len() == 1 && matches!(command, Command::PlayFailed(..)));
    }

    #[test]
    fn a_known_tone_needs_no_loader() {
        let (outbox, asked) = (
            crate::messages::outbox().unwrap(),
            request(vec![Source::Tone("400:20".into())]),
        );
        let loader = Loader::start(1 << 20, outbox).unwrap();
        assert!(loader.at_once(&asked).is_none());
        load(&asked, &loader.cache);
        assert!(loader.at_once(&asked).is_some());
    }
}
