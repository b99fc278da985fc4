//! Tests of the jitter buffer: loss, reordering, repetition, jumps, stalls and clocks that drift

use super::*;
use proptest::prelude::*;

const TICK_US: u64 = 20_000;

/// What came out of one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Packet(u32),
    Missing,
    Starved,
    Wait,
}

/// Packets with arrival times, played every 20 ms half a tick off the grid.
fn run(buffer: &mut JitterBuffer, mut packets: Vec<(u64, u16)>, quiet: bool) -> Vec<Turn> {
    packets.sort_by_key(|&(at_us, _)| at_us);
    let end = packets.last().map_or(0, |&(at_us, _)| at_us) + 400_000;
    let mut arriving = packets.into_iter().peekable();
    let mut turns = Vec::new();
    for now in (TICK_US / 2..end).step_by(TICK_US as usize) {
        while let Some((at_us, seq)) = arriving.next_if(|&(at_us, _)| at_us <= now) {
            push(buffer, at_us, seq);
        }
        turns.push(pull(buffer, now, quiet));
    }
    turns
}

fn push(buffer: &mut JitterBuffer, at_us: u64, seq: u16) -> Pushed {
    let payload = [0; 160];
    let rtp_ts = u32::from(seq).wrapping_mul(160);
    buffer.push(
        Moment(at_us),
        &Arrived {
            ssrc: 7,
            seq,
            rtp_ts,
            payload_type: 0,
            payload: &payload,
        },
    )
}

fn pull(buffer: &mut JitterBuffer, now: u64, quiet: bool) -> Turn {
    match buffer.pull(Moment(now), quiet) {
        Pulled::Packet { rtp_ts, .. } => Turn::Packet(rtp_ts / 160),
        Pulled::Missing { .. } => Turn::Missing,
        Pulled::Wait { starved: true } => Turn::Starved,
        Pulled::Wait { starved: false } => Turn::Wait,
    }
}

fn buffer() -> JitterBuffer {
    JitterBuffer::new(8000, DelayBounds::default())
}

fn played(turns: &[Turn]) -> Vec<u32> {
    turns
        .iter()
        .filter_map(|turn| {
            if let Turn::Packet(seq) = turn {
                Some(*seq)
            } else {
                None
            }
        })
        .collect()
}

fn paced(numbers: &[u16]) -> Vec<(u64, u16)> {
    numbers
        .iter()
        .enumerate()
        .map(|(n, &seq)| (n as u64 * TICK_US, seq))
        .collect()
}

// covers: EN-024, EN-086
#[test]
fn test_even_stream_starts_at_forty_ms_and_keeps_every_packet() {
    let mut buffer = buffer();
    let turns = run(&mut buffer, paced(&(0..50).collect::<Vec<_>>()), false);
    assert_eq!(played(&turns), (0..50).collect::<Vec<_>>());
    assert_eq!(turns[..3], [Turn::Wait, Turn::Wait, Turn::Packet(0)]);
    assert!((20_000..60_000).contains(&buffer.report().delay_us));
}

// covers: EN-025
#[test]
fn test_swapped_packets_come_out_in_order() {
    let mut buffer = buffer();
    let turns = run(&mut buffer, paced(&[0, 1, 2, 4, 3, 5, 7, 6, 8, 9]), false);
    assert_eq!(played(&turns), (0..10).collect::<Vec<_>>());
}

// covers: EN-026
#[test]
fn test_three_numbers_outside_the_window_are_dropped_and_forty_seven_played() {
    let mut numbers: Vec<u16> = (0..50).collect();
    numbers.swap(12, 14);
    numbers.swap(36, 37);
    (numbers[20], numbers[30], numbers[40]) = (100, 400, 2);
    let mut buffer = buffer();
    let turns = run(&mut buffer, paced(&numbers), false);
    assert_eq!(played(&turns).len(), 47);
    let report = buffer.report();
    assert_eq!(report.outside + report.duplicate + report.late, 3);
}

// covers: EN-027
#[test]
fn test_each_missing_packet_is_told_so_that_it_can_be_concealed() {
    let numbers: Vec<(u64, u16)> = paced(&(0..50).collect::<Vec<_>>());
    let holes = [5, 11, 12, 13, 30, 44];
    let numbers = numbers
        .into_iter()
        .filter(|(_, seq)| !holes.contains(seq))
        .collect();
    let mut buffer = buffer();
    let turns = run(&mut buffer, numbers, false);
    assert_eq!(played(&turns).len(), 44);
    assert_eq!(buffer.report().missing, 6);
    let told = turns[..50]
        .iter()
        .filter(|turn| matches!(turn, Turn::Missing | Turn::Starved))
        .count();
    assert!((6..=11).contains(&told), "{turns:?}");
}

