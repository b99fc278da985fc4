//! Opus in Ogg, and how long the end of a file says it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp_core::sounds::ogg_opus::{is_ogg, played_ms};
use rtp_core::sounds::to_mono;

fuzz_target!(|file: &[u8]| {
    let _ = played_ms(file);
    if is_ogg(file) {
        let _ = to_mono(file, 16_000);
    }
});
