//! Voice activity: energy in two bands against a noise floor that follows, with onset and hang-over.
//!
//! Blocks of 10 ms. A block is voice when its lower half-band stands out from the floor, or its upper one does while the lower
//! stirs (a fricative within speech); hiss and clicks alone do not begin it. The floor falls fast, rises slowly, and very
//! slowly while there is voice, so that a lasting noise is learnt but a long sentence is not.

/// How sure to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadConfig {
    /// A block stands out from the floor by so much.
    pub margin_db: f32,
    /// Nothing softer than this is voice (decibels below the overload point).
    pub softest_dbov: f32,
    /// Voice begins after so much of it.
    pub onset_ms: u32,
    /// And ends after so much without.
    pub hang_ms: u32,
}

impl Default for VadConfig {
    fn default() -> Self {
        Self {
            margin_db: 9.0,
            softest_dbov: -55.0,
            onset_ms: 30,
            hang_ms: 200,
        }
    }
}

/// What a frame was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activity {
    /// Somebody speaks.
    pub voice: bool,
    /// That was otherwise before this frame.
    pub changed: bool,
    /// Level of the frame's loudest block, in decibels below the overload point (0 is a full-scale square wave).
    pub level_dbov: f32,
}

/// Watches one stream.
#[derive(Debug, Clone)]
pub struct Vad {
    config: VadConfig,
    block: usize,
    low: Band,
    high: Band,
    voice: bool,
    /// Blocks of voice in a row while silent, of silence in a row while speaking.
    run_ms: u32,
    last: f32,
}

#[derive(Debug, Clone, Copy)]
struct Band {
    floor_db: f32,
    /// Softest block of this window and of the one before.
    softest_db: f32,
    softest_before_db: f32,
    blocks: u32,
}

const BLOCK_MS: u32 = 10;
/// A floor begins at the first block, but not above this: that would be somebody speaking.
const FIRST_FLOOR_DB: f32 = -45.0;
/// Speech has a gap in every window of this many blocks: what does not, in two of them, is noise.
const WINDOW: u32 = 100;
const LOWEST_DB: f32 = -90.0;
/// Shares of the distance that a floor goes in a block.
const FALL: f32 = 0.25;
const RISE: f32 = 0.03;
/// Decibels a block while there is voice.
const CREEP_DB: f32 = 0.01;

impl Band {
    fn new() -> Self {
        Self {
            floor_db: 0.0,
            softest_db: 0.0,
            softest_before_db: LOWEST_DB,
            blocks: 0,
        }
    }

    fn above(self, level_db: f32) -> f32 {
        level_db - self.floor_db
    }

    fn begin(&mut self, level_db: f32) {
        if self.blocks == 0 {
            self.floor_db = level_db.min(FIRST_FLOOR_DB);
        }
    }

    fn follow(&mut self, level_db: f32, voice: bool) {
        self.softest_db = self.softest_db.min(level_db);
        self.blocks += 1;
        if self.blocks.is_multiple_of(WINDOW) {
            self.floor_db = self
                .floor_db
                .max(self.softest_db.min(self.softest_before_db));
            (self.softest_before_db, self.softest_db) = (self.softest_db, 0.0);
        }
        let above = self.above(level_db);
        self.floor_db += match (above < 0.0, voice) {
            (true, _) => above * FALL,
            (false, false) => above * RISE,
            (false, true) => CREEP_DB,
        };
    }
}

impl Vad {
    /// Begins in silence.
    #[must_use]
    pub fn new(rate_hz: u32, config: VadConfig) -> Self {
        let block = (rate_hz / 1000 * BLOCK_MS).max(1) as usize;
        Self {
            config,
            block,
            low: Band::new(),
            high: Band::new(),
            voice: false,
            run_ms: 0,
            last: 0.0,
        }
    }

    /// True while somebody speaks.
    #[must_use]
    pub fn is_voice(&self) -> bool {
        self.voice
    }

    /// Takes a frame of whole 10 ms blocks; what is left over is not heard.
    #[inline]
    pub fn process(&mut self, pcm: &[i16]) -> Activity {
        let before = self.voice;
        let mut loudest = 0.0f32;
        for block in pcm.chunks_exact(self.block) {
            loudest = loudest.max(self.process_block(block));
        }
        Activity {
            voice: self.voice,
            changed: self.voice != before,
            level_dbov: decibels(loudest),
        }
    }

