//! Packet loss concealment after ITU-T G.711 Appendix I, at any rate: the last pitch periods go on, ever quieter.
//!
//! As there, the period is the lag at which the end of the audio is most like what was before it; first one period repeats,
//! then two, then three, so that it does not buzz. Unlike there
//!
//! - nothing is delayed: the seam at the beginning is closed by bending half a millisecond to where the audio stopped, that
//!   at the end by cross-fading a quarter period, however long the loss was: more of it would only hide audio that is good;
//! - it is silent after 200 ms, not 60, and periods are added every 20 ms, not every 10;
//! - what was dying away when the loss began goes on doing so.
//!
//! All of these were chosen by PESQ of three voices behind random and bursty loss. With the fade and the long cross-fade of the
//! Appendix bursts sounded worse than plain repetition of packets (`benchmarks/quality.py` shows both).

/// Longest and shortest pitch period: 66 to 200 Hz.
const MAX_PITCH_MS: f32 = 15.0;
const MIN_PITCH_MS: f32 = 5.0;
/// What the search compares.
const WINDOW_MS: f32 = 20.0;
const BLOCK_MS: usize = 10;
/// Blocks at full level, and until silence.
const FULL_BLOCKS: usize = 1;
const BLOCKS: usize = 20;
/// What is made up has faded into silence after so long.
pub const SILENT_AFTER_MS: usize = BLOCKS * BLOCK_MS;
/// So often another period is added, until there are three.
const MORE_BLOCKS: usize = 2;
const MAX_PERIODS: usize = 3;
/// How long a falling level goes on falling, and to how much of itself at most.
const DECLINE_BLOCKS: usize = 2;
const STEEPEST_DECLINE: f32 = 0.3;
const SEAM_MS: f32 = 0.5;
/// A quarter of the longest period at 48 kHz.
const MAX_MERGE: usize = 180;

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
    /// What a falling level falls to in the first blocks, as a share; 1 if it was not falling.
    decline: f32,
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
            decline: 1.0,
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
            let more = MORE_BLOCKS * block;
            if self.lost > 0 && self.lost.is_multiple_of(more) && self.lost / more < MAX_PERIODS {
                self.take_periods(self.lost / more + 1);
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
        self.decline = self.decline();
    }

    /// The level of the last period, but at least of 10 ms, against that before it.
    fn decline(&self) -> f32 {
        let energy = |pcm: &[i16]| pcm.iter().map(|&s| f32::from(s).powi(2)).sum::<f32>();
        let (before, last) = self
            .source
            .split_at(self.source.len() - self.pitch.max(self.block()));
        let before = energy(&before[before.len() - last.len()..]);
        (energy(last) / before.max(1.0))
            .sqrt()
            .clamp(STEEPEST_DECLINE, 1.0)
    }

    /// The lag at which the end of the audio is most like what was before: searched coarsely, then exactly.
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
        let (quarter, seam) = (self.pitch / 4, samples(SEAM_MS, self.rate_hz));
        for (n, sample) in pcm.iter_mut().enumerate() {
            let at = self.lost + n;
            let since_change = at - self.changed_at;
            let mut value = i32::from(self.periods[at % self.periods.len()]);
            // After a change of periods the old ones are heard for a quarter period more.
            if self.changed_at > 0 && since_change < quarter {
                let old = self.old_periods[at % self.old_periods.len()];
                value = i32::from(blend(old, value as i16, since_change + 1, quarter + 1));
            }
            if at < seam {
                value += self.seam * (seam - at) as i32 / seam as i32;
            }
            // Out of range only where the seam was steep; the cast ends it at the loudest.
            *sample = (value as f32 * self.level(at)) as i16;
        }
    }

    /// How loud it still is after so many samples.
    #[inline]
    fn level(&self, at: usize) -> f32 {
        let at = at as f32 / self.block() as f32;
        let fade = (BLOCKS as f32 - at) / (BLOCKS - FULL_BLOCKS) as f32;
        let fallen = (1.0 - self.decline) * (at / DECLINE_BLOCKS as f32).min(1.0);
        fade.clamp(0.0, 1.0) * (1.0 - fallen)
    }

    fn merge(&mut self, pcm: &mut [i16]) {
        let mut tail = [0; MAX_MERGE];
        let tail = &mut tail[..(self.pitch / 4).min(MAX_MERGE).min(pcm.len())];
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
mod tests;
