//! What the targets share: a channel as calls have it, and the turn of a packet thread.

use std::net::SocketAddr;

use arbitrary::Arbitrary;
use rtp_core::channel::config::ChannelConfig;
use rtp_core::channel::receiver::Inbound;
use rtp_core::channel::{Channel, Forwarded, Randoms};
use rtp_core::clock::Moment;
use rtp_core::codecs::codec::MAX_FRAME_SAMPLES;
use rtp_core::recorder::RecorderConfig;
use rtp_core::rtp::format::{CodecId, Format};
use rtp_core::rtp::latch::Policy;
use rtp_core::rtp::packet;

/// Formats that a call may have negotiated.
const FORMATS: [(&str, u8, u32); 7] = [
    ("PCMU", 0, 8000),
    ("PCMA", 8, 8000),
    ("G722", 9, 8000),
    ("opus", 111, 48_000),
    ("L16", 97, 16_000),
    ("CN", 13, 8000),
    ("mystery", 96, 90_000),
];

/// What the channel is for.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Shape {
    first: u8,
    decoded: bool,
    detects: bool,
    ptime: u8,
}

/// The peer's address.
#[must_use]
pub fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4000))
}

fn recorder() -> RecorderConfig {
    RecorderConfig {
        id: "r".into(),
        file: "r.wav".into(),
        channels: 2,
        ..RecorderConfig::default()
    }
}

/// A channel of this shape.
#[must_use]
pub fn channel(shape: Shape) -> Channel {
    let mut formats = FORMATS.map(|(name, payload_type, clock_rate)| Format {
        codec: CodecId::of(name, clock_rate, 1),
        payload_type,
        clock_rate,
    });
    formats.rotate_left(usize::from(shape.first) % FORMATS.len());
    let config = ChannelConfig {
        policy: Policy {
            signalled: Some(peer()),
            latch: true,
            allowed: Vec::new(),
        },
        formats: formats.to_vec(),
        event_receive_payload_type: Some(101),
        event_send_payload_type: Some(101),
        echo: true,
        ptime_ms: u32::from(shape.ptime % 6 + 1) * 10,
        detect_in_band: shape.detects,
        recorders: if shape.decoded {
            vec![recorder()]
        } else {
            Vec::new()
        },
        ..ChannelConfig::default()
    };
    let randoms = Randoms {
        ssrc: 42,
        seq: 65_500,
        rtp_ts: u32::MAX - 1000,
        report: 7,
    };
    let mut channel = Channel::new(Moment(0), randoms);
    channel.configure(Moment(0), &config);
    channel.set_mixing(Moment(0), shape.decoded);
    channel
}

/// Everything that can be asked of a channel in one go, as the packet thread does.
pub fn turn(channel: &mut Channel, now: Moment, datagram: &mut [u8], source: SocketAddr) {
    let mut out = [0u8; 2048];
    if let Inbound::Audio(frame) = channel.receive(now, datagram, source) {
        match channel.forward(now, datagram, &frame) {
            Forwarded::Send(span) => {
                assert!(packet::parse(&datagram[span.start..span.end]).is_ok());
            }
            Forwarded::Translate(ours) => {
                let mut pcm = [0i16; MAX_FRAME_SAMPLES];
                if let Some((samples, rate_hz)) =
                    channel.decode_for(&frame, datagram, ours, &mut pcm)
                {
                    channel.translate(now, &frame, (&pcm[..samples], rate_hz), ours, &mut out);
                }
            }
            Forwarded::Mix => channel.ask_mix(now, datagram, &frame),
            Forwarded::No => {}
        }
    }
    channel.tick(now, &mut out);
    let mut heard: Vec<i16> = channel.hear(now).0.to_vec();
    channel.say(&mut heard, channel.rate_hz());
    while channel.poll(now, &mut out) > 0 {}
    channel.sweep(now);
    while channel.take_notice().is_some() {}
    while channel.taps.take().is_some() {}
}
