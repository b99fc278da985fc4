//! Something that codecs take for speech, and its packets: what a codec costs depends on what it is given.
//!
//! A source and three formants: syllables of a hiss and a vowel with a falling pitch, a pause in every seventh place.
//! The hiss reaches up to half the sample rate, as a voice near a good microphone does, so a fullband coder has its
//! whole band to code. Narrowband, our Opus takes as long for it as for recorded speech and spends as many bits (15.7
//! kbit/s; recordings 16 to 20).

use std::error::Error;
use std::f64::consts::TAU;
use std::rc::Rc;

use rtp_core::codecs;

/// What is said before it begins anew.
const FRAMES: usize = 200;
const FRAMES_PER_S: u32 = 50;
const SYLLABLES_PER_S: f64 = 5.0;
const HISS: f64 = 0.3;
const PEAK: f64 = 12_000.0;
/// Formants of vowels, in Hz.
const VOWELS: [[f64; 3]; 5] = [
    [730.0, 1090.0, 2440.0],
    [270.0, 2290.0, 3010.0],
    [530.0, 1840.0, 2480.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
];
const BANDWIDTHS: [f64; 3] = [80.0, 100.0, 140.0];

/// How a flow says it.
#[derive(Clone)]
pub struct Coding {
    pub payload_type: u8,
    /// The timestamp's step from packet to packet.
    pub ticks: u32,
    name: &'static str,
    payloads: Rc<[Vec<u8>]>,
}

impl Coding {
    /// `PCMU`, `PCMA`, `G722`, or `opus@HZ`: what a softphone sends of speech is `opus@16000`.
    pub fn named(text: &str) -> Result<Coding, Box<dyn Error>> {
        let (name, rate_hz) = text.split_once('@').unwrap_or((text, ""));
        let clock_hz = if name == "opus" { 48_000 } else { 8000 };
        let codec = codecs::find(name, clock_hz).ok_or_else(|| format!("{text}: no such codec"))?;
        let spec = codec.spec();
        let rate_hz = match rate_hz {
            "" => spec.natural_rate_hz(),
            given => given.parse()?,
        };
        let samples = (rate_hz / FRAMES_PER_S) as usize;
        let mut encoder = codec.encoder(rate_hz)?;
        let mut room = vec![0; spec.max_payload_bytes];
        let mut payloads = Vec::new();
        for frame in speech(rate_hz, samples * FRAMES).chunks_exact(samples) {
            let size = encoder.encode(frame, &mut room)?;
            payloads.push(room[..size].to_vec());
        }
        Ok(Coding {
            payload_type: spec.static_payload_type.unwrap_or(111),
            ticks: spec.rtp_ticks(samples, rate_hz),
            name: spec.name,
            payloads: payloads.into(),
        })
    }

    /// Whether a packet's number survives it.
    pub fn is_g711(&self) -> bool {
        matches!(self.name, "PCMU" | "PCMA")
    }

    /// Any packet's; round and round.
    pub fn payload(&self, number: usize) -> &[u8] {
        &self.payloads[number % self.payloads.len()]
    }
}

/// A resonance.
struct Formant {
    gain: f64,
    turn: f64,
    decay: f64,
    last: [f64; 2],
}

impl Formant {
    fn new(hz: f64, bandwidth_hz: f64, rate_hz: f64) -> Formant {
        let decay = (-TAU / 2.0 * bandwidth_hz / rate_hz).exp();
        Formant {
            gain: 1.0 - decay,
            turn: 2.0 * decay * (TAU * hz / rate_hz).cos(),
            decay: decay * decay,
            last: [0.0; 2],
        }
    }

    fn pass(&mut self, sample: f64) -> f64 {
        let [one, two] = self.last;
        let out = self.gain * sample + self.turn * one - self.decay * two;
        self.last = [out, one];
        out
    }
}

/// So many samples, always the same.
fn speech(rate_hz: u32, samples: usize) -> Vec<i16> {
    let rate_hz = f64::from(rate_hz);
    let mut seed = 12_345_u32;
    let mut noise = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed >> 8) / f64::from(1 << 23) - 1.0
    };
    let (mut phase, mut syllable, mut formants) = (0.0, usize::MAX, Vec::new());
    let mut sound = Vec::with_capacity(samples);
    for n in 0..samples {
        let time = n as f64 / rate_hz * SYLLABLES_PER_S;
        let (begun, at) = (time as usize, time.fract());
        if begun != syllable {
            syllable = begun;
            let vowel = VOWELS[syllable % VOWELS.len()].iter().zip(BANDWIDTHS);
            formants = vowel
                .map(|(hz, bandwidth)| Formant::new(*hz, bandwidth, rate_hz))
                .collect();
        }
        let pitch_hz = 150.0 - 40.0 * at + 15.0 * (syllable % 4) as f64;
        phase += pitch_hz / rate_hz;
        let pulse = if phase >= 1.0 { rate_hz / 400.0 } else { 0.0 };
        phase = phase.fract();
        let pause = syllable % 7 == 6;
        let loud = if pause { 0.0 } else { (TAU / 2.0 * at).sin() };
        let voiced = at > HISS;
        let source = if voiced { pulse } else { 0.0 } + 0.02 * noise();
        let vowel: f64 = formants
            .iter_mut()
            .map(|formant| formant.pass(source))
            .sum();
        let hiss = if voiced { 0.01 } else { 0.15 } * noise();
        sound.push(loud * (vowel + hiss) + 0.0005 * noise());
    }
    let peak = sound
        .iter()
        .fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
    sound
        .iter()
        .map(|sample| (sample / peak * PEAK) as i16)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> usize {
        let coding = Coding::named(text).expect("a codec");
        (0..FRAMES).map(|n| coding.payload(n).len()).sum()
    }

    #[test]
    fn every_codec_says_it_in_its_own_steps() {
        let ticks =
            |text: &str| Coding::named(text).map(|coding| (coding.payload_type, coding.ticks));
        assert_eq!(ticks("PCMU").ok(), Some((0, 160)));
        assert_eq!(ticks("G722").ok(), Some((9, 160)));
        assert_eq!(ticks("opus@16000").ok(), Some((111, 960)));
        assert!(ticks("G729").is_err() && ticks("opus@11025").is_err());
        assert_eq!(bytes("PCMA"), 160 * FRAMES);
    }

    #[test]
    fn a_coder_of_speech_finds_work_in_it_at_every_rate() {
        let a_second = |text| bytes(text) as u32 * 8 * FRAMES_PER_S / FRAMES as u32;
        let (wide, full) = (a_second("opus@16000"), a_second("opus@48000"));
        assert!((14_000..28_000).contains(&wide), "{wide} bit/s");
        assert!((30_000..60_000).contains(&full), "{full} bit/s");
    }

    #[test]
    fn it_is_as_loud_as_speech_and_has_pauses() {
        let power: Vec<f64> = speech(8000, 160 * FRAMES)
            .chunks_exact(160)
            .map(|frame| frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 160.0)
            .collect();
        let dbov = 10.0 * (power.iter().sum::<f64>() / FRAMES as f64 / 32_768_f64.powi(2)).log10();
        assert!((-32.0..-18.0).contains(&dbov), "{dbov} dBov");
        let quiet = power.iter().filter(|power| **power < 1000.0).count();
        assert!((10..80).contains(&quiet), "{quiet} of {FRAMES} frames");
    }
}
