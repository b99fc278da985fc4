//! Where decoders put what they decode: piece by piece, mono, at the rate that is wanted, no more than is allowed. A file
//! costs what it becomes, whatever its own rate, and no more while it is decoded; one that says less than it has costs
//! twice that for a moment.

use crate::signal::resample::Whole;
use crate::sounds::SoundError;

/// Pieces are converted into more room than they take: this much, at the most.
const SLACK: usize = 4096;

/// Collects one sound.
#[derive(Debug)]
pub struct Intake {
    pcm: Vec<i16>,
    rate_hz: u32,
    most: usize,
    whole: Option<Whole>,
}

impl Intake {
    /// At this rate, `most` samples of it at the most.
    #[must_use]
    pub fn new(rate_hz: u32, most: usize) -> Self {
        Self {
            pcm: Vec::new(),
            rate_hz,
            most,
            whole: None,
        }
    }

    /// Samples come at this rate. False for one that cannot be converted.
    #[must_use]
    pub fn begin(&mut self, from_hz: u32) -> bool {
        self.whole = Whole::new(from_hz, self.rate_hz);
        self.whole.is_some()
    }

    /// So many samples are there, after [`Intake::begin`]: room is made for them once.
    ///
    /// # Errors
    /// [`SoundError::TooLong`]
    pub fn expect(&mut self, samples: usize) -> Result<(), SoundError> {
        let length = self.whole.as_ref().map_or(0, |w| w.length_of(samples));
        if length > self.most {
            return Err(self.too_long());
        }
        self.reserve(length);
        Ok(())
    }

    /// The file says that it has so many samples. It may be wrong: room is made once, and what comes counts.
    pub fn suppose(&mut self, samples: u64) {
        let samples = usize::try_from(samples).unwrap_or(usize::MAX);
        let length = self.whole.as_ref().map_or(0, |w| w.length_of(samples));
        self.reserve(length.min(self.most));
    }

    /// A vector that grows is there twice for a moment.
    fn reserve(&mut self, length: usize) {
        self.pcm.reserve_exact(length.saturating_add(SLACK));
    }

    /// The next samples.
    ///
    /// # Errors
    /// [`SoundError::TooLong`]
    pub fn push(&mut self, mono: &[i16]) -> Result<(), SoundError> {
        if let Some(whole) = &mut self.whole {
            whole.push(mono, &mut self.pcm);
        }
        if self.pcm.len() > self.most {
            return Err(self.too_long());
        }
        Ok(())
    }

    fn too_long(&self) -> SoundError {
        SoundError::TooLong {
            limit_s: (self.most / self.rate_hz.max(1) as usize) as u32,
        }
    }

    /// All of it.
    #[must_use]
    pub fn finish(mut self) -> Vec<i16> {
        if let Some(whole) = self.whole.take() {
            whole.finish(&mut self.pcm);
        }
        self.pcm.shrink_to_fit();
        self.pcm
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::resample::convert;
    use proptest::prelude::*;

    #[test]
    fn what_is_too_long_is_told_as_soon_as_it_is_known() {
        let too_long = Err(SoundError::TooLong { limit_s: 2 });
        let mut intake = Intake::new(8000, 16_000);
        assert!(intake.begin(16_000));
        assert_eq!(intake.expect(32_000), Ok(()));
        assert_eq!(intake.expect(32_002), too_long);
        assert_eq!(intake.push(&[0; 32_000]), Ok(()));
        assert_eq!(intake.push(&[0; 100]), too_long);
        assert!(!Intake::new(8000, 1).begin(96_000));
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_become_what_the_whole_does(
            cuts in prop::collection::vec(1usize..3000, 0..8), from in prop::sample::select(vec![8000, 11_025, 44_100, 48_000]),
        ) {
            let total: usize = cuts.iter().sum();
            let input: Vec<i16> = (0..total).map(|n| (n * n % 20_011) as i16).collect();
            let mut intake = Intake::new(16_000, usize::MAX);
            prop_assert!(intake.begin(from));
            let mut rest = &input[..];
            for cut in cuts {
                let (piece, after) = rest.split_at(cut);
                intake.push(piece).expect("short enough");
                rest = after;
            }
            let pcm = intake.finish();
            prop_assert_eq!(pcm.len(), (total * 16_000).div_ceil(from as usize));
            prop_assert_eq!(Some(pcm), convert(&input, from, 16_000));
        }
    }
}
