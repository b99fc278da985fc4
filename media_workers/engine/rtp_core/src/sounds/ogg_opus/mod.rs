//! Opus in Ogg (RFC 7845): prompts from memory, recordings page by page.

use crate::codecs::codec::{Codec, CodecError};
use crate::codecs::opus::Opus;
use crate::sounds::intake::Intake;
use crate::sounds::SoundError;
use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};
use opusic_c::{Application, Channels, Encoder, SampleRate};
use std::io::{Read, Seek, SeekFrom};

/// The clock of granule positions, whatever the rate.
const CLOCK_HZ: u32 = 48_000;
/// 120 ms, the longest packet there is.
const MAX_PACKET_MS: u32 = 120;
const FRAME_MS: u32 = 20;
/// A page a second: what a crash may cost.
const PACKETS_PER_PAGE: u32 = 50;
const MAX_PACKET_BYTES: usize = 1275;
/// Of header and 255 segments, about.
const MAX_PAGE_BYTES: u64 = 64 << 10;

/// True if these bytes begin an Ogg file.
#[must_use]
pub fn is_ogg(file: &[u8]) -> bool {
    file.starts_with(b"OggS")
}

/// Bytes at the beginning of the stream that are not to be played, in units of 48 kHz; `None` if the header is not one we
/// play: one or two channels, version 0 or 1.
fn pre_skip(header: &[u8]) -> Option<u32> {
    let playable = header.len() >= 19 && header.starts_with(b"OpusHead") && header[8] < 16;
    let simple = playable && (1..=2).contains(&header[9]) && header[18] == 0;
    simple.then(|| u32::from(u16::from_le_bytes([header[10], header[11]])))
}

/// All of it as mono at 8, 16, 24 or 48 kHz; what is cut off or damaged ends it.
///
/// # Errors
/// [`CodecError::Malformed`] if it does not begin as Opus in Ogg, [`CodecError::Rate`] for another rate, or it is too long.
pub fn decode<R: Read + Seek>(
    source: &mut R,
    rate_hz: u32,
    mut intake: Intake,
) -> Result<Vec<i16>, SoundError> {
    let mut decoder = Opus.decoder(rate_hz).map_err(SoundError::Ogg)?;
    if !intake.begin(rate_hz) {
        return Err(SoundError::Ogg(CodecError::Rate(rate_hz)));
    }
    intake.suppose(supposed_ms(source)? * u64::from(rate_hz / 1000));
    let mut packets = PacketReader::new(source);
    let mut next = || packets.read_packet().ok().flatten();
    let malformed = SoundError::Ogg(CodecError::Malformed);
    let header = next().ok_or(malformed)?;
    let skip = pre_skip(&header.data).ok_or(malformed)?;
    let in_rate =
        |units: u64| (u128::from(units) * u128::from(rate_hz) / u128::from(CLOCK_HZ)) as usize;
    let skip = in_rate(u64::from(skip));
    let (mut to_skip, mut end) = (skip, None);
    // The second packet is the comment header.
    let _ = next();
    while let Some(packet) = next() {
        let mut frame = [0; (CLOCK_HZ / 1000 * MAX_PACKET_MS) as usize];
        if let Ok(length) = decoder.decode(&packet.data, &mut frame) {
            let skipped = to_skip.min(length);
            to_skip -= skipped;
            intake.push(&frame[skipped..length])?;
        }
        if packet.last_in_stream() {
            end = Some(in_rate(packet.absgp_page()).saturating_sub(skip));
            break;
        }
    }
    let mut pcm = intake.finish();
    pcm.truncate(end.unwrap_or(pcm.len()));
    Ok(pcm)
}

/// What the last page says.
fn supposed_ms<R: Read + Seek>(source: &mut R) -> std::io::Result<u64> {
    let end = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(end.saturating_sub(MAX_PAGE_BYTES)))?;
    let mut tail = Vec::new();
    source.read_to_end(&mut tail)?;
    source.rewind()?;
    Ok(played_ms(&tail))
}

/// How far a recording has come, by the last page in these bytes, the end of its file; 0 if there is none.
#[must_use]
pub fn played_ms(tail: &[u8]) -> u64 {
    let pages = tail
        .windows(14)
        .rev()
        .filter(|page| is_ogg(page) && page[4] == 0);
    let granules = pages.map(|page| {
        page[6..14]
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    });
    // A page without the end of a packet says -1.
    let last = granules
        .into_iter()
        .find(|granule| *granule <= i64::MAX as u64);
    last.unwrap_or(0) / u64::from(CLOCK_HZ / 1000)
}

/// Writes a recording. Bytes gather in a buffer that the caller takes and appends to the file; without the last of them the
/// file still plays.
pub struct OggOpusWriter {
    encoder: Encoder,
    pages: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    channels: usize,
    frame: usize,
    pending: Vec<u16>,
    /// The packet that is not yet known to be the last or not.
    held: Option<Vec<u8>>,
    packets: u32,
    pre_skip: u32,
    /// Samples of each channel taken in, and the rate.
    taken: u64,
    rate_hz: u32,
}

