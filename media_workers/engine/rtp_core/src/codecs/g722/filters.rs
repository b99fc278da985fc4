//! The quadrature mirror filters of G.722 (ITU-T G.722 sections 3.1 and 4.4): 16 kHz into two bands of 8 kHz, and back.
//!
//! Four outputs are made at a time, one in each lane: lanes never have to be added up.

use crate::signal::lanes::{I16x8, I32x4};

/// Samples of one band that are filtered at once: 20 ms.
pub const BLOCK: usize = 160;

const COEFFICIENTS: [i16; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
const TAPS: usize = 12;
/// Samples of the past that a filter sees.
const PAST: usize = 2 * (TAPS - 1);
/// Room for the lanes of the last step, which may reach past the block.
const PADDED: usize = PAST + 2 * BLOCK + 8;

/// Four sums, each over one window of pairs: weights `first[i]` for the left and `second[i]` for the right of a pair.
#[inline(always)]
fn four_sums(pairs: &[i16], weights: &[I16x8; TAPS]) -> I32x4 {
    let mut sums = I32x4::splat(0);
    for (i, &weight) in weights.iter().enumerate() {
        sums = sums.wrapping_add(I16x8::load(&pairs[2 * i..]).multiply_pairs(weight));
    }
    sums
}

fn weights(left: impl Fn(usize) -> i16, right: impl Fn(usize) -> i16) -> [I16x8; TAPS] {
    std::array::from_fn(|i| {
        let (left, right) = (left(i), right(i));
        I16x8::new([left, right, left, right, left, right, left, right])
    })
}

/// Splits 16 kHz audio.
#[derive(Debug, Clone, Default)]
pub struct Split {
    past: [i16; PAST],
}

impl Split {
    /// Lower and upper band of up to two [`BLOCK`]s of samples, of which there must be an even number.
    pub fn process(&mut self, pcm: &[i16]) -> ([i16; BLOCK], [i16; BLOCK]) {
        let mut window = [0i16; PADDED];
        window[..PAST].copy_from_slice(&self.past);
        window[PAST..PAST + pcm.len()].copy_from_slice(pcm);
        self.past
            .copy_from_slice(&window[pcm.len()..pcm.len() + PAST]);
        let sum = weights(|i| COEFFICIENTS[i], |i| COEFFICIENTS[TAPS - 1 - i]);
        let difference = weights(|i| -COEFFICIENTS[i], |i| COEFFICIENTS[TAPS - 1 - i]);
        let (mut low, mut high) = ([0; BLOCK], [0; BLOCK]);
        for (n, (low, high)) in low
            .chunks_exact_mut(4)
            .zip(high.chunks_exact_mut(4))
            .enumerate()
        {
            if 8 * n >= pcm.len() {
                break;
            }
            let pairs = &window[8 * n..8 * n + PAST + 8];
            let lows = four_sums(pairs, &sum).shift_right::<14>().to_array();
            let highs = four_sums(pairs, &difference).shift_right::<14>().to_array();
            for lane in 0..4 {
                (low[lane], high[lane]) = (lows[lane] as i16, highs[lane] as i16);
            }
        }
        (low, high)
    }
}

/// Joins the two bands.
#[derive(Debug, Clone, Default)]
pub struct Join {
    past: [i16; PAST],
}

impl Join {
    /// Fills `pcm` from up to a [`BLOCK`] of (lower, upper), two samples from each; each within ±16384.
    pub fn process(&mut self, bands: &[(i16, i16)], pcm: &mut [i16]) {
        let mut window = [0i16; PADDED];
        window[..PAST].copy_from_slice(&self.past);
        for (pair, &(low, high)) in window[PAST..].chunks_exact_mut(2).zip(bands) {
            (pair[0], pair[1]) = (low + high, low - high);
        }
        self.past
            .copy_from_slice(&window[2 * bands.len()..2 * bands.len() + PAST]);
        let first = weights(|_| 0, |i| COEFFICIENTS[TAPS - 1 - i]);
        let second = weights(|i| COEFFICIENTS[i], |_| 0);
        for (n, pcm) in pcm.chunks_mut(8).enumerate() {
            let pairs = &window[8 * n..8 * n + PAST + 8];
            let firsts = four_sums(pairs, &first).shift_right::<11>().to_array();
            let seconds = four_sums(pairs, &second).shift_right::<11>().to_array();
            for (lane, pcm) in pcm.chunks_exact_mut(2).enumerate() {
                pcm[0] = firsts[lane].clamp(-32768, 32767) as i16;
                pcm[1] = seconds[lane].clamp(-32768, 32767) as i16;
            }
        }
    }
}
