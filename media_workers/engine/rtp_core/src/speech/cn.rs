//! Comfort noise (RFC 3389): what the peer's silence sounds like, in a few bytes.
//!
//! The payload is a level in −dBov and, if wanted, reflection coefficients that give the spectrum. We send level and
//! spectrum of what we hear in quiet moments, and make noise of what we are sent.

/// Coefficients we send and at most use.
pub const ORDER: usize = 10;

/// Longest payload we send.
pub const MAX_PAYLOAD_BYTES: usize = 1 + ORDER;

/// What a comfort noise payload says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Level below the overload point, 0 to 127 dB.
    pub level_dbov: u8,
    /// Reflection coefficients; those not given are 0, which is a flat spectrum.
    pub reflection: [f32; ORDER],
}

impl Noise {
    /// Flat noise.
    #[must_use]
    pub fn flat(level_dbov: u8) -> Self {
        Self {
            level_dbov: level_dbov.min(127),
            reflection: [0.0; ORDER],
        }
    }

    /// Reads a payload; `None` for an empty one. Coefficients beyond [`ORDER`] refine what is not heard and are left out.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (&level, coefficients) = payload.split_first()?;
        let mut noise = Self::flat(level & 127);
        for (value, &index) in noise.reflection.iter_mut().zip(coefficients) {
            // RFC 3389 section 3.1; 255 is reserved and taken as the largest.
            *value = 258.0 * (f32::from(index.min(254)) - 127.0) / 32768.0;
        }
        Some(noise)
    }

    /// Writes a payload; returns its length, 0 if there is no room for the level.
    pub fn write(&self, payload: &mut [u8]) -> usize {
        let Some((level, coefficients)) = payload.split_first_mut() else {
            return 0;
        };
        *level = self.level_dbov.min(127);
        let used = self
            .reflection
            .iter()
            .rposition(|&value| value.abs() > 0.004)
            .map_or(0, |last| last + 1);
        let mut len = 1;
        for (byte, value) in coefficients.iter_mut().zip(&self.reflection[..used]) {
            *byte = (value * 32768.0 / 258.0 + 127.0).round().clamp(0.0, 254.0) as u8;
            len += 1;
        }
        len
    }
}

/// Measures quiet audio for sending.
#[derive(Debug, Clone)]
pub struct NoiseMeter {
    correlation: [f32; ORDER + 1],
    started: bool,
}

impl Default for NoiseMeter {
    fn default() -> Self {
        Self {
            correlation: [0.0; ORDER + 1],
            started: false,
        }
    }
}

/// Share of a new frame in the average: half after 100 ms of 20 ms frames.
const SHARE: f32 = 0.13;

impl NoiseMeter {
    /// Takes a frame in which nobody speaks.
    pub fn observe(&mut self, pcm: &[i16]) {
        if pcm.len() <= ORDER {
            return;
        }
        let share = if self.started { SHARE } else { 1.0 };
        self.started = true;
        for (lag, average) in self.correlation.iter_mut().enumerate() {
            let products = pcm[lag..]
                .iter()
                .zip(pcm)
                .map(|(&a, &b)| i64::from(a) * i64::from(b));
            let mean = products.sum::<i64>() as f32 / pcm.len() as f32;
            *average += (mean - *average) * share;
        }
    }

    /// What was heard lately.
    #[must_use]
    pub fn noise(&self) -> Noise {
        let power = self.correlation[0];
        let level_db = if power < 1.0 {
            127.0
        } else {
            -10.0 * (power / (32768.0 * 32768.0)).log10()
        };
        Noise {
            level_dbov: level_db.round().clamp(0.0, 127.0) as u8,
            reflection: levinson(&self.correlation),
        }
    }
}

/// Reflection coefficients of an autocorrelation (Levinson and Durbin).
fn levinson(correlation: &[f32; ORDER + 1]) -> [f32; ORDER] {
    let mut reflection = [0.0; ORDER];
    let mut predictor = [0.0f32; ORDER + 1];
    // A little white noise keeps a pure tone from making the filter ring.
    let mut error = correlation[0] * 1.001;
    for n in 1..=ORDER {
        if error <= f32::EPSILON {
            break;
        }
        let sum: f32 = correlation[n]
            - (1..n)
                .map(|k| predictor[k] * correlation[n - k])
                .sum::<f32>();
        let k = (sum / error).clamp(-0.98, 0.98);
        reflection[n - 1] = k;
        let before = predictor;
        predictor[n] = k;
        for m in 1..n {
            predictor[m] = before[m] - k * before[n - m];
        }
        error *= 1.0 - k * k;
    }
    reflection
}

/// Makes noise.
#[derive(Debug, Clone)]
pub struct NoiseSource {
    seed: u32,
    /// Amplitude that is aimed at, and that is reached.
    wanted: f32,
    amplitude: f32,
    reflection: [f32; ORDER],
    lattice: [f32; ORDER],
}

