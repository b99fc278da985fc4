//! Sound files of any kind, told by their first bytes: WAV, Opus in Ogg, MP3.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp_core::sounds;

fuzz_target!(|file: &[u8]| {
    if let Ok(pcm) = sounds::to_mono(file, 8000) {
        // What a small file may become: no more than an hour of sound.
        assert!(
            pcm.len() <= 3600 * 8000,
            "{} samples of {} bytes",
            pcm.len(),
            file.len()
        );
    }
});
