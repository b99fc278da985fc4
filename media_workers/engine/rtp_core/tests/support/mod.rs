//! What tests and fuzz targets of channels share: a channel as calls have it, and the turn of a packet thread.

use std::net::SocketAddr;

use rtp_core::channel::config::ChannelConfig;
use rtp_core::channel::receiver::Inbound;
use rtp_core::channel::{Channel, Forwarded, Randoms};
use rtp_core::clock::Moment;
use rtp_core::codecs::codec::MAX_FRAME_SAMPLES;
use rtp_core::recorder::RecorderConfig;
use rtp_core::rtp::format::{CodecId, Format};
use rtp_core::rtp::latch::Policy;
use rtp_core::rtp::packet;

/// The peer's address.
pub fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4000))
}

/// What a call has negotiated.
pub fn format(name: &str, payload_type: u8, clock_rate: u32) -> Format {
    Format {
        codec: CodecId::of(name, clock_rate, 1),
        payload_type,
        clock_rate,
    }
}

/// An echo with digits.
pub fn config(formats: Vec<Format>) -> ChannelConfig {
    ChannelConfig {
        policy: Policy {
            signalled: Some(peer()),
            latch: true,
            allowed: Vec::new(),
        },
        formats,
        event_receive_payload_type: Some(101),
        event_send_payload_type: Some(101),
        echo: true,
        ..ChannelConfig::default()
    }
}

/// One whose numbers are about to wrap.
pub fn channel(config: &ChannelConfig) -> Channel {
    let randoms = Randoms {
        ssrc: 42,
        seq: 65_500,
        rtp_ts: u32::MAX - 1000,
        report: 7,
    };
    let mut channel = Channel::new(Moment(0), randoms);
    channel.configure(Moment(0), config);
    channel
}

/// One of both sides.
pub fn recorder() -> RecorderConfig {
    RecorderConfig {
        id: "r".into(),
        file: "r.wav".into(),
        channels: 2,
        ..RecorderConfig::default()
    }
}

/// Everything that can be asked of a channel in one go, as the packet thread does.
pub fn turn(channel: &mut Channel, now: Moment, datagram: &mut [u8], source: SocketAddr) {
    let mut out = [0u8; 2048];
    if let Inbound::Audio(frame) = channel.receive(now, datagram, source) {
        match channel.forward(now, datagram, &frame) {
            Forwarded::Send(span) => {
                assert!(packet::parse(&datagram[span.start..span.end]).is_ok())
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
    let rate_hz = channel.rate_hz();
    channel.say(&mut heard, rate_hz);
    while channel.poll(now, &mut out) > 0 {}
    channel.sweep(now);
    while channel.take_notice().is_some() {}
    while channel.taps.take().is_some() {}
}
