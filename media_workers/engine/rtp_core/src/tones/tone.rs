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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(description: &str) -> Tone {
        Tone::parse(description).expect("valid")
    }

    /// Share of the energy at this frequency.
    fn share(pcm: &[i16], rate_hz: f64, frequency_hz: f64) -> f64 {
        let (mut re, mut im, mut energy) = (0.0, 0.0, 0.0);
        for (n, &sample) in pcm.iter().enumerate() {
            let (sin, cos) = (TAU * frequency_hz * n as f64 / rate_hz).sin_cos();
            re += f64::from(sample) * cos;
            im += f64::from(sample) * sin;
            energy += f64::from(sample).powi(2);
        }
        2.0 * (re * re + im * im) / (energy * pcm.len() as f64)
    }

    // covers: EN-084
    #[test]
    fn test_dial_tone_has_its_two_frequencies_and_level() {
        let pcm = tone("350+440*0.5:1000").to_pcm(8000);
        assert_eq!(pcm.len(), 8000);
        assert!(share(&pcm, 8000.0, 350.0) > 0.49);
        assert!(share(&pcm, 8000.0, 440.0) > 0.49);
        assert!((16000..=16384).contains(
            &pcm.iter()
                .map(|s| i32::from(s.abs()))
                .max()
                .expect("not empty")
        ));
    }

    // covers: EN-064
    #[test]
    fn test_uk_ringing_rings_twice_and_lasts_three_seconds() {
        let pcm = tone("400+450*0.5/0/400+450*0.5/0:400/200/400/2000").to_pcm(8000);
        assert_eq!(pcm.len(), 24000);
        let sounding =
            |from_ms: usize, to_ms: usize| pcm[from_ms * 8 + 8..to_ms * 8].iter().any(|&s| s != 0);
        assert!(
            sounding(0, 400) && !sounding(400, 600) && sounding(600, 1000) && !sounding(1000, 3000)
        );
        assert_eq!(tone("400+450*0.5/0:400/200/400/2000").to_pcm(8000), pcm);
    }

    #[test]
    fn test_sweep_ends_at_its_last_frequency() {
        let pcm = tone("300~1500*0.8:2000").to_pcm(16000);
        assert!(share(&pcm[..800], 16000.0, 315.0) > 0.8);
        assert!(share(&pcm[pcm.len() - 800..], 16000.0, 1485.0) > 0.8);
    }

    #[test]
    fn test_level_sweep_fades() {
        let pcm = tone("1000*0.5~0:1000").to_pcm(8000);
        let peak = |range: &[i16]| range.iter().map(|s| s.abs()).max().expect("not empty");
        assert!((15500..16400).contains(&peak(&pcm[..160])));
        assert!(peak(&pcm[7920..]) < 200);
    }

    #[test]
    fn test_four_full_scale_frequencies_do_not_wrap() {
        let pcm = tone("100+200+300+400:500").to_pcm(8000);
        assert!(pcm
            .windows(2)
            .all(|pair| i32::from(pair[0]).abs_diff(i32::from(pair[1])) < 12000));
    }

    #[test]
    fn test_frequency_beyond_half_the_rate_is_left_out() {
        assert!(tone("6000:20").to_pcm(8000).iter().all(|&s| s == 0));
        assert!(tone("6000:20").to_pcm(16000).iter().any(|&s| s != 0));
    }

    #[test]
    fn test_each_refusal_says_why() {
        assert_eq!(Tone::parse("350+440"), Err(ToneError::NoCadence));
        assert_eq!(
            Tone::parse("350+x*0.5:100"),
            Err(ToneError::Number("x".into()))
        );
        assert_eq!(Tone::parse("350*2:100"), Err(ToneError::Number("2".into())));
        assert_eq!(Tone::parse("350:-1"), Err(ToneError::Number("-1".into())));
        assert_eq!(Tone::parse("nan:1"), Err(ToneError::Number("nan".into())));
        assert_eq!(Tone::parse("1:3600000/1"), Err(ToneError::TooLong));
        assert_eq!(Tone::parse("1+1+1+1+1+1+1+1+1:1"), Err(ToneError::TooLong));
    }

    #[test]
    fn test_parts_in_phase_do_not_wrap() {
        for text in ["4+4:400", "100+100+100:40", "4+4/0:400"] {
            let pcm = Tone::parse(text).expect(text).to_pcm(8000);
            let steps = pcm.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
            assert!(steps.max() < Some(40_000), "{text}");
        }
    }

    proptest! {
        #[test]
        fn test_any_position_gives_what_the_whole_has_there(position in 0u64..5000, len in 0usize..400) {
            let tone = tone("400~900+450*0.5~0.2/0/1000:333/17/3/100");
            let whole = tone.to_pcm(8000);
            let mut pcm = vec![0; len];
            let written = tone.render(8000, position, &mut pcm);
            let wanted = &whole[whole.len().min(position as usize)..whole.len().min(position as usize + len)];
            prop_assert_eq!(written, wanted.len());
            for (a, b) in pcm.iter().zip(wanted) {
                prop_assert!((a - b).abs() <= 1);
            }
        }

        #[test]
        fn test_no_text_panics(text in "[0-9.+*~/:x-]{0,40}") {
            if let Ok(tone) = Tone::parse(&text) {
                tone.render(8000, 100, &mut [0; 160]);
            }
        }
    }
}
