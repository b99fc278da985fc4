//! The adaptive predictors of G.722 (ITU-T G.722 section 3.6, block 4): two poles and six zeros for each band.
//!
//! The standard is written in 16-bit arithmetic that saturates, which is what vector lanes do in one instruction. So both
//! bands are worked together: the lower in lane 0, the upper in lane 1, and each band's six zeros in a vector of their own.

use crate::signal::lanes::I16x8;

/// A quantised difference between sample and prediction, and what is known of it earlier than itself: the adaptation of the
/// zeros can begin with that.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// Its value.
    pub value: i32,
    /// -1 if it is negative, else 0; of no meaning if it is 0.
    pub sign: i32,
    /// Whether it is other than 0.
    pub moves: bool,
}

impl From<i32> for Difference {
    #[inline(always)]
    fn from(value: i32) -> Self {
        Self {
            value,
            sign: value >> 31,
            moves: value != 0,
        }
    }
}

/// The six differences that a zero section sees, and its coefficients b1 … b6: lanes 0 … 5, the others stay 0 in `zeros`.
#[derive(Debug, Clone, Copy)]
struct ZeroSection {
    zeros: I16x8,
    /// Doubled, as every product needs them; newest first. No step size and level reach 16384, so nothing is limited.
    differences: I16x8,
}

const ZERO_GAIN: [i16; 8] = [128, 128, 128, 128, 128, 128, 0, 0];

impl ZeroSection {
    /// UPZERO, FILTEZ: each coefficient leaks 1/256 and moves by 128 to the side of its correlation; a difference of 0 only
    /// leaks. Returns the products, yet to be summed.
    #[inline(always)]
    fn update(&mut self, difference: Difference) -> I16x8 {
        let leaked = self
            .zeros
            .wrapping_add(self.zeros.mul_high(I16x8::splat(-256)));
        let gain = I16x8::new(ZERO_GAIN).and(I16x8::splat(-i16::from(difference.moves)));
        let opposed = self
            .differences
            .xor(I16x8::splat(difference.sign as i16))
            .sign();
        self.zeros = leaked.saturating_add(gain.xor(opposed).wrapping_sub(opposed));
        self.differences = self.differences.push_front((2 * difference.value) as i16);
        self.zeros.mul_q15(self.differences)
    }
}

/// Both bands' predictors after one sample.
#[derive(Debug, Clone, Copy)]
pub struct Predictors {
    low: ZeroSection,
    high: ZeroSection,
    /// Pole coefficients a1 and a2.
    first_pole: I16x8,
    second_pole: I16x8,
    /// The last reconstructed sample, doubled and limited.
    sample: I16x8,
    /// The last two partial reconstructions, for their signs.
    partial: I16x8,
    older_partial: I16x8,
    /// What the zeros predict, and what all predict.
    zero_part: I16x8,
    whole: I16x8,
}

impl Default for Predictors {
    fn default() -> Self {
        let zero = I16x8::splat(0);
        let section = ZeroSection {
            zeros: zero,
            differences: zero,
        };
        Self {
            low: section,
            high: section,
            first_pole: zero,
            second_pole: zero,
            sample: zero,
            partial: zero,
            older_partial: zero,
            zero_part: zero,
            whole: zero,
        }
    }
}

/// The value with the sign turned where the mask is -1, limited.
#[inline(always)]
fn turned(value: I16x8, mask: I16x8) -> I16x8 {
    value.xor(mask).saturating_sub(mask)
}

impl Predictors {
    /// What the next sample of the lower and of the upper band should be.
    #[inline(always)]
    pub fn prediction(&self) -> (i32, i32) {
        let (low, high) = self.whole.to_pair();
        (i32::from(low), i32::from(high))
    }

    /// Takes in the quantised differences between samples and predictions.
    #[inline(always)]
    pub fn update(&mut self, low: Difference, high: Difference) {
        let difference = I16x8::pair(low.value as i16, high.value as i16);
        let partial = self.zero_part.saturating_add(difference);
        self.adapt_poles(partial);
        (self.partial, self.older_partial) = (partial, self.partial);
        self.zero_part = I16x8::sums(self.low.update(low), self.high.update(high));
        let sample = self.whole.saturating_add(difference);
        let sample = sample.saturating_add(sample);
        let first_part = self.first_pole.mul_q15(sample);
        let pole_part = first_part.saturating_add(self.second_pole.mul_q15(self.sample));
        self.sample = sample;
        self.whole = pole_part.saturating_add(self.zero_part);
    }

    /// UPPOL2, UPPOL1.
    #[inline(always)]
    fn adapt_poles(&mut self, partial: I16x8) {
        let differs = partial.xor(self.partial).sign();
        let agrees = differs.xor(I16x8::splat(-1));
        let differs_from_older = partial.xor(self.older_partial).sign();
        let quadrupled = self.first_pole.saturating_add(self.first_pole);
        let quadrupled = quadrupled.saturating_add(quadrupled);
        let pull = turned(quadrupled, agrees).shift_right::<7>();
        let push = turned(I16x8::splat(128), differs_from_older);
        // a2 · 127/128 rounded down.
        let leaked = self
            .second_pole
            .wrapping_add(self.second_pole.mul_high(I16x8::splat(-512)));
        let second = leaked.wrapping_add(pull).wrapping_add(push);
        let second = second.min(I16x8::splat(12288)).max(I16x8::splat(-12288));
        let bound = I16x8::splat(15360).wrapping_sub(second);
        let push = turned(I16x8::splat(192), differs);
        let leaked = self
            .first_pole
            .wrapping_add(self.first_pole.mul_high(I16x8::splat(-256)));
        let first = leaked.wrapping_add(push);
        self.first_pole = first.min(bound).max(I16x8::splat(0).wrapping_sub(bound));
        self.second_pole = second;
    }
}
