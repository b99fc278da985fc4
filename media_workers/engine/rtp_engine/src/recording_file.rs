//! The file of one recording, from its first byte to its name; and what a process that died has left of one.
//!
//! Whoever writes a file holds a lock on it, which the kernel lifts when the process dies: what bears `.part` behind its
//! name and is not locked was left behind, and is whole but for its header.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rtp_core::sounds::ogg_opus::{played_ms, OggOpusWriter};
use rtp_core::sounds::wav_header::{closed, open, WavShape, HEADER_BYTES, MAX_DATA_BYTES};

/// The header is brought up to date after so many bytes: about once a second.
const HEADER_EVERY: u64 = 32_000;
/// The most of an Ogg file that is looked at for how long it plays.
const TAIL_BYTES: u64 = 1 << 17;

/// Bytes and milliseconds of a file that has its name.
pub type Kept = (u64, u64);

/// A recording that is being written, with `.part` behind its name.
pub struct RecordingFile {
    file: BufWriter<File>,
    path: PathBuf,
    shape: WavShape,
    /// Of samples, as they were handed over.
    bytes: u64,
    kind: Kind,
}

enum Kind {
    /// The header is brought up to date when there are so many bytes.
    Wav(u64),
    Opus(Box<OggOpusWriter>),
}

impl RecordingFile {
    /// Its folder is made too. What somebody who died has left under this name gets the name first.
    pub fn create(path: PathBuf, shape: WavShape) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        salvage(&path)?;
        let part = part_of(&path);
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part)?;
        if !take(&file, &part)? {
            return Err(io::Error::other("another recording writes this file"));
        }
        file.set_len(0)?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Self::begin(file, path, shape)
    }

    fn begin(mut file: BufWriter<File>, path: PathBuf, shape: WavShape) -> io::Result<Self> {
        let kind = if is_ogg(&path) {
            let writer = OggOpusWriter::new(shape.rate_hz, shape.channels.into(), 1);
            Kind::Opus(Box::new(writer.map_err(io::Error::other)?))
        } else {
            file.write_all(&open(shape))?;
            Kind::Wav(HEADER_EVERY)
        };
        file.flush()?;
        Ok(RecordingFile {
            file,
            path,
            shape,
            bytes: 0,
            kind,
        })
    }

    /// How long what was handed over lasts.
    pub fn duration_ms(&self) -> u64 {
        self.shape.duration_ms(self.bytes)
    }

    /// Adds samples.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        self.bytes += samples.len() as u64 * 2;
        match &mut self.kind {
            Kind::Opus(writer) => {
                writer.write(samples).map_err(io::Error::other)?;
                let page = writer.take_bytes();
                if page.is_empty() {
                    return Ok(());
                }
                // A page a second, and not to be lost with this process.
                self.file.write_all(&page)?;
                self.file.flush()
            }
            Kind::Wav(header_at) => {
                if self.bytes > u64::from(MAX_DATA_BYTES) {
                    return Err(io::Error::other("a WAV file holds no more"));
                }
                for sample in samples {
                    self.file.write_all(&sample.to_le_bytes())?;
                }
                if self.bytes >= *header_at {
                    *header_at = self.bytes + HEADER_EVERY;
                    self.write_header()?;
                }
                Ok(())
            }
        }
    }

    fn write_header(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file
            .write_all(&closed(self.shape, self.bytes as u32))?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// Gives the file its name; its size. What cannot be finished is handed back.
    pub fn finish(mut self) -> Result<u64, (Self, io::Error)> {
        let done = self.complete();
        done.map_err(|error| (self, error))
    }

    fn complete(&mut self) -> io::Result<u64> {
        match &mut self.kind {
            Kind::Wav(_) => self.write_header()?,
            Kind::Opus(writer) => {
                writer.finish().map_err(io::Error::other)?;
                self.file.write_all(&writer.take_bytes())?;
            }
        }
        self.file.flush()?;
        let size = self.file.get_ref().metadata()?.len();
        fs::rename(part_of(&self.path), &self.path)?;
        Ok(size)
    }

    /// It can be written no more (a full disk): what is there already gets the name.
    pub fn give_up(self) -> io::Result<Option<Kept>> {
        // Dropping a BufWriter would try to write what it holds once more.
        let (file, _) = self.file.into_parts();
        drop(file);
        salvage(&self.path)
    }
}

/// Gives what was left of the recording `path` its name; nothing if there is nothing, or if somebody writes it still.
/// A file that holds no sound is removed.
pub fn salvage(path: &Path) -> io::Result<Option<Kept>> {
    let part = part_of(path);
    let mut file = match OpenOptions::new().read(true).write(true).open(&part) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !take(&file, &part)? {
        return Ok(None);
    }
    let size = file.metadata()?.len();
    let duration_ms = if is_ogg(path) {
        ogg_duration_ms(&mut file, size)?
    } else {
        mend_wav(&mut file, size)?
    };
    if duration_ms == 0 {
        fs::remove_file(part)?;
        return Ok(None);
    }
    fs::rename(part, path)?;
    Ok(Some((size, duration_ms)))
}

