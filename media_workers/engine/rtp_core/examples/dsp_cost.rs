//! What each signal processing step costs per 20 ms frame: `cargo run --release --example dsp_cost [name]`.

use rtp_core::codecs;
use rtp_core::codecs::codec::Codec;
use rtp_core::signal::resample::Resampler;
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

fn buffering() {
    use rtp_core::clock::Moment;
    use rtp_core::hearing::delay::DelayBounds;
    use rtp_core::hearing::jitter::{Arrived, JitterBuffer};
    let mut buffer = JitterBuffer::new(8000, DelayBounds::default());
    let mut seq = 0u16;
    let mut now = 0;
    measure("jitter buffer, in and out", || {
        let rtp_ts = u32::from(seq).wrapping_mul(160);
        let packet = Arrived {
            ssrc: 1,
            seq,
            rtp_ts,
            payload_type: 0,
            payload: &[0; 160],
        };
        black_box(buffer.push(Moment(now), &packet));
        black_box(buffer.pull(Moment(now + 10_000), false));
        seq = seq.wrapping_add(1);
        now += 20_000;
    });
}

fn concealing() {
    use rtp_core::hearing::plc::Concealer;
    for rate_hz in [8000, 16000] {
        let mut source = Source::new(rate_hz);
        let mut concealer = Concealer::new(rate_hz);
        let mut frame = [0; 320];
        let len = rate_hz as usize / 50;
        measure(&format!("concealment at {rate_hz}, nothing lost"), || {
            frame[..len].copy_from_slice(source.next());
            concealer.good(black_box(&mut frame[..len]));
        });
        measure(
            &format!("concealment at {rate_hz}, every second lost"),
            || {
                frame[..len].copy_from_slice(source.next());
                concealer.good(black_box(&mut frame[..len]));
                concealer.conceal(black_box(&mut frame[..len]));
            },
        );
    }
}

fn listening() {
    use rtp_core::digits::in_band::DtmfDetector;
    use rtp_core::speech::cn::{Noise, NoiseMeter, NoiseSource};
    use rtp_core::speech::vad::{Vad, VadConfig};
    use rtp_core::tones::detect::ToneDetector;
    use rtp_core::tones::table;
    let mut source = Source::new(8000);
    let mut vad = Vad::new(8000, VadConfig::default());
    measure("voice activity", || {
        black_box(vad.process(source.next()));
    });
    let mut digits = DtmfDetector::new();
    measure("digits in the audio", || {
        digits.process(source.next(), |event| {
            black_box(event);
        })
    });
    let mut tones = ToneDetector::new();
    measure("tones in the audio", || {
        tones.process(source.next(), |event| {
            black_box(event);
        })
    });
    let mut meter = NoiseMeter::default();
    measure("comfort noise, measured", || {
        meter.observe(black_box(source.next()))
    });
    let mut noise = NoiseSource::new(1);
    noise.become_like(&Noise::flat(50));
    let mut frame = [0; 160];
    measure("comfort noise, made", || noise.fill(black_box(&mut frame)));
    let tone = table::named("uk.ringing").expect("in the table");
    let mut position = 0;
    measure("tone, made", || {
        position = (position + 160) % 3000;
        black_box(tone.render(8000, position, &mut frame));
    });
}

fn mixing() {
    use rtp_core::mixing::mixer::{MemberSettings, Mixer, MAX_FRAME};
    for (members, talkers, wide) in [
        (3, 3, 0),
        (30, 3, 0),
        (300, 3, 0),
        (300, 300, 0),
        (300, 3, 100),
    ] {
        let mut mixer = Mixer::new();
        let rate = |n: usize| if n < wide { 16000 } else { 8000 };
        let ids: Vec<_> = (0..members)
            .map(|n| {
                mixer
                    .add(rate(n), MemberSettings::default())
                    .expect("a rate")
            })
            .collect();
        let mut source = Source::new(16000);
        let mut output = [0; MAX_FRAME];
        measure(
            &format!("room of {members}, {talkers} talk, {wide} wideband"),
            || {
                for &id in &ids[..talkers] {
                    mixer.input(id, source.next());
                }
                mixer.mix();
                for &id in &ids {
                    black_box(mixer.output(id, &mut output));
                }
            },
        );
    }
}

fn main() {
    resampling();
    codecs::all().for_each(coding);
    buffering();
    concealing();
    listening();
    mixing();
}
