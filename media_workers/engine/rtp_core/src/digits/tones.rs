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
        if self.at >= self.pcm.len() && !self.begin(rate_hz) {
            return false;
        }
        let rest = &self.pcm[self.at..];
        let count = rest.len().min(frame.len());
        frame[..count].copy_from_slice(&rest[..count]);
        frame[count..].fill(0);
        self.at += count;
        true
    }

    fn begin(&mut self, rate_hz: u32) -> bool {
        let Some((digit, duration_ms)) = self.queue.pop_front() else {
            return false;
        };
        let on_ms = match duration_ms {
            0 => TONE_MS,
            some => some.clamp(40, 8000),
        };
        let tone = table::digit(char::from(digit), on_ms, TONE_MS);
        self.pcm = tone.map(|tone| tone.to_pcm(rate_hz)).unwrap_or_default();
        self.at = 0;
        !self.pcm.is_empty()
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
}
