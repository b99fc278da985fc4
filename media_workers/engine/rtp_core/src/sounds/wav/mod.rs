//! Reads WAV sound, piece by piece: PCM of 8, 16, 24 or 32 bits, float, mu-law and A-law; any number of channels; any order of
//! chunks; cut-off files as far as they go.
//!
//! RIFF is a list of chunks, each a four-letter name, a length and that many bytes, padded to even. Sizes in real files
//! are often wrong (0, or 0xFFFFFFFF in a file that was being written): what is there counts, never what is said.

use crate::signal::resample;
use crate::sounds::intake::Intake;
use crate::sounds::{read_up_to, SoundError};
use std::fmt;
use std::io::{ErrorKind, Read, Seek, SeekFrom};

/// Bytes read at once, about.
const PIECE_BYTES: usize = 32 << 10;
/// Of a format chunk more is not looked at.
const FORMAT_BYTES: usize = 40;

/// How the samples are stored (the `wFormatTag` values of RFC 2361 and of RFC 3551's codecs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WavFormat {
    /// Linear; 8 bits unsigned, more bits signed, little-endian.
    Pcm,
    /// IEEE float of 32 bits, full scale ±1.
    Float,
    /// G.711 A-law.
    ALaw,
    /// G.711 mu-law.
    MuLaw,
}

/// Why bytes are no WAV sound that we play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WavError {
    /// The first twelve bytes are not `RIFF` … `WAVE`.
    NotWav,
    /// There is no complete `fmt ` chunk before the samples.
    NoFormat,
    /// There is no `data` chunk.
    NoData,
    /// A format tag and sample size that we do not read.
    Unsupported {
        /// `wFormatTag`.
        tag: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// A rate outside 8 to 48 kHz, or no channels.
    Shape,
    /// The file cannot be read.
    Read(ErrorKind),
}

impl fmt::Display for WavError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWav => write!(f, "not a WAV file"),
            Self::NoFormat => write!(f, "WAV file without a format chunk"),
            Self::NoData => write!(f, "WAV file without a data chunk"),
            Self::Unsupported { tag, bits } => {
                write!(f, "WAV format {tag} with {bits} bits is not supported")
            }
            Self::Shape => write!(f, "WAV file with an unusable rate or number of channels"),
            Self::Read(kind) => kind.fmt(f),
        }
    }
}

impl std::error::Error for WavError {}

impl From<std::io::Error> for WavError {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error.kind())
    }
}

/// True if these bytes begin a WAV file.
#[must_use]
pub fn is_wav(head: &[u8]) -> bool {
    head.len() >= 12 && &head[..4] == b"RIFF" && &head[8..12] == b"WAVE"
}

/// Shape and place of the samples of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wav {
    /// How samples are stored.
    pub format: WavFormat,
    /// Samples that belong together.
    pub channels: u16,
    /// Samples a second of each channel.
    pub rate_hz: u32,
    /// Bits of a sample.
    pub bits: u16,
    /// Bytes of samples that are there, in whole blocks.
    pub data_bytes: u64,
}

const TAG_PCM: u16 = 1;
const TAG_FLOAT: u16 = 3;
const TAG_A_LAW: u16 = 6;
const TAG_MU_LAW: u16 = 7;
/// The real tag is then the first two bytes of the GUID at offset 24 of the chunk.
const TAG_EXTENSIBLE: u16 = 0xFFFE;

impl Wav {
    /// Finds format and samples, and leaves the source at the first of these.
    ///
    /// # Errors
    /// A [`WavError`] if there is nothing to play.
    pub fn open<R: Read + Seek>(source: &mut R) -> Result<Self, WavError> {
        let end = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut head = [0; 12];
        let length = read_up_to(source, &mut head)?;
        if !is_wav(&head[..length]) {
            return Err(WavError::NotWav);
        }
        let mut format: Option<Self> = None;
        while let Some((name, said)) = next_chunk(source)? {
            let at = source.stream_position()?;
            let there = end.saturating_sub(at);
            match &name {
                b"fmt " => format = Some(Self::read_format(source, said)?),
                b"data" => {
                    // Some writers leave the length of the samples 0 until they close the file.
                    let length = if said == 0 { there } else { there.min(said) };
                    return format
                        .map(|wav| wav.with_data(length))
                        .ok_or(WavError::NoFormat);
                }
                _ => {}
            }
            source.seek(SeekFrom::Start(at + there.min(said + said % 2)))?;
        }
        Err(if format.is_none() {
            WavError::NoFormat
        } else {
            WavError::NoData
        })
    }

    fn read_format<R: Read>(source: &mut R, said: u64) -> Result<Self, WavError> {
        let mut chunk = [0; FORMAT_BYTES];
        let wanted = said.min(FORMAT_BYTES as u64) as usize;
        let length = read_up_to(source, &mut chunk[..wanted])?;
        Self::from_format_chunk(&chunk[..length])
    }

