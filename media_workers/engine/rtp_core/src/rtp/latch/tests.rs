//! Tests of who may be heard: peers behind NATs that change, and an attack for each rule

use super::Verdict::{Accept, Locked, OnProbation, Refuse};
use super::*;

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn latch(latching: bool, allowed: &[(&str, u8)]) -> Latch {
    let mut latch = Latch::default();
    let allowed = allowed
        .iter()
        .map(|(address, prefix_bits)| AllowedSource {
            address: address.parse().unwrap(),
            prefix_bits: *prefix_bits,
        })
        .collect();
    latch.set_policy(&Policy {
        signalled: Some(at("192.0.2.1:4000")),
        latch: latching,
        allowed,
    });
    latch
}

/// One row: at so many ms a packet from a source with SSRC and sequence number; what is said to it.
type Row = (u64, &'static str, u32, u16, Verdict);

fn play(latch: &mut Latch, rows: &[Row]) {
    for (index, (ms, source, ssrc, seq, expected)) in rows.iter().enumerate() {
        let got = latch.check(Moment(ms * 1000), at(source), *ssrc, *seq);
        assert_eq!(got, *expected, "row {index}");
    }
}

const SIGNALLED: &str = "192.0.2.1:4000";
const NAT: &str = "198.51.100.7:61000";
const STRANGER: &str = "203.0.113.9:9";

#[test]
fn nothing_is_heard_before_the_peer_is_signalled() {
    let mut latch = Latch::default();
    assert_eq!(latch.check(Moment(0), at(NAT), 1, 1), Refuse);
    assert_eq!(latch.target(), None);
}

#[test]
fn the_signalled_source_locks_with_its_first_packet() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[(0, SIGNALLED, 1, 1, Locked), (20, SIGNALLED, 1, 2, Accept)],
    );
    assert_eq!(latch.exclusive(Moment(30_000)), Some(at(SIGNALLED)));
}

// covers: EN-014
#[test]
fn a_source_behind_a_nat_locks_after_two_packets_in_a_row_and_is_sent_to() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, NAT, 1, 1, OnProbation),
            (20, NAT, 1, 2, Locked),
            (40, NAT, 1, 3, Accept),
        ],
    );
    assert_eq!(latch.target(), Some(at(NAT)));
}

#[test]
fn attack_a_stray_packet_before_the_peer_moves_nothing() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, STRANGER, 9, 1, OnProbation),
            (5, SIGNALLED, 1, 1, Locked),
            (6, STRANGER, 9, 2, Refuse),
        ],
    );
    assert_eq!(latch.target(), Some(at(SIGNALLED)));
}

#[test]
fn attack_a_flood_beside_a_living_peer_moves_nothing() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[(0, NAT, 1, 1, OnProbation), (20, NAT, 1, 2, Locked)],
    );
    for seq in 0..200u16 {
        assert_eq!(
            latch.check(Moment(20_000 + u64::from(seq) * 4000), at(STRANGER), 9, seq),
            Refuse
        );
    }
    assert_eq!(latch.target(), Some(at(NAT)));
}

#[test]
fn attack_guessing_with_scattered_numbers_or_ssrcs_never_passes_probation() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, STRANGER, 9, 1, OnProbation),
            (1, STRANGER, 9, 7, OnProbation),
            (2, STRANGER, 8, 8, OnProbation),
            (3, NAT, 8, 9, OnProbation),
            (4, STRANGER, 8, 10, OnProbation),
        ],
    );
}

#[test]
fn attack_a_wrongly_latched_stranger_gives_way_to_the_signalled_peer() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, STRANGER, 9, 1, OnProbation),
            (5, STRANGER, 9, 2, Locked),
            (10, SIGNALLED, 1, 1, Locked),
        ],
    );
    assert_eq!(latch.target(), Some(at(SIGNALLED)));
}

#[test]
fn a_nat_that_gives_a_new_port_is_followed_after_a_second_of_silence() {
    let mut latch = latch(true, &[]);
    let moved = "198.51.100.7:61001";
    play(
        &mut latch,
        &[
            (0, NAT, 1, 1, OnProbation),
            (20, NAT, 1, 2, Locked),
            (500, moved, 1, 3, Refuse),
            (1019, moved, 1, 4, Refuse),
            (1020, moved, 1, 5, OnProbation),
            (1040, moved, 1, 6, Locked),
        ],
    );
    assert_eq!(latch.target(), Some(at(moved)));
}

