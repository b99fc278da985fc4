//! MP3, as far as we hand it to its decoder, and the decoder.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use rtp_core::sounds::mp3::is_mp3;
use rtp_core::sounds::to_mono;

fuzz_target!(|file: &[u8]| {
    let _ = (is_mp3(&mut Cursor::new(file)), to_mono(file, 16_000));
});
