//! Any sound file from memory, told by its first bytes: WAV, Opus in Ogg, MP3. Decoding takes its time: never on a packet
//! thread.

pub mod mp3;
#[cfg(feature = "opus")]
pub mod ogg_opus;
pub mod wav;
pub mod wav_header;

use crate::codecs::codec::CodecError;
use crate::sounds::wav::{Wav, WavError};
use std::fmt;

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
}

impl fmt::Display for SoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(f, "not a sound file of a known kind"),
            Self::Wav(error) => error.fmt(f),
            Self::Ogg(error) => write!(f, "not Opus in Ogg that can be played: {error}"),
            Self::Mp3 => write!(f, "MP3 file without audio that can be played"),
        }
    }
}

impl std::error::Error for SoundError {}

/// The longest sound, in seconds: what is longer is no prompt, and a small file may claim to be very long.
pub const MAX_S: usize = 3600;

/// All of it, an hour at the most, as mono at 8, 16, 24 or 48 kHz.
///
/// # Errors
/// A [`SoundError`] if there is nothing to play.
pub fn to_mono(file: &[u8], rate_hz: u32) -> Result<Vec<i16>, SoundError> {
    let mut pcm = decode(file, rate_hz)?;
    pcm.truncate(MAX_S * rate_hz as usize);
    Ok(pcm)
}

fn decode(file: &[u8], rate_hz: u32) -> Result<Vec<i16>, SoundError> {
    match Wav::parse(file) {
        Ok(wav) => return Ok(wav.to_mono(rate_hz)),
        Err(WavError::NotWav) => {}
        Err(error) => return Err(SoundError::Wav(error)),
    }
    #[cfg(feature = "opus")]
    if crate::sounds::ogg_opus::is_ogg(file) {
        return crate::sounds::ogg_opus::to_mono(file, rate_hz).map_err(SoundError::Ogg);
    }
    if crate::sounds::mp3::is_mp3(file) {
        return crate::sounds::mp3::to_mono(file, rate_hz).ok_or(SoundError::Mp3);
    }
    Err(SoundError::Unknown)
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
        assert_eq!(to_mono(&[], 8000), Err(SoundError::Unknown));
    }
}
