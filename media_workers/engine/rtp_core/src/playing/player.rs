//! What a channel plays: decoded sounds, shared by all who play them, and a position in their order.

use std::sync::Arc;

use crate::clock::Moment;
use crate::playing::soup::Sequencer;

/// A decoded sound at the rate of the channel.
#[derive(Debug)]
pub struct Sound {
    /// Samples a second.
    pub rate_hz: u32,
    /// Mono samples.
    pub samples: Arc<[i16]>,
    /// Louder or softer than recorded.
    pub gain_db: i32,
}

/// Plays a list of sounds.
#[derive(Debug)]
pub struct Player {
    /// Whose events these are.
    pub id: Arc<str>,
    sounds: Vec<Sound>,
    sequencer: Sequencer,
    /// A digit ends it.
    pub interruptible: bool,
    /// Nothing is sent until resumed.
    pub paused: bool,
}

impl Player {
    /// A player at the beginning; `sequencer` counts in samples of `sounds`, piece by piece.
    #[must_use]
    pub fn new(
        id: Arc<str>,
        sounds: Vec<Sound>,
        sequencer: Sequencer,
        interruptible: bool,
    ) -> Self {
        Player {
            id,
            sounds,
            sequencer,
            interruptible,
            paused: false,
        }
    }

    /// Samples a second of what [`Player::fill`] gives.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.sounds.first().map_or(8000, |sound| sound.rate_hz)
    }

    /// Goes to where a player stands that began so long ago: another worker's play goes on.
    pub fn seek_to(&mut self, began: Moment, now: Moment) {
        let rate = self.rate_hz();
        self.sequencer
            .seek(now.since_us(began).saturating_mul(u64::from(rate)) / 1_000_000);
    }

    /// Fills a frame; false when there was nothing left to fill it with. The last frame ends in silence.
    pub fn fill(&mut self, frame: &mut [i16]) -> bool {
        let mut filled = 0;
        while filled < frame.len() {
            let Some(stretch) = self.sequencer.next(frame.len() - filled) else {
                break;
            };
            let room = &mut frame[filled..filled + stretch.len];
            let from = stretch.from as usize;
            match self.sounds.get(stretch.piece) {
                Some(sound) => copy(sound, from, room),
                None => room.fill(0),
            }
            filled += stretch.len;
        }
        frame[filled..].fill(0);
        filled > 0
    }
}

fn copy(sound: &Sound, from: usize, room: &mut [i16]) {
    let Some(samples) = sound.samples.get(from..from + room.len()) else {
        room.fill(0);
        return;
    };
    if sound.gain_db == 0 {
        room.copy_from_slice(samples);
        return;
    }
    let factor = (10f32.powf(sound.gain_db.clamp(-60, 30) as f32 / 20.0) * 4096.0) as i64;
    for (out, sample) in room.iter_mut().zip(samples) {
        let scaled = (i64::from(*sample) * factor) >> 12;
        *out = scaled.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playing::soup::{Piece, Plays};

    fn player(lengths: &[usize], plays: Plays, gain_db: i32) -> Player {
        let mut pieces = Vec::new();
        let mut sounds = Vec::new();
        for (index, length) in lengths.iter().enumerate() {
            pieces.push(Piece::between(
                *length as u64,
                8000,
                0,
                None,
                Plays::Times(1),
            ));
            sounds.push(Sound {
                rate_hz: 8000,
                samples: vec![(index as i16 + 1) * 100; *length].into(),
                gain_db,
            });
        }
        Player::new("p".into(), sounds, Sequencer::new(pieces, plays), false)
    }

    #[test]
    fn frames_run_across_pieces_and_the_last_ends_in_silence() {
        let mut player = player(&[6, 3], Plays::Times(1), 0);
        let mut frame = [0i16; 5];
        assert!(player.fill(&mut frame));
        assert_eq!(frame, [100; 5]);
        assert!(player.fill(&mut frame));
        assert_eq!(frame, [100, 200, 200, 200, 0]);
        assert!(!player.fill(&mut frame));
    }

    #[test]
    fn a_player_taken_over_goes_on_where_it_would_stand() {
        let mut player = player(&[8, 8000], Plays::Times(1), 0);
        player.seek_to(Moment(1_000_000), Moment(1_000_500));
        let mut frame = [0i16; 6];
        player.fill(&mut frame);
        assert_eq!(frame, [100, 100, 100, 100, 200, 200]);
        player.seek_to(Moment(0), Moment(60_000_000));
        assert!(!player.fill(&mut frame));
    }

    #[test]
    fn gain_scales_and_clips() {
        let mut frame = [0i16; 1];
        player(&[1], Plays::Forever, 6).fill(&mut frame);
        assert!((198..=200).contains(&frame[0]), "{}", frame[0]);
        let mut loud = Player::new(
            "p".into(),
            vec![Sound {
                rate_hz: 8000,
                samples: vec![i16::MIN].into(),
                gain_db: 20,
            }],
            Sequencer::new(
                vec![Piece::between(1, 8000, 0, None, Plays::Times(1))],
                Plays::Times(1),
            ),
            false,
        );
        loud.fill(&mut frame);
        assert_eq!(frame[0], i16::MIN);
    }
}
