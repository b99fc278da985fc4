//! Opus (RFC 6716, RFC 7587) by libopus: mono, with in-band error correction and its own concealment. The correction
//! costs half as much work again, so it begins when the peer reports loss ([`Encoder::expect_loss`]).
//!
//! The coder is opened at the rate of the path, so that nothing is resampled: narrowband legs cost narrowband work. On the
//! wire the clock is 48 kHz whatever the rate, and a peer need not know it.

use crate::codecs::codec::{
    room, Codec, CodecError, CodecSpec, Decoder, Encoder, Wishes, MAX_FRAME_SAMPLES,
};
use opusic_c::{
    Application, Bandwidth, Bitrate, Channels, ErrorCode, InbandFec, SampleRate, Signal,
};

/// Opus as a codec of the engine.
#[derive(Debug, Clone, Copy)]
pub struct Opus;

static SPEC: CodecSpec = CodecSpec {
    name: "opus",
    static_payload_type: None,
    rtp_clock_hz: 48000,
    sample_rates_hz: &[48000, 24000, 16000, 8000],
    ptimes_ms: &[10, 20, 30, 40, 50, 60],
    max_payload_bytes: 1275,
};

/// Frames that the coder makes; what lies between is made of several.
const FRAMES_MS: [u32; 4] = [10, 20, 40, 60];
const MOST_PIECES: usize = 5;
/// So short that its length is one byte. 10 ms at 48 kbit/s are 60.
const PIECE_BYTES: usize = 252;
/// RFC 7587 section 6.1.
const LEAST_BITS_PER_S: u32 = 6000;

/// How the library is set for a rate of the path.
struct Setting {
    rate: SampleRate,
    bits_per_s: u32,
    complexity: u8,
}

/// Bits: what RFC 7587 section 3.1.1 recommends for speech, and a quarter more for the copies that protect against loss.
/// Complexity, 0 to 10: where the next step costs much and brings speech little. Narrowband from 1 to 3 costs half as
/// much again for 0.02 in PESQ.
fn setting(rate_hz: u32) -> Result<Setting, CodecError> {
    let (rate, bits_per_s, complexity) = match rate_hz {
        8000 => (SampleRate::Hz8000, 20_000, 1),
        16000 => (SampleRate::Hz16000, 28_000, 3),
        24000 => (SampleRate::Hz24000, 36_000, 3),
        48000 => (SampleRate::Hz48000, 48_000, 3),
        _ => return Err(CodecError::Rate(rate_hz)),
    };
    Ok(Setting {
        rate,
        bits_per_s,
        complexity,
    })
}

fn library(error: ErrorCode) -> CodecError {
    match error {
        ErrorCode::InvalidPacket => CodecError::Malformed,
        other => CodecError::Library(other as i32),
    }
}

impl Codec for Opus {
    fn spec(&self) -> &CodecSpec {
        &SPEC
    }

    fn encoder(&self, rate_hz: u32) -> Result<Box<dyn Encoder>, CodecError> {
        let Setting {
            rate, complexity, ..
        } = setting(rate_hz)?;
        let mut encoder =
            opusic_c::Encoder::new(Channels::Mono, rate, Application::Voip).map_err(library)?;
        encoder.set_complexity(complexity).map_err(library)?;
        encoder.set_signal(Signal::Voice).map_err(library)?;
        let mut encoder = OpusEncoder { encoder, rate_hz };
        encoder.set(Wishes::default())?;
        Ok(Box::new(encoder))
    }

    fn decoder(&self, rate_hz: u32) -> Result<Box<dyn Decoder>, CodecError> {
        let rate = setting(rate_hz)?.rate;
        let decoder = opusic_c::Decoder::new(Channels::Mono, rate).map_err(library)?;
        Ok(Box::new(OpusDecoder { decoder, rate }))
    }

    /// RFC 7587 section 6.1. What says nothing of copies wants none.
    fn wishes(&self, fmtp: &str) -> Wishes {
        let mut wishes = Wishes {
            no_copies: true,
            ..Wishes::default()
        };
        for (name, value) in fmtp.split(';').filter_map(|field| field.split_once('=')) {
            let value: Option<u32> = value.trim().parse().ok();
            match name.trim().to_ascii_lowercase().as_str() {
                "maxplaybackrate" => wishes.max_playback_hz = value,
                "maxaveragebitrate" => wishes.max_bits_per_s = value,
                "useinbandfec" => wishes.no_copies = value != Some(1),
                _ => {}
            }
        }
        wishes
    }
}

struct OpusEncoder {
    encoder: opusic_c::Encoder,
    rate_hz: u32,
}

