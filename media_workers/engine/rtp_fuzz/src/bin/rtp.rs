//! Datagrams of any kind at any time, through all that a channel does with them.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rtp_core::clock::Moment;
use rtp_fuzz::{channel, peer, turn, Shape};

#[derive(Arbitrary, Debug)]
struct Arrival {
    later_us: u16,
    stranger: bool,
    /// Absent: any bytes; present: a sound header in front.
    head: Option<(u8, u8, u16, u16)>,
    bytes: Vec<u8>,
}

fuzz_target!(|input: (Shape, Vec<Arrival>)| {
    let mut channel = channel(input.0);
    let mut now = Moment(0);
    for arrival in input.1.into_iter().take(64) {
        now = now.plus_us(u64::from(arrival.later_us));
        let mut datagram = Vec::new();
        if let Some((first, second, seq, rtp_ts)) = arrival.head {
            datagram.extend([0x80 | first & 0x3f, second]);
            datagram.extend(seq.to_be_bytes());
            datagram.extend((u32::from(rtp_ts) * 10).to_be_bytes());
            datagram.extend([0, 0, 0, 7]);
        }
        datagram.extend(arrival.bytes);
        let stranger = ([203, 0, 113, 9], 9).into();
        turn(
            &mut channel,
            now,
            &mut datagram,
            if arrival.stranger { stranger } else { peer() },
        );
    }
});
