//! What each signal processing step costs per 20 ms frame: `cargo run --release --example dsp_cost [name]`.

use rtp_core::codec::Codec;
use rtp_core::codecs;
use rtp_core::resample::Resampler;
use std::hint::black_box;
use std::time::Instant;

/// Prints the best of many short rounds: the least disturbed one.
fn measure(name: &str, mut frame: impl FnMut()) {
    let wanted = std::env::args().nth(1);
    if wanted.is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    const FRAMES: u32 = 100;
    let mut best = f64::MAX;
    for _ in 0..200 {
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

fn coding(codec: &dyn Codec) {
    let name = codec.spec().name;
    for &rate_hz in codec.spec().sample_rates_hz {
        let mut source = Source::new(rate_hz);
        let mut encoder = codec.encoder(rate_hz).expect("rate of the codec");
        let mut payload = [0; 1500];
        measure(&format!("{name} encode at {rate_hz}"), || {
            black_box(encoder.encode(source.next(), &mut payload)).expect("a whole frame");
        });
        let mut packets = Vec::new();
        for _ in 0..50 {
            let len = encoder
                .encode(source.next(), &mut payload)
                .expect("a whole frame");
            packets.push(payload[..len].to_vec());
        }
        let mut decoder = codec.decoder(rate_hz).expect("rate of the codec");
        let mut pcm = [0; 960];
        let mut packets = packets.iter().cycle();
        measure(&format!("{name} decode at {rate_hz}"), || {
            black_box(decoder.decode(packets.next().expect("endless"), &mut pcm))
                .expect("a valid packet");
        });
    }
}

fn main() {
    resampling();
    codecs::all().for_each(coding);
}
