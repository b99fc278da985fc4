//! Tones from a line of text, made sample by sample at any position: nothing is stored, no file is needed.
//!
//! Grammar: `<sections>:<cadences>`. Sections are split by `/`; a section is frequencies in Hz joined by `+`, then
//! optionally `*` and a level (peak of the sum, 0 to 1; 1 if absent); `a~b` in place of a number sweeps from a to b over
//! the section. A frequency of 0 is silence. Cadences are milliseconds split by `/`. Sections and cadences are paired in
//! order; the shorter list starts again from its first.
//!
//! `350+440*0.5:1000` is the UK dial tone, `400+450*0.5/0:400/200/400/2000` its ringing, `697+1209*0.5:400` the digit 1.

use std::f64::consts::TAU;
use std::fmt;

const MAX_SEGMENTS: usize = 256;
const MAX_FREQUENCIES: usize = 8;
const MAX_FREQUENCY_HZ: f64 = 24000.0;
const MAX_TOTAL_MS: u64 = 3_600_000;
const FULL_SCALE: f64 = 32767.0;

/// What was wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToneError {
    /// There is no `:` between sections and cadences.
    NoCadence,
    /// Not a number, or one out of range.
    Number(String),
    /// Too many sections, cadences or frequencies, or longer than an hour.
    TooLong,
}

impl fmt::Display for ToneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCadence => write!(f, "tone without ':' and cadence"),
            Self::Number(text) => write!(f, "tone with bad number {text:?}"),
            Self::TooLong => write!(f, "tone with too many parts or longer than an hour"),
        }
    }
}

impl std::error::Error for ToneError {}

/// A value that goes evenly from one number to another.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sweep {
    from: f64,
    to: f64,
}