/// Writes how much sound there is into the header; how long it lasts.
fn mend_wav(file: &mut File, size: u64) -> io::Result<u64> {
    let mut header = [0; HEADER_BYTES];
    if size <= HEADER_BYTES as u64 {
        return Ok(0);
    }
    file.read_exact(&mut header)?;
    let Some(shape) = WavShape::of(&header) else {
        return Err(io::Error::other("not a header of ours"));
    };
    let bytes = size - HEADER_BYTES as u64;
    file.seek(SeekFrom::Start(0))?;
    let told = u32::try_from(bytes).unwrap_or(MAX_DATA_BYTES);
    file.write_all(&closed(shape, told))?;
    Ok(shape.duration_ms(bytes))
}

fn ogg_duration_ms(file: &mut File, size: u64) -> io::Result<u64> {
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
    file.read_to_end(&mut tail)?;
    Ok(played_ms(&tail))
}

/// Locks what was opened as `part`. False when somebody writes it still, or has given it its name since: what is open is
/// then a whole recording, and `part`, if there is one, somebody else's.
fn take(file: &File, part: &Path) -> io::Result<bool> {
    if !lock(file)? {
        return Ok(false);
    }
    let open = file.metadata()?;
    match fs::metadata(part) {
        Ok(named) => Ok((named.dev(), named.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        // A file system without locks: nobody else can be told from somebody who died, as ever.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_ogg(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ending == "opus" || ending == "ogg")
}

/// The name it has while it is written.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

#[cfg(test)]
impl RecordingFile {
    /// On any file, be it one that cannot be sought in: its header stays as it is.
    pub fn on(file: File, path: &str, shape: WavShape) -> Self {
        RecordingFile {
            file: BufWriter::with_capacity(16, file),
            path: path.into(),
            shape,
            bytes: 0,
            kind: Kind::Wav(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtp_core::sounds;

    const SHAPE: WavShape = WavShape {
        channels: 2,
        rate_hz: 8000,
    };

    fn folder(name: &str) -> PathBuf {
        let name = format!("rtp-recording-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// What a process leaves that dies after so many seconds: it closes nothing and writes nothing more.
    fn crash(path: &Path, seconds: usize) {
        let mut file = RecordingFile::create(path.into(), SHAPE).unwrap();
        for _ in 0..10 * seconds {
            file.write(&[500; 1600]).unwrap();
        }
        drop(file.file.into_parts());
    }

    #[test]
    fn what_a_crash_leaves_is_playable_and_gets_its_name() {
        let folder = folder("crash");
        for (name, least) in [("a.wav", 3500), ("a.opus", 2900)] {
            let path = folder.join(name);
            crash(&path, 4);
            let left = sounds::to_mono(&fs::read(part_of(&path)).unwrap(), 8000).unwrap();
            assert!(left.len() >= least * 8, "{name}: {}", left.len());
            let (size, duration_ms) = salvage(&path).unwrap().unwrap();
            let kept = fs::read(&path).unwrap();
            assert_eq!(size, kept.len() as u64);
            let heard_ms = sounds::to_mono(&kept, 8000).unwrap().len() as u64 / 8;
            assert!(heard_ms.abs_diff(duration_ms) < 50 && !part_of(&path).exists());
            assert_eq!(salvage(&path).unwrap(), None);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_still_written_is_left_alone() {
        let folder = folder("alive");
        let path = folder.join("a.wav");
        let mut file = RecordingFile::create(path.clone(), SHAPE).unwrap();
        file.write(&[5; 32_000]).unwrap();
        assert_eq!(salvage(&path).unwrap(), None);
        let second = RecordingFile::create(path.clone(), SHAPE).map(|_| ());
        assert!(second
            .unwrap_err()
            .to_string()
            .contains("another recording"));
        file.finish().map_err(|(_, error)| error).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 64_044);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_got_its_name_between_open_and_lock_is_not_taken() {
        let folder = folder("meanwhile");
        let path = folder.join("a.wav");
        let mut file = RecordingFile::create(path.clone(), SHAPE).unwrap();
        file.write(&[5; 1600]).unwrap();
        let late = File::open(part_of(&path)).unwrap();
        file.finish().map_err(|(_, error)| error).unwrap();
        assert!(!take(&late, &part_of(&path)).unwrap());
        let _next = RecordingFile::create(path.clone(), SHAPE).unwrap();
        assert!(!take(&late, &part_of(&path)).unwrap());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_holds_no_sound_is_removed() {
        let folder = folder("empty");
        for name in ["a.wav", "a.opus"] {
            let path = folder.join(name);
            crash(&path, 0);
            assert_eq!(salvage(&path).unwrap(), None);
            assert!(!part_of(&path).exists() && !path.exists());
        }
        fs::write(part_of(&folder.join("b.wav")), [7; 100]).unwrap();
        assert!(salvage(&folder.join("b.wav")).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_next_recording_of_the_name_keeps_what_was_left() {
        let folder = folder("again");
        let path = folder.join("a.wav");
        crash(&path, 2);
        let file = RecordingFile::create(path.clone(), SHAPE).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 64_044);
        drop(file);
        fs::remove_dir_all(folder).unwrap();
    }
}
