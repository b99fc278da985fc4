//! Eight 16-bit integers at once, for the codecs' inner loops.
//!
//! On x86-64 these are SSE2 instructions, which every such machine has; elsewhere they are spelled out. Both give the same results, bit for bit.

#[cfg(not(target_arch = "x86_64"))]
pub use portable::{I16x8, I32x4};
#[cfg(target_arch = "x86_64")]
pub use x86::{I16x8, I32x4};

fn padded(values: &[i16]) -> [i16; 8] {
    std::array::from_fn(|lane| values.get(lane).copied().unwrap_or(0))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use safe_arch::{
        add_i16_m128i, add_i32_m128i, add_saturating_i16_m128i, bitand_m128i, bitor_m128i,
        bitxor_m128i, byte_shl_imm_u128_m128i, get_i32_from_m128i_s, insert_i16_from_i32_m128i,
        m128i, max_i16_m128i, min_i16_m128i, mul_i16_horizontal_add_m128i, mul_i16_keep_high_m128i,
        mul_i16_keep_low_m128i, pack_i32_to_i16_m128i, set_i32_m128i_s, set_splat_i16_m128i,
        set_splat_i32_m128i, shr_imm_i16_m128i, shr_imm_i32_m128i, shr_imm_u16_m128i,
        shuffle_ai_f32_all_m128i, sub_i16_m128i, sub_saturating_i16_m128i, unpack_high_i32_m128i,
        unpack_low_i32_m128i,
    };

    /// Eight 16-bit lanes.
    #[derive(Debug, Clone, Copy)]
    pub struct I16x8(m128i);

    /// Four 32-bit lanes.
    #[derive(Debug, Clone, Copy)]
    pub struct I32x4(m128i);

    impl I16x8 {
        /// From an array, lane 0 first.
        #[inline(always)]
        #[must_use]
        pub fn new(a: [i16; 8]) -> Self {
            Self(m128i::from(a))
        }

        /// The first eight values of a slice; what is missing is 0.
        #[inline(always)]
        #[must_use]
        pub fn load(values: &[i16]) -> Self {
            match values.first_chunk::<8>() {
                Some(lanes) => Self::new(*lanes),
                None => Self::new(super::padded(values)),
            }
        }

        /// All lanes the same.
        #[inline(always)]
        #[must_use]
        pub fn splat(value: i16) -> Self {
            Self(set_splat_i16_m128i(value))
        }

        /// Lane by lane, wrapping.
        #[inline(always)]
        #[must_use]
        pub fn wrapping_add(self, other: Self) -> Self {
            Self(add_i16_m128i(self.0, other.0))
        }

        /// Lane by lane, wrapping.
        #[inline(always)]
        #[must_use]
        pub fn wrapping_sub(self, other: Self) -> Self {
            Self(sub_i16_m128i(self.0, other.0))
        }

        /// Lane by lane, limited to the range.
        #[inline(always)]
        #[must_use]
        pub fn saturating_add(self, other: Self) -> Self {
            Self(add_saturating_i16_m128i(self.0, other.0))
        }

        /// Lane by lane, all bits.
        #[inline(always)]
        #[must_use]
        pub fn xor(self, other: Self) -> Self {
            Self(bitxor_m128i(self.0, other.0))
        }

        /// Lane by lane, limited to the range.
        #[inline(always)]
        #[must_use]
        pub fn saturating_sub(self, other: Self) -> Self {
            Self(sub_saturating_i16_m128i(self.0, other.0))
        }

        /// Lane by lane the smaller one.
        #[inline(always)]
        #[must_use]
        pub fn min(self, other: Self) -> Self {
            Self(min_i16_m128i(self.0, other.0))
        }

        /// Lane by lane the larger one.
        #[inline(always)]
        #[must_use]
        pub fn max(self, other: Self) -> Self {
            Self(max_i16_m128i(self.0, other.0))
        }

        /// Lane by lane, all bits.
        #[inline(always)]
        #[must_use]
        pub fn and(self, other: Self) -> Self {
            Self(bitand_m128i(self.0, other.0))
        }

        /// Lane by lane, rounded down.
        #[inline(always)]
        #[must_use]
        pub fn shift_right<const BITS: i32>(self) -> Self {
            Self(shr_imm_i16_m128i::<BITS>(self.0))
        }

        /// -1 where negative, else 0.
        #[inline(always)]
        #[must_use]
        pub fn sign(self) -> Self {
            self.shift_right::<15>()
        }

        /// Two values in lanes 0 and 1, and 0 in the others.
        #[inline(always)]
        #[must_use]
        pub fn pair(first: i16, second: i16) -> Self {
            Self(set_i32_m128i_s(
                i32::from(second) << 16 | i32::from(first) & 0xffff,
            ))
        }

        /// Lanes 0 and 1.
        #[inline(always)]
        #[must_use]
        pub fn to_pair(self) -> (i16, i16) {
            let both = get_i32_from_m128i_s(self.0);
            (both as i16, (both >> 16) as i16)
        }

        /// The products' upper 16 bits: rounded down.
        #[inline(always)]
        #[must_use]
        pub fn mul_high(self, other: Self) -> Self {
            Self(mul_i16_keep_high_m128i(self.0, other.0))
        }

        /// The products shifted right by 15, rounded down; -1 times -1 is limited.
        #[inline(always)]
        #[must_use]
        pub fn mul_q15(self, other: Self) -> Self {
            let high = mul_i16_keep_high_m128i(self.0, other.0);
            let high = add_saturating_i16_m128i(high, high);
            let low = shr_imm_u16_m128i::<15>(mul_i16_keep_low_m128i(self.0, other.0));
            Self(bitor_m128i(high, low))
        }

        /// All lanes move up by one, the last falls out, and this value comes in at lane 0.
        #[inline(always)]
        #[must_use]
        pub fn push_front(self, value: i16) -> Self {
            Self(insert_i16_from_i32_m128i::<0>(
                byte_shl_imm_u128_m128i::<2>(self.0),
                i32::from(value),
            ))
        }

        /// Products of even lanes plus products of odd lanes.
        #[inline(always)]
        #[must_use]
        pub fn multiply_pairs(self, other: Self) -> I32x4 {
            I32x4(mul_i16_horizontal_add_m128i(self.0, other.0))
        }

        /// Sum of all lanes.
        #[inline(always)]
        #[must_use]
        pub fn sum(self) -> i32 {
            self.multiply_pairs(Self::splat(1)).sum()
        }

        /// Sums of all lanes of two vectors, limited to the range, in lanes 0 and 1; the others mean nothing.
        #[inline(always)]
        #[must_use]
        pub fn sums(first: Self, second: Self) -> Self {
            let (first, second) = (
                first.multiply_pairs(Self::splat(1)).0,
                second.multiply_pairs(Self::splat(1)).0,
            );
            let halves = add_i32_m128i(
                unpack_low_i32_m128i(first, second),
                unpack_high_i32_m128i(first, second),
            );
            let sums = add_i32_m128i(halves, shuffle_ai_f32_all_m128i::<0b01_00_11_10>(halves));
            Self(pack_i32_to_i16_m128i(sums, sums))
        }
    }

    impl I32x4 {
        /// All lanes the same.
        #[inline(always)]
        #[must_use]
        pub fn splat(value: i32) -> Self {
            Self(set_splat_i32_m128i(value))
        }

        /// Lane by lane, wrapping.
        #[inline(always)]
        #[must_use]
        pub fn wrapping_add(self, other: Self) -> Self {
            Self(add_i32_m128i(self.0, other.0))
        }

        /// Lane by lane, rounded down.
        #[inline(always)]
        #[must_use]
        pub fn shift_right<const BITS: i32>(self) -> Self {
            Self(shr_imm_i32_m128i::<BITS>(self.0))
        }

        /// Sum of all lanes.
        #[inline(always)]
        #[must_use]
        pub fn sum(self) -> i32 {
            let pairs = add_i32_m128i(self.0, shuffle_ai_f32_all_m128i::<0b01_00_11_10>(self.0));
            get_i32_from_m128i_s(add_i32_m128i(
                pairs,
                shuffle_ai_f32_all_m128i::<0b10_11_00_01>(pairs),
            ))
        }

        /// As an array, lane 0 first.
        #[inline(always)]
        #[must_use]
        pub fn to_array(self) -> [i32; 4] {
            <[i32; 4]>::from(self.0)
        }
    }
}

