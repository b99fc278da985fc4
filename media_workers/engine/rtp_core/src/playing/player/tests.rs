//! Tests of a player: its pieces in order, pauses, jumps, and what is missing

use super::*;
use crate::playing::soup::{Piece, Plays};

fn player(lengths: &[usize], plays: Plays, gain_db: i32) -> Player {
    let mut pieces = Vec::new();
    let mut sounds = Vec::new();
    for (index, length) in lengths.iter().enumerate() {
        pieces.push(Piece::between(
            *length as u64,
            8000,
            0,
            None,
            Plays::Times(1),
        ));
        sounds.push(Sound {
            rate_hz: 8000,
            samples: vec![(index as i16 + 1) * 100; *length].into(),
            gain_db,
        });
    }
    Player::new("p".into(), sounds, Sequencer::new(pieces, plays), false)
}

#[test]
fn frames_run_across_pieces_and_the_last_ends_in_silence() {
    let mut player = player(&[6, 3], Plays::Times(1), 0);
    let mut frame = [0i16; 5];
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    assert_eq!(frame, [100; 5]);
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    assert_eq!(frame, [100, 200, 200, 200, 0]);
    assert_eq!(player.fill(&mut frame), Fill::End);
}

#[test]
fn a_player_taken_over_goes_on_where_it_would_stand() {
    let mut player = player(&[8, 8000], Plays::Times(1), 0);
    player.begin_at(500, 0);
    let mut frame = [0i16; 6];
    player.fill(&mut frame);
    assert_eq!(frame, [100, 100, 100, 100, 200, 200]);
    player.begin_at(60_000_000, 0);
    assert_eq!(player.fill(&mut frame), Fill::End);
}

#[test]
fn gain_scales_and_clips() {
    let mut frame = [0i16; 1];
    player(&[1], Plays::Forever, 6).fill(&mut frame);
    assert!((198..=200).contains(&frame[0]), "{}", frame[0]);
    let mut loud = Player::new(
        "p".into(),
        vec![Sound {
            rate_hz: 8000,
            samples: vec![i16::MIN].into(),
            gain_db: 20,
        }],
        Sequencer::new(
            vec![Piece::between(1, 8000, 0, None, Plays::Times(1))],
            Plays::Times(1),
        ),
        false,
    );
    loud.fill(&mut frame);
    assert_eq!(frame[0], i16::MIN);
}

fn config(paused: bool, seeks: u32, position_ms: u64) -> PlayerConfig {
    PlayerConfig {
        paused,
        seeks,
        position_ms,
        ..PlayerConfig::default()
    }
}

/// A second that rises by one from sample to sample.
fn ramp() -> Player {
    let piece = Piece::between(8000, 8000, 0, None, Plays::Times(1));
    let sound = Sound {
        rate_hz: 8000,
        samples: Arc::new((0..8000).collect()),
        gain_db: 0,
    };
    let sequencer = Sequencer::new(vec![piece], Plays::Times(1));
    Player::new("p".into(), vec![sound], sequencer, false)
}

#[test]
fn a_pause_fades_stands_still_and_goes_on_where_it_faded() {
    let (mut player, mut frame) = (ramp(), [0i16; 160]);
    player.fill(&mut frame);
    player.follow(&config(true, 0, 0));
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    assert!(frame[0] == 160 && frame[159] < 4, "{frame:?}");
    for _ in 0..100 {
        assert_eq!(player.fill(&mut frame), Fill::Pause);
    }
    player.follow(&config(false, 0, 0));
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    assert!(frame[0] == 0 && frame[159] > 310, "{frame:?}");
    player.fill(&mut frame);
    assert_eq!((frame[0], frame[159]), (320, 479));
}

#[test]
fn a_seek_fades_over_to_the_new_place_once() {
    let (mut player, mut frame) = (ramp(), [0i16; 160]);
    player.fill(&mut frame);
    for _ in 0..2 {
        player.follow(&config(false, 1, 500));
    }
    player.fill(&mut frame);
    assert!(frame[0] == 160 && frame[159] < 4, "{frame:?}");
    player.fill(&mut frame);
    assert!(frame[0] == 0 && frame[159] > 4100, "{frame:?}");
    player.follow(&config(false, 1, 500));
    player.fill(&mut frame);
    assert_eq!(frame[0], 4160);
    player.follow(&config(false, 2, 60_000));
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    assert_eq!(player.fill(&mut frame), Fill::End);
}

#[test]
fn one_that_is_sought_or_paused_before_it_is_heard_begins_there_at_once() {
    let (mut player, mut frame) = (ramp(), [0i16; 160]);
    player.follow(&config(true, 1, 500));
    assert_eq!(player.fill(&mut frame), Fill::Pause);
    player.follow(&config(false, 1, 500));
    player.fill(&mut frame);
    assert_eq!((frame[0], frame[159]), (4000, 4159));
    let mut player = ramp();
    player.begin_at(250_000, 3); // taken over: the third seek led to where it began there
    player.follow(&config(false, 3, 100));
    player.fill(&mut frame);
    assert_eq!(frame[0], 2000);
}

#[test]
fn at_its_end_it_can_still_be_sent_back() {
    let (mut player, mut frame) = (ramp(), [0i16; 160]);
    player.begin_at(980_000, 0);
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    player.follow(&config(true, 0, 0));
    assert_eq!(player.fill(&mut frame), Fill::Pause);
    player.follow(&config(false, 1, 0));
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    assert_eq!(frame[0], 0);
    assert!(player.fade_out());
    assert_eq!(player.fill(&mut frame), Fill::Sound);
    assert!(!player.fade_out());
}
