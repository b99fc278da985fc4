//! Sample rate conversion by a polyphase FIR filter, streaming, on 16-bit samples.
//!
//! One windowed-sinc prototype serves every ratio L/M: flat to 0.42 of the lower rate, more than 65 dB down from just
//! above half of it, so that nothing audible folds back. Coefficients are Q15 integers, and the inner product is
//! packed multiply-add: four sums of 32 bits, none of which can overflow (|x| · Σ|h| / 4 < 2^15 · 0.7 · 2^15).

use crate::signal::lanes::{I16x8, I32x4};
use std::f64::consts::PI;
use std::sync::{Arc, Mutex, PoisonError};

/// Lowest rate converted from or to.
pub const MIN_RATE_HZ: u32 = 8000;
/// Highest rate converted from or to.
pub const MAX_RATE_HZ: u32 = 48000;

/// Length of the prototype, in periods of the lower rate: 8 ms at 8 kHz, half of which is the delay.
const SPAN: usize = 64;
/// Middle of the transition band as a share of the lower rate; with this span the band ends at 0.503.
const CUTOFF: f64 = 0.4655;
/// Kaiser window parameter for 76 dB.
const BETA: f64 = 7.5;
const Q: u32 = 15;
/// Rows are padded to whole vectors.
const LANES: usize = 8;
/// SPAN at the ratio 6:1.
const MAX_TAPS: usize = SPAN * 6;
const CHUNK: usize = 480;

/// Coefficients of one ratio, shared by all channels that use it.
#[derive(Debug)]
struct Bank {
    up: usize,
    down: usize,
    /// Per phase.
    taps: usize,
    /// `up` rows of `taps`, newest sample last.
    rows: Vec<i16>,
}

impl Bank {
    fn new(up: usize, down: usize) -> Self {
        let span_inputs = if down > up {
            (SPAN * down).div_ceil(up)
        } else {
            SPAN
        };
        let taps = span_inputs.div_ceil(LANES) * LANES;
        let centre = (taps * up / 2) as f64;
        let cutoff = CUTOFF / up.max(down) as f64;
        let window = SPAN as f64 / 2.0 * up.max(down) as f64;
        let tap = |i: usize| {
            let x = i as f64 - centre;
            let edge = x / window;
            if edge.abs() >= 1.0 {
                0.0
            } else {
                sinc(2.0 * cutoff * x) * bessel_i0(BETA * (1.0 - edge * edge).sqrt())
            }
        };
        let mut rows = Vec::with_capacity(up * taps);
        for phase in 0..up {
            let row: Vec<f64> = (0..taps).rev().map(|k| tap(k * up + phase)).collect();
            rows.extend(quantised(&row));
        }
        Self {
            up,
            down,
            taps,
            rows,
        }
    }

    fn shared(up: usize, down: usize) -> Arc<Self> {
        static SHARED: Mutex<Vec<Arc<Bank>>> = Mutex::new(Vec::new());
        // Only the ratios between 8, 16, 24, 32 and 48 kHz are kept; those a sound file may bring are endless.
        if up > 6 || down > 6 {
            return Arc::new(Self::new(up, down));
        }
        let mut banks = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bank) = banks.iter().find(|bank| bank.up == up && bank.down == down) {
            return Arc::clone(bank);
        }
        let bank = Arc::new(Self::new(up, down));
        banks.push(Arc::clone(&bank));
        bank
    }
}

