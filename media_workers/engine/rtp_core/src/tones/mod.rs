//! Tones by name and by line of text, made and recognised.

pub mod detect;
pub mod table;
pub mod tone;
