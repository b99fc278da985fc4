//! RTP channels without I/O: packets in, packets out, time is an argument.
//!
//! Nothing here opens a socket, reads a clock or starts a thread; `rtp_engine` does that. Every part can be
//! tested alone, and no bytes from the wire can make any of it panic.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod codec;
pub mod resample;
pub mod soup;
pub mod tone;
pub mod tone_table;
pub mod wav;
pub mod wav_header;

pub mod clock;
pub mod dtmf;
pub mod g711;
pub mod latch;
pub mod packet;
pub mod rtcp;
pub mod seq;
pub mod stats;
