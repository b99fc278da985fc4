//! L16: linear samples in network byte order (RFC 3551 section 4.5.11), mono.

use crate::codecs::codec::{room, Codec, CodecError, CodecSpec, Decoder, Encoder, MAX_PTIME_MS};

/// L16 at one rate, which is also its RTP clock.
#[derive(Debug)]
pub struct L16 {
    spec: CodecSpec,
}

const fn at(rates_hz: &'static [u32]) -> L16 {
    let rate_hz = rates_hz[0];
    L16 {
        spec: CodecSpec {
            name: "L16",
            static_payload_type: None,
            rtp_clock_hz: rate_hz,
            sample_rates_hz: rates_hz,
            // Longer packets would not fit an Ethernet frame.
            ptimes_ms: if rate_hz > 8000 {
                &[10, 20, 30, 40]
            } else {
                &[10, 20, 30, 40, 50, 60]
            },
            max_payload_bytes: (rate_hz / 500 * MAX_PTIME_MS) as usize,
        },
    }
}

/// At 8 kHz.
pub static L16_8K: L16 = at(&[8000]);

/// At 16 kHz.
pub static L16_16K: L16 = at(&[16000]);

/// Encoder and decoder at once, as there is no state.
#[derive(Debug)]
struct Swap;

impl L16 {
    fn checked(&self, rate_hz: u32) -> Result<Box<Swap>, CodecError> {
        if rate_hz == self.spec.rtp_clock_hz {
            Ok(Box::new(Swap))
        } else {
            Err(CodecError::Rate(rate_hz))
        }
    }
}

impl Codec for L16 {
    fn spec(&self) -> &CodecSpec {
        &self.spec
    }

    fn encoder(&self, rate_hz: u32) -> Result<Box<dyn Encoder>, CodecError> {
        Ok(self.checked(rate_hz)?)
    }

    fn decoder(&self, rate_hz: u32) -> Result<Box<dyn Decoder>, CodecError> {
        Ok(self.checked(rate_hz)?)
    }
}

impl Encoder for Swap {
    fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let payload = room(payload, pcm.len() * 2)?;
        for (bytes, sample) in payload.chunks_exact_mut(2).zip(pcm) {
            bytes.copy_from_slice(&sample.to_be_bytes());
        }
        Ok(pcm.len() * 2)
    }
}

impl Decoder for Swap {
    fn samples(&self, payload: &[u8]) -> Option<usize> {
        payload.len().is_multiple_of(2).then_some(payload.len() / 2)
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut [i16]) -> Result<usize, CodecError> {
        let samples = self.samples(payload).ok_or(CodecError::Malformed)?;
        for (sample, bytes) in room(pcm, samples)?.iter_mut().zip(payload.chunks_exact(2)) {
            *sample = i16::from_be_bytes([bytes[0], bytes[1]]);
        }
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_samples_travel_in_network_byte_order() {
        let mut payload = [0; 4];
        let mut encoder = L16_16K.encoder(16000).expect("its rate");
        assert_eq!(encoder.encode(&[0x1234, -2], &mut payload), Ok(4));
        assert_eq!(payload, [0x12, 0x34, 0xff, 0xfe]);
        let mut pcm = [0; 2];
        let mut decoder = L16_16K.decoder(16000).expect("its rate");
        assert_eq!(decoder.decode(&payload, &mut pcm), Ok(2));
        assert_eq!(pcm, [0x1234, -2]);
    }

    #[test]
    fn test_half_a_sample_is_malformed() {
        let mut decoder = L16_8K.decoder(8000).expect("its rate");
        assert_eq!(
            decoder.decode(&[1, 2, 3], &mut [0; 4]),
            Err(CodecError::Malformed)
        );
    }
}
