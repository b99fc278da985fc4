//! Tests of telephone events: presses whatever of them arrives, and the packets of those we send

use super::*;

fn event(code: u8, end: bool, duration: u16) -> [u8; 4] {
    let [high, low] = duration.to_be_bytes();
    [code, (u8::from(end) << 7) | 10, high, low]
}

fn presses(packets: &[(u32, bool, [u8; 4])]) -> String {
    let mut receiver = DigitReceiver::default();
    packets
        .iter()
        .filter_map(|(ts, marker, payload)| receiver.receive(Moment(0), *ts, *marker, payload))
        .map(char::from)
        .collect()
}

// covers: EN-043
#[test]
fn a_press_is_told_once_whatever_of_it_arrives() {
    let whole = [
        (1000, true, event(5, false, 160)),
        (1000, false, event(5, false, 320)),
        (1000, false, event(5, true, 480)),
    ];
    assert_eq!(presses(&whole), "5");
    assert_eq!(presses(&whole[1..]), "5");
    assert_eq!(presses(&whole[2..]), "5");
}

#[test]
fn the_same_key_again_with_its_end_lost_is_a_second_press() {
    assert_eq!(
        presses(&[
            (1000, true, event(5, false, 160)),
            (1000, false, event(5, false, 320)),
            (2600, true, event(5, false, 160))
        ]),
        "55"
    );
    assert_eq!(
        presses(&[
            (1000, true, event(5, false, 320)),
            (2600, false, event(5, false, 320))
        ]),
        "55"
    );
}

#[test]
fn late_packets_of_an_older_press_are_silent() {
    assert_eq!(
        presses(&[
            (1000, true, event(1, false, 160)),
            (4000, true, event(2, false, 160)),
            (1000, false, event(1, true, 800))
        ]),
        "12"
    );
}

#[test]
fn a_long_press_in_segments_is_one() {
    let next = 1000 + 0xffff;
    assert_eq!(
        presses(&[
            (1000, true, event(9, false, 0xffff)),
            (next, false, event(9, false, 160)),
            (next, false, event(9, true, 800))
        ]),
        "9"
    );
}

/// What was released by these packets, and by half a second without any.
fn releases(packets: &[(u32, bool, [u8; 4])]) -> Vec<(char, u32)> {
    let mut receiver = DigitReceiver::default();
    for (n, (ts, marker, payload)) in packets.iter().enumerate() {
        receiver.receive(Moment(n as u64 * 20_000), *ts, *marker, payload);
    }
    receiver.sweep(Moment(packets.len() as u64 * 20_000 + 500_000));
    let next = || receiver.take_release();
    std::iter::from_fn(next)
        .map(|release| (char::from(release.digit), release.duration))
        .collect()
}

// covers: EN-021
#[test]
fn a_press_lasts_until_its_end_or_as_long_as_it_was_heard() {
    let end = (1000, false, event(5, true, 1920));
    let press = [(1000, true, event(5, false, 160)), end, end, end];
    assert_eq!(releases(&press), [('5', 1920)]);
    assert_eq!(releases(&press[3..]), [('5', 1920)]);
    let lost = [
        (1000, true, event(5, false, 160)),
        (1000, false, event(5, false, 800)),
    ];
    assert_eq!(releases(&lost), [('5', 800)]);
    let next = [lost[1], (4000, true, event(6, true, 320))];
    assert_eq!(releases(&next), [('5', 800), ('6', 320)]);
}

#[test]
fn segments_of_a_long_press_add_up() {
    let next = 1000 + 0xffff;
    let segments = [
        (1000, true, event(9, false, 0xffff)),
        (next, false, event(9, false, 160)),
        (next, false, event(9, true, 800)),
    ];
    assert_eq!(releases(&segments), [('9', 0xffff + 800)]);
    let moving = [
        (1000, true, event(9, false, 160)),
        (1160, false, event(9, false, 320)),
        (1320, false, event(9, true, 480)),
    ];
    assert_eq!(releases(&moving), [('9', 480)]);
}

#[test]
fn a_press_that_never_ends_is_long_and_no_more() {
    let mut receiver = DigitReceiver::default();
    let mut rtp_ts = 0u32;
    for _ in 0..70_000 {
        receiver.receive(Moment(0), rtp_ts, false, &event(1, false, 0xffff));
        rtp_ts = rtp_ts.wrapping_add(0xffff);
    }
    receiver.change_source();
    let release = receiver.take_release().unwrap();
    assert_eq!((release.digit, release.duration), (b'1', u32::MAX));
}

