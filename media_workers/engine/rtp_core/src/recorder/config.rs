//! What a recording should be, and what it gives.

use std::sync::Arc;

use crate::sounds::wav_header::WavShape;
use crate::speech::barge_in::VoiceConfig;

/// Whose sound is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// What we hear and what we say.
    #[default]
    Both,
    /// What we hear alone.
    Heard,
    /// What we say alone.
    Said,
}

/// What a recording should be. Power and voice are those of what we hear, or of what we say when that alone is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecorderConfig {
    /// A new id is a new recording; the same id changes the one there is.
    pub id: Arc<str>,
    /// Where it goes; opaque here.
    pub file: Arc<str>,
    /// Whose sound.
    pub source: Source,
    /// 2: left what we hear, right what we say. 1: their sum. One of them alone is always 1.
    pub channels: u16,
    /// It begins when this player has ended, however it does; the player is not in it.
    pub after_player: Option<Arc<str>>,
    /// The most that is kept of what was said before that; 0 is 10 s.
    pub pre_roll_ms: u32,
    /// It ends when nobody has spoken (or a gate has not opened) for so long from where it could begin; 0: it does not.
    pub max_wait_ms: u32,
    /// 0: no limit.
    pub max_duration_ms: u32,
    /// Power and silence do not end it before.
    pub min_duration_ms: u32,
    /// It ends when nobody has spoken for so long; 0: it does not.
    pub finish_after_silence_ms: u32,
    /// What counts as speaking.
    pub voice: VoiceConfig,
    /// RMS that begins it; 0: at once.
    pub start_above_power: u32,
    /// RMS that ends it; 0: never.
    pub finish_below_power: u32,
    /// Frames of 20 ms that power is averaged over; 0 is ten.
    pub average_frames: u32,
    /// Nothing is written.
    pub paused: bool,
    /// End it now.
    pub finished: bool,
}

/// What a recording gives, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// It begins.
    Begin(WavShape),
    /// Interleaved samples.
    Samples(Vec<i16>),
    /// Something to tell, in the words of the contract.
    Tell(&'static str),
    /// It has ended, and why.
    End(&'static str),
}
