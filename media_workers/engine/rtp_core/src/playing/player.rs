//! What a channel plays: decoded sounds, shared by all who play them, and a position in their order.

use std::sync::Arc;

use crate::playing::soup::Sequencer;
use crate::speech::barge_in::VoiceConfig;

/// A decoded sound at the rate of the channel.
#[derive(Debug)]
pub struct Sound {
    /// Samples a second.
    pub rate_hz: u32,
    /// Mono samples.
    pub samples: Arc<Vec<i16>>,
    /// Louder or softer than recorded.
    pub gain_db: i32,
}

/// What a player should be. All but its id and who hears it may change while it plays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayerConfig {
    /// A new id is a new play; the same id goes on.
    pub id: Arc<str>,
    /// Silent, and the position stands still.
    pub paused: bool,
    /// Louder or softer.
    pub gain_db: i32,
    /// How often it was sent elsewhere; a number that it has not seen sends it to `position_ms`.
    pub seeks: u32,
    /// From the beginning, all loops counted; past the end is the end.
    pub position_ms: u64,
    /// All of the group hear it, else the channel's peer alone; only of what is played over the rest.
    pub for_group: bool,
    /// Who speaks into it ends it.
    pub voice: Option<VoiceConfig>,
}

/// What a player gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// A frame; the last one ends in silence.
    Sound,
    /// Nothing: it is paused.
    Pause,
    /// Nothing: there is no more.
    End,
}