impl std::fmt::Debug for OggOpusWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OggOpusWriter")
            .field("rate_hz", &self.rate_hz)
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

fn failed(_: impl std::fmt::Debug) -> CodecError {
    CodecError::Library(-1)
}

impl OggOpusWriter {
    /// A new stream with this serial number (any, but not that of another stream in the file); the headers are in the
    /// buffer already.
    ///
    /// # Errors
    /// [`CodecError::Rate`] for a rate that Opus does not know, [`CodecError::FrameSize`] for other than 1 or 2 channels.
    pub fn new(rate_hz: u32, channels: usize, serial: u32) -> Result<Self, CodecError> {
        let rate = match rate_hz {
            8000 => SampleRate::Hz8000,
            16000 => SampleRate::Hz16000,
            24000 => SampleRate::Hz24000,
            48000 => SampleRate::Hz48000,
            _ => return Err(CodecError::Rate(rate_hz)),
        };
        let layout = match channels {
            1 => Channels::Mono,
            2 => Channels::Stereo,
            _ => return Err(CodecError::FrameSize(channels)),
        };
        let mut encoder = Encoder::new(layout, rate, Application::Audio).map_err(failed)?;
        encoder.set_complexity(5).map_err(failed)?;
        let look_ahead = encoder.get_look_ahead().map_err(failed)?;
        let mut writer = Self {
            encoder,
            pages: PacketWriter::new(Vec::new()),
            serial,
            channels,
            frame: (rate_hz / 1000 * FRAME_MS) as usize * channels,
            pending: Vec::new(),
            held: None,
            packets: 0,
            pre_skip: look_ahead * (CLOCK_HZ / rate_hz),
            taken: 0,
            rate_hz,
        };
        writer.write_headers()?;
        Ok(writer)
    }

    fn write_headers(&mut self) -> Result<(), CodecError> {
        let mut head = b"OpusHead\x01".to_vec();
        head.push(self.channels as u8);
        head.extend_from_slice(&(self.pre_skip as u16).to_le_bytes());
        head.extend_from_slice(&self.rate_hz.to_le_bytes());
        head.extend_from_slice(&[0, 0, 0]);
        let vendor = b"Switchroom";
        let mut tags = b"OpusTags".to_vec();
        tags.extend_from_slice(&(vendor.len() as u32).to_le_bytes());
        tags.extend_from_slice(vendor);
        tags.extend_from_slice(&[0; 4]);
        for header in [head, tags] {
            self.pages
                .write_packet(header, self.serial, PacketWriteEndInfo::EndPage, 0)
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Takes samples, interleaved if there are two channels.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the encoder fails.
    pub fn write(&mut self, pcm: &[i16]) -> Result<(), CodecError> {
        self.taken += (pcm.len() / self.channels) as u64;
        self.pending.extend(pcm.iter().map(|&sample| sample as u16));
        while self.pending.len() >= self.frame {
            self.encode_frame()?;
        }
        Ok(())
    }

    fn encode_frame(&mut self) -> Result<(), CodecError> {
        let mut payload = vec![0; MAX_PACKET_BYTES];
        let len = self
            .encoder
            .encode_to_slice(&self.pending[..self.frame], &mut payload)
            .map_err(failed)?;
        payload.truncate(len);
        self.pending.drain(..self.frame);
        if let Some(packet) = self.held.replace(payload) {
            self.packets += 1;
            let ends = self.packets.is_multiple_of(PACKETS_PER_PAGE);
            let info = if ends {
                PacketWriteEndInfo::EndPage
            } else {
                PacketWriteEndInfo::NormalPacket
            };
            let position = u64::from(self.packets) * u64::from(CLOCK_HZ / 1000 * FRAME_MS);
            self.pages
                .write_packet(packet, self.serial, info, position)
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Ends the stream at the last sample taken.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the encoder fails.
    pub fn finish(&mut self) -> Result<(), CodecError> {
        let end = u64::from(self.pre_skip) + self.taken * u64::from(CLOCK_HZ / self.rate_hz);
        let frame = u64::from(CLOCK_HZ / 1000 * FRAME_MS);
        // What the encoder still holds back must come out too.
        while u64::from(self.packets + u32::from(self.held.is_some())) * frame < end {
            self.pending.resize(self.pending.len().max(self.frame), 0);
            self.encode_frame()?;
        }
        let last = self.held.take().unwrap_or_default();
        self.pages
            .write_packet(last, self.serial, PacketWriteEndInfo::EndStream, end)
            .map_err(failed)
    }

    /// Moves the finished pages out.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(self.pages.inner_mut())
    }
}

#[cfg(test)]
mod tests;
