//! RTP on the wire (RFC 3550, RFC 3551): packets, their numbers, payload formats, and whose packets count.

pub mod allowed;
pub mod format;
pub mod latch;
pub mod numbering;
pub mod packet;
pub mod seq;