impl Sweep {
    fn parse(text: &str, max: f64) -> Result<Self, ToneError> {
        let number = |text: &str| match text.trim().parse::<f64>() {
            Ok(value) if (0.0..=max).contains(&value) => Ok(value),
            _ => Err(ToneError::Number(text.to_owned())),
        };
        let (from, to) = text.split_once('~').unwrap_or((text, text));
        Ok(Self {
            from: number(from)?,
            to: number(to)?,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Segment {
    frequencies: Vec<Sweep>,
    level: Sweep,
    duration_ms: u64,
}

/// A parsed description.
#[derive(Debug, Clone, PartialEq)]
pub struct Tone {
    segments: Vec<Segment>,
}

impl Tone {
    /// Reads a description.
    ///
    /// # Errors
    /// A [`ToneError`] that names the offending part.
    pub fn parse(description: &str) -> Result<Self, ToneError> {
        let (sections, cadences) = description.split_once(':').ok_or(ToneError::NoCadence)?;
        let sections = sections
            .split('/')
            .map(parse_section)
            .collect::<Result<Vec<_>, _>>()?;
        let cadences = cadences
            .split('/')
            .map(parse_cadence)
            .collect::<Result<Vec<_>, _>>()?;
        let count = sections.len().max(cadences.len());
        let total_ms: u64 = (0..count).map(|n| cadences[n % cadences.len()]).sum();
        if count > MAX_SEGMENTS || total_ms > MAX_TOTAL_MS {
            return Err(ToneError::TooLong);
        }
        let segment = |n: usize| {
            let (frequencies, level) = sections[n % sections.len()].clone();
            Segment {
                frequencies,
                level,
                duration_ms: cadences[n % cadences.len()],
            }
        };
        Ok(Self {
            segments: (0..count).map(segment).collect(),
        })
    }

    /// Length of one round.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.segments
            .iter()
            .map(|segment| segment.duration_ms)
            .sum()
    }

    /// Samples of one round.
    #[must_use]
    pub fn samples(&self, rate_hz: u32) -> u64 {
        samples_in(self.duration_ms(), rate_hz)
    }

    /// Writes the samples from `position` on; returns how many, fewer than asked for at the end of the round.
    pub fn render(&self, rate_hz: u32, position: u64, pcm: &mut [i16]) -> usize {
        let mut written = 0;
        let mut begin_ms = 0;
        for segment in &self.segments {
            // From the times, not from rounded lengths: a round is exactly as long as it says.
            let begin = samples_in(begin_ms, rate_hz);
            begin_ms += segment.duration_ms;
            let end = samples_in(begin_ms, rate_hz);
            let at = position + written as u64;
            if at < end && written < pcm.len() {
                let count = (end - at).min((pcm.len() - written) as u64) as usize;
                segment.render(
                    rate_hz,
                    at - begin,
                    end - begin,
                    &mut pcm[written..written + count],
                );
                written += count;
            }
        }
        written
    }

    /// One whole round.
    #[must_use]
    pub fn to_pcm(&self, rate_hz: u32) -> Vec<i16> {
        let mut pcm = vec![0; self.samples(rate_hz) as usize];
        self.render(rate_hz, 0, &mut pcm);
        pcm
    }
}

impl Segment {
    /// `from` and `len` in samples of the segment.
    fn render(&self, rate_hz: u32, from: u64, len: u64, pcm: &mut [i16]) {
        pcm.fill(0);
        let (rate, len) = (f64::from(rate_hz), len as f64);
        let share = FULL_SCALE / self.frequencies.len() as f64;
        let level_step = (self.level.to - self.level.from) * share / len;
        for frequency in self
            .frequencies
            .iter()
            .filter(|sweep| sweep.from.max(sweep.to) * 2.0 < rate)
        {
            let mut level = self.level.from * share + level_step * from as f64;
            let mut wave = Oscillator::at(frequency, rate, from as f64, len);
            for sample in pcm.iter_mut() {
                let value = (wave.next() * level).round() as i16;
                *sample = sample.saturating_add(value);
                level += level_step;
            }
        }
    }
}

/// A sine by rotation of a complex number; the rotation itself turns when the frequency sweeps. Set exactly at the start
/// of each rendered stretch, so rounding never adds up.
struct Oscillator {
    point: (f64, f64),
    turn: (f64, f64),
    bend: (f64, f64),
}

impl Oscillator {
    fn at(frequency: &Sweep, rate: f64, sample: f64, len: f64) -> Self {
        let start = frequency.from / rate;
        let slope = (frequency.to - frequency.from) / rate / len;
        let angle = |turns: f64| (TAU * turns.fract()).sin_cos();
        Self {
            point: angle(sample * (start + slope * sample / 2.0)),
            turn: angle(start + slope * (sample + 0.5)),
            bend: angle(slope),
        }
    }

    #[inline]
    fn next(&mut self) -> f64 {
        let value = self.point.0;
        self.point = rotated(self.point, self.turn);
        self.turn = rotated(self.turn, self.bend);
        value
    }
}

/// (sin, cos) of the sum of two angles.
#[inline]
fn rotated(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 * b.1 + a.1 * b.0, a.1 * b.1 - a.0 * b.0)
}

fn parse_section(text: &str) -> Result<(Vec<Sweep>, Sweep), ToneError> {
    let (frequencies, level) = text.split_once('*').unwrap_or((text, "1"));
    let frequencies: Vec<Sweep> = frequencies
        .split('+')
        .map(|text| Sweep::parse(text, MAX_FREQUENCY_HZ))
        .collect::<Result<_, _>>()?;
    if frequencies.len() > MAX_FREQUENCIES {
        return Err(ToneError::TooLong);
    }
    Ok((frequencies, Sweep::parse(level, 1.0)?))
}

fn parse_cadence(text: &str) -> Result<u64, ToneError> {
    match text.trim().parse::<u64>() {
        Ok(duration_ms) if duration_ms <= MAX_TOTAL_MS => Ok(duration_ms),
        _ => Err(ToneError::Number(text.to_owned())),
    }
}

fn samples_in(ms: u64, rate_hz: u32) -> u64 {
    ms * u64::from(rate_hz) / 1000
}

#[cfg(test)]
mod tests;