#[test]
fn another_port_of_the_same_address_may_bring_another_stream() {
    let mut latch = latch(true, &[]);
    let moved = "198.51.100.7:61001";
    play(
        &mut latch,
        &[
            (0, NAT, 1, 1, OnProbation),
            (20, NAT, 1, 2, Locked),
            (500, moved, 5, 700, Refuse),
            (1020, moved, 5, 701, OnProbation),
            (1040, moved, 5, 702, Locked),
        ],
    );
}

#[test]
fn a_phone_that_changes_its_network_goes_on_with_its_stream() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, SIGNALLED, 1, 65_530, Locked),
            (900, NAT, 1, 65_535, Refuse),
            (1200, NAT, 1, 20, OnProbation),
            (1220, NAT, 1, 21, Locked),
        ],
    );
    assert_eq!(latch.target(), Some(at(NAT)));
}

#[test]
fn a_source_may_change_its_ssrc_and_fall_silent_for_as_long_as_it_likes() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, NAT, 1, 1, OnProbation),
            (20, NAT, 1, 2, Locked),
            (40, NAT, 2, 9000, Accept),        // a transfer over there
            (3_600_000, NAT, 2, 9001, Accept), // after a hold
            (3_600_020, NAT, 3, 5, Accept),
        ],
    );
}

#[test]
fn attack_a_stranger_in_a_silence_is_refused_whatever_it_guesses() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, NAT, 1, 4000, OnProbation),
            (20, NAT, 1, 4001, Locked),
            (2000, STRANGER, 9, 4002, Refuse), // another stream
            (2020, STRANGER, 9, 4003, Refuse),
            (2040, STRANGER, 1, 4001, Refuse), // the last packet, replayed
            (2060, STRANGER, 1, 3990, Refuse), // older ones, replayed
            (2080, STRANGER, 1, 3991, Refuse),
            (2100, STRANGER, 1, 40_000, Refuse), // the SSRC known, the number not
            (2120, STRANGER, 1, 40_001, Refuse),
            (29_000, STRANGER, 9, 1, Refuse),
            (29_020, STRANGER, 9, 2, Refuse),
            (29_040, NAT, 1, 4002, Accept),
        ],
    );
}

#[test]
fn a_silence_begins_with_the_last_packet_or_report() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[(0, NAT, 1, 1, OnProbation), (20, NAT, 1, 2, Locked)],
    );
    latch.heard_rtcp(Moment(20_000_000), at("198.51.100.7:61002"));
    latch.heard_rtcp(Moment(40_000_000), at(STRANGER));
    play(
        &mut latch,
        &[
            (49_990, STRANGER, 9, 1, Refuse),
            (50_000, STRANGER, 9, 2, OnProbation),
            (50_020, STRANGER, 9, 3, Locked),
        ],
    );
}

#[test]
fn attack_who_took_over_in_a_long_silence_loses_it_with_the_next_packet_of_the_peer() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, NAT, 1, 1, OnProbation),
            (20, NAT, 1, 2, Locked),
            (40_000, STRANGER, 9, 1, OnProbation),
            (40_020, STRANGER, 9, 2, Locked),
            (40_040, NAT, 1, 3, Locked),
            (40_060, STRANGER, 9, 3, Refuse),
            (40_080, NAT, 1, 4, Accept),
        ],
    );
}

#[test]
fn attack_a_peer_that_comes_back_with_another_stream_needs_two_packets() {
    let mut latch = latch(true, &[]);
    play(
        &mut latch,
        &[
            (0, NAT, 1, 1, OnProbation),
            (20, NAT, 1, 2, Locked),
            (40_000, STRANGER, 9, 1, OnProbation),
            (40_020, STRANGER, 9, 2, Locked),
            (40_040, NAT, 5, 70, OnProbation),
            (40_050, STRANGER, 9, 3, Accept),
            (40_060, NAT, 5, 71, Locked),
            (40_070, STRANGER, 9, 4, Refuse),
        ],
    );
}

