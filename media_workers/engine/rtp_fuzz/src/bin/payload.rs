//! Payloads of every codec, at every rate it is opened at, lost ones among them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp_core::codecs;
use rtp_core::codecs::codec::MAX_FRAME_SAMPLES;
use rtp_core::digits::telephone_events::DigitReceiver;
use rtp_core::speech::cn::Noise;

fuzz_target!(|payloads: Vec<(u32, &[u8])>| {
    let mut pcm = [0; MAX_FRAME_SAMPLES];
    for codec in codecs::all() {
        for rate_hz in codec.spec().sample_rates_hz {
            let Ok(mut decoder) = codec.decoder(*rate_hz) else {
                continue;
            };
            for (_, payload) in payloads.iter().take(16) {
                let made = decoder.decode(payload, &mut pcm).unwrap_or(0);
                assert!(made <= pcm.len());
            }
        }
    }
    let mut events = DigitReceiver::default();
    for (rtp_ts, payload) in payloads {
        let _ = events.receive(rtp_core::clock::Moment(0), rtp_ts, rtp_ts & 1 == 1, payload);
        let _ = Noise::parse(payload);
    }
});