// covers: EN-028
#[test]
fn test_numbers_wrap() {
    let numbers: Vec<u16> = (0..50).map(|n| 65_520u16.wrapping_add(n)).collect();
    let mut buffer = buffer();
    assert_eq!(played(&run(&mut buffer, paced(&numbers), false)).len(), 50);
    assert_eq!(buffer.report().missing, 0);
}

// covers: EN-029
#[test]
fn test_another_source_takes_over_at_once() {
    let mut buffer = buffer();
    for seq in 0..10u16 {
        push(&mut buffer, u64::from(seq) * TICK_US, seq);
        pull(&mut buffer, u64::from(seq) * TICK_US + 10_000, false);
    }
    let other = Arrived {
        ssrc: 8,
        seq: 5000,
        rtp_ts: 1,
        payload_type: 0,
        payload: &[1; 160],
    };
    assert_eq!(buffer.push(Moment(200_000), &other), Pushed::Restarted);
    assert_eq!(pull(&mut buffer, 250_000, false), Turn::Packet(0));
}

// covers: EN-030
#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn test_stall_and_burst_lose_little_and_the_delay_comes_down() {
    let mut packets: Vec<(u64, u16)> = paced(&(0..120).collect::<Vec<_>>());
    packets.extend((120..150).map(|seq| (149 * TICK_US, seq)));
    packets.extend((150..300).map(|seq| (u64::from(seq) * TICK_US, seq)));
    let mut buffer = buffer();
    let turns = run(&mut buffer, packets, false);
    assert!(played(&turns).len() > 250, "{}", played(&turns).len());
    assert!(played(&turns).windows(2).all(|pair| pair[0] < pair[1]));
    assert!(buffer.report().delay_us <= 200_000);
}

// covers: EN-031
#[test]
fn test_long_packet_is_kept_and_one_too_long_refused() {
    let mut buffer = buffer();
    let packet = |payload| Arrived {
        ssrc: 7,
        seq: 0,
        rtp_ts: 0,
        payload_type: 0,
        payload,
    };
    assert_eq!(
        buffer.push(Moment(0), &packet(&[0; 1501])),
        Pushed::Oversize
    );
    assert_eq!(buffer.push(Moment(0), &packet(&[0; 1200])), Pushed::Kept);
}

#[test]
fn test_duplicates_are_told_from_late_ones() {
    let mut buffer = buffer();
    for seq in [0, 1, 2, 4, 5, 6, 7] {
        push(&mut buffer, u64::from(seq) * TICK_US, seq);
    }
    for now in 0..6 {
        pull(&mut buffer, 140_000 + now * TICK_US, false);
    }
    assert_eq!(push(&mut buffer, 260_000, 7), Pushed::Duplicate);
    assert_eq!(push(&mut buffer, 260_000, 2), Pushed::Duplicate);
    assert_eq!(push(&mut buffer, 260_000, 3), Pushed::Late);
    assert_eq!(push(&mut buffer, 260_000, 3), Pushed::Duplicate);
}

#[test]
fn test_silence_of_the_sender_is_no_loss() {
    let mut buffer = buffer();
    let packet = |seq: u16, rtp_ts| Arrived {
        ssrc: 7,
        seq,
        rtp_ts,
        payload_type: 0,
        payload: &[0; 160],
    };
    let mut turns = Vec::new();
    for tick in 0..200u64 {
        // Talk, a second and a half of nothing, talk: the numbers go on, the time does not stand still.
        let seq = if tick < 25 {
            Some(tick)
        } else if tick >= 100 {
            Some(tick - 75)
        } else {
            None
        };
        if let Some(seq) = seq {
            buffer.push(
                Moment(tick * TICK_US),
                &packet(seq as u16, tick as u32 * 160),
            );
        }
        turns.push(pull(&mut buffer, tick * TICK_US + 10_000, false));
    }
    assert_eq!(buffer.report().missing, 0);
    assert_eq!(
        turns.iter().filter(|turn| **turn == Turn::Starved).count(),
        (STARVED_US / TICK_US) as usize
    );
    let again = turns
        .iter()
        .position(|turn| *turn == Turn::Packet(100))
        .expect("talk goes on");
    assert!((101..=103).contains(&again), "{again}");
}

