//! Speech and its absence: voice activity, comfort noise, and silence that is not sent.

pub mod cn;
pub mod hush;
pub mod vad;
