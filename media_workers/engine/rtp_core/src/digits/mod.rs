//! Digits a caller presses: as telephone events, and as tones in the audio.

pub mod in_band;
pub mod telephone_events;
pub mod tones;
