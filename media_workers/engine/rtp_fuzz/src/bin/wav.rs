//! WAV: the chunks, the shape, and the samples at each of our rates.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp_core::sounds::wav::Wav;
use rtp_core::sounds::wav_header::{WavShape, HEADER_BYTES};

fuzz_target!(|file: &[u8]| {
    if let Some(header) = file.first_chunk::<HEADER_BYTES>() {
        if let Some(shape) = WavShape::of(header) {
            assert!(Wav::parse(file).is_ok() || shape.rate_hz > 48_000 || shape.rate_hz < 8000);
        }
    }
    let Ok(wav) = Wav::parse(file) else { return };
    assert_eq!(wav.to_mono(wav.rate_hz).len(), wav.frames());
    for rate_hz in [8000, 16_000, 48_000] {
        let _ = wav.to_mono(rate_hz);
    }
    let _ = wav.duration_ms();
});
