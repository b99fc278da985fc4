//! Any sound file, told by its first bytes: WAV, Opus in Ogg, MP3. Decoding takes its time: never on a packet thread. It
//! takes room for what the sound becomes at the rate that is wanted, and for little else.

pub mod intake;
pub mod mp3;
#[cfg(feature = "opus")]
pub mod ogg_opus;
pub mod wav;
pub mod wav_header;

use crate::codecs::codec::CodecError;
use crate::sounds::intake::Intake;
use crate::sounds::wav::{Wav, WavError};
use std::fmt;
use std::io::{Cursor, ErrorKind, Read, Seek};

/// Why bytes cannot be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundError {
    /// None of the kinds that we know.
    Unknown,
    /// A WAV file, but not one that we play.
    Wav(WavError),
    /// An Ogg file, but not one that we play.
    Ogg(CodecError),
    /// An MP3 file without audio.
    Mp3,
    /// Decoded, it would be longer than what may be played.
    TooLong {
        /// What may.
        limit_s: u32,
    },
    /// An Ogg file of more bytes than such a sound can have.
    TooLarge,
    /// The file cannot be read.
    Read(ErrorKind),
}

impl fmt::Display for SoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(f, "not a sound file of a known kind"),
            Self::Wav(error) => error.fmt(f),
            Self::Ogg(error) => write!(f, "not Opus in Ogg that can be played: {error}"),
            Self::Mp3 => write!(f, "MP3 file without audio that can be played"),
            Self::TooLong { limit_s } => write!(f, "too long: more than {limit_s} s"),
            Self::TooLarge => write!(f, "too large: more than {} MiB", MAX_OGG_BYTES >> 20),
            Self::Read(kind) => kind.fmt(f),
        }
    }
}

impl std::error::Error for SoundError {}

impl From<std::io::Error> for SoundError {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error.kind())
    }
}

impl From<WavError> for SoundError {
    fn from(error: WavError) -> Self {
        Self::Wav(error)
    }
}

/// The longest sound, in seconds: what is longer is no prompt, and a small file may claim to be very long.
pub const MAX_S: usize = 3600;

/// A packet of an Ogg file can be as long as the file, and is held as a whole.
const MAX_OGG_BYTES: u64 = 64 << 20;

/// All of it, an hour at the most, as mono at 8, 16, 24 or 48 kHz.
///
/// # Errors
/// A [`SoundError`] if there is nothing to play, or too much.
pub fn to_mono(file: &[u8], rate_hz: u32) -> Result<Vec<i16>, SoundError> {
    decode(&mut Cursor::new(file), rate_hz, usize::MAX)
}

/// All of a file as mono at 8, 16, 24 or 48 kHz: `most` samples at the most, and never more than [`MAX_S`].
///
/// # Errors
/// A [`SoundError`] if there is nothing to play, or too much.
pub fn decode<R: Read + Seek>(
    source: &mut R,
    rate_hz: u32,
    most: usize,
) -> Result<Vec<i16>, SoundError> {
    let mut head = [0; 12];
    let length = read_up_to(source, &mut head)?;
    let head = &head[..length];
    source.rewind()?;
    let mut intake = Intake::new(rate_hz, most.min(MAX_S * rate_hz as usize));
    if wav::is_wav(head) {
        Wav::open(source)?.decode(source, &mut intake)?;
        return Ok(intake.finish());
    }
    #[cfg(feature = "opus")]
    if ogg_opus::is_ogg(head) {
        if source.seek(std::io::SeekFrom::End(0))? > MAX_OGG_BYTES {
            return Err(SoundError::TooLarge);
        }
        source.rewind()?;
        return ogg_opus::decode(source, rate_hz, intake);
    }
    if mp3::is_mp3(source)? {
        source.rewind()?;
        mp3::decode(source, &mut intake)?;
        return Ok(intake.finish());
    }
    Err(SoundError::Unknown)
}

/// Fills the buffer as far as there is something to fill it with.
fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sounds::wav_header::{closed, WavShape};

    // covers: EN-059
    #[test]
    fn test_each_kind_is_known_by_its_first_bytes() {
        let mut wav = closed(
            WavShape {
                channels: 1,
                rate_hz: 8000,
            },
            4,
        )
        .to_vec();
        wav.extend_from_slice(&[1, 0, 2, 0]);
        assert_eq!(to_mono(&wav, 8000), Ok(vec![1, 2]));
        let mp3 = to_mono(include_bytes!("../../tests/data/sounds/tone.mp3"), 16000);
        assert!(mp3.is_ok_and(|pcm| pcm.len() > 7900));
        #[cfg(feature = "opus")]
        assert!(
            to_mono(include_bytes!("../../tests/data/sounds/tone.opus"), 16000)
                .is_ok_and(|pcm| pcm.len() > 7900)
        );
    }

    #[test]
    fn test_each_refusal_says_why() {
        assert_eq!(
            to_mono(b"plain text that is no sound at all, long enough", 8000),
            Err(SoundError::Unknown)
        );
        assert_eq!(
            to_mono(b"RIFF\0\0\0\0WAVE", 8000),
            Err(SoundError::Wav(WavError::NoFormat))
        );
        #[cfg(feature = "opus")]
        assert_eq!(
            to_mono(b"OggS and nothing that follows", 8000),
            Err(SoundError::Ogg(CodecError::Malformed))
        );
        assert_eq!(
            SoundError::TooLong { limit_s: 3600 }.to_string(),
            "too long: more than 3600 s"
        );
        assert_eq!(to_mono(&[], 8000), Err(SoundError::Unknown));
    }
}
