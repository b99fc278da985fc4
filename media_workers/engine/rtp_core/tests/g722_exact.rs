//! G.722 bit for bit against an independent implementation; `data/g722/make.py` made the numbers.

use rtp_core::codecs::codec::{Codec, CodecError};
use rtp_core::codecs::g722::G722;

const LONG: usize = 128_000;

fn pcm_of(bytes: &[u8]) -> Vec<i16> {
    bytes
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

/// In packets of 10 to 60 ms, by turns: packets must not show in the result.
fn encode(rate_hz: u32, pcm: &[i16]) -> Vec<u8> {
    let mut encoder = G722.encoder(rate_hz).expect("a rate of G.722");
    let mut codes = Vec::new();
    let mut rest = pcm;
    for ptime_ms in (10..=60).step_by(10).cycle() {
        let (packet, after) = rest.split_at(rest.len().min(rate_hz as usize / 1000 * ptime_ms));
        let mut payload = [0; 480];
        let len = encoder
            .encode(packet, &mut payload)
            .expect("an even number of samples");
        codes.extend_from_slice(&payload[..len]);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    codes
}

fn decode(rate_hz: u32, codes: &[u8]) -> Vec<i16> {
    let mut decoder = G722.decoder(rate_hz).expect("a rate of G.722");
    let mut samples = Vec::new();
    for payload in codes.chunks(80 * 3) {
        let mut pcm = [0; 960];
        assert_eq!(
            decoder.samples(payload),
            Some(payload.len() * rate_hz as usize / 8000)
        );
        let len = decoder.decode(payload, &mut pcm).expect("there is room");
        samples.extend_from_slice(&pcm[..len]);
    }
    samples
}

fn noise() -> Vec<i16> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as i32 - 32_768) as i16
    };
    (0..LONG).map(|_| next()).collect()
}

/// FNV-1a of 64 bits.
fn digest(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |value, byte| {
            (value ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}

fn pcm_digest(pcm: &[i16]) -> u64 {
    digest(pcm.iter().flat_map(|sample| sample.to_le_bytes()))
}

fn digests(pcm: &[i16]) -> [u64; 4] {
    let codes = encode(16000, pcm);
    let low = encode(8000, pcm);
    [
        digest(codes.clone()),
        digest(low),
        pcm_digest(&decode(16000, &codes)),
        pcm_digest(&decode(8000, &codes)),
    ]
}

// covers: EN-035
#[test]
fn test_second_of_mixed_audio_is_exact() {
    let pcm = pcm_of(include_bytes!("data/g722/voice.pcm"));
    let codes = include_bytes!("data/g722/voice.g722");
    let every_other: Vec<i16> = pcm.iter().step_by(2).copied().collect();
    assert_eq!(encode(16000, &pcm), codes);
    assert_eq!(
        decode(16000, codes),
        pcm_of(include_bytes!("data/g722/voice.wide"))
    );
    assert_eq!(
        decode(8000, codes),
        pcm_of(include_bytes!("data/g722/voice.narrow"))
    );
    assert_eq!(
        encode(8000, &every_other),
        include_bytes!("data/g722/voice.low.g722")
    );
}

#[test]
fn test_full_scale_noise_is_exact() {
    let wanted = [
        0x6761_b28e_fbe6_05b5,
        0xf635_cadb_81b8_ad5f,
        0x45e9_41eb_5ec5_fc6a,
        0xb571_958d_2f0a_44f1,
    ];
    assert_eq!(digests(&noise()), wanted);
}

#[test]
fn test_faint_noise_is_exact() {
    let faint: Vec<i16> = noise()
        .iter()
        .map(|sample| sample.div_euclid(1600))
        .collect();
    let wanted = [
        0x3b0d_03f9_c3bb_a925,
        0x3eed_9882_18d0_2299,
        0xbee6_c9f9_8268_f704,
        0x85bb_1139_a0ef_e69e,
    ];
    assert_eq!(digests(&faint), wanted);
}

#[test]
fn test_signals_that_drive_every_limit_are_exact() {
    let alternating = |half: usize| -> Vec<i16> {
        (0..LONG)
            .map(|n| {
                if (n / half).is_multiple_of(2) {
                    32767
                } else {
                    -32768
                }
            })
            .collect()
    };
    let wanted = [
        0x1c2f_ab84_f0a4_3235,
        0xd96c_77c1_e68a_5c4f,
        0xb2ef_78d0_1ccb_da1f,
        0xb91a_e89a_c56d_2d32,
    ];
    assert_eq!(digests(&alternating(37)), wanted);
    let wanted = [
        0x581a_6456_e525_f85b,
        0xe135_dbca_2ddd_8420,
        0x14b3_b2d4_c15f_40cf,
        0x210a_c394_c160_0cf2,
    ];
    assert_eq!(digests(&alternating(1)), wanted);
    let wanted = [
        0x58c8_2d6c_b460_f4c8,
        0xc812_7fc5_b0ba_6ac4,
        0xef4a_d494_da49_8731,
        0x4221_ade7_2629_4a50,
    ];
    assert_eq!(digests(&alternating(2)), wanted);
}

#[test]
fn test_any_codes_decode_exactly() {
    let codes: Vec<u8> = noise()
        .iter()
        .map(|&sample| ((i32::from(sample) + 32768) >> 8) as u8)
        .collect();
    assert_eq!(pcm_digest(&decode(16000, &codes)), 0x3f02_e019_e882_8716);
    assert_eq!(pcm_digest(&decode(8000, &codes)), 0x073d_239d_2e4e_a0cc);
}

#[test]
fn test_wrong_sizes_are_refused_and_change_nothing() {
    let mut encoder = G722.encoder(16000).expect("a rate of G.722");
    assert_eq!(
        encoder.encode(&[1; 321], &mut [0; 200]),
        Err(CodecError::FrameSize(321))
    );
    assert_eq!(
        encoder.encode(&[1; 320], &mut [0; 159]),
        Err(CodecError::OutputTooShort { needed: 160 })
    );
    let (mut payload, mut fresh) = ([0; 160], [0; 160]);
    let pcm = &noise()[..320];
    assert_eq!(encoder.encode(pcm, &mut payload), Ok(160));
    assert_eq!(
        G722.encoder(16000)
            .expect("a rate of G.722")
            .encode(pcm, &mut fresh),
        Ok(160)
    );
    assert_eq!(payload, fresh);
    assert_eq!(G722.decoder(48000).err(), Some(CodecError::Rate(48000)));
}
