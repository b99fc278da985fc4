//! What listens in on a channel besides its peer: recordings, and the detectors of digits and of machines' tones in the audio.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::channel::sender::MAX_TICK_SAMPLES;
use crate::clock::Moment;
use crate::digits::in_band::{DigitHeard, DtmfDetector};
use crate::recorder::{Chunk, Recorder, RecorderConfig};
use crate::signal::resample::Resampler;
use crate::speech::barge_in::{BargeIn, VoiceConfig};
use crate::tones::detect::{ToneDetector, ToneKind};

/// Rate that the detector works at.
const DETECTOR_RATE_HZ: u32 = 8000;

/// Something of a recording: its id, its file, what.
pub type Recorded = (Arc<str>, Arc<str>, Chunk);

/// The listeners of one channel.
#[derive(Debug, Default)]
pub struct Taps {
    recorders: Vec<Recorder>,
    detector: Option<Box<Detector>>,
    /// Players that voice ends.
    barge_ins: Vec<(Arc<str>, BargeIn)>,
    out: VecDeque<Recorded>,
    has_recorded: bool,
}

#[derive(Debug)]
struct Detector {
    resampler: Option<Resampler>,
    digits: Option<DtmfDetector>,
    tones: Option<Box<ToneDetector>>,
}

/// What a detector heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InBand {
    /// A key, by its letter.
    Digit(u8),
    /// It was let go after so many ms.
    DigitEnded(u8, u32),
    /// A machine.
    Tone(ToneKind),
}

impl Taps {
    /// Makes the recordings what they should be; one that is wanted no more ends.
    pub fn set_recorders(&mut self, now: Moment, wanted: &[RecorderConfig], rate_hz: u32) {
        self.has_recorded |= !wanted.is_empty();
        let out = &mut self.out;
        self.recorders.retain_mut(|recorder| {
            let keep = wanted
                .iter()
                .any(|config| config.id == recorder.config().id);
            if !keep {
                let (id, file) = names(recorder);
                recorder.end("finished.requested", &mut |chunk| {
                    out.push_back((id.clone(), file.clone(), chunk))
                });
            }
            keep
        });
        for config in wanted {
            let place = self
                .recorders
                .iter()
                .position(|recorder| recorder.config().id == config.id);
            let place = place.unwrap_or_else(|| {
                self.recorders.push(Recorder::new(config, rate_hz));
                self.recorders.len() - 1
            });
            let recorder = &mut self.recorders[place];
            let (id, file) = names(recorder);
            recorder.configure(now, config, &mut |chunk| {
                out.push_back((id.clone(), file.clone(), chunk))
            });
        }
    }

    /// Listens for digits and for machines' tones in the audio, or no more.
    pub fn set_detection(&mut self, digits: bool, tones: bool, rate_hz: u32) {
        if !digits && !tones {
            self.detector = None;
            return;
        }
        let detector = self.detector.get_or_insert_with(|| {
            let differs = rate_hz != DETECTOR_RATE_HZ;
            Box::new(Detector {
                resampler: differs
                    .then(|| Resampler::new(rate_hz, DETECTOR_RATE_HZ))
                    .flatten(),
                digits: None,
                tones: None,
            })
        });
        if detector.digits.is_some() != digits {
            detector.digits = digits.then(DtmfDetector::new);
        }
        if detector.tones.is_some() != tones {
            detector.tones = tones.then(|| Box::new(ToneDetector::new()));
        }
    }

    /// Listens for voice that ends these players, and for no others.
    pub fn set_barge_ins(&mut self, wanted: &[(Arc<str>, VoiceConfig)], rate_hz: u32) {
        self.barge_ins
            .retain(|(id, _)| wanted.iter().any(|(other, _)| other == id));
        for (id, config) in wanted {
            if !self.barge_ins.iter().any(|(other, _)| other == id) {
                let barge_in = BargeIn::new(rate_hz, *config);
                self.barge_ins.push((id.clone(), barge_in));
            }
        }
    }

    /// Whether voice may end a player.
    #[must_use]
    pub fn has_barge_ins(&self) -> bool {
        !self.barge_ins.is_empty()
    }

    /// The players that somebody speaks into in these 20 ms.
    pub fn spoken_into(&mut self, heard: &[i16]) -> Vec<Arc<str>> {
        let spoken = |(id, ear): &mut (Arc<str>, BargeIn)| ear.hears(heard).then(|| id.clone());
        self.barge_ins.iter_mut().filter_map(spoken).collect()
    }

    /// Whether a recording waits for the end of a player.
    #[must_use]
    pub fn wait_for_players(&self) -> bool {
        self.recorders
            .iter()
            .any(|recorder| recorder.waits_for().is_some())
    }

    /// Recordings behind players that are not to come or to end any more begin.
    pub fn release(&mut self, now: Moment, pending: impl Fn(&str) -> bool) {
        let out = &mut self.out;
        for recorder in &mut self.recorders {
            if recorder.waits_for().is_some_and(|id| !pending(id)) {
                let (id, file) = names(recorder);
                recorder.release(now, &mut |chunk| {
                    out.push_back((id.clone(), file.clone(), chunk))
                });
            }
        }
    }

    /// Whether what we hear is wanted.
    #[must_use]
    pub fn want_heard(&self) -> bool {
        self.detector.is_some() || self.has_barge_ins() || self.want_said()
    }

    /// Whether there is or was a recording.
    #[must_use]
    pub fn has_recorded(&self) -> bool {
        self.has_recorded
    }

    /// Whether what we say is wanted.
    #[must_use]
    pub fn want_said(&self) -> bool {
        self.recorders.iter().any(|recorder| !recorder.is_done())
    }

    /// Takes 20 ms of what we hear and say; `tell` is told of what the detectors heard in it.
    pub fn frame(
        &mut self,
        now: Moment,
        heard: &[i16],
        said: &[i16],
        mut tell: impl FnMut(InBand),
    ) {
        let out = &mut self.out;
        for recorder in &mut self.recorders {
            let (id, file) = names(recorder);
            recorder.frame(now, heard, said, &mut |chunk| {
                out.push_back((id.clone(), file.clone(), chunk))
            });
        }
        let Some(detector) = &mut self.detector else {
            return;
        };
        let mut narrow = [0i16; MAX_TICK_SAMPLES];
        let heard = match &mut detector.resampler {
            Some(resampler) => {
                let made = resampler.process(heard, &mut narrow);
                &narrow[..made]
            }
            None => heard,
        };
        if let Some(digits) = &mut detector.digits {
            digits.process(heard, |event| {
                tell(match event {
                    DigitHeard::Began(key) => InBand::Digit(key as u8),
                    DigitHeard::Ended { digit, duration_ms } => {
                        InBand::DigitEnded(digit as u8, duration_ms)
                    }
                });
            });
        }
        if let Some(tones) = &mut detector.tones {
            tones.process(heard, |kind| tell(InBand::Tone(kind)));
        }
    }

    /// Ends all recordings.
    pub fn end(&mut self, reason: &'static str) {
        let out = &mut self.out;
        for recorder in &mut self.recorders {
            let (id, file) = names(recorder);
            recorder.end(reason, &mut |chunk| {
                out.push_back((id.clone(), file.clone(), chunk))
            });
        }
    }

    /// What recordings gave, in order.
    #[inline]
    pub fn take(&mut self) -> Option<Recorded> {
        self.out.pop_front()
    }
}

fn names(recorder: &Recorder) -> (Arc<str>, Arc<str>) {
    (recorder.config().id.clone(), recorder.config().file.clone())
}
