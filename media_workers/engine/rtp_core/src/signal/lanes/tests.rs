//! Tests of the lanes: each does sample by sample what the plain arithmetic does

use super::{portable, x86};
use proptest::prelude::*;

const WEIGHTS: [i16; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// Tells every lane apart: the plain sum, and one with weights.
macro_rules! print_of {
    ($module:ident, $lanes:expr) => {{
        let lanes: $module::I16x8 = $lanes;
        (
            lanes.sum(),
            lanes
                .multiply_pairs($module::I16x8::new(WEIGHTS))
                .to_array(),
        )
    }};
}

/// All operations on the same input.
macro_rules! all_of {
    ($module:ident, $a:expr, $b:expr) => {{
        let (a, b) = ($module::I16x8::new($a), $module::I16x8::new($b));
        let pairs = a.multiply_pairs(b);
        let lanes = [
            a.wrapping_add(b),
            a.wrapping_sub(b),
            a.saturating_add(b),
            a.xor(b),
            a.saturating_sub(b),
            a.min(b),
            a.max(b),
            a.and(b),
            a.shift_right::<7>(),
            a.sign(),
            $module::I16x8::pair($a[0], $b[0]),
            a.mul_high(b),
            a.mul_q15(b),
            a.push_front($b[3]),
            $module::I16x8::splat($a[5]),
            $module::I16x8::load(&$a[..usize::from($b[0].unsigned_abs() % 9)]),
        ];
        let shifted = pairs
            .shift_right::<11>()
            .wrapping_add($module::I32x4::splat(7));
        let sums = $module::I16x8::sums(a, b).to_pair();
        (
            lanes.map(|lanes| print_of!($module, lanes)),
            pairs.sum(),
            shifted.to_array(),
            sums,
        )
    }};
}

proptest! {
    #[test]
    fn test_instructions_do_what_is_spelled_out(a in any::<[i16; 8]>(), b in any::<[i16; 8]>()) {
        prop_assert_eq!(all_of!(x86, a, b), all_of!(portable, a, b));
    }
}

#[test]
fn test_extremes() {
    let (low, high) = ([i16::MIN; 8], [i16::MAX; 8]);
    for (a, b) in [(low, low), (low, high), (high, high)] {
        assert_eq!(all_of!(x86, a, b), all_of!(portable, a, b));
    }
}
