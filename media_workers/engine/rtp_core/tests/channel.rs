//! Channels as a whole, against whatever the network sends: no bytes may panic, nothing may leave without a peer.

mod support;

use proptest::prelude::*;
use rtp_core::channel::config::ChannelConfig;
use rtp_core::channel::receiver::Inbound;
use rtp_core::channel::{Channel, Forwarded, Notice};
use rtp_core::clock::{Moment, WallClock};
use rtp_core::rtcp::MAX_RTCP;
use rtp_core::rtp::latch::Policy;
use rtp_core::rtp::packet::{self, write_header, Outgoing, HEADER_BYTES};
use support::{channel, config, format, peer, recorder, turn};

fn packet(seq: u16, rtp_ts: u32, payload_type: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_BYTES + payload.len()];
    let header = Outgoing {
        marker: false,
        payload_type,
        seq,
        rtp_ts,
        ssrc: 7,
    };
    write_header(bytes.first_chunk_mut().unwrap(), &header);
    bytes[HEADER_BYTES..].copy_from_slice(payload);
    bytes
}

fn any_datagram() -> impl Strategy<Value = Vec<u8>> {
    let rtp = (
        any::<u16>(),
        any::<u32>(),
        0u8..128,
        prop::collection::vec(any::<u8>(), 0..400),
    )
        .prop_map(|(seq, rtp_ts, payload_type, payload)| {
            packet(seq, rtp_ts, payload_type, &payload)
        });
    let near = (
        0u16..20,
        prop::sample::select(vec![0u8, 8, 9, 96, 101, 13]),
        prop::collection::vec(any::<u8>(), 0..200),
    )
        .prop_map(|(seq, payload_type, payload)| {
            packet(seq, u32::from(seq) * 160, payload_type, &payload)
        });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), rtp, near]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_datagrams_panic_on_any_path(
        datagrams in prop::collection::vec((any_datagram(), 0u64..40_000, any::<bool>()), 1..60),
        decoded in any::<bool>(),
        first in 0usize..4,
    ) {
        let mut formats = vec![format("PCMU", 0, 8000), format("PCMA", 8, 8000), format("G722", 9, 8000), format("CN", 13, 8000)];
        formats.rotate_left(first);
        formats.push(format("mystery", 96, 90_000));
        let mut config = config(formats);
        if decoded {
            config.recorders = vec![recorder()];
            config.detect_in_band = true;
        }
        let mut channel = channel(&config);
        channel.set_mixing(Moment(0), decoded);
        let mut now = Moment(0);
        for (mut datagram, later, from_peer) in datagrams {
            now = now.plus_us(later);
            let source = if from_peer { peer() } else { "203.0.113.9:9".parse().unwrap() };
            turn(&mut channel, now, &mut datagram, source);
        }
    }

    #[test]
    fn no_reports_panic(datagram in prop::collection::vec(any::<u8>(), 0..300), head in any::<bool>()) {
        let mut channel = channel(&config(vec![format("PCMU", 0, 8000)]));
        let mut datagram = datagram;
        if head && datagram.len() >= 8 {
            datagram[0] = 0x80 | (datagram[0] & 0x1f);
            datagram[1] = 200 + (datagram[1] & 3);
            datagram[2] = 0;
            datagram[3] &= 0x1f;
        }
        channel.receive_rtcp(Moment(1), WallClock::default(), &datagram, peer());
    }

    #[test]
    fn what_is_echoed_keeps_steps_and_never_repeats_a_number(lost in prop::collection::vec(any::<bool>(), 1..300)) {
        let mut channel = channel(&config(vec![format("PCMU", 0, 8000)]));
        let mut sent: Vec<(u16, u16)> = Vec::new();
        for (n, lost) in lost.iter().enumerate() {
            let seq = (n as u16).wrapping_add(65_400);
            let mut datagram = packet(seq, n as u32 * 160, 0, &[1; 160]);
            let now = Moment(n as u64 * 20_000);
            if *lost {
                continue;
            }
            let Inbound::Audio(frame) = channel.receive(now, &datagram, peer()) else { continue };
            if let Forwarded::Send(span) = channel.forward(now, &mut datagram, &frame) {
                sent.push((seq, packet::parse(&datagram[span.start..span.end]).unwrap().seq));
            }
        }
        for pair in sent.windows(2) {
            prop_assert_eq!(pair[1].0.wrapping_sub(pair[0].0), pair[1].1.wrapping_sub(pair[0].1));
        }
    }
}