    fn from_format_chunk(chunk: &[u8]) -> Result<Self, WavError> {
        let mut tag = u16_at(chunk, 0).ok_or(WavError::NoFormat)?;
        let channels = u16_at(chunk, 2).ok_or(WavError::NoFormat)?;
        let rate_low = u16_at(chunk, 4).ok_or(WavError::NoFormat)?;
        let rate_high = u16_at(chunk, 6).ok_or(WavError::NoFormat)?;
        let bits = u16_at(chunk, 14).ok_or(WavError::NoFormat)?;
        if tag == TAG_EXTENSIBLE {
            tag = u16_at(chunk, 24).ok_or(WavError::NoFormat)?;
        }
        let format = match (tag, bits) {
            (TAG_PCM, 8 | 16 | 24 | 32) => WavFormat::Pcm,
            (TAG_FLOAT, 32) => WavFormat::Float,
            (TAG_A_LAW, 8) => WavFormat::ALaw,
            (TAG_MU_LAW, 8) => WavFormat::MuLaw,
            _ => return Err(WavError::Unsupported { tag, bits }),
        };
        let rate_hz = u32::from(rate_high) << 16 | u32::from(rate_low);
        if channels == 0 || !(resample::MIN_RATE_HZ..=resample::MAX_RATE_HZ).contains(&rate_hz) {
            return Err(WavError::Shape);
        }
        Ok(Self {
            format,
            channels,
            rate_hz,
            bits,
            data_bytes: 0,
        })
    }

    fn with_data(mut self, length: u64) -> Self {
        self.data_bytes = length - length % self.block_bytes() as u64;
        self
    }

    /// Bytes of one sample of all channels.
    #[must_use]
    pub fn block_bytes(&self) -> usize {
        usize::from(self.channels) * usize::from(self.bits / 8)
    }

    /// Samples of each channel.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.data_bytes / self.block_bytes() as u64
    }

    /// Length in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.frames() * 1000 / u64::from(self.rate_hz)
    }

    /// All of it as mono, the mean of the channels, after [`Wav::open`].
    ///
    /// # Errors
    /// [`SoundError::TooLong`], or the source cannot be read.
    pub fn decode<R: Read>(&self, source: &mut R, intake: &mut Intake) -> Result<(), SoundError> {
        if !intake.begin(self.rate_hz) {
            return Err(SoundError::Wav(WavError::Shape));
        }
        intake.expect(usize::try_from(self.frames()).unwrap_or(usize::MAX))?;
        let block = self.block_bytes();
        let mut bytes = vec![0; (PIECE_BYTES / block).max(1) * block];
        let mut mono = Vec::with_capacity(bytes.len() / block);
        let mut left = self.data_bytes;
        while left > 0 {
            let wanted = left.min(bytes.len() as u64) as usize;
            let length = read_up_to(source, &mut bytes[..wanted])?;
            self.mix_down(&bytes[..length], &mut mono);
            intake.push(&mono)?;
            left = if length == wanted {
                left - length as u64
            } else {
                0
            };
        }
        Ok(())
    }

    fn mix_down(&self, bytes: &[u8], mono: &mut Vec<i16>) {
        let (size, channels, decode) = (
            usize::from(self.bits / 8),
            i32::from(self.channels),
            self.decoder(),
        );
        mono.clear();
        mono.extend(bytes.chunks_exact(self.block_bytes()).map(|frame| {
            let samples = frame.chunks_exact(size);
            let sum: i32 = samples.map(|sample| i32::from(decode(sample))).sum();
            (sum / channels) as i16
        }));
    }

    fn decoder(&self) -> fn(&[u8]) -> i16 {
        match (self.format, self.bits) {
            (WavFormat::MuLaw, _) => |sample| mu_law(sample[0]),
            (WavFormat::ALaw, _) => |sample| a_law(sample[0]),
            (WavFormat::Float, _) => |sample| {
                let value = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
                (value * 32768.0).round() as i16 // `as` saturates, and makes 0 of NaN
            },
            (WavFormat::Pcm, 8) => |sample| (i16::from(sample[0]) - 128) << 8,
            (WavFormat::Pcm, _) => {
                |sample| i16::from_le_bytes([sample[sample.len() - 2], sample[sample.len() - 1]])
            }
        }
    }
}

/// Name and length of the next chunk; its body may be cut off.
fn next_chunk<R: Read>(source: &mut R) -> std::io::Result<Option<([u8; 4], u64)>> {
    let mut head = [0; 8];
    if read_up_to(source, &mut head)? < head.len() {
        return Ok(None);
    }
    let [a, b, c, d, length @ ..] = head;
    Ok(Some(([a, b, c, d], u64::from(u32::from_le_bytes(length)))))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// G.711 table 2a, from the definition; files are decoded once, so no table is kept here.
fn mu_law(byte: u8) -> i16 {
    let code = !byte;
    let magnitude = (((i16::from(code & 15) << 3) + 132) << (code >> 4 & 7)) - 132;
    if code & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// G.711 table 1a.
fn a_law(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let step = (i16::from(code & 15) << 4) + 8;
    let magnitude = match code >> 4 & 7 {
        0 => step,
        segment => (step + 256) << (segment - 1),
    };
    if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

#[cfg(test)]
mod tests;
