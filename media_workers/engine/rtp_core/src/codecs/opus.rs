//! Opus (RFC 6716, RFC 7587) by libopus: mono, with in-band error correction and its own concealment. The correction
//! costs half as much work again, so it begins when the peer reports loss ([`Encoder::expect_loss`]).
//!
//! The coder is opened at the rate of the path, so that nothing is resampled: narrowband legs cost narrowband work. On the
//! wire the clock is 48 kHz whatever the rate, and a peer need not know it.

use crate::codecs::codec::{
    room, Codec, CodecError, CodecSpec, Decoder, Encoder, MAX_FRAME_SAMPLES,
};
use opusic_c::{Application, Bitrate, Channels, ErrorCode, InbandFec, SampleRate, Signal};

/// Opus as a codec of the engine.
#[derive(Debug, Clone, Copy)]
pub struct Opus;

static SPEC: CodecSpec = CodecSpec {
    name: "opus",
    static_payload_type: None,
    rtp_clock_hz: 48000,
    sample_rates_hz: &[48000, 24000, 16000, 8000],
    ptimes_ms: &[10, 20, 40, 60],
    max_payload_bytes: 1275,
};

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
            rate,
            bits_per_s,
            complexity,
        } = setting(rate_hz)?;
        let mut encoder =
            opusic_c::Encoder::new(Channels::Mono, rate, Application::Voip).map_err(library)?;
        encoder
            .set_bitrate(Bitrate::Value(bits_per_s))
            .map_err(library)?;
        encoder.set_complexity(complexity).map_err(library)?;
        encoder.set_signal(Signal::Voice).map_err(library)?;
        encoder.set_inband_fec(InbandFec::Mode1).map_err(library)?;
        Ok(Box::new(OpusEncoder { encoder, rate_hz }))
    }

    fn decoder(&self, rate_hz: u32) -> Result<Box<dyn Decoder>, CodecError> {
        let rate = setting(rate_hz)?.rate;
        let decoder = opusic_c::Decoder::new(Channels::Mono, rate).map_err(library)?;
        Ok(Box::new(OpusDecoder { decoder, rate }))
    }
}

struct OpusEncoder {
    encoder: opusic_c::Encoder,
    rate_hz: u32,
}

impl Encoder for OpusEncoder {
    fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let is_frame = SPEC
            .ptimes_ms
            .iter()
            .any(|&ms| (self.rate_hz / 1000 * ms) as usize == pcm.len());
        if !is_frame {
            return Err(CodecError::FrameSize(pcm.len()));
        }
        let payload = room(payload, SPEC.max_payload_bytes)?;
        // The library's binding wants the same bits without a sign.
        self.encoder
            .encode_to_slice(bytemuck::cast_slice(pcm), payload)
            .map_err(library)
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    /// Something voiced, so that the coder works as for speech.
    fn voice(rate_hz: u32, samples: usize) -> Vec<i16> {
        let wave = |n: usize| {
            let t = TAU * 150.0 * n as f64 / f64::from(rate_hz);
            (1..12)
                .map(|k| (t * f64::from(k)).sin() / f64::from(k))
                .sum::<f64>()
                * 5000.0
        };
        (0..samples).map(|n| wave(n) as i16).collect()
    }

    fn packets(rate_hz: u32, pcm: &[i16]) -> Vec<Vec<u8>> {
        let mut encoder = Opus.encoder(rate_hz).expect("its rate");
        encoder.expect_loss(10);
        let mut encode = |frame: &[i16]| {
            let mut payload = vec![0; 1275];
            let len = encoder.encode(frame, &mut payload).expect("a frame");
            payload.truncate(len);
            payload
        };
        pcm.chunks_exact(rate_hz as usize / 50)
            .map(&mut encode)
            .collect()
    }

    fn decode(
        rate_hz: u32,
        packets: &[Vec<u8>],
        is_lost: impl Fn(usize) -> bool,
        correct: bool,
    ) -> Vec<i16> {
        let mut decoder = Opus.decoder(rate_hz).expect("its rate");
        let mut output = Vec::new();
        for (n, packet) in packets.iter().enumerate() {
            let mut pcm = vec![0; rate_hz as usize / 50];
            if is_lost(n) {
                let next = packets.get(n + 1).filter(|_| correct).map(Vec::as_slice);
                assert!(decoder.conceal(next, &mut pcm));
            } else {
                assert_eq!(decoder.decode(packet, &mut pcm), Ok(pcm.len()));
            }
            output.extend(pcm);
        }
        output
    }

    /// Best correlation over the delays that coders have.
    fn likeness(a: &[i16], b: &[i16], most: usize) -> f64 {
        let dot = |a: &[i16], b: &[i16]| {
            a.iter()
                .zip(b)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum::<f64>()
        };
        let like = |lag: usize| {
            let (a, b) = (&a[..a.len() - most], &b[lag..lag + a.len() - most]);
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        (0..most).map(like).fold(0.0, f64::max)
    }

    #[test]
    fn test_voice_survives_at_every_rate() {
        for rate_hz in [8000, 16000, 24000, 48000] {
            let pcm = voice(rate_hz, rate_hz as usize);
            let output = decode(rate_hz, &packets(rate_hz, &pcm), |_| false, false);
            let like = likeness(&pcm, &output, rate_hz as usize / 50);
            assert!(like > 0.85, "{rate_hz}: {like}");
        }
    }

    #[test]
    fn test_peer_may_use_another_rate() {
        let wide = decode(48000, &packets(8000, &voice(8000, 8000)), |_| false, false);
        let like = likeness(&voice(48000, 48000), &wide, 960);
        assert!(like > 0.8, "{like}");
    }

    #[test]
    fn test_lost_packets_are_concealed() {
        let pcm = voice(16000, 32000);
        let packets = packets(16000, &pcm);
        for correct in [false, true] {
            let output = decode(16000, &packets, |n| n % 10 == 5, correct);
            let like = likeness(&pcm, &output, 320);
            assert!(like > 0.75, "{correct}: {like}");
        }
    }

    #[test]
    fn test_what_is_no_frame_is_refused() {
        let mut encoder = Opus.encoder(16000).expect("its rate");
        assert_eq!(
            encoder.encode(&[0; 333], &mut [0; 1275]),
            Err(CodecError::FrameSize(333))
        );
        let mut decoder = Opus.decoder(16000).expect("its rate");
        assert_eq!(
            decoder.decode(&[], &mut [0; 960]),
            Err(CodecError::Malformed)
        );
        assert_eq!(Opus.decoder(44100).err(), Some(CodecError::Rate(44100)));
    }

    proptest! {
        #[test]
        fn test_any_payload_is_borne(payload in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut decoder = Opus.decoder(48000).expect("its rate");
            let mut pcm = [0; MAX_FRAME_SAMPLES];
            if let Ok(len) = decoder.decode(&payload, &mut pcm) {
                prop_assert_eq!(decoder.samples(&payload), Some(len));
            }
            decoder.conceal(Some(&payload), &mut pcm[..960]);
        }
    }
}
