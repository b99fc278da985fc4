//! RTP channels without I/O: packets in, packets out, time is an argument.
//!
//! Nothing here opens a socket, reads a clock or starts a thread; `rtp_engine` does that. Every part can be
//! tested alone, and no bytes from the wire can make any of it panic.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod channel;
pub mod clock;
pub mod codecs;
pub mod digits;
pub mod hearing;
pub mod mixing;
pub mod playing;
pub mod quality;
pub mod recorder;
pub mod rtcp;
pub mod rtp;
pub mod signal;
pub mod sounds;
pub mod speech;
pub mod tones;
