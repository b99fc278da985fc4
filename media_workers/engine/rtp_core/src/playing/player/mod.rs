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
mod tests;
