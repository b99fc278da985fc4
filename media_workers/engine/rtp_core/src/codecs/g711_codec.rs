//! PCMU and PCMA as codecs of the engine; the laws themselves are in [`crate::codecs::g711`].

use crate::codecs::codec::{room, Codec, CodecError, CodecSpec, Decoder, Encoder, MAX_PTIME_MS};
use crate::codecs::g711;
use std::marker::PhantomData;

/// One of the two laws of G.711.
pub trait Law: Send + Sync + 'static {
    /// Name and payload type.
    const SPEC: CodecSpec;
    /// Code of a sample.
    fn encode(sample: i16) -> u8;
    /// Sample of a code.
    fn decode(code: u8) -> i16;
}

/// North America and Japan.
#[derive(Debug)]
pub enum MuLaw {}

/// Everywhere else.
#[derive(Debug)]
pub enum ALaw {}

const fn spec(name: &'static str, payload_type: u8) -> CodecSpec {
    CodecSpec {
        name,
        static_payload_type: Some(payload_type),
        rtp_clock_hz: 8000,
        sample_rates_hz: &[8000],
        ptimes_ms: &[10, 20, 30, 40, 50, 60],
        max_payload_bytes: 8 * MAX_PTIME_MS as usize,
    }
}

impl Law for MuLaw {
    const SPEC: CodecSpec = spec("PCMU", 0);

    fn encode(sample: i16) -> u8 {
        g711::to_ulaw(sample)
    }

    fn decode(code: u8) -> i16 {
        g711::from_ulaw(code)
    }
}

impl Law for ALaw {
    const SPEC: CodecSpec = spec("PCMA", 8);

    fn encode(sample: i16) -> u8 {
        g711::to_alaw(sample)
    }

    fn decode(code: u8) -> i16 {
        g711::from_alaw(code)
    }
}

/// G.711 by one law: codec, encoder and decoder at once, as there is no state.
#[derive(Debug)]
pub struct G711<L>(PhantomData<L>);

/// G.711 mu-law.
pub static PCMU: G711<MuLaw> = G711(PhantomData);

/// G.711 A-law.
pub static PCMA: G711<ALaw> = G711(PhantomData);

impl<L: Law> Codec for G711<L> {
    fn spec(&self) -> &CodecSpec {
        &L::SPEC
    }

    fn encoder(&self, rate_hz: u32) -> Result<Box<dyn Encoder>, CodecError> {
        match rate_hz {
            8000 => Ok(Box::new(Self(PhantomData))),
            _ => Err(CodecError::Rate(rate_hz)),
        }
    }

    fn decoder(&self, rate_hz: u32) -> Result<Box<dyn Decoder>, CodecError> {
        match rate_hz {
            8000 => Ok(Box::new(Self(PhantomData))),
            _ => Err(CodecError::Rate(rate_hz)),
        }
    }
}

impl<L: Law> Encoder for G711<L> {
    fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let payload = room(payload, pcm.len())?;
        for (code, &sample) in payload.iter_mut().zip(pcm) {
            *code = L::encode(sample);
        }
        Ok(pcm.len())
    }
}

impl<L: Law> Decoder for G711<L> {
    fn samples(&self, payload: &[u8]) -> Option<usize> {
        Some(payload.len())
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut [i16]) -> Result<usize, CodecError> {
        let pcm = room(pcm, payload.len())?;
        for (sample, &code) in pcm.iter_mut().zip(payload) {
            *sample = L::decode(code);
        }
        Ok(payload.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_every_code_survives_decoding_and_encoding() {
        let codes: Vec<u8> = (0..=255).collect();
        for codec in [&PCMU as &dyn Codec, &PCMA] {
            let mut pcm = [0; 256];
            let mut again = [0; 256];
            let mut decoder = codec.decoder(8000).expect("its rate");
            let mut encoder = codec.encoder(8000).expect("its rate");
            assert_eq!(decoder.decode(&codes, &mut pcm), Ok(256));
            assert_eq!(encoder.encode(&pcm, &mut again), Ok(256));
            // Mu-law has two zeros; the encoder knows one.
            let same = codes.iter().zip(&again).filter(|(a, b)| a == b).count();
            assert!(same >= 255, "{}", codec.spec().name);
        }
    }

    #[test]
    fn test_other_rates_are_refused() {
        assert_eq!(PCMU.encoder(16000).err(), Some(CodecError::Rate(16000)));
        assert_eq!(PCMA.decoder(48000).err(), Some(CodecError::Rate(48000)));
    }
}