#[test]
fn attack_handing_the_lock_on_between_strangers_does_not_make_the_peer_forgotten() {
    let mut latch = latch(true, &[]);
    let second = "203.0.113.10:9";
    play(
        &mut latch,
        &[
            (0, NAT, 1, 1, OnProbation),
            (20, NAT, 1, 2, Locked),
            (40_000, STRANGER, 9, 1, OnProbation),
            (40_020, STRANGER, 9, 2, Locked),
            (42_000, second, 9, 3, OnProbation),
            (42_020, second, 9, 4, Locked),
            (42_040, NAT, 1, 3, Locked),
        ],
    );
}

#[test]
fn without_latch_another_port_of_the_peer_is_heard_but_not_sent_to() {
    let mut latch = latch(false, &[]);
    play(
        &mut latch,
        &[
            (0, "192.0.2.1:5000", 1, 1, OnProbation),
            (20, "192.0.2.1:5000", 1, 2, Locked),
            (21, NAT, 1, 3, Refuse),
        ],
    );
    assert_eq!(latch.target(), Some(at(SIGNALLED)));
    assert_eq!(latch.exclusive(Moment(30_000)), None);
}

#[test]
fn an_allow_list_keeps_all_others_out() {
    let mut latch = latch(true, &[("198.51.100.0", 24)]);
    play(
        &mut latch,
        &[
            (0, STRANGER, 9, 1, Refuse),
            (1, STRANGER, 9, 2, Refuse),
            (2, NAT, 1, 1, OnProbation),
        ],
    );
}

/// Whether the socket is connected after so many seconds in which this source talked.
fn connected(latch: &mut Latch, source: &str, seconds: u16) -> bool {
    let ms = |seq: u16| u64::from(seq) * 20;
    for seq in 0..=seconds * 50 {
        latch.check(Moment(ms(seq) * 1000), at(source), 1, seq);
    }
    latch.exclusive(Moment(ms(seconds * 50) * 1000)) == Some(at(source))
}

#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn a_socket_is_only_connected_to_a_settled_living_source() {
    let mut latch = latch(true, &[]);
    latch.set_policy(&Policy {
        signalled: Some(at("192.168.1.5:4000")),
        latch: true,
        allowed: Vec::new(),
    });
    assert!(!connected(&mut latch, NAT, 5));
    assert!(connected(&mut latch, NAT, 6));
    assert_eq!(latch.exclusive(Moment(7_100_000)), None);
}

#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn another_port_of_the_signalled_address_is_connected_to_when_it_has_settled() {
    assert!(!connected(&mut latch(true, &[]), "192.0.2.1:4002", 4));
    assert!(connected(&mut latch(true, &[]), "192.0.2.1:4002", 6));
}

#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn attack_a_socket_is_never_connected_to_a_stranger_in_the_place_of_a_public_peer() {
    let mut latch = latch(true, &[]);
    assert!(!connected(&mut latch, STRANGER, 60));
    play(&mut latch, &[(60_010, SIGNALLED, 1, 1, Locked)]);
}

#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn attack_a_socket_is_never_connected_to_who_replaced_another() {
    let mut latch = latch(true, &[]);
    latch.set_policy(&Policy {
        signalled: Some(at("192.168.1.5:4000")),
        latch: true,
        allowed: Vec::new(),
    });
    assert!(connected(&mut latch, NAT, 6));
    let silent_ms = 40_000;
    for seq in 0..1000u16 {
        let now = Moment((silent_ms + u64::from(seq) * 20) * 1000);
        latch.check(now, at(STRANGER), 9, seq);
        assert_eq!(latch.exclusive(now), None);
    }
    assert_eq!(latch.target(), Some(at(STRANGER)));
    play(&mut latch, &[(60_010, NAT, 1, 301, Locked)]);
}

#[test]
fn a_new_signalled_address_starts_afresh() {
    let mut latch = latch(true, &[]);
    play(&mut latch, &[(0, SIGNALLED, 1, 1, Locked)]);
    let policy = Policy {
        signalled: Some(at("192.0.2.50:6000")),
        latch: true,
        allowed: Vec::new(),
    };
    assert!(latch.set_policy(&policy));
    assert!(!latch.set_policy(&policy));
    assert_eq!(latch.target(), Some(at("192.0.2.50:6000")));
    play(&mut latch, &[(20, SIGNALLED, 1, 2, OnProbation)]);
}
