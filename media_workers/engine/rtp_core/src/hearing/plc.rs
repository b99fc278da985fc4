//! Packet loss concealment after ITU-T G.711 Appendix I, at any rate: the last pitch periods go on, ever quieter.
//!
//! In the first 10 ms of a loss one period repeats, then two, then three, so that it does not buzz; after the first 10 ms it
//! fades by a ninth every 10 ms, to silence at 100 ms. Unlike the Appendix nothing is delayed: the seam at the beginning is
//! closed by bending the first quarter period to where the audio stopped, that at the end by cross-fading.

/// Longest and shortest pitch period: 66 to 200 Hz.
const MAX_PITCH_MS: f32 = 15.0;
const MIN_PITCH_MS: f32 = 5.0;
/// What the search compares.
const WINDOW_MS: f32 = 20.0;
const BLOCK_MS: usize = 10;
/// Blocks at full level, and until silence. The Appendix has 1 and 6; fading more slowly is better by a tenth of a point of PESQ
/// where losses come in bursts, and as good where they do not (benchmarks/quality.py).
const FULL_BLOCKS: usize = 1;
const BLOCKS: usize = 10;
/// Cross-fade at the end of a loss: a quarter period, and so much more for each 10 ms lost, but not over 10 ms.
const MERGE_PER_BLOCK_MS: f32 = 4.0;
/// 10 ms at 48 kHz.
const MAX_MERGE: usize = 480;

/// Conceals the losses of one stream. Allocates only when made.
#[derive(Debug, Clone)]
pub struct Concealer {
    rate_hz: u32,
    /// The last audio, oldest first, concealed or not.
    history: Vec<i16>,
    /// The same as it was when the loss began.
    source: Vec<i16>,
    /// What repeats: the last periods of the source, their end made to fit their beginning.
    periods: Vec<i16>,
    /// What repeated until now, while it is faded out.
    old_periods: Vec<i16>,
    pitch: usize,
    /// Value of `lost` when the periods were last changed; 0 if they are the first.
    changed_at: usize,
    /// Samples concealed since the last good packet; 0 when nothing is lost.
    lost: usize,
    /// Difference to be closed at the beginning.
    seam: i32,
}

impl Concealer {
    /// A concealer that has heard nothing: it conceals with silence.
    #[must_use]
    pub fn new(rate_hz: u32) -> Self {
        let longest = samples(MAX_PITCH_MS, rate_hz);
        let history = 3 * longest + longest / 4 + 1;
        Self {
            rate_hz,
            history: vec![0; history],
            source: vec![0; history],
            periods: Vec::with_capacity(3 * longest),
            old_periods: Vec::with_capacity(3 * longest),
            pitch: longest,
            changed_at: 0,
            lost: 0,
            seam: 0,
        }
    }

    /// Takes decoded audio; after a loss its beginning is merged with the concealment.
    #[inline]
    pub fn good(&mut self, pcm: &mut [i16]) {
        if self.lost > 0 {
            self.merge(pcm);
            self.lost = 0;
        }
        self.remember(pcm);
    }

    /// Fills in for audio that did not come.
    pub fn conceal(&mut self, pcm: &mut [i16]) {
        if self.lost == 0 {
            self.begin();
        }
        let block = self.block();
        let mut rest = &mut pcm[..];
        while !rest.is_empty() {
            if self.lost == block || self.lost == 2 * block {
                self.take_periods(self.lost / block + 1);
            }
            let (now, later) = rest.split_at_mut(rest.len().min(block - self.lost % block));
            self.synthesise(now);
            self.lost += now.len();
            rest = later;
        }
        self.remember(pcm);
    }

    /// True while a loss lasts.
    #[must_use]
    pub fn is_concealing(&self) -> bool {
        self.lost > 0
    }

    fn block(&self) -> usize {
        self.rate_hz as usize / 1000 * BLOCK_MS
    }

    #[inline]
    fn remember(&mut self, pcm: &[i16]) {
        let keep = self.history.len();
        if pcm.len() >= keep {
            self.history.copy_from_slice(&pcm[pcm.len() - keep..]);
        } else {
            self.history.copy_within(pcm.len().., 0);
            self.history[keep - pcm.len()..].copy_from_slice(pcm);
        }
    }

