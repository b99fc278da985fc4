//! Digits in the audio itself (ITU-T Q.23, Q.24), for legs without telephone events.
//!
//! Eight resonators over blocks of 12.75 ms. A block is a digit when one frequency of each group stands out, the two are of
//! like strength, and together they are most of what there is. Two equal blocks in a row begin a press, so that 40 ms are
//! always enough and 12 ms never; two others end it.

use crate::tones::table::digit_at;

/// Rate of the audio; other rates are converted first.
pub const RATE_HZ: u32 = 8000;

const BLOCK: usize = 102;
/// Rows, then columns.
const FREQUENCIES_HZ: [f32; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
/// Mean power of the softest digit: −38 dB below overload, some −35 dBm.
const SOFTEST_POWER: f32 = 170_000.0;
/// Columns may be so much softer than rows (8 dB), and so much louder (4 dB).
const SOFTER: f32 = 6.3;
const LOUDER: f32 = 2.5;
/// The next best of a group is at least 8 dB down.
const STANDS_OUT: f32 = 6.3;
/// Share of the block's energy that the two hold; 1 is all, detuning by 1.5 % leaves 0.8.
const PURITY: f32 = 0.7;

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitHeard {
    /// A press began.
    Began(char),
    /// It ended.
    Ended {
        /// The same key.
        digit: char,
        /// From first to last block of it.
        duration_ms: u32,
    },
}

/// Listens to one stream.
#[derive(Debug, Clone)]
pub struct DtmfDetector {
    block: [f32; BLOCK],
    filled: usize,
    coefficients: [f32; 8],
    /// Digit of the last block, and of the press that lasts.
    last: Option<char>,
    pressed: Option<char>,
    misses: u32,
    blocks: u32,
}

impl Default for DtmfDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl DtmfDetector {
    /// Hears nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let coefficient = |hz: f32| 2.0 * (std::f32::consts::TAU * hz / RATE_HZ as f32).cos();
        Self {
            block: [0.0; BLOCK],
            filled: 0,
            coefficients: FREQUENCIES_HZ.map(coefficient),
            last: None,
            pressed: None,
            misses: 0,
            blocks: 0,
        }
    }

    /// The key that is held down now.
    #[must_use]
    pub fn pressed(&self) -> Option<char> {
        self.pressed
    }

    /// Takes audio of any length and tells what begins and ends in it.
    #[inline]
    pub fn process(&mut self, pcm: &[i16], mut tell: impl FnMut(DigitHeard)) {
        for &sample in pcm {
            self.block[self.filled] = f32::from(sample);
            self.filled += 1;
            if self.filled == BLOCK {
                self.filled = 0;
                let digit = self.digit_of_block();
                self.follow(digit, &mut tell);
            }
        }
    }

    fn digit_of_block(&self) -> Option<char> {
        let energy: f32 = self.block.iter().map(|sample| sample * sample).sum();
        if energy < SOFTEST_POWER * BLOCK as f32 {
            return None;
        }
        let powers = self.powers();
        let (row, row_power) = strongest(&powers[..4])?;
        let (column, column_power) = strongest(&powers[4..])?;
        let alike = column_power * SOFTER >= row_power && column_power <= row_power * LOUDER;
        let pure = row_power + column_power >= PURITY * energy * BLOCK as f32 / 2.0;
        (alike && pure).then(|| digit_at(row, column))
    }

    /// Squared magnitude at each frequency (Goertzel): all eight at once, each in its lane.
    fn powers(&self) -> [f32; 8] {
        let (mut before, mut last) = ([0.0f32; 8], [0.0f32; 8]);
        for &sample in &self.block {
            for lane in 0..8 {
                let value = sample + self.coefficients[lane] * last[lane] - before[lane];
                before[lane] = last[lane];
                last[lane] = value;
            }
        }
        std::array::from_fn(|lane| {
            let (before, last) = (before[lane], last[lane]);
            last * last + before * before - self.coefficients[lane] * last * before
        })
    }

    fn follow(&mut self, digit: Option<char>, tell: &mut impl FnMut(DigitHeard)) {
        match (self.pressed, digit) {
            (Some(pressed), Some(digit)) if pressed == digit => {
                self.blocks += self.misses + 1;
                self.misses = 0;
            }
            (Some(pressed), _) => {
                self.misses += 1;
                if self.misses == 2 {
                    let duration_ms = self.blocks * BLOCK as u32 * 1000 / RATE_HZ;
                    tell(DigitHeard::Ended {
                        digit: pressed,
                        duration_ms,
                    });
                    self.pressed = None;
                }
            }
            (None, _) => {}
        }
        if let (None, Some(digit)) = (self.pressed, digit) {
            if self.last == Some(digit) {
                (self.pressed, self.misses, self.blocks) = (Some(digit), 0, 2);
                tell(DigitHeard::Began(digit));
            }
        }
        self.last = digit;
    }
}

/// Index and power of the strongest, if it stands out from its group.
fn strongest(group: &[f32]) -> Option<(usize, f32)> {
    let (index, &power) = group.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let alone = group
        .iter()
        .enumerate()
        .all(|(other, &value)| other == index || value * STANDS_OUT <= power);
    alone.then_some((index, power))
}

#[cfg(test)]
mod tests;