impl OpusEncoder {
    fn set(&mut self, wishes: Wishes) -> Result<(), CodecError> {
        let most_hz = wishes.max_playback_hz.unwrap_or(48000).max(8000);
        let (bandwidth, rate_hz) = match most_hz {
            ..12000 => (Bandwidth::Narrow, 8000),
            12000..16000 => (Bandwidth::Medium, 8000),
            16000..24000 => (Bandwidth::Wide, 16000),
            24000..48000 => (Bandwidth::Superwide, 24000),
            _ => (Bandwidth::Full, 48000),
        };
        let enough = setting(rate_hz.min(self.rate_hz))?.bits_per_s;
        let wanted = wishes.max_bits_per_s.unwrap_or(u32::MAX);
        let bits_per_s = enough.min(wanted.max(LEAST_BITS_PER_S));
        let copies = if wishes.no_copies {
            InbandFec::Off
        } else {
            InbandFec::Mode1
        };
        let encoder = &mut self.encoder;
        encoder.set_max_bandwidth(bandwidth).map_err(library)?;
        encoder
            .set_bitrate(Bitrate::Value(bits_per_s))
            .map_err(library)?;
        // With a variable rate some sounds take up to twice what was asked for: then a bound is none.
        encoder.set_vbr(wanted >= 2 * enough).map_err(library)?;
        encoder.set_inband_fec(copies).map_err(library)
    }

    /// The library's binding wants the same bits without a sign.
    fn run(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        self.encoder
            .encode_to_slice(bytemuck::cast_slice(pcm), payload)
            .map_err(library)
    }

    /// One packet of frames of 10 ms (RFC 6716 section 3.2.5). All of a packet are of one kind: where the coder changes
    /// its mode, which is rare, the rest is left out.
    fn encode_in_pieces(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let mut bytes = [[0u8; PIECE_BYTES]; MOST_PIECES];
        let mut lengths = [0; MOST_PIECES];
        let frames = pcm.chunks_exact(self.rate_hz as usize / 100);
        let mut count = 0;
        for ((frame, room), length) in frames.zip(&mut bytes).zip(&mut lengths) {
            *length = self.run(frame, room)?;
            count += 1;
        }
        let toc = bytes[0][0];
        let alike = bytes[..count].iter().take_while(|one| one[0] == toc);
        let count = alike.count();
        payload[0] = toc | 3;
        payload[1] = 0x80 | count as u8;
        let mut at = 2;
        for length in &lengths[..count - 1] {
            payload[at] = (*length - 1) as u8;
            at += 1;
        }
        for (one, length) in bytes[..count].iter().zip(lengths) {
            payload[at..at + length - 1].copy_from_slice(&one[1..length]);
            at += length - 1;
        }
        Ok(at)
    }
}

impl Encoder for OpusEncoder {
    fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let is = |ms: &u32| (self.rate_hz / 1000 * ms) as usize == pcm.len();
        let (one, several) = (FRAMES_MS.iter().any(is), SPEC.ptimes_ms.iter().any(is));
        let payload = room(payload, SPEC.max_payload_bytes)?;
        match (one, several) {
            (true, _) => self.run(pcm, payload),
            (false, true) => self.encode_in_pieces(pcm, payload),
            (false, false) => Err(CodecError::FrameSize(pcm.len())),
        }
    }

    fn follow(&mut self, wishes: Wishes) {
        // Every value is one that the library takes.
        let _ = self.set(wishes);
    }

    fn expect_loss(&mut self, percent: u8) {
        // Refused only for more than 100.
        let _ = self.encoder.set_packet_loss(percent.min(100));
    }
}

struct OpusDecoder {
    decoder: opusic_c::Decoder,
    rate: SampleRate,
}

impl OpusDecoder {
    fn run(&mut self, payload: &[u8], pcm: &mut [i16], correct: bool) -> Result<usize, CodecError> {
        self.decoder
            .decode_to_slice(payload, bytemuck::cast_slice_mut(pcm), correct)
            .map_err(library)
    }
}

impl Decoder for OpusDecoder {
    fn samples(&self, payload: &[u8]) -> Option<usize> {
        if payload.is_empty() {
            return None;
        }
        opusic_c::utils::get_nb_samples(payload, self.rate).ok()
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut [i16]) -> Result<usize, CodecError> {
        let samples = self.samples(payload).ok_or(CodecError::Malformed)?;
        if samples > MAX_FRAME_SAMPLES {
            return Err(CodecError::FrameSize(samples));
        }
        let pcm = room(pcm, samples)?;
        self.run(payload, pcm, false)
    }

    fn conceal(&mut self, next: Option<&[u8]>, pcm: &mut [i16]) -> bool {
        match next {
            Some(next) if !next.is_empty() => self.run(next, pcm, true).is_ok(),
            _ => self.run(&[], pcm, false).is_ok(),
        }
    }

    fn conceals(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