    /// Returns the power of the block.
    fn process_block(&mut self, block: &[i16]) -> f32 {
        // Sums and differences of neighbours: the lower and the upper half of the spectrum, roughly; the first has no DC.
        let (mut sums, mut differences, mut mean) = (0.0f32, 0.0f32, 0.0f32);
        let mut last = self.last;
        for &sample in block {
            let sample = f32::from(sample);
            sums += (sample + last) * (sample + last);
            differences += (sample - last) * (sample - last);
            mean += sample;
            last = sample;
        }
        self.last = last;
        let count = block.len() as f32;
        mean /= count;
        let low = (sums / (4.0 * count) - mean * mean).max(0.0);
        let high = differences / (4.0 * count);
        self.judge(decibels(low), decibels(high));
        low + high
    }

    fn judge(&mut self, low_db: f32, high_db: f32) {
        self.low.begin(low_db);
        self.high.begin(high_db);
        let (low, high) = (self.low.above(low_db), self.high.above(high_db));
        let stands_out = low > self.config.margin_db && low_db > self.config.softest_dbov;
        let hisses = high > self.config.margin_db && high_db > self.config.softest_dbov;
        let voice = stands_out || (hisses && (self.voice || low > self.config.margin_db / 3.0));
        self.low.follow(low_db, voice);
        self.high.follow(high_db, voice);
        self.run_ms = if voice == self.voice {
            0
        } else {
            self.run_ms + BLOCK_MS
        };
        let enough_ms = if self.voice {
            self.config.hang_ms
        } else {
            self.config.onset_ms
        };
        if self.run_ms >= enough_ms.max(BLOCK_MS) {
            self.voice = voice;
            self.run_ms = 0;
        }
    }
}

fn decibels(power: f32) -> f32 {
    (10.0 * (power / (32768.0 * 32768.0)).max(1e-12).log10()).max(LOWEST_DB)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    struct Noise(u32);

    impl Noise {
        /// White, with this level.
        fn frame(&mut self, dbov: f64) -> Vec<i16> {
            let peak = 32768.0 * 10f64.powf(dbov / 20.0) * 3f64.sqrt();
            let mut next = || {
                self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (f64::from(self.0) / 2_147_483_648.0 - 1.0) * peak
            };
            (0..160).map(|_| next() as i16).collect()
        }
    }

    /// A frame of vowel in noise.
    fn spoken(noise: &mut Noise, n: usize) -> Vec<i16> {
        let voice = |m: usize| {
            let t = TAU * 140.0 * (n * 160 + m) as f64 / 8000.0;
            (1..7)
                .map(|k| (t * f64::from(k)).sin() / f64::from(k))
                .sum::<f64>()
                * 2500.0
        };
        noise
            .frame(-50.0)
            .iter()
            .enumerate()
            .map(|(m, &s)| s.saturating_add(voice(m) as i16))
            .collect()
    }

    #[test]
    fn test_speech_in_noise_begins_and_ends_in_time() {
        let mut vad = Vad::new(8000, VadConfig::default());
        let mut noise = Noise(1);
        let mut changes = Vec::new();
        for n in 0..250 {
            let frame = if (100..150).contains(&n) {
                spoken(&mut noise, n)
            } else {
                noise.frame(-50.0)
            };
            if vad.process(&frame).changed {
                changes.push(n);
            }
        }
        let settled: Vec<_> = changes.into_iter().filter(|&n| n >= 50).collect();
        assert_eq!(settled.len(), 2, "{settled:?}");
        assert!(
            (100..=103).contains(&settled[0]) && (158..=162).contains(&settled[1]),
            "{settled:?}"
        );
    }

    #[test]
    fn test_silence_and_dc_are_no_voice() {
        let mut vad = Vad::new(8000, VadConfig::default());
        for _ in 0..50 {
            assert!(!vad.process(&[0; 160]).voice);
        }
        for _ in 0..50 {
            assert!(!vad.process(&[9000; 160]).voice);
        }
    }

    #[test]
    fn test_wavering_noise_and_clicks_are_no_voice() {
        let mut vad = Vad::new(8000, VadConfig::default());
        let mut noise = Noise(5);
        for n in 0..500 {
            let mut frame = noise.frame(-45.0 + f64::from(n % 7) - 3.0);
            if n % 50 == 49 {
                frame[30] = 30_000;
            }
            assert!(!vad.process(&frame).voice, "{n}");
        }
    }

    #[test]
    fn test_lasting_noise_is_learnt() {
        let mut vad = Vad::new(8000, VadConfig::default());
        let mut noise = Noise(9);
        for n in 0..2500 {
            let level = if n < 100 { -60.0 } else { -35.0 };
            vad.process(&noise.frame(level));
        }
        assert!(!vad.is_voice());
    }

    #[test]
    fn test_level_is_in_decibels_below_overload() {
        let mut vad = Vad::new(8000, VadConfig::default());
        let level = vad.process(&Noise(3).frame(-30.0)).level_dbov;
        assert!((level + 30.0).abs() < 1.5, "{level}");
    }
}
