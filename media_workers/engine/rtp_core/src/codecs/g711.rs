//! G.711: mu-law and A-law by tables, both ways and across.
//!
//! The tables are made at compile time from the definition (ITU-T G.711, tables 1a to 2b, on 14 and 13 bits), so
//! that a lookup per sample is all a packet costs.

/// Bits of a sample that mu-law sees.
const ULAW_SHIFT: u32 = 2;
/// Bits of a sample that A-law sees.
const ALAW_SHIFT: u32 = 3;
/// Mu-law silence.
pub const ULAW_SILENCE: u8 = 0xff;
/// A-law silence.
pub const ALAW_SILENCE: u8 = 0xd5;

static ULAW_TO_LINEAR: [i16; 256] = ulaw_decode_table();
static ALAW_TO_LINEAR: [i16; 256] = alaw_decode_table();
static LINEAR_TO_ULAW: [u8; 1 << 14] = ulaw_encode_table();
static LINEAR_TO_ALAW: [u8; 1 << 13] = alaw_encode_table();
static ULAW_TO_ALAW: [u8; 256] = cross_table(&ULAW_TO_LINEAR, true);
static ALAW_TO_ULAW: [u8; 256] = cross_table(&ALAW_TO_LINEAR, false);

const fn ulaw_decode(code: u8) -> i16 {
    let code = !code;
    let exponent = (code >> 4) & 7;
    let magnitude = ((((code & 0x0f) as i16) << 3) + 0x84) << exponent;
    if code & 0x80 != 0 {
        0x84 - magnitude
    } else {
        magnitude - 0x84
    }
}

const fn alaw_decode(code: u8) -> i16 {
    let code = code ^ 0x55;
    let exponent = (code >> 4) & 7;
    let mantissa = ((code & 0x0f) as i16) << 4;
    let magnitude = match exponent {
        0 => mantissa + 8,
        _ => (mantissa + 0x108) << (exponent - 1),
    };
    if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

/// `sample` has 14 bits. Values beyond the law's range are clipped.
const fn ulaw_encode(sample: i32) -> u8 {
    let (magnitude, mask) = if sample < 0 {
        (-sample, 0x7f)
    } else {
        (sample, 0xff)
    };
    let biased = (if magnitude > 8158 { 8158 } else { magnitude }) + 33;
    let exponent = 31 - (biased as u32).leading_zeros() - 5;
    let code = ((exponent << 4) as u8) | (((biased >> (exponent + 1)) & 0x0f) as u8);
    code ^ mask
}

/// `sample` has 13 bits.
const fn alaw_encode(sample: i32) -> u8 {
    let (magnitude, mask) = if sample < 0 {
        (-sample - 1, 0x55)
    } else {
        (sample, 0xd5)
    };
    let code = if magnitude < 32 {
        magnitude >> 1
    } else {
        let exponent = 31 - (magnitude as u32).leading_zeros() as i32 - 4;
        (exponent << 4) | ((magnitude >> exponent) & 0x0f)
    };
    (code as u8) ^ mask
}

const fn ulaw_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = ulaw_decode(code as u8);
        code += 1;
    }
    table
}

const fn alaw_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = alaw_decode(code as u8);
        code += 1;
    }
    table
}

const fn ulaw_encode_table() -> [u8; 1 << 14] {
    let mut table = [0; 1 << 14];
    let mut index = 0;
    while index < table.len() {
        table[index] = ulaw_encode(((index as i32) << 18) >> 18);
        index += 1;
    }
    table
}

const fn alaw_encode_table() -> [u8; 1 << 13] {
    let mut table = [0; 1 << 13];
    let mut index = 0;
    while index < table.len() {
        table[index] = alaw_encode(((index as i32) << 19) >> 19);
        index += 1;
    }
    table
}

const fn cross_table(from: &[i16; 256], to_alaw: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let sample = from[code] as i32;
        table[code] = if to_alaw {
            alaw_encode(sample >> ALAW_SHIFT)
        } else {
            ulaw_encode(sample >> ULAW_SHIFT)
        };
        code += 1;
    }
    table
}

/// One mu-law byte as a sample.
#[inline]
pub fn from_ulaw(code: u8) -> i16 {
    ULAW_TO_LINEAR[usize::from(code)]
}

/// One A-law byte as a sample.
#[inline]
pub fn from_alaw(code: u8) -> i16 {
    ALAW_TO_LINEAR[usize::from(code)]
}

