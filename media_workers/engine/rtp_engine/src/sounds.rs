//! Sounds: files and tones, decoded once, shared by all who play them, within a bound. Two threads see to them: one that
//! looks whether a file is known and has not changed, and one that decodes, however long that takes.

use std::collections::HashMap;
use std::fs;
use std::io::BufReader;
use std::panic::{self, AssertUnwindSafe};
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
/// Why a file is refused.
const REFUSED: &str = "not below the prompt root";
/// The longest tone that is made; longer ones are loops of shorter ones.
const MAX_TONE_MS: u64 = 600_000;

/// Where a sound comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A file; its path has been checked.
    File(PathBuf),
    /// A tone by name or in the grammar.
    Tone(String),
    /// A file that must not be played: its name, and why.
    Refused(String),
}

impl Source {
    fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Tone(text) | Source::Refused(text) => text.clone(),
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
type Samples = Arc<Vec<i16>>;
/// When a file was changed, and its bytes; none of a tone.
type Stamp = Option<(SystemTime, u64)>;

struct Entry {
    samples: Samples,
    stamp: Stamp,
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

    fn get(&mut self, key: &Key, stamp: Stamp) -> Option<Samples> {
        self.uses += 1;
        let entry = self
            .entries
            .get_mut(key)
            .filter(|entry| entry.stamp == stamp)?;
        entry.used = self.uses;
        Some(entry.samples.clone())
    }

    fn insert(&mut self, key: Key, stamp: Stamp, samples: Samples) {
        let size = size_of_val(samples.as_slice());
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
                stamp,
                used,
            },
        );
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= size_of_val(entry.samples.as_slice());
        }
    }
}

/// Loads what is asked for.
pub struct Loader {
    requests: SyncSender<Request>,
    cache: Arc<Mutex<Cache>>,
}

impl Loader {
    /// Starts the threads; they end when the loader is dropped. One sound takes no more than all may, `limit` bytes.
    pub fn start(limit: usize, outbox: Arc<Outbox>) -> std::io::Result<Self> {
        let (requests, receiver) = sync_channel(REQUESTS);
        let (unknown, to_decode) = sync_channel(REQUESTS);
        let cache = Arc::new(Mutex::new(Cache::new(limit)));
        let (shared, seen, told) = (cache.clone(), cache.clone(), outbox.clone());
        thread::Builder::new()
            .name("rtp-sounds".into())
            .spawn(move || serve(&receiver, &shared, &unknown, &outbox))?;
        thread::Builder::new()
            .name("rtp-decoder".into())
            .spawn(move || decode(&to_decode, &seen, &told))?;
        Ok(Loader { requests, cache })
    }

    /// The player at once, if all its sounds are tones that are known already; files are looked at by the thread,
    /// because they may have changed and disks are slow.
    pub fn at_once(&self, request: &Request) -> Option<Player> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let tones = request.items.iter().map(|item| match &item.source {
            Source::Tone(_) => cache.get(&(item.source.clone(), request.rate_hz), None),
            Source::File(_) | Source::Refused(_) => None,
        });
        let samples: Option<Vec<Samples>> = tones.collect();
        samples.map(|samples| assemble(request, samples.into_iter().map(Some).collect()))
    }

    /// Asks the threads; false when too many ask.
    pub fn ask(&self, request: Request) -> bool {
        !matches!(
            self.requests.try_send(request),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_))
        )
    }
}

fn serve(
    requests: &Receiver<Request>,
    cache: &Mutex<Cache>,
    unknown: &SyncSender<Request>,
    outbox: &Outbox,
) {
    while let Ok(request) = requests.recv() {
        if let Some(player) = known(&request, cache) {
            deliver(&request.home, Command::Play(request.handle, player));
        } else if let Err(TrySendError::Full(request)) = unknown.try_send(request) {
            tell(
                outbox,
                &request,
                "too many sounds wait to be decoded".into(),
            );
            let failed = Command::PlayFailed(request.handle, request.id.clone());
            deliver(&request.home, failed);
        }
    }
}

fn decode(requests: &Receiver<Request>, cache: &Mutex<Cache>, outbox: &Outbox) {
    while let Ok(request) = requests.recv() {
        let (missing, command) = load(&request, cache);
        for file in missing {
            tell(outbox, &request, file);
        }
        deliver(&request.home, command);
    }
}

fn tell(outbox: &Outbox, request: &Request, file: String) {
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

/// The player, if nothing of it has to be decoded.
fn known(request: &Request, cache: &Mutex<Cache>) -> Option<Box<Player>> {
    let found = request.items.iter().map(|item| {
        let stamp = stamp_of(&item.source).ok()?;
        let key = (item.source.clone(), request.rate_hz);
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(&key, stamp).map(Some)
    });
    let found: Option<Vec<_>> = found.collect();
    found.map(|found| Box::new(assemble(request, found)))
}

fn stamp_of(source: &Source) -> std::io::Result<Stamp> {
    match source {
        Source::File(path) => {
            let meta = fs::metadata(path)?;
            Ok(Some((meta.modified()?, meta.len())))
        }
        Source::Tone(_) | Source::Refused(_) => Ok(None),
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
    let stamp = stamp_of(source).map_err(|error| error.to_string())?;
    let key = (source.clone(), rate_hz);
    let lock = || cache.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(samples) = lock().get(&key, stamp) {
        return Ok(samples);
    }
    let most = lock().limit / size_of::<i16>();
    let samples: Samples = match source {
        Source::File(path) => decode_file(path, rate_hz, most)?.into(),
        Source::Tone(text) => make_tone(text, rate_hz)?.into(),
        Source::Refused(_) => return Err(REFUSED.into()),
    };
    lock().insert(key, stamp, samples.clone());
    Ok(samples)
}

fn decode_file(path: &PathBuf, rate_hz: u32, most: usize) -> Result<Vec<i16>, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut file = BufReader::new(file);
    // A decoder of somebody else's may have a fault; it must not end this thread, and with it every prompt to come.
    let decode = || sounds::decode(&mut file, rate_hz, most);
    let decoded = panic::catch_unwind(AssertUnwindSafe(decode));
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
        let samples = samples.unwrap_or_default();
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
        let then = SystemTime::UNIX_EPOCH;
        cache.insert(key("a"), Some((then, 9)), samples(4));
        assert!(cache.get(&key("a"), Some((then, 9))).is_some());
        assert!(cache.get(&key("a"), Some((SystemTime::now(), 9))).is_none());
        assert!(cache.get(&key("a"), Some((then, 8))).is_none());
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
