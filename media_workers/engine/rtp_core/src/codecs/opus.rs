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
    fn test_what_the_peer_says_is_read() {
        let said = |max_playback_hz, max_bits_per_s, no_copies| Wishes {
            max_playback_hz,
            max_bits_per_s,
            no_copies,
        };
        let rows = [
            ("", said(None, None, true)),
            (
                "minptime=10;useinbandfec=1; stereo=1",
                said(None, None, false),
            ),
            (
                "MaxPlaybackRate = 16000;maxaveragebitrate=20000",
                said(Some(16000), Some(20000), true),
            ),
            (
                "useinbandfec=0;maxplaybackrate=x;maxaveragebitrate=99999999999;=;;cbr",
                said(None, None, true),
            ),
        ];
        for (fmtp, wishes) in rows {
            assert_eq!(Opus.wishes(fmtp), wishes, "{fmtp}");
        }
    }

    /// Bytes of a second at 48 kHz, bandwidths by the TOC (0 narrow to 4 full), and packets with a copy of the one before.
    fn sent(wishes: Option<Wishes>) -> (usize, Vec<u8>, usize) {
        let mut encoder = Opus.encoder(48000).expect("its rate");
        if let Some(wishes) = wishes {
            encoder.follow(wishes);
        }
        encoder.expect_loss(20);
        let (mut bytes, mut bandwidths, mut copies) = (0, Vec::new(), 0);
        for frame in voice(48000, 96000).chunks_exact(960).skip(50) {
            let mut payload = [0; 1275];
            bytes += encoder.encode(frame, &mut payload).expect("a frame");
            let mode = payload[0] >> 3;
            bandwidths.push(match mode {
                0..=11 => mode / 4,
                12..=15 => 3 + (mode - 12) / 2,
                _ => [0, 2, 3, 4][usize::from((mode - 16) / 4)],
            });
            // Of SILK's first bits, one says whether it speaks, the next whether there is a copy (RFC 6716, 4.2.3).
            copies += usize::from(mode < 16 && payload[1] & 0x40 != 0);
        }
        bandwidths.dedup();
        (bytes, bandwidths, copies)
    }

    #[test]
    fn test_it_is_sent_as_the_peer_wants_it_and_never_more() {
        let plain = sent(None);
        assert!(plain.1.iter().any(|bandwidth| *bandwidth > 0) && plain.2 > 10);
        let modest = sent(Some(Opus.wishes("maxaveragebitrate=12000;useinbandfec=1")));
        assert!((1400..=1500).contains(&modest.0), "{modest:?}");
        let least = sent(Some(Opus.wishes("maxaveragebitrate=1")));
        assert!((700..=750).contains(&least.0), "{least:?}");
        let narrow = sent(Some(Opus.wishes("maxplaybackrate=8000;useinbandfec=1")));
        assert_eq!(narrow.1, [0]);
        assert!(narrow.0 < 3000, "{narrow:?}");
        let wide = sent(Some(Opus.wishes("maxplaybackrate=16000")));
        assert!(
            wide.1.iter().all(|bandwidth| *bandwidth <= 2) && wide.2 == 0,
            "{wide:?}"
        );
        let greedy = sent(Some(
            Opus.wishes("maxaveragebitrate=510000;useinbandfec=1;maxplaybackrate=1"),
        ));
        assert!(greedy.0 < 3000 && greedy.1 == [0], "{greedy:?}");
    }

    #[test]
    fn test_durations_that_the_coder_has_no_frame_of_are_made_of_several() {
        for (rate_hz, ms) in [(8000, 30), (16000, 50), (48000, 30)] {
            let samples = rate_hz as usize / 1000 * ms;
            let mut encoder = Opus.encoder(rate_hz).expect("its rate");
            let mut decoder = Opus.decoder(rate_hz).expect("its rate");
            let (said, mut heard) = (voice(rate_hz, samples * 20), Vec::new());
            for frame in said.chunks_exact(samples) {
                let (mut payload, mut pcm) = ([0; 1275], [0; MAX_FRAME_SAMPLES]);
                let length = encoder.encode(frame, &mut payload).expect("pieces");
                let made = decoder.decode(&payload[..length], &mut pcm).expect("valid");
                heard.extend(&pcm[..made]);
            }
            assert_eq!(heard.len(), said.len());
            let like = likeness(&said, &heard, rate_hz as usize / 50);
            assert!(like > 0.8, "{rate_hz} {ms}: {like}");
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
