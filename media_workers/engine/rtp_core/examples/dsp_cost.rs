//! What each signal processing step costs per 20 ms frame: `cargo run --release --example dsp_cost [name]`.

use rtp_core::resample::Resampler;
use std::hint::black_box;
use std::time::Instant;

/// Prints the best of several rounds: the least disturbed one.
fn measure(name: &str, mut frame: impl FnMut()) {
    let wanted = std::env::args().nth(1);
    if wanted.is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    const FRAMES: u32 = 2000;
    let mut best = f64::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        for _ in 0..FRAMES {
            frame();
        }
        best = best.min(start.elapsed().as_secs_f64() / f64::from(FRAMES));
    }
    println!("{name:<40} {:8.3} us", best * 1e6);
}

/// Something like speech: three wandering sines and noise.
fn speech(rate_hz: u32, samples: usize) -> Vec<i16> {
    let mut seed = 12345u32;
    (0..samples)
        .map(|n| {
            let t = n as f64 / f64::from(rate_hz);
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(seed >> 16) / 65536.0 - 0.5;
            let envelope = 0.5 + 0.5 * (t * 19.0).sin();
            let voice = (t * 880.0).sin()
                + 0.6 * (t * 4100.0 + (t * 9.0).sin()).sin()
                + 0.3 * (t * 14000.0).sin();
            (envelope * voice * 6000.0 + noise * 500.0) as i16
        })
        .collect()
}

/// Hands out the frames of a second, round and round.
struct Source {
    pcm: Vec<i16>,
    frame: usize,
    at: usize,
}

impl Source {
    fn new(rate_hz: u32) -> Self {
        Self {
            pcm: speech(rate_hz, rate_hz as usize),
            frame: rate_hz as usize / 50,
            at: 0,
        }
    }

    fn next(&mut self) -> &[i16] {
        self.at = (self.at + self.frame) % self.pcm.len();
        &self.pcm[self.at..self.at + self.frame]
    }
}

fn resampling() {
    for (from_hz, to_hz) in [
        (8000, 16000),
        (16000, 8000),
        (8000, 48000),
        (48000, 8000),
        (16000, 48000),
        (48000, 16000),
        (8000, 24000),
        (24000, 8000),
        (16000, 24000),
        (24000, 48000),
    ] {
        let mut resampler = Resampler::new(from_hz, to_hz).expect("rates in range");
        let mut source = Source::new(from_hz);
        let mut output = [0; 960];
        measure(&format!("resample {from_hz} -> {to_hz}"), || {
            black_box(resampler.process(source.next(), &mut output));
        });
    }
}

fn main() {
    resampling();
}
