//! MP3 (and its older layers), through a pure Rust decoder, frame by frame.

use crate::sounds::intake::Intake;
use crate::sounds::SoundError;
use nanomp3::{Channels, Error, Reader};
use std::io::{Read, Seek};

/// Samples of a frame, at the most.
const FRAME: usize = 1152;

/// True if this looks like MPEG audio; reads its beginning.
///
/// # Errors
/// If it cannot be read.
pub fn is_mp3<R: Read + Seek>(source: &mut R) -> std::io::Result<bool> {
    nanomp3::detect_reader(source)
}

/// All of it as mono; where its format changes, it ends.
///
/// # Errors
/// [`SoundError::Mp3`] if there is no audio in it, or nothing that can be converted.
pub fn decode<R: Read + Seek>(source: &mut R, intake: &mut Intake) -> Result<(), SoundError> {
    let mut reader = Reader::<_, i16>::new(source).map_err(failed)?;
    let channels = reader.channels().ok_or(SoundError::Mp3)?;
    if !intake.begin(reader.sample_rate()) {
        return Err(SoundError::Mp3);
    }
    intake.suppose(reader.total_samples().unwrap_or(0));
    loop {
        let frame = match reader.read_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) | Err(Error::FormatChanged) => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        match channels {
            Channels::Mono => intake.push(frame)?,
            Channels::Stereo => {
                for part in frame.chunks(2 * FRAME) {
                    let mut mono = [0i16; FRAME];
                    for (mean, pair) in mono.iter_mut().zip(part.chunks_exact(2)) {
                        *mean = ((i32::from(pair[0]) + i32::from(pair[1])) / 2) as i16;
                    }
                    intake.push(&mono[..part.len() / 2])?;
                }
            }
        }
    }
}

fn failed(error: Error) -> SoundError {
    match error {
        Error::Io(error) => SoundError::Read(error.kind()),
        _ => SoundError::Mp3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sounds::to_mono;
    use proptest::prelude::*;

    const TONE: &[u8] = include_bytes!("../../tests/data/sounds/tone.mp3");

    #[test]
    fn test_half_a_second_of_a_tone() {
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
        assert_eq!(to_mono(&[0; 5000], 8000), Err(SoundError::Unknown));
    }

    proptest! {
        #[test]
        fn test_damaged_files_are_borne(place in 0usize..2000, byte: u8, end in 0usize..2500) {
            let mut file = TONE.to_vec();
            let len = file.len();
            file[place % len] = byte;
            file.truncate(end);
            prop_assert!(to_mono(&file, 8000).map_or(true, |pcm| pcm.len() < 10_000));
        }
    }
}