/// One sample as a mu-law byte.
#[inline]
pub fn to_ulaw(sample: i16) -> u8 {
    LINEAR_TO_ULAW[usize::from(sample as u16 >> ULAW_SHIFT)]
}

/// One sample as an A-law byte.
#[inline]
pub fn to_alaw(sample: i16) -> u8 {
    LINEAR_TO_ALAW[usize::from(sample as u16 >> ALAW_SHIFT)]
}

/// Rewrites mu-law as A-law in place.
#[inline]
pub fn ulaw_to_alaw(payload: &mut [u8]) {
    for byte in payload {
        *byte = ULAW_TO_ALAW[usize::from(*byte)];
    }
}

/// Rewrites A-law as mu-law in place.
#[inline]
pub fn alaw_to_ulaw(payload: &mut [u8]) {
    for byte in payload {
        *byte = ALAW_TO_ULAW[usize::from(*byte)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples that each code stands for, as (lowest, highest), by trying all 65,536.
    fn intervals(encode: fn(i16) -> u8) -> Vec<(i16, i16)> {
        let mut found = vec![(i16::MAX, i16::MIN); 256];
        for sample in i16::MIN..=i16::MAX {
            let interval = &mut found[usize::from(encode(sample))];
            *interval = (interval.0.min(sample), interval.1.max(sample));
        }
        found
    }

    /// G.711: the decoded value is the middle between the two decision values. What is clipped is left out.
    fn assert_middle(encode: fn(i16) -> u8, decode: fn(u8) -> i16, slack: i32, clips_at: i16) {
        let codes = intervals(encode);
        let all: i32 = codes
            .iter()
            .map(|(low, high)| i32::from(*high) - i32::from(*low) + 1)
            .filter(|n| *n > 0)
            .sum();
        assert_eq!(all, 65536, "intervals have no holes and do not overlap");
        for (code, (low, high)) in codes
            .iter()
            .enumerate()
            .filter(|(_, (low, high))| low <= high)
        {
            if low.checked_abs().is_none_or(|l| l >= clips_at) || high.abs() >= clips_at {
                continue;
            }
            let middle = (i32::from(*low) + i32::from(*high)) / 2;
            let off = (middle - i32::from(decode(code as u8))).abs();
            assert!(off <= slack, "code {code:#x}: {low}..{high}, off by {off}");
        }
    }

    // covers: EN-040
    #[test]
    fn all_65536_samples_decode_to_the_middle_of_their_interval() {
        assert_middle(to_ulaw, from_ulaw, 4, 32636);
        assert_middle(to_alaw, from_alaw, 4, 32767);
    }

    // covers: EN-040
    #[test]
    fn every_code_survives_decode_and_encode() {
        for code in 0..=255u8 {
            assert_eq!(to_alaw(from_alaw(code)), code);
            // 0x7f is the second zero of mu-law; it decodes to 0, whose code is 0xff.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(to_ulaw(from_ulaw(code)), expected);
        }
    }

    #[test]
    fn known_values_of_the_standard() {
        assert_eq!(
            (from_ulaw(0x00), from_ulaw(0x80), from_ulaw(0xff)),
            (-32124, 32124, 0)
        );
        assert_eq!(
            (from_alaw(0x2a), from_alaw(0xaa), from_alaw(0xd5)),
            (-32256, 32256, 8)
        );
        assert_eq!((to_ulaw(0), to_alaw(0)), (ULAW_SILENCE, ALAW_SILENCE));
        assert_eq!((to_ulaw(i16::MIN), to_ulaw(i16::MAX)), (0x00, 0x80));
        assert_eq!((to_alaw(i16::MIN), to_alaw(i16::MAX)), (0x2a, 0xaa));
    }

    #[test]
    fn crossing_tables_equal_decode_then_encode() {
        let mut across: Vec<u8> = (0..=255).collect();
        ulaw_to_alaw(&mut across);
        for (code, got) in across.iter().enumerate() {
            assert_eq!(*got, to_alaw(from_ulaw(code as u8)));
        }
        let mut back: Vec<u8> = (0..=255).collect();
        alaw_to_ulaw(&mut back);
        for (code, got) in back.iter().enumerate() {
            assert_eq!(*got, to_ulaw(from_alaw(code as u8)));
        }
    }
}