#[test]
fn nothing_is_told_or_sent_without_a_peer() {
    let mut lonely = channel(&ChannelConfig {
        policy: Policy::default(),
        ..config(vec![format("PCMU", 0, 8000)])
    });
    let mut out = [0; MAX_RTCP];
    for n in 0..100u64 {
        let mut datagram = packet(n as u16, n as u32 * 160, 0, &[1; 160]);
        turn(&mut lonely, Moment(n * 200_000), &mut datagram, peer());
        assert_eq!(
            lonely.poll_rtcp(Moment(n * 200_000), WallClock::default(), &mut out),
            0
        );
    }
    assert_eq!(lonely.target(), None);
    assert_eq!(lonely.counters.packets_sent, 0);
}

#[test]
fn silence_is_told_once_per_period_and_forgotten_when_the_peer_speaks() {
    let mut channel = channel(&ChannelConfig {
        idle_after_s: 2,
        ..config(vec![format("PCMU", 0, 8000)])
    });
    let mut told = Vec::new();
    let mut second = |channel: &mut Channel, n: u64| {
        channel.sweep(Moment(n * 1_000_000));
        while let Some(notice) = channel.take_notice() {
            if let Notice::Idle(silent_s) = notice {
                told.push((n, silent_s));
            }
        }
    };
    (1..=5).for_each(|n| second(&mut channel, n));
    let datagram = packet(1, 1, 0, &[0; 160]);
    channel.receive(Moment(5_500_000), &datagram, peer());
    (6..=8).for_each(|n| second(&mut channel, n));
    assert_eq!(told, [(2, 2), (4, 4), (8, 2)]);
}

/// Seconds of which silence is told, from one on in which the channel becomes something else.
fn silences_after(before: &ChannelConfig, changed_at_s: u64, after: &ChannelConfig) -> Vec<u64> {
    let mut channel = channel(before);
    let mut told = Vec::new();
    for second in 1..=20 {
        if second == changed_at_s {
            channel.configure(Moment(second * 1_000_000), after);
        }
        channel.sweep(Moment(second * 1_000_000));
        while let Some(notice) = channel.take_notice() {
            told.extend(matches!(notice, Notice::Idle(_)).then_some(second));
        }
    }
    told
}

// covers: EN-009
#[test]
fn silence_is_counted_from_the_end_of_a_hold_and_from_a_new_address() {
    let plain = config(vec![format("PCMU", 0, 8000)]);
    let counting = ChannelConfig {
        idle_after_s: 5,
        ..plain.clone()
    };
    assert_eq!(silences_after(&plain, 7, &counting), [12, 17]);
    let deaf = ChannelConfig {
        receive: false,
        ..counting.clone()
    };
    assert_eq!(silences_after(&deaf, 7, &counting), [12, 17]);
    let mut elsewhere = counting.clone();
    elsewhere.policy.signalled = Some("192.0.2.2:4000".parse().unwrap());
    assert_eq!(silences_after(&counting, 4, &elsewhere), [9, 14, 19]);
    let mut longer = counting.clone();
    longer.idle_after_s = 6;
    assert_eq!(silences_after(&counting, 4, &longer), [6, 12, 18]);
}

#[test]
fn a_relay_channel_has_no_jitter_buffer_and_a_recorded_one_has() {
    let plain = config(vec![format("PCMU", 0, 8000)]);
    let mut channel = channel(&plain);
    assert!(channel.receiver.hearing.is_none() && channel.sender.said.is_none());
    let recorded = ChannelConfig {
        recorders: vec![recorder()],
        ..plain.clone()
    };
    channel.configure(Moment(0), &recorded);
    assert!(channel.receiver.hearing.is_some() && channel.sender.said.is_some());
    channel.configure(Moment(0), &plain);
    assert!(channel.receiver.hearing.is_none() && channel.sender.said.is_none());
}

#[test]
fn a_key_whose_end_was_lost_is_let_go_before_the_next_is_pressed() {
    let mut channel = channel(&config(vec![format("PCMU", 0, 8000)]));
    let keys = [
        (1, 1000, [5, 10, 0, 160]),
        (2, 9000, [6, 0x80 | 10, 0, 200]),
    ];
    for (seq, rtp_ts, event) in keys {
        channel.receive(Moment(20_000), &packet(seq, rtp_ts, 101, &event), peer());
    }
    let told: Vec<_> = std::iter::from_fn(|| channel.take_notice())
        .filter_map(|notice| match notice {
            Notice::Digit { digit, .. } => Some((true, char::from(digit))),
            Notice::DigitEnded { digit, .. } => Some((false, char::from(digit))),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(true, '5'), (false, '5'), (true, '6'), (false, '6')]);
}
