//! What is played: the playlist, the position in it, and what is laid over the rest.

pub mod overlays;
pub mod player;
pub mod soup;
