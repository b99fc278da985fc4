//! Tones that machines make: fax calling and answering, special information tones, the beep of an answering machine, and
//! call progress (dial, ringing, busy, congestion).
//!
//! Blocks of 20 ms are silence, a single sine of some frequency, call progress (all energy between 300 and 680 Hz), or
//! something else. What they add up to is judged by the lengths of the stretches they form:
//!
//! ```text
//! sine 1100 Hz for 0.4-0.7 s                       fax CNG (ITU-T T.30)
//! sine 2100 Hz for 0.5 s                           fax CED, and modems (ITU-T V.25)
//! sines about 950, 1400, 1800 Hz in a row          SIT (ITU-T E.180)
//! sine of 600-2200 Hz for 0.12-1 s, then silence   beep
//! call progress for 3 s without a gap              dial
//! call progress, twice the same, as long as gaps   busy; congestion if shorter than 0.32 s
//! call progress, then 1.5-6 s of silence           ringing
//! ```

/// Rate of the audio; other rates are converted first.
pub const RATE_HZ: u32 = 8000;

const BLOCK: usize = 160;
const BLOCK_MS: u32 = 20;
/// Mean power below which it is silence: −50 dB below overload.
const SILENCE: f32 = 10_700.0;
/// Share of noise in a block that is still a sine.
const SINE_NOISE: f32 = 0.01;
/// Share of energy in the band that makes call progress.
const IN_BAND: f32 = 0.75;
/// A sine wanders so far within one stretch.
const WANDER: f32 = 0.03;

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToneKind {
    /// A fax machine calls.
    FaxCalling,
    /// A fax machine or modem answers.
    FaxAnswering,
    /// The three tones before an announcement of the network.
    SpecialInformation,
    /// The beep after a greeting.
    Beep,
    /// The exchange waits for digits.
    Dial,
    /// The far end rings.
    Ringing,
    /// The far end is busy.
    Busy,
    /// The network is.
    Congestion,
}

