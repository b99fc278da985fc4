//! WAV: the chunks, the shape, and the samples at each of our rates.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use rtp_core::sounds::to_mono;
use rtp_core::sounds::wav::Wav;
use rtp_core::sounds::wav_header::{WavShape, HEADER_BYTES};

fuzz_target!(|file: &[u8]| {
    if let Some(header) = file.first_chunk::<HEADER_BYTES>() {
        if let Some(shape) = WavShape::of(header) {
            assert!(
                Wav::open(&mut Cursor::new(file)).is_ok()
                    || shape.rate_hz > 48_000
                    || shape.rate_hz < 8000
            );
        }
    }
    let Ok(wav) = Wav::open(&mut Cursor::new(file)) else {
        return;
    };
    if let Ok(pcm) = to_mono(file, wav.rate_hz) {
        assert_eq!(pcm.len() as u64, wav.frames());
    }
    for rate_hz in [8000, 16_000, 48_000] {
        let _ = to_mono(file, rate_hz);
    }
    let _ = wav.duration_ms();
});
