//! Tones from scripts: what is read can be made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp_core::tones::table;

fuzz_target!(|text: &str| {
    let Ok(tone) = table::resolve(text) else {
        return;
    };
    let mut pcm = [0; 160];
    for position in [
        0,
        100,
        tone.samples(8000).saturating_sub(10),
        tone.samples(8000),
    ] {
        tone.render(8000, position, &mut pcm);
    }
    if tone.duration_ms() < 60_000 {
        assert_eq!(tone.to_pcm(8000).len() as u64, tone.samples(8000));
    }
});
