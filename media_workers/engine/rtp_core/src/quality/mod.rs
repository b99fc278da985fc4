//! What is counted of a stream, and how a call sounds by it.

pub mod bursts;
pub mod emodel;
pub mod stats;
