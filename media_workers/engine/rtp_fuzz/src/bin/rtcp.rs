//! Reports: any bytes, and what we report after them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp_core::clock::{Moment, WallClock};
use rtp_core::rtcp::MAX_RTCP;
use rtp_fuzz::{channel, peer, Shape};

fuzz_target!(|input: (Shape, Vec<Vec<u8>>)| {
    let mut channel = channel(input.0);
    let mut out = [0; MAX_RTCP];
    for (n, datagram) in input.1.iter().take(16).enumerate() {
        let now = Moment(n as u64 * 3_000_000);
        channel.receive_rtcp(now, WallClock::default(), datagram, peer());
        channel.sweep(now);
        while channel.take_notice().is_some() {}
        channel.poll_rtcp(now, WallClock::default(), &mut out);
    }
    channel.write_bye(Moment(u64::from(u32::MAX)), WallClock::default(), &mut out);
});
