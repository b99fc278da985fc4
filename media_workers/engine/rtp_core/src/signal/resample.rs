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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAIRS: [(u32, u32); 12] = [
        (8000, 16000),
        (16000, 8000),
        (8000, 48000),
        (48000, 8000),
        (16000, 48000),
        (48000, 16000),
        (8000, 24000),
        (24000, 8000),
        (16000, 24000),
        (24000, 16000),
        (24000, 48000),
        (48000, 24000),
    ];

    fn sine(rate_hz: u32, frequency_hz: f64, samples: usize) -> Vec<i16> {
        let step = 2.0 * PI * frequency_hz / f64::from(rate_hz);
        (0..samples)
            .map(|n| (10000.0 * (step * n as f64).sin()).round() as i16)
            .collect()
    }

    /// Amplitude of one frequency, by correlation over whole periods.
    fn amplitude(pcm: &[i16], rate_hz: u32, frequency_hz: f64) -> f64 {
        let step = 2.0 * PI * frequency_hz / f64::from(rate_hz);
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &sample) in pcm.iter().enumerate() {
            re += f64::from(sample) * (step * n as f64).cos();
            im += f64::from(sample) * (step * n as f64).sin();
        }
        2.0 * re.hypot(im) / pcm.len() as f64
    }

    fn rms(pcm: &[i16]) -> f64 {
        (pcm.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
    }

    fn through(from_hz: u32, to_hz: u32, input: &[i16]) -> Vec<i16> {
        let mut resampler = Resampler::new(from_hz, to_hz).expect("rates in range");
        let mut output = vec![0; resampler.max_output(input.len())];
        let written = resampler.process(input, &mut output);
        output.truncate(written);
        output
    }

    // covers: EN-038, EN-087
    #[test]
    fn test_pass_band_is_flat_within_a_tenth_of_a_decibel() {
        for (from_hz, to_hz) in PAIRS {
            let low = f64::from(from_hz.min(to_hz));
            for tenth in [0.0125, 0.05, 0.125, 0.25, 0.375, 0.4125] {
                let frequency_hz = low * tenth;
                let output = through(
                    from_hz,
                    to_hz,
                    &sine(from_hz, frequency_hz, from_hz as usize / 2),
                );
                let settled = &output[to_hz as usize / 10..to_hz as usize / 10 * 4];
                let gain_db = 20.0 * (amplitude(settled, to_hz, frequency_hz) / 10000.0).log10();
                assert!(
                    gain_db.abs() < 0.1,
                    "{from_hz}->{to_hz} at {frequency_hz} Hz: {gain_db} dB"
                );
            }
        }
    }

    // covers: EN-087, EN-038
    #[test]
    fn test_what_would_fold_back_is_sixty_five_decibels_down() {
        for (from_hz, to_hz) in PAIRS.into_iter().filter(|(from_hz, to_hz)| from_hz > to_hz) {
            for share in [0.51, 0.55, 0.6, 0.75, 0.99] {
                let frequency_hz = f64::from(to_hz) * share;
                if frequency_hz > f64::from(from_hz) / 2.0 {
                    continue;
                }
                let output = through(
                    from_hz,
                    to_hz,
                    &sine(from_hz, frequency_hz, from_hz as usize / 2),
                );
                let left_db =
                    20.0 * (rms(&output[to_hz as usize / 10..]).max(0.1) / rms(&[7071])).log10();
                assert!(
                    left_db < -65.0,
                    "{from_hz}->{to_hz} at {frequency_hz} Hz: {left_db} dB"
                );
            }
        }
    }

    #[test]
    fn test_images_of_upsampling_are_sixty_five_decibels_down() {
        for (from_hz, to_hz) in PAIRS.into_iter().filter(|(from_hz, to_hz)| from_hz < to_hz) {
            let frequency_hz = f64::from(from_hz) * 0.3;
            let output = through(
                from_hz,
                to_hz,
                &sine(from_hz, frequency_hz, from_hz as usize / 2),
            );
            let settled = &output[to_hz as usize / 10..to_hz as usize / 10 * 4];
            for image_hz in [
                f64::from(from_hz) - frequency_hz,
                f64::from(from_hz) + frequency_hz,
            ] {
                if image_hz < f64::from(to_hz) / 2.0 {
                    let left_db = 20.0 * (amplitude(settled, to_hz, image_hz) / 10000.0).log10();
                    assert!(
                        left_db < -65.0,
                        "{from_hz}->{to_hz} image {image_hz} Hz: {left_db} dB"
                    );
                }
            }
        }
    }

    #[test]
    fn test_constant_stays_constant_in_every_phase() {
        for (from_hz, to_hz) in PAIRS {
            let output = through(from_hz, to_hz, &vec![12345; from_hz as usize / 10]);
            assert!(
                output[to_hz as usize / 20..].iter().all(|&s| s == 12345),
                "{from_hz}->{to_hz}"
            );
        }
    }

    #[test]
    fn test_full_scale_does_not_wrap() {
        let square: Vec<i16> = (0..1600)
            .map(|n| if n / 3 % 2 == 0 { 32767 } else { -32768 })
            .collect();
        for (from_hz, to_hz) in PAIRS {
            assert!(rms(&through(from_hz, to_hz, &square)) < 32768.0);
        }
    }

    #[test]
    fn test_whole_frames_give_whole_frames() {
        for (from_hz, to_hz) in PAIRS {
            let mut resampler = Resampler::new(from_hz, to_hz).expect("rates in range");
            let mut output = [0; 960];
            for _ in 0..7 {
                let frame = vec![0; from_hz as usize / 50];
                assert_eq!(resampler.process(&frame, &mut output), to_hz as usize / 50);
            }
        }
    }

    #[test]
    fn test_convert_keeps_position_and_length_at_odd_ratios() {
        for (from_hz, to_hz) in [
            (44100, 8000),
            (11025, 8000),
            (22050, 16000),
            (8000, 48000),
            (32000, 8000),
        ] {
            let output = convert(&sine(from_hz, 441.0, from_hz as usize), from_hz, to_hz)
                .expect("rates in range");
            assert_eq!(output.len(), to_hz as usize);
            let wanted = sine(to_hz, 441.0, to_hz as usize);
            let worst = output
                .iter()
                .zip(&wanted)
                .skip(200)
                .take(to_hz as usize - 400);
            assert!(
                worst.map(|(a, b)| (a - b).abs()).max() < Some(60),
                "{from_hz}->{to_hz}"
            );
        }
    }

    #[test]
    fn test_rates_outside_the_range_are_refused() {
        assert!(Resampler::new(4000, 8000).is_none());
        assert!(Resampler::new(8000, 96000).is_none());
    }

    proptest! {
        #[test]
        fn test_cutting_the_stream_elsewhere_changes_nothing(cuts in prop::collection::vec(1usize..400, 1..12), pair in 0usize..12) {
            let (from_hz, to_hz) = PAIRS[pair];
            let input = sine(from_hz, 700.0, cuts.iter().sum());
            let mut resampler = Resampler::new(from_hz, to_hz).expect("rates in range");
            let mut pieces = Vec::new();
            let mut rest = &input[..];
            for cut in cuts {
                let (piece, left) = rest.split_at(cut);
                rest = left;
                let mut output = vec![0; resampler.max_output(cut)];
                let written = resampler.process(piece, &mut output);
                pieces.extend_from_slice(&output[..written]);
            }
            prop_assert_eq!(pieces, through(from_hz, to_hz, &input));
        }
    }
}
