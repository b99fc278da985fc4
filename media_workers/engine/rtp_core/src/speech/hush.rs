//! Silence that is not sent: while nobody speaks in what we say, the peer gets a few bytes of comfort noise instead (RFC 3389
//! section 4), when it has negotiated them.
//!
//! Leaving out too little costs a packet, leaving out too much costs a word: a frame with any voice in it is sent whole, and
//! whatever is louder than a quiet room is sent whether it is voice or not, for a dial tone and music are no voice either.

use crate::speech::cn::{Noise, NoiseMeter};
use crate::speech::vad::{Vad, VadConfig};

/// Louder than this is always sent.
const LOUDEST_DBOV: f32 = -45.0;
/// At once when in doubt, and not before the end of a sentence.
const JUDGEMENT: VadConfig = VadConfig {
    margin_db: 6.0,
    softest_dbov: -60.0,
    onset_ms: 10,
    hang_ms: 300,
};
/// The noise is told anew when it has changed by so much, but not more often than this.
const CHANGE_DB: u8 = 3;
const CHANGE_AFTER_MS: u32 = 200;
/// And in any case so often: a lost packet must not leave the peer with the noise of another room.
const REPEAT_MS: u32 = 2000;

/// What to do with 20 ms of sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Send it; true after a silence.
    Speech(bool),
    /// Send this description.
    Describe(Noise),
    /// Send nothing.
    Nothing,
}

/// Judges what one channel says.
#[derive(Debug)]
pub struct Hush {
    rate_hz: u32,
    vad: Vad,
    meter: NoiseMeter,
    /// What the peer was told in this silence.
    told: Option<Noise>,
    told_ms_ago: u32,
}

impl Hush {
    /// For sound at a rate.
    #[must_use]
    pub fn new(rate_hz: u32) -> Self {
        Hush {
            rate_hz,
            vad: Vad::new(rate_hz, JUDGEMENT),
            meter: NoiseMeter::default(),
            told: None,
            told_ms_ago: 0,
        }
    }

    /// Samples a second of what it judges.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Takes a frame.
    pub fn judge(&mut self, pcm: &[i16]) -> Verdict {
        let activity = self.vad.process(pcm);
        if activity.voice || activity.level_dbov > LOUDEST_DBOV {
            return Verdict::Speech(self.told.take().is_some());
        }
        self.meter.observe(pcm);
        self.told_ms_ago += pcm.len() as u32 * 1000 / self.rate_hz.max(1);
        let noise = self.meter.noise();
        let due = self.told.is_none_or(|told| {
            let changed = told.level_dbov.abs_diff(noise.level_dbov) >= CHANGE_DB;
            self.told_ms_ago >= if changed { CHANGE_AFTER_MS } else { REPEAT_MS }
        });
        if !due {
            return Verdict::Nothing;
        }
        self.told = Some(noise);
        self.told_ms_ago = 0;
        Verdict::Describe(noise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: &mut u32, peak: i32) -> Vec<i16> {
        let mut next = || {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((*seed >> 16) as i32 % (2 * peak + 1) - peak) as i16
        };
        (0..160).map(|_| next()).collect()
    }

    fn tone(n: usize, peak: f64) -> Vec<i16> {
        let at = |i: usize| (i as f64 * 0.35).sin() * peak;
        (n * 160..n * 160 + 160).map(|i| at(i) as i16).collect()
    }

    #[test]
    fn a_silence_is_described_once_and_then_now_and_then() {
        let (mut hush, mut seed) = (Hush::new(8000), 1);
        let verdicts: Vec<Verdict> = (0..250)
            .map(|_| hush.judge(&noise(&mut seed, 40)))
            .collect();
        let described = verdicts
            .iter()
            .filter(|v| matches!(v, Verdict::Describe(_)))
            .count();
        assert!(
            matches!(verdicts[0], Verdict::Describe(_)),
            "{:?}",
            verdicts[0]
        );
        assert!((2..=5).contains(&described), "{described}");
        assert!(!verdicts.iter().any(|v| matches!(v, Verdict::Speech(_))));
    }

    #[test]
    fn speech_begins_with_its_first_frame_and_has_a_tail() {
        let (mut hush, mut seed) = (Hush::new(8000), 1);
        for _ in 0..100 {
            hush.judge(&noise(&mut seed, 20));
        }
        assert_eq!(hush.judge(&tone(0, 3000.0)), Verdict::Speech(true));
        assert_eq!(hush.judge(&tone(1, 3000.0)), Verdict::Speech(false));
        let tail =
            (0..50).take_while(|_| matches!(hush.judge(&noise(&mut seed, 20)), Verdict::Speech(_)));
        assert!((14..=17).contains(&tail.count()));
    }

    #[test]
    fn a_steady_tone_is_never_taken_for_noise() {
        let mut hush = Hush::new(8000);
        for n in 0..1500 {
            assert!(
                matches!(hush.judge(&tone(n, 1500.0)), Verdict::Speech(_)),
                "{n}"
            );
        }
    }
}