impl ToneKind {
    /// Name as in events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FaxCalling => "fax.cng",
            Self::FaxAnswering => "fax.ced",
            Self::SpecialInformation => "sit",
            Self::Beep => "beep",
            Self::Dial => "dial",
            Self::Ringing => "ringing",
            Self::Busy => "busy",
            Self::Congestion => "congestion",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Class {
    Silence,
    Sine(f32),
    Progress,
    Other,
}

impl Class {
    fn goes_on_as(self, next: Class) -> bool {
        match (self, next) {
            (Class::Sine(a), Class::Sine(b)) => (a - b).abs() < a * WANDER,
            (a, b) => a == b,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    class: Class,
    ms: u32,
}

/// Stretches that are remembered.
const PAST: usize = 5;

/// Listens to one stream.
#[derive(Debug, Clone)]
pub struct ToneDetector {
    block: [f32; BLOCK],
    filled: usize,
    band: BandPass,
    /// Newest first; the first one still lasts.
    stretches: [Stretch; PAST],
    /// The stretch that lasts was already told.
    told: bool,
}

impl Default for ToneDetector {
    fn default() -> Self {
        let nothing = Stretch {
            class: Class::Other,
            ms: 0,
        };
        Self {
            block: [0.0; BLOCK],
            filled: 0,
            band: BandPass::default(),
            stretches: [nothing; PAST],
            told: false,
        }
    }
}

impl ToneDetector {
    /// Hears nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes audio of any length and tells what it recognises: once each time it sounds.
    pub fn process(&mut self, pcm: &[i16], mut tell: impl FnMut(ToneKind)) {
        for &sample in pcm {
            self.block[self.filled] = f32::from(sample);
            self.filled += 1;
            if self.filled == BLOCK {
                self.filled = 0;
                let class = self.classify();
                self.follow(class, &mut tell);
            }
        }
    }

    fn classify(&mut self) -> Class {
        let energy: f32 = self.block.iter().map(|sample| sample * sample).sum();
        let in_band = self.band.energy(&self.block);
        if energy < SILENCE * BLOCK as f32 {
            return Class::Silence;
        }
        if in_band > IN_BAND * energy {
            return Class::Progress;
        }
        self.sine(energy).map_or(Class::Other, Class::Sine)
    }

    /// Frequency, if the block is one sine: then each sample is fixed by the two before, x(n) + x(n-2) = 2 cos w x(n-1).
    fn sine(&self, energy: f32) -> Option<f32> {
        let (mut product, mut middle, mut outer) = (0.0, 0.0, 0.0);
        for three in self.block.windows(3) {
            let sum = three[0] + three[2];
            product += sum * three[1];
            middle += three[1] * three[1];
            outer += sum * sum;
        }
        let cosine = product / (2.0 * middle);
        let rest = outer - 2.0 * cosine * product;
        // White noise would leave this much of itself.
        let noise = rest / (2.0 + 4.0 * cosine * cosine);
        let hz = cosine.clamp(-1.0, 1.0).acos() * RATE_HZ as f32 / std::f32::consts::TAU;
        (noise < SINE_NOISE * energy).then_some(hz)
    }

    fn follow(&mut self, class: Class, tell: &mut impl FnMut(ToneKind)) {
        if self.stretches[0].class.goes_on_as(class) {
            self.stretches[0].ms += BLOCK_MS;
        } else {
            if let Some(kind) = self.ended() {
                tell(kind);
            }
            self.begin(class);
        }
        if let (false, Some(kind)) = (self.told, self.lasting()) {
            self.told = true;
            tell(kind);
        }
    }

    fn begin(&mut self, class: Class) {
        self.told = false;
        let begun = Stretch {
            class,
            ms: BLOCK_MS,
        };
        // The block in which a tone begins or ends may be anything: it belongs to what follows.
        if self.stretches[0].ms == BLOCK_MS && self.stretches[0].class != Class::Silence {
            if self.stretches[1].class.goes_on_as(class) {
                let before = self.stretches[1];
                self.stretches.rotate_left(1);
                self.stretches[0] = Stretch {
                    ms: before.ms + 2 * BLOCK_MS,
                    ..before
                };
                return;
            }
            self.stretches[0] = Stretch {
                class,
                ms: 2 * BLOCK_MS,
            };
            return;
        }
        self.stretches.rotate_right(1);
        self.stretches[0] = begun;
    }

    /// What is certain while the stretch still lasts.
    fn lasting(&self) -> Option<ToneKind> {
        let [now, tone, gap, tone_before, _] = self.stretches;
        match (now.class, tone.class) {
            _ if is_answering(now) => Some(ToneKind::FaxAnswering),
            (Class::Progress, _) if now.ms >= 3000 => Some(ToneKind::Dial),
            (Class::Silence, Class::Progress) if is_even(tone, gap) && alike(tone, tone_before) => {
                let kind = if tone.ms < 320 {
                    ToneKind::Congestion
                } else {
                    ToneKind::Busy
                };
                (now.ms + 2 * BLOCK_MS >= gap.ms).then_some(kind)
            }
            (Class::Silence, Class::Progress)
                if (300..2700).contains(&tone.ms) && now.ms >= 1500 =>
            {
                Some(ToneKind::Ringing)
            }
            (Class::Silence | Class::Other, Class::Sine(_))
                if now.ms >= 60 && is_beep(tone, gap) =>
            {
                Some(ToneKind::Beep)
            }
            _ => None,
        }
    }

    /// What the stretch was that ends now.
    fn ended(&self) -> Option<ToneKind> {
        let [third, second, first, ..] = self.stretches;
        let is = |stretch: Stretch, wanted: f32| {
            matches!(stretch.class, Class::Sine(hz) if near(hz, wanted, 60.0))
                && (200..500).contains(&stretch.ms)
        };
        if is(third, 1800.0) && is(second, 1400.0) && is(first, 950.0) {
            return Some(ToneKind::SpecialInformation);
        }
        is_calling(third).then_some(ToneKind::FaxCalling)
    }
}

fn is_calling(tone: Stretch) -> bool {
    matches!(tone.class, Class::Sine(hz) if near(hz, 1100.0, 40.0)) && (400..700).contains(&tone.ms)
}

fn is_answering(tone: Stretch) -> bool {
    matches!(tone.class, Class::Sine(hz) if near(hz, 2100.0, 30.0)) && tone.ms >= 500
}

/// One sine by itself, and no other one that means something.
fn is_beep(tone: Stretch, before: Stretch) -> bool {
    let Class::Sine(hz) = tone.class else {
        return false;
    };
    let is_fax = is_calling(tone) || is_answering(tone);
    let alone = !matches!(before.class, Class::Sine(_)) && !is_fax;
    alone && (600.0..2200.0).contains(&hz) && (120..1000).contains(&tone.ms)
}

fn near(hz: f32, wanted: f32, tolerance: f32) -> bool {
    (hz - wanted).abs() <= tolerance
}

fn alike(a: Stretch, b: Stretch) -> bool {
    a.class == b.class && a.ms.abs_diff(b.ms) <= 2 * BLOCK_MS
}

/// A tone as long as the gap after it, or nearly.
fn is_even(tone: Stretch, gap: Stretch) -> bool {
    tone.class == Class::Progress
        && gap.class == Class::Silence
        && (120..=800).contains(&tone.ms)
        && gap.ms * 10 >= tone.ms * 6
        && gap.ms * 10 <= tone.ms * 16
}

/// 300 to 680 Hz.
#[derive(Debug, Clone, Default)]
struct BandPass {
    state: [[f32; 2]; 4],
}

/// Butterworth of fourth order at 8 kHz, high-pass 270 Hz and low-pass 800 Hz: b0, b1, b2, a1, a2 of each section.
const SECTIONS: [[f32; 5]; 4] = [
    [0.827_829_3, -1.655_659, 0.827_829_3, -1.636_905, 0.674_412],
    [
        0.915_096_5,
        -1.830_193,
        0.915_096_5,
        -1.809_463,
        0.850_923_4,
    ],
    [
        0.061_885_35,
        0.123_770_7,
        0.061_885_35,
        -1.048_602,
        0.296_143_6,
    ],
    [
        0.077_956_75,
        0.155_913_5,
        0.077_956_75,
        -1.320_92,
        0.632_747_3,
    ],
];

impl BandPass {
    fn energy(&mut self, block: &[f32; BLOCK]) -> f32 {
        let mut energy = 0.0;
        for &sample in block {
            let mut value = sample;
            for (state, [b0, b1, b2, a1, a2]) in self.state.iter_mut().zip(SECTIONS) {
                let output = b0 * value + state[0];
                state[0] = b1 * value - a1 * output + state[1];
                state[1] = b2 * value - a2 * output;
                value = output;
            }
            energy += value * value;
        }
        energy
    }
}

#[cfg(test)]
mod tests;
