//! G.722 at 64 kbit/s (ITU-T G.722), bit exact, and made for speed.
//!
//! Two sub-bands of 8 kHz, each an ADPCM coder whose predictor has two poles and six zeros. What costs is not the work
//! but its order: every sample needs the one before. So the zero sections run in vector lanes ([`crate::signal::lanes`]), whatever
//! depends on the step size alone is looked up, and what the standard limits but cannot overflow is not limited.
//!
//! Opened at 8 kHz the coder works on the lower band alone, without the filters that split and join the bands: that is all
//! a narrowband leg can hear or say, and there is then nothing to resample.

mod bands;
mod filters;
mod predictor;

use crate::codecs::codec::{room, Codec, CodecError, CodecSpec, Decoder, Encoder, MAX_PTIME_MS};
use crate::codecs::g722::bands::{HighBand, LowBand};
use crate::codecs::g722::filters::{Join, Split, BLOCK};
use crate::codecs::g722::predictor::{Difference, Predictors};

/// G.722 as a codec of the engine.
#[derive(Debug, Clone, Copy)]
pub struct G722;

static SPEC: CodecSpec = CodecSpec {
    name: "G722",
    static_payload_type: Some(9),
    rtp_clock_hz: 8000,
    sample_rates_hz: &[16000, 8000],
    ptimes_ms: &[10, 20, 30, 40, 50, 60],
    max_payload_bytes: 8 * MAX_PTIME_MS as usize,
};

impl Codec for G722 {
    fn spec(&self) -> &CodecSpec {
        &SPEC
    }

    fn encoder(&self, rate_hz: u32) -> Result<Box<dyn Encoder>, CodecError> {
        match rate_hz {
            16000 => Ok(Box::<WideEncoder>::default()),
            8000 => Ok(Box::<NarrowEncoder>::default()),
            _ => Err(CodecError::Rate(rate_hz)),
        }
    }

    fn decoder(&self, rate_hz: u32) -> Result<Box<dyn Decoder>, CodecError> {
        match rate_hz {
            16000 => Ok(Box::<WideDecoder>::default()),
            8000 => Ok(Box::<NarrowDecoder>::default()),
            _ => Err(CodecError::Rate(rate_hz)),
        }
    }
}

/// All that adapts. Copied to a local for each packet, so that it lives in registers and not behind a pointer.
#[derive(Debug, Clone, Copy, Default)]
struct Bands {
    low: LowBand,
    high: HighBand,
    predictors: Predictors,
}

impl Bands {
    #[inline(always)]
    fn encode(&mut self, low: i16, high: i16) -> u8 {
        let (low_prediction, high_prediction) = self.predictors.prediction();
        let (low_code, low) = self.low.encode(i32::from(low) - low_prediction);
        let (high_code, high) = self.high.encode(i32::from(high) - high_prediction);
        self.predictors.update(low, high);
        low_code | high_code << 6
    }

    #[inline(always)]
    fn encode_low(&mut self, low: i16) -> u8 {
        let (code, low) = self
            .low
            .encode(i32::from(low) - self.predictors.prediction().0);
        self.predictors.update(low, Difference::from(0));
        code | NO_HIGH_BAND
    }

    /// Samples of the lower and of the upper band, each within ±16384.
    #[inline(always)]
    fn decode(&mut self, code: u8) -> (i16, i16) {
        let (low_prediction, high_prediction) = self.predictors.prediction();
        let (low, low_coarse) = self.low.decode(code);
        let high = self.high.decode(code >> 6);
        self.predictors.update(low_coarse, Difference::from(high));
        (limit(low_prediction + low), limit(high_prediction + high))
    }

    #[inline(always)]
    fn decode_low(&mut self, code: u8) -> i16 {
        let prediction = self.predictors.prediction().0;
        let (low, coarse) = self.low.decode(code);
        self.predictors.update(coarse, Difference::from(0));
        limit(prediction + low)
    }
}

/// LIMIT of sections 4.2 and 4.3.
#[inline(always)]
fn limit(sample: i32) -> i16 {
    sample.clamp(-16384, 16383) as i16
}

/// Upper band of a packet that has none: the smallest positive code, whose step size fades to nothing.
const NO_HIGH_BAND: u8 = 3 << 6;

/// Encodes 16 kHz audio.
#[derive(Debug, Clone, Default)]
pub struct WideEncoder {
    split: Split,
    bands: Bands,
}

impl Encoder for WideEncoder {
    fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        if !pcm.len().is_multiple_of(2) {
            return Err(CodecError::FrameSize(pcm.len()));
        }
        let payload = room(payload, pcm.len() / 2)?;
        let mut bands = self.bands;
        for (pcm, payload) in pcm.chunks(2 * BLOCK).zip(payload.chunks_mut(BLOCK)) {
            let (lows, highs) = self.split.process(pcm);
            for ((code, &low), &high) in payload.iter_mut().zip(&lows).zip(&highs) {
                *code = bands.encode(low, high);
            }
        }
        self.bands = bands;
        Ok(payload.len())
    }
}

/// Decodes to 16 kHz audio.
#[derive(Debug, Clone, Default)]
pub struct WideDecoder {
    join: Join,
    bands: Bands,
}

impl Decoder for WideDecoder {
    fn samples(&self, payload: &[u8]) -> Option<usize> {
        Some(payload.len() * 2)
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut [i16]) -> Result<usize, CodecError> {
        let pcm = room(pcm, payload.len() * 2)?;
        let mut bands = self.bands;
        for (payload, pcm) in payload.chunks(BLOCK).zip(pcm.chunks_mut(2 * BLOCK)) {
            let mut samples = [(0, 0); BLOCK];
            for (samples, &code) in samples.iter_mut().zip(payload) {
                *samples = bands.decode(code);
            }
            self.join.process(&samples[..payload.len()], pcm);
        }
        self.bands = bands;
        Ok(pcm.len())
    }
}

/// Encodes 8 kHz audio as the lower band.
#[derive(Debug, Clone, Default)]
pub struct NarrowEncoder {
    bands: Bands,
}

impl Encoder for NarrowEncoder {
    fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let payload = room(payload, pcm.len())?;
        let mut bands = self.bands;
        for (code, &sample) in payload.iter_mut().zip(pcm) {
            // The lower band has half the range of the samples.
            *code = bands.encode_low(sample >> 1);
        }
        self.bands = bands;
        Ok(payload.len())
    }
}

/// Decodes the lower band to 8 kHz audio.
#[derive(Debug, Clone, Default)]
pub struct NarrowDecoder {
    bands: Bands,
}

impl Decoder for NarrowDecoder {
    fn samples(&self, payload: &[u8]) -> Option<usize> {
        Some(payload.len())
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut [i16]) -> Result<usize, CodecError> {
        let pcm = room(pcm, payload.len())?;
        let mut bands = self.bands;
        for (sample, &code) in pcm.iter_mut().zip(payload) {
            *sample = bands.decode_low(code) << 1;
        }
        self.bands = bands;
        Ok(pcm.len())
    }
}
