//! MP3 (and its older layers) from memory, through a pure Rust decoder.

use crate::signal::resample;
use nanomp3::{Channels, Decoded};

/// Longest file decoded: an hour of music would be 600 MB of samples; what is longer is no prompt.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// True if these bytes look like MPEG audio.
#[must_use]
pub fn is_mp3(file: &[u8]) -> bool {
    nanomp3::detect(file)
}

/// All of it as mono at this rate; `None` if there is no audio in it, or nothing that can be converted.
#[must_use]
pub fn to_mono(file: &[u8], rate_hz: u32) -> Option<Vec<i16>> {
    if file.len() > MAX_FILE_BYTES {
        return None;
    }
    let decoded: Decoded<i16> = nanomp3::decode_all(file);
    let mono = match decoded.channels? {
        Channels::Mono => decoded.samples,
        Channels::Stereo => {
            let mean = |pair: &[i16]| ((i32::from(pair[0]) + i32::from(pair[1])) / 2) as i16;
            decoded.samples.chunks_exact(2).map(mean).collect()
        }
    };
    resample::convert(&mono, decoded.sample_rate, rate_hz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TONE: &[u8] = include_bytes!("../../tests/data/sounds/tone.mp3");

    #[test]
    fn test_half_a_second_of_a_tone() {
        assert!(is_mp3(TONE));
        let pcm = to_mono(TONE, 8000).expect("audio");
        // So small a file does not tell how much of its first and last frame is padding.
        assert!((4000..=4700).contains(&pcm.len()), "{}", pcm.len());
        let middle = &pcm[1000..3000];
        let crossings = middle
            .windows(2)
            .filter(|pair| (pair[0] < 0) != (pair[1] < 0))
            .count();
        assert!((495..=505).contains(&crossings), "{crossings}");
        let peak = middle.iter().copied().max();
        assert!(
            peak.is_some_and(|peak| (7000..11_000).contains(&peak)),
            "{peak:?}"
        );
    }

    #[test]
    fn test_what_is_none_gives_nothing() {
        assert!(!is_mp3(b"RIFF....WAVE, and so on, long enough to look at"));
        assert_eq!(to_mono(&[0; 5000], 8000), None);
    }

    proptest! {
        #[test]
        fn test_damaged_files_are_borne(place in 0usize..2000, byte: u8, end in 0usize..2500) {
            let mut file = TONE.to_vec();
            let len = file.len();
            file[place % len] = byte;
            file.truncate(end);
            prop_assert!(to_mono(&file, 8000).is_none_or(|pcm| pcm.len() < 10_000));
        }
    }
}
