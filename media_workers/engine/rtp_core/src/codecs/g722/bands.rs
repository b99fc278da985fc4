//! The two ADPCM coders of G.722 (ITU-T G.722 section 3, blocks 1 to 4): quantisers and step sizes.

use crate::codecs::g722::predictor::Difference;

/// Decision levels of the 60-level quantiser, table 1 (levels 1 to 29, in units of the step size / 4096).
const DECISIONS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023,
    1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
const TOP_DECISION: usize = 2919;
/// Code of each interval, for negative and for positive differences (table 3).
const NEGATIVE_CODES: [u8; 30] = [
    63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10,
    9, 8, 7, 6, 5, 4,
];
const POSITIVE_CODES: [u8; 30] = [
    61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38,
    37, 36, 35, 34, 33, 32,
];
/// Reconstruction by the upper four bits of a code (table 7), and by all six (table 6), in units of the step / 32768.
const LEVELS_4: [i16; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584,
    1200, 0,
];
const LEVELS_6: [i16; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
    -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
    -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280,
    11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776,
    2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
/// What a code does to the logarithm of the step size (tables 9 and 10), by its upper four bits.
const STEP_CHANGES_LOW: [i16; 16] = [
    -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
];
/// The same, and the reconstruction (table 8), for the two bits of the upper band.
const STEP_CHANGES_HIGH: [i16; 4] = [798, -214, 798, -214];
const LEVELS_HIGH: [i16; 4] = [-7408, -1616, 7408, 1616];

/// Mantissas of the step size: 2048 · 2^(n/32) (table 11).
const MANTISSAS: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
/// Largest logarithms of the step size, lower and upper band.
const MAX_LOG_LOW: i32 = 18432;
const MAX_LOG_HIGH: i32 = 22528;
/// Long enough to be indexed without a check.
const STEPS: usize = 512;
static STEPS_LOW: [i32; STEPS] = steps(8);
static STEPS_HIGH: [i32; STEPS] = steps(10);

/// Step sizes by the upper bits of their logarithm (SCALEL, SCALEH).
const fn steps(exponent: i32) -> [i32; STEPS] {
    let mut table = [0; STEPS];
    let mut n = 0;
    while n <= MAX_LOG_HIGH as usize >> 6 {
        let mantissa = MANTISSAS[n & 31];
        let shift = exponent - (n as i32 >> 5);
        table[n] = if shift < 0 {
            mantissa << -shift
        } else {
            mantissa >> shift
        } << 2;
        n += 1;
    }
    table
}

/// 2^42 divided by each step, rounded up: (n · that) >> 42 is n / step, exactly, for n below 2^27.
static RECIPROCALS_LOW: [u64; STEPS] = {
    let mut table = [0; STEPS];
    let mut n = 0;
    while n <= MAX_LOG_LOW as usize >> 6 {
        table[n] = (1u64 << 42).div_ceil(STEPS_LOW[n] as u64);
        n += 1;
    }
    table
};

/// The code of each possible quotient, positive differences first.
static CODES_LOW: [[u8; 4096]; 2] = [codes(&POSITIVE_CODES), codes(&NEGATIVE_CODES)];

const fn codes(by_interval: &[u8; 30]) -> [u8; 4096] {
    let mut table = [0; 4096];
    let mut interval = 0;
    let mut quotient = 0;
    while quotient <= TOP_DECISION {
        while interval < 29 && DECISIONS[interval] as usize <= quotient {
            interval += 1;
        }
        table[quotient] = by_interval[interval];
        quotient += 1;
    }
    table
}

/// Step size of the lower band: 6 bits a sample, of which 4 drive the adaptation.
#[derive(Debug, Clone, Copy, Default)]
pub struct LowBand {
    log_step: i32,
}

impl LowBand {
    #[inline(always)]
    fn index(self) -> usize {
        (self.log_step >> 6) as usize % STEPS
    }

    /// Code of the difference between a sample and its prediction, and what the decoder will take it for.
    #[inline(always)]
    pub fn encode(&mut self, difference: i32) -> (u8, Difference) {
        let index = self.index();
        let sign = difference >> 31;
        let magnitude = difference ^ sign;
        let step = STEPS_LOW[index];
        let value = ((coarse(step, magnitude) ^ sign) - sign) >> 15;
        // All but the innermost interval are reconstructed as something: the smallest step times 1200 is over 2^15.
        let moves = magnitude >= (INNERMOST * step) >> 12;
        // An interval's edge is (decision · step) >> 12 <= magnitude, that is decision <= (magnitude + 1 - ε) / step.
        let quotient =
            ((((magnitude as u64) + 1) << 12) - 1).wrapping_mul(RECIPROCALS_LOW[index]) >> 42;
        let code = CODES_LOW[(sign & 1) as usize][(quotient as usize).min(TOP_DECISION)];
        self.adapt(code);
        (code, Difference { value, sign, moves })
    }

    /// What a code adds to the prediction for the sample, and what it adds for the adaptation.
    #[inline(always)]
    pub fn decode(&mut self, code: u8) -> (i32, Difference) {
        let step = STEPS_LOW[self.index()];
        let fine = (step * i32::from(LEVELS_6[usize::from(code & 0x3f)])) >> 15;
        let coarse = (step * i32::from(LEVELS_4[usize::from(code >> 2 & 15)])) >> 15;
        self.adapt(code);
        (fine, Difference::from(coarse))
    }

    #[inline(always)]
    fn adapt(&mut self, code: u8) {
        let change = i32::from(STEP_CHANGES_LOW[usize::from(code >> 2 & 15)]);
        self.log_step = (((self.log_step * 127) >> 7) + change).clamp(0, MAX_LOG_LOW);
    }
}

/// First decision level of the quantiser of four bits.
const INNERMOST: i32 = 72;

/// The reconstruction by four bits, times the step: all candidates are there before the magnitude is, and are chosen among
/// in three steps. This is the longest wait in the encoder.
#[inline(always)]
fn coarse(step: i32, magnitude: i32) -> i32 {
    let reaches = |decision: i32| magnitude >= (decision * step) >> 12;
    let level = |level: i32| level * step;
    let choose = |yes: bool, then: i32, otherwise: i32| if yes { then } else { otherwise };
    let level_0_1 = choose(reaches(INNERMOST), level(1200), 0);
    let level_2_3 = choose(reaches(422), level(4240), level(2584));
    let level_4_5 = choose(reaches(940), level(8968), level(6288));
    let level_6_7 = choose(reaches(1980), level(20456), level(12896));
    let level_0_3 = choose(reaches(233), level_2_3, level_0_1);
    let level_4_7 = choose(reaches(1339), level_6_7, level_4_5);
    choose(reaches(650), level_4_7, level_0_3)
}

/// Step size of the upper band: 2 bits a sample.
#[derive(Debug, Clone, Copy, Default)]
pub struct HighBand {
    log_step: i32,
}

impl HighBand {
    #[inline(always)]
    fn step(self) -> i32 {
        STEPS_HIGH[(self.log_step >> 6) as usize % STEPS]
    }

    /// Code of the difference between a sample and its prediction, and what the decoder will take it for.
    #[inline(always)]
    pub fn encode(&mut self, difference: i32) -> (u8, Difference) {
        let step = self.step();
        let sign = difference >> 31;
        let far = (difference ^ sign) >= (564 * step) >> 12;
        let quantised = if far { 7408 * step } else { 1616 * step };
        // Table 4: 0 is far below, 1 near below, 2 far above, 3 near above.
        let code = u8::from(!far) | (2 + 2 * sign) as u8;
        self.adapt(code);
        (code, Difference::from(((quantised ^ sign) - sign) >> 15))
    }

    /// What a code adds to the prediction.
    #[inline(always)]
    pub fn decode(&mut self, code: u8) -> i32 {
        let difference = (self.step() * i32::from(LEVELS_HIGH[usize::from(code & 3)])) >> 15;
        self.adapt(code);
        difference
    }

    #[inline(always)]
    fn adapt(&mut self, code: u8) {
        let change = i32::from(STEP_CHANGES_HIGH[usize::from(code & 3)]);
        self.log_step = (((self.log_step * 127) >> 7) + change).clamp(0, MAX_LOG_HIGH);
    }
}