    fn begin(&mut self) {
        self.source.copy_from_slice(&self.history);
        self.pitch = self.search();
        self.periods.clear();
        self.take_periods(1);
        let last = self.source.len() - 1;
        self.seam = i32::from(self.source[last]) - i32::from(self.source[last - self.pitch]);
    }

    /// The lag at which the last 20 ms are most like what was before: searched coarsely, then exactly.
    fn search(&self) -> usize {
        let step = (self.rate_hz as usize / 4000).max(1);
        let shortest = samples(MIN_PITCH_MS, self.rate_hz);
        let longest = samples(MAX_PITCH_MS, self.rate_hz);
        let coarse = self.best_lag((shortest..=longest).step_by(step), step);
        self.best_lag(
            (coarse - step).max(shortest)..=(coarse + step).min(longest),
            1,
        )
    }

    fn best_lag(&self, lags: impl Iterator<Item = usize>, sample_step: usize) -> usize {
        let begin = self.source.len() - samples(WINDOW_MS, self.rate_hz);
        let mut best = (f32::MIN, 0);
        for lag in lags {
            let (mut product, mut energy) = (0i64, 0i64);
            let recent = self.source[begin..].iter().step_by(sample_step);
            for (&recent, &before) in
                recent.zip(self.source[begin - lag..].iter().step_by(sample_step))
            {
                product += i64::from(recent) * i64::from(before);
                energy += i64::from(before) * i64::from(before);
            }
            let likeness = product as f32 / (energy as f32).max(1.0).sqrt();
            if likeness > best.0 {
                best = (likeness, lag);
            }
        }
        best.1
    }

    /// From here on the last `count` periods repeat; their last quarter is blended with what came before their first sample.
    fn take_periods(&mut self, count: usize) {
        std::mem::swap(&mut self.periods, &mut self.old_periods);
        self.changed_at = self.lost;
        let len = count * self.pitch;
        let begin = self.source.len() - len;
        self.periods.clear();
        self.periods.extend_from_slice(&self.source[begin..]);
        let quarter = self.pitch / 4;
        for n in 0..quarter {
            let at = len - quarter + n;
            self.periods[at] = blend(
                self.periods[at],
                self.source[begin - quarter + n],
                n + 1,
                quarter + 1,
            );
        }
    }

    /// The next samples within one block.
    fn synthesise(&self, pcm: &mut [i16]) {
        let (block, quarter) = (self.block(), self.pitch / 4);
        for (n, sample) in pcm.iter_mut().enumerate() {
            let at = self.lost + n;
            let since_change = at - self.changed_at;
            let mut value = i32::from(self.periods[at % self.periods.len()]);
            // After a change of periods the old ones are heard for a quarter period more.
            if self.changed_at > 0 && since_change < quarter {
                let old = self.old_periods[at % self.old_periods.len()];
                value = i32::from(blend(old, value as i16, since_change + 1, quarter + 1));
            }
            if at < quarter {
                value += self.seam * (quarter - at) as i32 / quarter as i32;
            }
            let left = (BLOCKS * block)
                .saturating_sub(at)
                .min((BLOCKS - FULL_BLOCKS) * block);
            let fade = (BLOCKS - FULL_BLOCKS) * block;
            *sample = (value * left as i32 / fade as i32).clamp(-32768, 32767) as i16;
        }
    }

    fn merge(&mut self, pcm: &mut [i16]) {
        let more = samples(MERGE_PER_BLOCK_MS, self.rate_hz) * (self.lost / self.block());
        let len = (self.pitch / 4 + more).min(self.block()).min(pcm.len());
        let mut tail = [0; MAX_MERGE];
        let tail = &mut tail[..len.min(MAX_MERGE)];
        self.synthesise(tail);
        let steps = tail.len() + 1;
        for (n, (sample, tail)) in pcm.iter_mut().zip(tail.iter()).enumerate() {
            *sample = blend(*tail, *sample, n + 1, steps);
        }
    }
}

