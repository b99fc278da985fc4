//! What the targets share: channels of all shapes.

use arbitrary::Arbitrary;
use rtp_core::channel::config::ChannelConfig;
use rtp_core::channel::Channel;
use rtp_core::clock::Moment;

#[path = "../../rtp_core/tests/support/mod.rs"]
mod support;

pub use support::{peer, turn};

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

/// A channel of this shape.
#[must_use]
pub fn channel(shape: Shape) -> Channel {
    let mut formats =
        FORMATS.map(|(name, payload_type, hz)| support::format(name, payload_type, hz));
    formats.rotate_left(usize::from(shape.first) % FORMATS.len());
    let config = ChannelConfig {
        ptime_ms: u32::from(shape.ptime % 6 + 1) * 10,
        detect_in_band: shape.detects,
        recorders: if shape.decoded {
            vec![support::recorder()]
        } else {
            Vec::new()
        },
        ..support::config(formats.to_vec())
    };
    let mut channel = support::channel(&config);
    channel.set_mixing(Moment(0), shape.decoded);
    channel
}
