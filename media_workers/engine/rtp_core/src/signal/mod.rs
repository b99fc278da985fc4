//! Arithmetic on samples that codecs, mixers and prompts share.

pub mod lanes;
pub mod resample;