fn samples(ms: f32, rate_hz: u32) -> usize {
    (ms * rate_hz as f32 / 1000.0) as usize
}

/// From `a` to `b`.
#[inline]
fn blend(a: i16, b: i16, step: usize, steps: usize) -> i16 {
    let (a, b) = (i32::from(a), i32::from(b));
    (a + (b - a) * step as i32 / steps as i32) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    /// A buzz like a vowel: harmonics of a fundamental.
    fn vowel(rate_hz: u32, samples: usize) -> Vec<i16> {
        let step = TAU * 130.0 / f64::from(rate_hz);
        let wave = |t: f64| {
            (1..9)
                .map(|k| (t * f64::from(k)).sin() / f64::from(k))
                .sum::<f64>()
        };
        (0..samples)
            .map(|n| (wave(step * n as f64) * 6000.0) as i16)
            .collect()
    }

    fn energy(pcm: &[i16]) -> f64 {
        pcm.iter().map(|&s| f64::from(s).powi(2)).sum()
    }

    /// Passes audio through with the frames lost that `is_lost` says.
    fn through(rate_hz: u32, pcm: &[i16], is_lost: impl Fn(usize) -> bool) -> Vec<i16> {
        let mut concealer = Concealer::new(rate_hz);
        let mut output = pcm.to_vec();
        for (n, frame) in output.chunks_mut(rate_hz as usize / 50).enumerate() {
            if is_lost(n) {
                concealer.conceal(frame);
            } else {
                concealer.good(frame);
            }
        }
        output
    }

    #[test]
    fn test_lost_frame_of_a_vowel_is_hardly_noticed() {
        for rate_hz in [8000, 16000, 48000] {
            let pcm = vowel(rate_hz, rate_hz as usize);
            let output = through(rate_hz, &pcm, |n| n % 10 == 9);
            let difference: Vec<i16> = pcm
                .iter()
                .zip(&output)
                .map(|(a, b)| a.saturating_sub(*b))
                .collect();
            let snr_db = 10.0 * (energy(&pcm) / energy(&difference)).log10();
            assert!(snr_db > 18.0, "{rate_hz}: {snr_db} dB");
        }
    }

    #[test]
    fn test_no_seam_is_steeper_than_the_audio() {
        let pcm = vowel(8000, 8000);
        let steepest = |pcm: &[i16]| {
            pcm.windows(2)
                .map(|pair| i32::from(pair[0]).abs_diff(i32::from(pair[1])))
                .max()
        };
        let output = through(8000, &pcm, |n| (10..13).contains(&n) || n == 30);
        assert!(steepest(&output) <= steepest(&pcm).map(|most| most * 5 / 4));
    }

    #[test]
    fn test_long_loss_fades_to_silence_at_a_hundred_ms() {
        let output = through(8000, &vowel(8000, 4000), |n| n >= 10);
        let lost = &output[1600..];
        assert!(energy(&lost[..80]) > 1e6);
        assert!(energy(&lost[480..560]) < energy(&lost[..80]) / 2.0);
        assert!(lost[800..].iter().all(|&sample| sample == 0));
    }

    #[test]
    fn test_good_audio_is_untouched() {
        let pcm = vowel(16000, 16000);
        assert_eq!(through(16000, &pcm, |_| false), pcm);
    }

    #[test]
    fn test_loss_before_anything_was_heard_is_silence() {
        assert!(through(8000, &[0; 1600], |_| true)
            .iter()
            .all(|&sample| sample == 0));
    }

    proptest! {
        #[test]
        fn test_no_order_and_no_lengths_panic(
            frames in prop::collection::vec((0usize..700, any::<bool>()), 1..60), rate in 0usize..3, level in 0i16..=32767,
        ) {
            let mut concealer = Concealer::new([8000, 16000, 48000][rate]);
            for (len, lost) in frames {
                let mut pcm: Vec<i16> = (0..len).map(|n| if n % 7 < 3 { level } else { -level }).collect();
                if lost {
                    concealer.conceal(&mut pcm);
                } else {
                    concealer.good(&mut pcm);
                }
            }
        }
    }
}
