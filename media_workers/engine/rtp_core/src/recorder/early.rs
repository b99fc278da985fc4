//! What a recording that has not begun has heard of late: it begins with it, so that no first word is cut off.

use std::collections::VecDeque;

/// Kept before the first voice, in frames of 20 ms: a soft onset, and what the detector needed to be sure.
const MARGIN: usize = 15;

/// Frames of both sides, the oldest first.
#[derive(Debug, Default)]
pub struct Early {
    frames: VecDeque<Frame>,
    /// How many of them are voice.
    voiced: usize,
}

#[derive(Debug, Default)]
struct Frame {
    heard: Vec<i16>,
    said: Vec<i16>,
    voice: bool,
}

impl Early {
    /// Adds a frame; at most so many are kept.
    pub fn keep(&mut self, heard: &[i16], said: &[i16], voice: bool, most: usize) {
        let mut room = Frame::default();
        while self.frames.len() >= most.max(1) {
            room = self.pop().unwrap_or_default();
        }
        room.heard.clear();
        room.heard.extend_from_slice(heard);
        room.said.clear();
        room.said.extend_from_slice(said);
        room.voice = voice;
        self.voiced += usize::from(voice);
        self.frames.push_back(room);
    }

    /// As many as there may be while a player is waited for: few until somebody speaks.
    #[must_use]
    pub fn most(&self, pre_roll: usize) -> usize {
        if self.voiced > 0 {
            pre_roll
        } else {
            pre_roll.min(MARGIN)
        }
    }

    /// Forgets what was before the first voice, or all but the last few when there was none.
    pub fn trim(&mut self, last: usize) {
        let first = self.frames.iter().position(|frame| frame.voice);
        let keep = match first {
            Some(place) => self.frames.len() - place.saturating_sub(MARGIN),
            None => last,
        };
        while self.frames.len() > keep {
            self.pop();
        }
    }

    /// Whether somebody spoke.
    #[must_use]
    pub fn has_voice(&self) -> bool {
        self.voiced > 0
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// The oldest, both sides.
    pub fn take(&mut self) -> Option<(Vec<i16>, Vec<i16>)> {
        self.pop().map(|frame| (frame.heard, frame.said))
    }

    fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.voiced -= usize::from(frame.voice);
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(voices: &[bool], most: usize) -> Early {
        let mut early = Early::default();
        for (n, voice) in voices.iter().enumerate() {
            early.keep(&[n as i16], &[0], *voice, most);
        }
        early
    }

    #[test]
    fn the_margin_before_the_first_voice_is_kept_and_all_after_it() {
        let mut voices = [false; 100];
        voices[40] = true;
        let mut early = of(&voices, 80);
        assert_eq!((early.len(), early.has_voice()), (80, true));
        early.trim(0);
        assert_eq!(early.len(), 75);
        assert_eq!(early.take(), Some((vec![25], vec![0])));
    }

    #[test]
    fn silence_is_not_kept() {
        let mut early = of(&[false; 100], 50);
        assert_eq!((early.most(50), early.len()), (MARGIN, 50));
        early.trim(10);
        assert_eq!(early.len(), 10);
        early.trim(0);
        assert_eq!(early.take(), None);
    }

    #[test]
    fn voice_that_is_too_long_ago_is_forgotten() {
        let mut voices = [false; 60];
        voices[0] = true;
        let early = of(&voices, 50);
        assert!(!early.has_voice());
    }
}
