//! RTP channels without I/O: packets in, packets out, time is an argument.
//!
//! Nothing here opens a socket, reads a clock or starts a thread; `rtp_engine` does that. Every part can be
//! tested alone, and no bytes from the wire can make any of it panic.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod bursts;
pub mod channel;
pub mod clock;
pub mod cn;
pub mod codec;
pub mod codec_g711;
pub mod codec_l16;
pub mod codecs;
pub mod config;
mod decoded;
pub mod delay;
pub mod dtmf;
pub mod dtmf_detect;
pub mod emodel;
pub mod format;
pub mod g711;
pub mod g722;
mod g722_bands;
mod g722_filters;
mod g722_predictor;
pub mod hearing;
pub mod hush;
pub mod jitter;
pub mod lanes;
pub mod latch;
pub mod mixer;
pub mod mp3;
pub mod numbering;
#[cfg(feature = "opus")]
pub mod ogg_opus;
#[cfg(feature = "opus")]
pub mod opus;
pub mod overlays;
pub mod packet;
pub mod player;
pub mod plc;
pub mod quality;
pub mod receiver;
pub mod recorder;
pub mod reporting;
pub mod resample;
pub mod rtcp;
pub mod sender;
pub mod seq;
pub mod sound;
pub mod soup;
pub mod speaker;
pub mod stats;
pub mod taps;
pub mod tone;
pub mod tone_detect;
pub mod tone_table;
pub mod vad;
pub mod voice;
pub mod wav;
pub mod wav_header;
pub mod xr;
