//! The 44-byte header of a 16-bit PCM WAV file that is still being written.
//!
//! A recorder writes [`open`] first, rewrites the header with [`closed`] at times and at the end. Until then the sizes
//! say "as much as there is" (0xFFFFFFFF less the header), which players take for "to the end of the file": a file
//! whose writer died stays playable.

/// Bytes before the first sample.
pub const HEADER_BYTES: usize = 44;

/// Longest data a WAV file can name; a recording stops here.
pub const MAX_DATA_BYTES: u32 = u32::MAX - HEADER_BYTES as u32;

/// Shape of the samples that follow the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavShape {
    /// 1 or 2; in stereo, left is what came in and right what went out.
    pub channels: u16,
    /// Samples a second of each channel.
    pub rate_hz: u32,
}

impl WavShape {
    /// The shape that a header of ours tells; nothing for one of anybody else.
    #[must_use]
    pub fn of(header: &[u8; HEADER_BYTES]) -> Option<Self> {
        let shape = WavShape {
            channels: u16::from_le_bytes([header[22], header[23]]),
            rate_hz: u32::from_le_bytes([header[24], header[25], header[26], header[27]]),
        };
        let sane = (1..=2).contains(&shape.channels) && (1..=192_000).contains(&shape.rate_hz);
        // All but the two sizes, which were true at another time.
        let ours = sane.then(|| open(shape))?;
        let same = header[..4] == ours[..4] && header[8..40] == ours[8..40];
        same.then_some(shape)
    }

    fn block_bytes(self) -> u16 {
        self.channels * 2
    }

    /// Bytes of data that last this long.
    #[must_use]
    pub fn data_bytes(self, ms: u64) -> u64 {
        ms * u64::from(self.rate_hz) / 1000 * u64::from(self.block_bytes())
    }

    /// How long this much data lasts.
    #[must_use]
    pub fn duration_ms(self, data_bytes: u64) -> u64 {
        data_bytes / u64::from(self.block_bytes()) * 1000 / u64::from(self.rate_hz)
    }
}

/// Header of a file whose end is not known.
#[must_use]
pub fn open(shape: WavShape) -> [u8; HEADER_BYTES] {
    closed(shape, MAX_DATA_BYTES)
}

/// Header of a file with this much data; more than [`MAX_DATA_BYTES`] is given as that.
#[must_use]
pub fn closed(shape: WavShape, data_bytes: u32) -> [u8; HEADER_BYTES] {
    let data_bytes = data_bytes.min(MAX_DATA_BYTES);
    let mut header = [0; HEADER_BYTES];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        header[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"RIFF");
    put(&(data_bytes + HEADER_BYTES as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16u32.to_le_bytes());
    put(&1u16.to_le_bytes());
    put(&shape.channels.to_le_bytes());
    put(&shape.rate_hz.to_le_bytes());
    put(&(shape.rate_hz * u32::from(shape.block_bytes())).to_le_bytes());
    put(&shape.block_bytes().to_le_bytes());
    put(&16u16.to_le_bytes());
    put(b"data");
    put(&data_bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sounds::wav::Wav;

    #[test]
    fn a_header_of_ours_tells_its_shape_at_any_size() {
        for channels in 1..=2 {
            let shape = WavShape {
                channels,
                rate_hz: 16_000,
            };
            for header in [open(shape), closed(shape, 0), closed(shape, 320)] {
                assert_eq!(WavShape::of(&header), Some(shape));
            }
        }
        assert_eq!(WavShape::of(&[0; HEADER_BYTES]), None);
        assert_eq!(WavShape::of(&[0xff; HEADER_BYTES]), None);
    }

    const STEREO: WavShape = WavShape {
        channels: 2,
        rate_hz: 16000,
    };

    // covers: EN-070
    #[test]
    fn test_header_byte_for_byte() {
        let wanted = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\x3e\0\0\0\xfa\0\0\x04\0\x10\0data\x08\0\0\0";
        assert_eq!(&closed(STEREO, 8), wanted);
    }

    #[test]
    fn test_file_that_was_never_closed_plays_to_its_end() {
        let mut file = open(STEREO).to_vec();
        file.extend_from_slice(&[1, 0, 2, 0, 3, 0, 4, 0]);
        let wav = Wav::open(&mut std::io::Cursor::new(file)).expect("an open file is valid");
        assert_eq!(wav.frames(), 2);
    }

    #[test]
    fn test_lengths_follow_the_shape() {
        assert_eq!(STEREO.data_bytes(500), 32000);
        assert_eq!(STEREO.duration_ms(32000), 500);
    }
}