#[test]
fn test_jump_of_rtp_time_alone_loses_nothing() {
    let mut buffer = buffer();
    let mut count = 0;
    for tick in 0..100u16 {
        let rtp_ts = if tick < 50 {
            u32::from(tick) * 160
        } else {
            3_000_000_000 + u32::from(tick) * 160
        };
        let packet = Arrived {
            ssrc: 7,
            seq: tick,
            rtp_ts,
            payload_type: 0,
            payload: &[0; 160],
        };
        buffer.push(Moment(u64::from(tick) * TICK_US), &packet);
        count += usize::from(matches!(
            pull(&mut buffer, u64::from(tick) * TICK_US + 10_000, false),
            Turn::Packet(_)
        ));
    }
    assert!(count >= 97, "{count}");
}

#[test]
fn test_far_number_is_believed_when_the_next_follows() {
    let mut buffer = buffer();
    push(&mut buffer, 0, 0);
    assert_eq!(push(&mut buffer, 20_000, 9000), Pushed::Outside);
    assert_eq!(push(&mut buffer, 40_000, 9001), Pushed::Restarted);
    assert_eq!(push(&mut buffer, 60_000, 9002), Pushed::Kept);
}

#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn test_delay_is_shortened_in_quiet_moments_once_the_jitter_is_gone() {
    let jumpy = (0..300u16).map(|n| (u64::from(n) * TICK_US + u64::from(n) * 37 % 100 * 1000, n));
    let calm = (300..2500u16).map(|n| (u64::from(n) * TICK_US, n));
    let mut buffer = buffer();
    let turns = run(&mut buffer, jumpy.chain(calm).collect(), true);
    assert!(
        buffer.report().delay_us < 60_000,
        "{}",
        buffer.report().delay_us
    );
    assert!(played(&turns).len() > 2470, "{:?}", buffer.report());
}

#[test]
#[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
fn test_jitter_within_the_bounds_costs_less_than_one_packet_in_thirty() {
    let packets: Vec<_> = (0..3000u16)
        .map(|n| (u64::from(n) * TICK_US + u64::from(n) * 7919 % 80 * 1000, n))
        .collect();
    let mut buffer = buffer();
    let turns = run(&mut buffer, packets, false);
    assert!(played(&turns).len() > 2900, "{}", played(&turns).len());
}

proptest! {
    #[test]
    #[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
    fn test_every_packet_is_accounted_for_and_order_holds(
        steps in prop::collection::vec((0u64..60_000, 0u32..12, any::<bool>(), any::<bool>()), 1..300), start: u16,
    ) {
        let mut buffer = buffer();
        let (mut now, mut top, mut kept) = (1_000_000, u32::from(start) + 12, 0u64);
        let mut last = 0;
        for (wait_us, back, pulls, quiet) in steps {
            now += wait_us;
            top += 1;
            let number = top - back;
            let packet = Arrived { ssrc: 7, seq: number as u16, rtp_ts: number * 160, payload_type: 0, payload: &[0; 160] };
            kept += u64::from(buffer.push(Moment(now), &packet) == Pushed::Kept);
            if pulls {
                if let Pulled::Packet { rtp_ts, .. } = buffer.pull(Moment(now), quiet) {
                    prop_assert!(rtp_ts > last);
                    last = rtp_ts;
                }
            }
            let report = buffer.report();
            prop_assert_eq!(kept, report.played + report.shed + u64::from(report.held));
            prop_assert!((20_000..=200_000).contains(&report.target_us));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "thousands of packets: minutes in an interpreter")]
    fn test_no_packets_at_any_time_panic(
        packets in prop::collection::vec((any::<u32>(), 0u32..3, any::<u16>(), any::<u32>(), 0usize..1600, any::<bool>()), 1..200),
    ) {
        let mut buffer = buffer();
        for (at_us, ssrc, seq, rtp_ts, len, quiet) in packets {
            let payload = vec![0; len];
            buffer.push(Moment(u64::from(at_us)), &Arrived { ssrc, seq, rtp_ts, payload_type: 0, payload: &payload });
            buffer.pull(Moment(u64::from(at_us)), quiet);
        }
    }
}
