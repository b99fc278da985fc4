//! MP3, as far as we hand it to its decoder, and the decoder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp_core::sounds::mp3::{is_mp3, to_mono};

fuzz_target!(|file: &[u8]| {
    let _ = (is_mp3(file), to_mono(file, 16_000));
});
