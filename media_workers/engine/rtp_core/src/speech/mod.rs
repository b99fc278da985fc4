//! Speech and its absence: voice activity, barge-in, comfort noise, and silence that is not sent.

pub mod barge_in;
pub mod cn;
pub mod hush;
pub mod power;
pub mod vad;