/// Scales a row to unity gain at DC, exactly: without that, phases of unequal gain would sing at the lower rate.
fn quantised(row: &[f64]) -> Vec<i16> {
    let one = f64::from(1 << Q);
    let gain = one / row.iter().sum::<f64>();
    let mut taps: Vec<i16> = row.iter().map(|tap| (tap * gain).round() as i16).collect();
    let missing = (1 << Q) - taps.iter().map(|&tap| i32::from(tap)).sum::<i32>();
    if let Some(peak) = taps.iter_mut().max_by_key(|tap| tap.abs()) {
        *peak += missing as i16;
    }
    taps
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..32 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

/// One output, rounded and limited. Each of four sums has a quarter of the products; halved, they can be added.
#[inline]
fn filtered(samples: &[i16], taps: &[i16]) -> i16 {
    let mut sums = I32x4::splat(0);
    for (samples, taps) in samples.chunks_exact(LANES).zip(taps.chunks_exact(LANES)) {
        sums = sums.wrapping_add(I16x8::load(samples).multiply_pairs(I16x8::load(taps)));
    }
    let half = sums.shift_right::<1>().sum();
    ((half + (1 << (Q - 2))) >> (Q - 1)).clamp(-32768, 32767) as i16
}

/// Converts one stream. Allocates only when made.
#[derive(Debug, Clone)]
pub struct Resampler {
    bank: Arc<Bank>,
    /// The last `taps - 1` inputs.
    history: Vec<i16>,
    /// Where the next output lies: input index from the start of the next chunk, and phase.
    index: usize,
    phase: usize,
}

impl Resampler {
    /// A converter in silence. `None` if a rate is outside [`MIN_RATE_HZ`]..=[`MAX_RATE_HZ`].
    #[must_use]
    pub fn new(from_hz: u32, to_hz: u32) -> Option<Self> {
        let range = MIN_RATE_HZ..=MAX_RATE_HZ;
        if !range.contains(&from_hz) || !range.contains(&to_hz) {
            return None;
        }
        let common = gcd(from_hz, to_hz);
        let bank = Bank::shared((to_hz / common) as usize, (from_hz / common) as usize);
        Some(Self {
            history: vec![0; bank.taps - 1],
            bank,
            index: 0,
            phase: 0,
        })
    }

    /// Bound of what [`Self::process`] gives for this many samples.
    #[must_use]
    pub fn max_output(&self, samples: usize) -> usize {
        (samples.saturating_mul(self.bank.up)).div_ceil(self.bank.down)
    }

    /// Converts all of `input`; returns the samples written to `output`, which must have room for
    /// [`Self::max_output`]: whole 10 ms frames give whole 10 ms frames. What has no room is lost.
    pub fn process(&mut self, input: &[i16], output: &mut [i16]) -> usize {
        if self.bank.up == self.bank.down {
            let len = input.len().min(output.len());
            output[..len].copy_from_slice(&input[..len]);
            return len;
        }
        let mut written = 0;
        for chunk in input.chunks(CHUNK) {
            written += self.process_chunk(chunk, &mut output[written..]);
        }
        written
    }

    fn process_chunk(&mut self, chunk: &[i16], output: &mut [i16]) -> usize {
        let Bank {
            up,
            down,
            taps,
            ref rows,
        } = *self.bank;
        let mut buffer = [0i16; MAX_TAPS + CHUNK];
        buffer[..taps - 1].copy_from_slice(&self.history);
        buffer[taps - 1..taps - 1 + chunk.len()].copy_from_slice(chunk);
        let (step_index, step_phase) = (down / up, down % up);
        let (mut index, mut phase, mut written) = (self.index, self.phase, 0);
        while index < chunk.len() {
            if let Some(slot) = output.get_mut(written) {
                *slot = filtered(
                    &buffer[index..index + taps],
                    &rows[phase * taps..(phase + 1) * taps],
                );
                written += 1;
            }
            index += step_index;
            phase += step_phase;
            if phase >= up {
                phase -= up;
                index += 1;
            }
        }
        self.index = index - chunk.len();
        self.phase = phase;
        self.history
            .copy_from_slice(&buffer[chunk.len()..chunk.len() + taps - 1]);
        written
    }

    /// Forgets what was heard, for a stream that begins anew.
    pub fn reset(&mut self) {
        self.history.fill(0);
        self.index = 0;
        self.phase = 0;
    }

    /// Delay of the filter, in input samples.
    #[must_use]
    pub fn delay(&self) -> usize {
        if self.bank.up == self.bank.down {
            0
        } else {
            self.bank.taps / 2
        }
    }
}

/// Converts a whole recording piece by piece, without delay: sample 0 stays where it was, and the end is not cut.
#[derive(Debug)]
pub struct Whole {
    resampler: Resampler,
    taken: usize,
    made: usize,
}

impl Whole {
    /// `None` as [`Resampler::new`].
    #[must_use]
    pub fn new(from_hz: u32, to_hz: u32) -> Option<Self> {
        let mut resampler = Resampler::new(from_hz, to_hz)?;
        resampler.index = resampler.delay();
        Some(Self {
            resampler,
            taken: 0,
            made: 0,
        })
    }

    /// How many samples that many of the recording become.
    #[must_use]
    pub fn length_of(&self, samples: usize) -> usize {
        self.resampler.max_output(samples)
    }

    /// The next piece of it.
    pub fn push(&mut self, input: &[i16], output: &mut Vec<i16>) {
        let before = output.len();
        output.resize(before + self.length_of(input.len()) + 1, 0);
        let made = self.resampler.process(input, &mut output[before..]);
        output.truncate(before + made);
        self.taken += input.len();
        self.made += made;
    }

    /// What the filter still has.
    pub fn finish(mut self, output: &mut Vec<i16>) {
        let total = output.len() + self.length_of(self.taken) - self.made;
        self.push(&vec![0; self.resampler.delay() + 1], output);
        output.resize(total, 0);
    }
}

/// Converts a whole recording at once, as [`Whole`] does.
#[must_use]
pub fn convert(input: &[i16], from_hz: u32, to_hz: u32) -> Option<Vec<i16>> {
    let mut whole = Whole::new(from_hz, to_hz)?;
    let mut output = Vec::new();
    whole.push(input, &mut output);
    whole.finish(&mut output);
    Some(output)
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        gcd(b, a % b)
    }
}

#[cfg(test)]
mod tests;
