//! The codecs there are: one line each. Nothing else in the engine lists them.

pub mod codec;
pub mod g711;
pub mod g711_codec;
pub mod g722;
pub mod l16;
#[cfg(feature = "opus")]
pub mod opus;

use codec::Codec;

static CODECS: &[&dyn Codec] = &[
    &g711_codec::PCMU,
    &g711_codec::PCMA,
    &g722::G722,
    &l16::L16_8K,
    &l16::L16_16K,
    #[cfg(feature = "opus")]
    &opus::Opus,
];

/// The codec that an `a=rtpmap` line with this name and clock means; `None` for one that can only be passed through.
#[must_use]
pub fn find(name: &str, rtp_clock_hz: u32) -> Option<&'static dyn Codec> {
    CODECS
        .iter()
        .copied()
        .find(|codec| codec.spec().matches(name, rtp_clock_hz))
}

/// The codec that owns this payload type without an `a=rtpmap` line (RFC 3551 table 4).
#[must_use]
pub fn find_static(payload_type: u8) -> Option<&'static dyn Codec> {
    CODECS
        .iter()
        .copied()
        .find(|codec| codec.spec().static_payload_type == Some(payload_type))
}

/// All of them, in no order of preference.
pub fn all() -> impl Iterator<Item = &'static dyn Codec> {
    CODECS.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::codec::MAX_FRAME_SAMPLES;

    #[test]
    fn test_find_by_name_and_by_number() {
        assert_eq!(
            find("pcmu", 8000).map(|codec| codec.spec().static_payload_type),
            Some(Some(0))
        );
        assert_eq!(find_static(9).map(|codec| codec.spec().name), Some("G722"));
        assert_eq!(
            find("L16", 16000).map(|codec| codec.spec().natural_rate_hz()),
            Some(16000)
        );
        assert!(find("G729", 8000).is_none());
        assert!(find_static(18).is_none());
    }

    // covers: EN-035
    #[test]
    fn test_every_codec_keeps_its_word_at_every_rate_and_ptime() {
        for codec in all() {
            let spec = codec.spec();
            for (&rate_hz, &ptime_ms) in spec
                .sample_rates_hz
                .iter()
                .flat_map(|rate| spec.ptimes_ms.iter().map(move |ptime| (rate, ptime)))
            {
                let samples = (rate_hz / 1000 * ptime_ms) as usize;
                let mut payload = vec![0; spec.max_payload_bytes];
                let mut encoder = codec.encoder(rate_hz).expect("listed");
                let len = encoder
                    .encode(&vec![500; samples], &mut payload)
                    .expect("listed");
                let mut decoder = codec.decoder(rate_hz).expect("listed");
                assert_eq!(
                    decoder.samples(&payload[..len]),
                    Some(samples),
                    "{} {rate_hz} {ptime_ms}",
                    spec.name
                );
                let mut pcm = [0; MAX_FRAME_SAMPLES];
                assert_eq!(decoder.decode(&payload[..len], &mut pcm), Ok(samples));
                let ticks = spec.rtp_clock_hz / 1000 * ptime_ms;
                assert_eq!(spec.rtp_ticks(samples, rate_hz), ticks);
            }
        }
    }
}