/// The same, spelled out.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use std::array::from_fn;

    /// Eight 16-bit lanes.
    #[derive(Debug, Clone, Copy)]
    pub struct I16x8([i16; 8]);

    /// Four 32-bit lanes.
    #[derive(Debug, Clone, Copy)]
    pub struct I32x4([i32; 4]);

    impl I16x8 {
        /// From an array, lane 0 first.
        #[must_use]
        pub fn new(lanes: [i16; 8]) -> Self {
            Self(lanes)
        }

        /// The first eight values of a slice; what is missing is 0.
        #[must_use]
        pub fn load(values: &[i16]) -> Self {
            Self::new(super::padded(values))
        }

        /// All lanes the same.
        #[must_use]
        pub fn splat(value: i16) -> Self {
            Self([value; 8])
        }

        /// Lane by lane, wrapping.
        #[must_use]
        pub fn wrapping_add(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n].wrapping_add(other.0[n])))
        }

        /// Lane by lane, wrapping.
        #[must_use]
        pub fn wrapping_sub(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n].wrapping_sub(other.0[n])))
        }

        /// Lane by lane, limited to the range.
        #[must_use]
        pub fn saturating_add(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n].saturating_add(other.0[n])))
        }

        /// Lane by lane, all bits.
        #[must_use]
        pub fn xor(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n] ^ other.0[n]))
        }

        /// Lane by lane, limited to the range.
        #[must_use]
        pub fn saturating_sub(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n].saturating_sub(other.0[n])))
        }

        /// Lane by lane the smaller one.
        #[must_use]
        pub fn min(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n].min(other.0[n])))
        }

        /// Lane by lane the larger one.
        #[must_use]
        pub fn max(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n].max(other.0[n])))
        }

        /// Lane by lane, all bits.
        #[must_use]
        pub fn and(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n] & other.0[n]))
        }

        /// Lane by lane, rounded down.
        #[must_use]
        pub fn shift_right<const BITS: i32>(self) -> Self {
            Self(self.0.map(|lane| lane >> BITS))
        }

        /// -1 where negative, else 0.
        #[must_use]
        pub fn sign(self) -> Self {
            self.shift_right::<15>()
        }

        /// Two values in lanes 0 and 1, and 0 in the others.
        #[must_use]
        pub fn pair(first: i16, second: i16) -> Self {
            Self([first, second, 0, 0, 0, 0, 0, 0])
        }

        /// Lanes 0 and 1.
        #[must_use]
        pub fn to_pair(self) -> (i16, i16) {
            (self.0[0], self.0[1])
        }

        /// The products' upper 16 bits: rounded down.
        #[must_use]
        pub fn mul_high(self, other: Self) -> Self {
            Self(from_fn(|n| {
                ((i32::from(self.0[n]) * i32::from(other.0[n])) >> 16) as i16
            }))
        }

        /// The products shifted right by 15, rounded down; -1 times -1 is limited.
        #[must_use]
        pub fn mul_q15(self, other: Self) -> Self {
            Self(from_fn(|n| {
                ((i32::from(self.0[n]) * i32::from(other.0[n])) >> 15).min(32767) as i16
            }))
        }

        /// All lanes move up by one, the last falls out, and this value comes in at lane 0.
        #[must_use]
        pub fn push_front(self, value: i16) -> Self {
            Self(from_fn(|n| if n == 0 { value } else { self.0[n - 1] }))
        }

        /// Products of even lanes plus products of odd lanes.
        #[must_use]
        pub fn multiply_pairs(self, other: Self) -> I32x4 {
            let product = |n: usize| i32::from(self.0[n]) * i32::from(other.0[n]);
            I32x4(from_fn(|n| product(2 * n).wrapping_add(product(2 * n + 1))))
        }

        /// Sum of all lanes.
        #[must_use]
        pub fn sum(self) -> i32 {
            self.0.iter().map(|&lane| i32::from(lane)).sum()
        }

        /// Sums of all lanes of two vectors, limited to the range, in lanes 0 and 1; the others mean nothing.
        #[must_use]
        pub fn sums(first: Self, second: Self) -> Self {
            Self::pair(
                first.sum().clamp(-32768, 32767) as i16,
                second.sum().clamp(-32768, 32767) as i16,
            )
        }
    }

    impl I32x4 {
        /// All lanes the same.
        #[must_use]
        pub fn splat(value: i32) -> Self {
            Self([value; 4])
        }

        /// Lane by lane, wrapping.
        #[must_use]
        pub fn wrapping_add(self, other: Self) -> Self {
            Self(from_fn(|n| self.0[n].wrapping_add(other.0[n])))
        }

        /// Lane by lane, rounded down.
        #[must_use]
        pub fn shift_right<const BITS: i32>(self) -> Self {
            Self(self.0.map(|lane| lane >> BITS))
        }

        /// Sum of all lanes.
        #[must_use]
        pub fn sum(self) -> i32 {
            self.0.iter().fold(0, |sum, &lane| sum.wrapping_add(lane))
        }

        /// As an array, lane 0 first.
        #[must_use]
        pub fn to_array(self) -> [i32; 4] {
            self.0
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