#[test]
fn a_clock_that_was_set_back_since_the_last_press_makes_no_key_late() {
    let mut receiver = DigitReceiver::default();
    let mut press = |at_s: u64, rtp_ts: u32| {
        receiver.receive(Moment(at_s * 1_000_000), rtp_ts, true, &event(1, true, 800))
    };
    assert_eq!(press(1, 1_000_000), Some(b'1'));
    assert_eq!(press(2, 992_000), None);
    assert_eq!(press(9, 5000), Some(b'1'));
    assert_eq!(press(20 * 3600, 5000 + (1 << 31) + 9), Some(b'1'));
}

#[test]
fn short_payloads_and_other_events_are_nothing() {
    assert_eq!(
        presses(&[
            (1, true, event(17, false, 1)),
            (2, true, event(255, true, 9))
        ]),
        ""
    );
    assert_eq!(
        DigitReceiver::default().receive(Moment(0), 1, true, &[5, 0, 1]),
        None
    );
    assert_eq!(presses(&[(1, true, event(16, false, 1))]), "F");
}

fn burst(sender: &mut DigitSender, ticks: usize) -> Vec<Option<EventPacket>> {
    (0..ticks).map(|_| sender.tick(8000)).collect()
}

// covers: EN-041
#[test]
fn a_digit_is_eleven_packets_of_growing_duration_and_three_ends() {
    let mut sender = DigitSender::default();
    assert!(sender.push(b'#', 0) && sender.push(b'1', 0));
    let packets = burst(&mut sender, 38);
    let first: Vec<EventPacket> = packets[..14].iter().map(|p| p.unwrap()).collect();
    for (index, packet) in first.iter().enumerate() {
        assert_eq!(packet.marker, index == 0);
        assert_eq!(packet.payload[0], 11);
        assert_eq!(packet.payload[1], if index >= 11 { 0x80 | 13 } else { 13 });
        let duration = u16::from_be_bytes([packet.payload[2], packet.payload[3]]);
        assert_eq!(duration, 160 * (index.min(11) as u16 + 1));
    }
    assert!(
        packets[14..24].iter().all(Option::is_none),
        "200 ms between digits"
    );
    assert_eq!(packets[24].unwrap().payload[0], 1);
    assert!(packets[24].unwrap().marker);
    assert_eq!(packets.iter().flatten().count(), 28);
    burst(&mut sender, 10);
    assert!(sender.is_idle());
}

#[test]
fn the_clock_of_the_event_scales_durations() {
    let mut sender = DigitSender::default();
    sender.push(b'0', 40);
    let packets: Vec<_> = (0..5)
        .map(|_| sender.tick(48000).unwrap().payload)
        .collect();
    assert_eq!(packets[0][2..], 960u16.to_be_bytes());
    assert_eq!(packets[4][2..], 2880u16.to_be_bytes());
}

#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn the_queue_is_bounded_and_refuses_what_is_no_digit() {
    let mut sender = DigitSender::default();
    assert!(!sender.push(b'x', 0));
    assert!((0..QUEUE_DIGITS).all(|_| sender.push(b'd', 0)));
    assert!(!sender.push(b'1', 0));
    assert_eq!(sender.pending(), QUEUE_DIGITS);
    sender.clear();
    assert!(sender.is_idle());
}

// covers: EN-041
#[test]
fn a_press_longer_than_a_duration_can_tell_goes_on_in_segments() {
    let mut sender = DigitSender::default();
    assert!(sender.push(b'5', 8000));
    let sent: Vec<EventPacket> = std::iter::from_fn(|| sender.tick(48_000)).collect();
    let full = |p: &&EventPacket| p.payload[1] & 0x80 == 0 && p.payload[2..] == [0xFF, 0xFF];
    assert_eq!(sent.iter().filter(full).count(), 5, "each but the last");
    assert_eq!(
        (sent.len(), sent.last().map(|p| p.segment)),
        (403, Some(5 * 65_535))
    );
    let packets: Vec<_> = sent
        .iter()
        .map(|p| (1000 + p.segment, p.marker, p.payload))
        .collect();
    assert_eq!(presses(&packets), "5");
    assert_eq!(releases(&packets), [('5', 401 * 960)]);
}