/// Plays a list of sounds. Whatever changes does so within a frame, without a click: the gain glides, and a pause or a
/// seek fades away what was heard and fades in what follows.
#[derive(Debug)]
pub struct Player {
    /// Whose events these are.
    pub id: Arc<str>,
    sounds: Vec<Sound>,
    sequencer: Sequencer,
    /// A digit ends it.
    pub interruptible: bool,
    paused: bool,
    /// In use, and what it glides to.
    gain: f32,
    wanted: f32,
    /// Nothing of it has been heard yet.
    fresh: bool,
    seeks: u32,
    sought: Option<u64>,
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
            gain: 1.0,
            wanted: 1.0,
            fresh: true,
            seeks: 0,
            sought: None,
        }
    }

    /// Samples a second of what [`Player::fill`] gives.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.sounds.first().map_or(8000, |sound| sound.rate_hz)
    }

    /// Begins so long after the beginning, where the seeks up to this one have led: another worker's play goes on.
    pub fn begin_at(&mut self, played_us: u64, seeks: u32) {
        self.sequencer.seek(self.samples_of(played_us));
        self.seeks = seeks;
    }

    /// Becomes what it should be.
    pub fn follow(&mut self, config: &PlayerConfig) {
        self.paused = config.paused;
        self.wanted = factor(config.gain_db);
        if self.seeks != config.seeks {
            self.seeks = config.seeks;
            self.sought = Some(self.samples_of(config.position_ms.saturating_mul(1000)));
        }
    }

    /// The next frame is the last, and fades away; false when nothing is heard that could.
    pub fn fade_out(&mut self) -> bool {
        self.wanted = 0.0;
        (self.paused, self.sought) = (false, None);
        !self.is_unheard()
    }

    fn samples_of(&self, us: u64) -> u64 {
        us.saturating_mul(u64::from(self.rate_hz())) / 1_000_000
    }

    fn is_unheard(&self) -> bool {
        self.fresh || self.gain == 0.0 || self.sequencer.is_at_end()
    }

    /// Fills a frame.
    pub fn fill(&mut self, frame: &mut [i16]) -> Fill {
        if self.is_unheard() {
            if let Some(position) = self.sought.take() {
                self.sequencer.seek(position);
            }
            if self.paused {
                return Fill::Pause;
            }
        }
        let leaves = self.paused || self.sought.is_some();
        let target = if leaves { 0.0 } else { self.wanted };
        if std::mem::take(&mut self.fresh) {
            self.gain = target;
        }
        let before = self.sequencer.position();
        if !self.copy_next(frame) {
            return Fill::End;
        }
        let from = std::mem::replace(&mut self.gain, target);
        if from != 1.0 || target != 1.0 {
            glide(frame, from, target);
        }
        if self.paused {
            self.sequencer.seek(before); // what faded away is heard again
        }
        Fill::Sound
    }

    fn copy_next(&mut self, frame: &mut [i16]) -> bool {
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

fn factor(gain_db: i32) -> f32 {
    10f32.powf(gain_db.clamp(-60, 30) as f32 / 20.0)
}

fn glide(frame: &mut [i16], from: f32, to: f32) {
    let step = (to - from) / frame.len().max(1) as f32;
    for (n, sample) in frame.iter_mut().enumerate() {
        *sample = (f32::from(*sample) * (from + step * n as f32)) as i16; // `as` saturates
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
    let factor = (factor(sound.gain_db) * 4096.0) as i64;
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
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        assert_eq!(frame, [100; 5]);
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        assert_eq!(frame, [100, 200, 200, 200, 0]);
        assert_eq!(player.fill(&mut frame), Fill::End);
    }

    #[test]
    fn a_player_taken_over_goes_on_where_it_would_stand() {
        let mut player = player(&[8, 8000], Plays::Times(1), 0);
        player.begin_at(500, 0);
        let mut frame = [0i16; 6];
        player.fill(&mut frame);
        assert_eq!(frame, [100, 100, 100, 100, 200, 200]);
        player.begin_at(60_000_000, 0);
        assert_eq!(player.fill(&mut frame), Fill::End);
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

    fn config(paused: bool, seeks: u32, position_ms: u64) -> PlayerConfig {
        PlayerConfig {
            paused,
            seeks,
            position_ms,
            ..PlayerConfig::default()
        }
    }

    /// A second that rises by one from sample to sample.
    fn ramp() -> Player {
        let piece = Piece::between(8000, 8000, 0, None, Plays::Times(1));
        let sound = Sound {
            rate_hz: 8000,
            samples: Arc::new((0..8000).collect()),
            gain_db: 0,
        };
        let sequencer = Sequencer::new(vec![piece], Plays::Times(1));
        Player::new("p".into(), vec![sound], sequencer, false)
    }

    #[test]
    fn a_pause_fades_stands_still_and_goes_on_where_it_faded() {
        let (mut player, mut frame) = (ramp(), [0i16; 160]);
        player.fill(&mut frame);
        player.follow(&config(true, 0, 0));
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        assert!(frame[0] == 160 && frame[159] < 4, "{frame:?}");
        for _ in 0..100 {
            assert_eq!(player.fill(&mut frame), Fill::Pause);
        }
        player.follow(&config(false, 0, 0));
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        assert!(frame[0] == 0 && frame[159] > 310, "{frame:?}");
        player.fill(&mut frame);
        assert_eq!((frame[0], frame[159]), (320, 479));
    }

    #[test]
    fn a_seek_fades_over_to_the_new_place_once() {
        let (mut player, mut frame) = (ramp(), [0i16; 160]);
        player.fill(&mut frame);
        for _ in 0..2 {
            player.follow(&config(false, 1, 500));
        }
        player.fill(&mut frame);
        assert!(frame[0] == 160 && frame[159] < 4, "{frame:?}");
        player.fill(&mut frame);
        assert!(frame[0] == 0 && frame[159] > 4100, "{frame:?}");
        player.follow(&config(false, 1, 500));
        player.fill(&mut frame);
        assert_eq!(frame[0], 4160);
        player.follow(&config(false, 2, 60_000));
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        assert_eq!(player.fill(&mut frame), Fill::End);
    }

    #[test]
    fn one_that_is_sought_or_paused_before_it_is_heard_begins_there_at_once() {
        let (mut player, mut frame) = (ramp(), [0i16; 160]);
        player.follow(&config(true, 1, 500));
        assert_eq!(player.fill(&mut frame), Fill::Pause);
        player.follow(&config(false, 1, 500));
        player.fill(&mut frame);
        assert_eq!((frame[0], frame[159]), (4000, 4159));
        let mut player = ramp();
        player.begin_at(250_000, 3); // taken over: the third seek led to where it began there
        player.follow(&config(false, 3, 100));
        player.fill(&mut frame);
        assert_eq!(frame[0], 2000);
    }

    #[test]
    fn at_its_end_it_can_still_be_sent_back() {
        let (mut player, mut frame) = (ramp(), [0i16; 160]);
        player.begin_at(980_000, 0);
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        player.follow(&config(true, 0, 0));
        assert_eq!(player.fill(&mut frame), Fill::Pause);
        player.follow(&config(false, 1, 0));
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        assert_eq!(frame[0], 0);
        assert!(player.fade_out());
        assert_eq!(player.fill(&mut frame), Fill::Sound);
        assert!(!player.fade_out());
    }
}
