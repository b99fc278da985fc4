//! Barge-in: whether somebody speaks into what is played, by voice activity, or by loudness alone when that is asked for.

use crate::speech::power::Power;
use crate::speech::vad::{Vad, VadConfig};

/// Voice that ends a prompt lasts at least so long: a click or a breath does not.
const SPEECH_MS: u32 = 100;
/// Loudness is averaged over so many frames of 20 ms unless told otherwise.
const FRAMES: u32 = 5;
/// The longest average: 5 s.
const MAX_FRAMES: u32 = 250;

/// What counts as somebody speaking; 0 is the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceConfig {
    /// It lasts at least so long.
    pub min_speech_ms: u32,
    /// It stands out from the noise by so much: more is less sensitive.
    pub margin_db: u32,
    /// Nothing softer is voice, in decibels below the overload point: -55 unless told otherwise.
    pub softest_dbov: i32,
    /// RMS that is enough, whatever it is that sounds; 0: voice activity decides.
    pub power: u32,
    /// Frames of 20 ms that power is averaged over.
    pub frames: u32,
}

impl VoiceConfig {
    /// For the detector; *onset* is what 0 means for the shortest speech.
    #[must_use]
    pub fn vad(&self, onset_ms: u32) -> VadConfig {
        let usual = VadConfig::default();
        VadConfig {
            margin_db: if self.margin_db == 0 {
                usual.margin_db
            } else {
                self.margin_db.min(60) as f32
            },
            softest_dbov: if self.softest_dbov == 0 {
                usual.softest_dbov
            } else {
                self.softest_dbov.clamp(-90, 0) as f32
            },
            onset_ms: if self.min_speech_ms == 0 {
                onset_ms
            } else {
                self.min_speech_ms
            },
            ..usual
        }
    }
}

/// Listens for one player.
#[derive(Debug)]
pub struct BargeIn {
    ear: Ear,
}

#[derive(Debug)]
enum Ear {
    Voice(Box<Vad>),
    Loud(Power, f64),
}

impl BargeIn {
    /// Begins in silence.
    #[must_use]
    pub fn new(rate_hz: u32, config: VoiceConfig) -> Self {
        let ear = if config.power > 0 {
            let frames = if config.frames == 0 {
                FRAMES
            } else {
                config.frames.min(MAX_FRAMES)
            };
            Ear::Loud(Power::new(frames as usize), f64::from(config.power))
        } else {
            Ear::Voice(Box::new(Vad::new(rate_hz, config.vad(SPEECH_MS))))
        };
        BargeIn { ear }
    }

    /// Takes 20 ms; true while somebody speaks.
    pub fn hears(&mut self, pcm: &[i16]) -> bool {
        match &mut self.ear {
            Ear::Voice(vad) => vad.process(pcm).voice,
            Ear::Loud(power, enough) => {
                power.add(pcm);
                power.average() > *enough
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// 20 ms of a vowel of this loudness.
    fn vowel(n: usize, peak: f64) -> Vec<i16> {
        let sample = |m: usize| {
            let t = TAU * 140.0 * (n * 160 + m) as f64 / 8000.0;
            let sum: f64 = (1..7)
                .map(|k| (t * f64::from(k)).sin() / f64::from(k))
                .sum();
            (sum * peak) as i16
        };
        (0..160).map(sample).collect()
    }

    /// Frames of speech until it is heard, if ever.
    fn frames_until(config: VoiceConfig, peak: f64) -> Option<usize> {
        let mut ear = BargeIn::new(8000, config);
        assert!((0..100).all(|_| !ear.hears(&[0; 160])));
        (0..100).find(|n| ear.hears(&vowel(*n, peak)))
    }

    // covers: EN-073
    #[test]
    fn speech_is_heard_after_its_shortest_duration() {
        assert_eq!(frames_until(VoiceConfig::default(), 2000.0), Some(4));
        let patient = VoiceConfig {
            min_speech_ms: 400,
            ..VoiceConfig::default()
        };
        assert_eq!(frames_until(patient, 2000.0), Some(19));
    }

    #[test]
    fn how_soft_it_may_be_can_be_set() {
        let deaf = VoiceConfig {
            softest_dbov: -30,
            ..VoiceConfig::default()
        };
        assert!(frames_until(VoiceConfig::default(), 300.0).is_some());
        assert_eq!(frames_until(deaf, 300.0), None);
        let unmoved = VoiceConfig {
            margin_db: 60,
            ..VoiceConfig::default()
        };
        assert_eq!(frames_until(unmoved, 300.0), None);
    }

    #[test]
    fn loudness_alone_is_enough_when_asked_for() {
        let loud = VoiceConfig {
            power: 100,
            frames: 5,
            ..VoiceConfig::default()
        };
        let mut ear = BargeIn::new(8000, loud);
        assert!((0..75).all(|_| !ear.hears(&[0; 160])));
        let tone = |n: usize| if n.is_multiple_of(2) { 400 } else { -400 };
        let frame: Vec<i16> = (0..160).map(tone).collect();
        assert_eq!((0..10).find(|_| ear.hears(&frame)), Some(1));
    }
}
