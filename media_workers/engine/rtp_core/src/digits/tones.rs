//! Digits as tones in the audio (ITU-T Q.23), for a peer that takes no telephone events: one after the other, in the place
//! of whatever else it hears.

use std::collections::VecDeque;

use crate::digits::telephone_events::QUEUE_DIGITS;
use crate::tones::table;

/// Of a tone unless a duration is asked for, and of the silence behind it.
const TONE_MS: u32 = 100;

/// Sends digits to one peer.
#[derive(Debug, Default)]
pub struct DigitTones {
    queue: VecDeque<(u8, u32)>,
    /// The one that is heard, at this rate, up to here.
    sounding: (u8, u32),
    rate_hz: u32,
    pcm: Vec<i16>,
    at: usize,
}

impl DigitTones {
    /// Queues a digit, of so many ms (0 is the default); false when it is no key or the queue is full.
    pub fn push(&mut self, digit: u8, duration_ms: u32) -> bool {
        let known = table::digit_frequencies(char::from(digit)).is_some();
        let takes = known && self.queue.len() < QUEUE_DIGITS;
        if takes {
            self.queue.push_back((digit, duration_ms));
        }
        takes
    }

    /// Whether there is more to send.
    #[inline]
    #[must_use]
    pub fn any(&self) -> bool {
        self.at < self.pcm.len() || !self.queue.is_empty()
    }

    /// Forgets what has not been sent.
    pub fn clear(&mut self) {
        *self = DigitTones::default();
    }

    /// Replaces a frame by what is due; false when nothing is.
    pub fn fill(&mut self, frame: &mut [i16], rate_hz: u32) -> bool {
        if self.at >= self.pcm.len() {
            let Some(next) = self.queue.pop_front() else {
                return false;
            };
            (self.sounding, self.at) = (next, 0);
            self.render(rate_hz);
        } else if rate_hz != self.rate_hz {
            // What it is heard in the place of has become something else, at another rate.
            let at = self.at as u64 * u64::from(rate_hz) / u64::from(self.rate_hz.max(1));
            self.render(rate_hz);
            self.at = self.pcm.len().min(at as usize);
        }
        let rest = &self.pcm[self.at..];
        let count = rest.len().min(frame.len());
        frame[..count].copy_from_slice(&rest[..count]);
        frame[count..].fill(0);
        self.at += count;
        true
    }

    fn render(&mut self, rate_hz: u32) {
        let (digit, duration_ms) = self.sounding;
        let on_ms = match duration_ms {
            0 => TONE_MS,
            some => some.clamp(40, 8000),
        };
        let tone = table::digit(char::from(digit), on_ms, TONE_MS);
        self.pcm = tone.map(|tone| tone.to_pcm(rate_hz)).unwrap_or_default();
        self.rate_hz = rate_hz;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::in_band::{DigitHeard, DtmfDetector};

    // covers: EN-044
    #[test]
    fn digits_are_heard_one_after_the_other_with_their_durations() {
        let mut tones = DigitTones::default();
        assert!(tones.push(b'1', 0) && tones.push(b'#', 200) && !tones.push(b'F', 0));
        let (mut detector, mut heard) = (DtmfDetector::new(), Vec::new());
        let mut frames = 0;
        while tones.any() {
            let mut frame = [5000i16; 160];
            assert!(tones.fill(&mut frame, 8000));
            detector.process(&frame, |event| {
                if let DigitHeard::Ended { digit, duration_ms } = event {
                    heard.push((digit, duration_ms));
                }
            });
            frames += 1;
        }
        assert_eq!(frames, 10 + 15);
        assert!(
            matches!(heard[..], [('1', 80..=110), ('#', 180..=210)]),
            "{heard:?}"
        );
        assert!(!tones.fill(&mut [0; 160], 8000));
    }

    #[test]
    fn a_digit_stays_itself_when_the_rate_changes_within_it() {
        let mut tones = DigitTones::default();
        assert!(tones.push(b'1', 200));
        let (mut detector, mut heard) = (DtmfDetector::new(), Vec::new());
        for _ in 0..5 {
            assert!(tones.fill(&mut [0; 320], 16_000));
        }
        for _ in 0..10 {
            let mut frame = [0; 160];
            assert!(tones.fill(&mut frame, 8000));
            detector.process(&frame, |event| heard.push(event));
        }
        assert!(!tones.any());
        assert!(
            matches!(
                heard[..],
                [
                    DigitHeard::Began('1'),
                    DigitHeard::Ended {
                        digit: '1',
                        duration_ms: 80..=110
                    }
                ]
            ),
            "{heard:?}"
        );
    }
}