impl NoiseSource {
    /// A source that is silent until told. Sources with different seeds make different noise.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let lattice = [0.0; ORDER];
        Self {
            seed: seed | 1,
            wanted: 0.0,
            amplitude: 0.0,
            reflection: lattice,
            lattice,
        }
    }

    /// Sound like this from now on.
    pub fn become_like(&mut self, noise: &Noise) {
        let gain: f32 = noise.reflection.iter().map(|k| 1.0 - k * k).product();
        // Evenly spread values have a third of the power of their peak.
        self.wanted =
            32768.0 * 10f32.powf(-f32::from(noise.level_dbov) / 20.0) * (3.0 * gain).sqrt();
        self.reflection = noise.reflection;
    }

    /// Fills a frame.
    pub fn fill(&mut self, pcm: &mut [i16]) {
        let step = (self.wanted - self.amplitude) / pcm.len().max(1) as f32;
        for sample in pcm {
            self.amplitude += step;
            self.seed ^= self.seed << 13;
            self.seed ^= self.seed >> 17;
            self.seed ^= self.seed << 5;
            let white = (self.seed as i32) as f32 / 2_147_483_648.0 * self.amplitude;
            *sample = self.shaped(white).clamp(-32768.0, 32767.0) as i16;
        }
    }

    /// The all-pole lattice of the coefficients.
    #[inline]
    fn shaped(&mut self, input: f32) -> f32 {
        let mut forward = input;
        for n in (0..ORDER).rev() {
            forward += self.reflection[n] * self.lattice[n];
            let backward = self.lattice[n] - self.reflection[n] * forward;
            if n + 1 < ORDER {
                self.lattice[n + 1] = backward;
            }
        }
        self.lattice[0] = forward;
        forward
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level_db(pcm: &[i16]) -> f32 {
        let power = pcm.iter().map(|&s| f32::from(s).powi(2)).sum::<f32>() / pcm.len() as f32;
        -10.0 * (power / 32768.0f32.powi(2)).log10()
    }

    /// Energy of the differences against that of the sums: small where low frequencies rule.
    fn brightness(pcm: &[i16]) -> f32 {
        let part = |sign: f32| {
            pcm.windows(2)
                .map(|p| (f32::from(p[0]) + sign * f32::from(p[1])).powi(2))
                .sum::<f32>()
        };
        part(-1.0) / part(1.0)
    }

    fn noise_like(noise: &Noise, samples: usize) -> Vec<i16> {
        let mut source = NoiseSource::new(77);
        source.become_like(noise);
        source.fill(&mut vec![0; 400]);
        let mut pcm = vec![0; samples];
        source.fill(&mut pcm);
        pcm
    }

    #[test]
    fn test_payload_of_the_rfc() {
        let noise = Noise::parse(&[0x32, 127, 254, 0]).expect("not empty");
        assert_eq!(noise.level_dbov, 50);
        assert_eq!(
            noise.reflection[..3],
            [0.0, 258.0 * 127.0 / 32768.0, -258.0 * 127.0 / 32768.0]
        );
        let mut payload = [0; MAX_PAYLOAD_BYTES];
        assert_eq!(noise.write(&mut payload), 4);
        assert_eq!(payload[..4], [0x32, 127, 254, 0]);
        assert_eq!(Noise::parse(&[]), None);
    }

    #[test]
    fn test_noise_has_the_level_it_was_told() {
        for level in [20, 40, 60] {
            let got = level_db(&noise_like(&Noise::flat(level), 16000));
            assert!((got - f32::from(level)).abs() < 1.0, "{level}: {got}");
        }
    }

    #[test]
    fn test_noise_sounds_like_what_was_measured() {
        // Low rumble: white noise through a running mean.
        let white = noise_like(&Noise::flat(30), 16000);
        let rumble: Vec<i16> = white
            .windows(8)
            .map(|w| (w.iter().map(|&s| i32::from(s)).sum::<i32>() / 8) as i16)
            .collect();
        let mut meter = NoiseMeter::default();
        rumble.chunks(160).for_each(|frame| meter.observe(frame));
        let mut payload = [0; MAX_PAYLOAD_BYTES];
        let len = meter.noise().write(&mut payload);
        let copy = noise_like(&Noise::parse(&payload[..len]).expect("not empty"), 16000);
        assert!((level_db(&copy) - level_db(&rumble)).abs() < 2.0);
        assert!(brightness(&white) > 0.8);
        assert!(
            brightness(&copy) < 0.2,
            "{} {}",
            brightness(&copy),
            brightness(&rumble)
        );
    }

    #[test]
    fn test_silence_is_the_lowest_level() {
        let mut meter = NoiseMeter::default();
        meter.observe(&[0; 160]);
        assert_eq!(meter.noise().level_dbov, 127);
    }

    proptest! {
        #[test]
        fn test_any_payload_gives_bounded_noise(payload in prop::collection::vec(any::<u8>(), 1..20)) {
            let noise = Noise::parse(&payload).expect("not empty");
            let pcm = noise_like(&noise, 800);
            prop_assert!(noise.level_dbov < 30 || pcm.iter().any(|&s| s != i16::MAX && s != i16::MIN));
        }
    }
}
