//! Tests of what plays over the rest: who hears it, and when it ends

use super::*;
use crate::playing::player::Sound;
use crate::playing::soup::{Piece, Plays, Sequencer};

fn player(id: &str, value: i16, samples: usize) -> Player {
    let piece = Piece::between(samples as u64, 8000, 0, None, Plays::Times(1));
    let sound = Sound {
        rate_hz: 8000,
        samples: vec![value; samples].into(),
        gain_db: 0,
    };
    let sequencer = Sequencer::new(vec![piece], Plays::Times(1));
    Player::new(id.into(), vec![sound], sequencer, true)
}

fn config(id: &str, gain_db: i32) -> PlayerConfig {
    PlayerConfig {
        id: id.into(),
        gain_db,
        ..PlayerConfig::default()
    }
}

fn playing(configs: &[PlayerConfig], samples: usize) -> Overlays {
    let mut overlays = Overlays::default();
    overlays.configure(configs, |_| panic!("nothing ends"));
    for (n, config) in configs.iter().enumerate() {
        assert!(overlays.wants(&config.id));
        overlays.start(player(&config.id, 100 * (n as i16 + 1), samples));
    }
    overlays
}

fn tick(overlays: &mut Overlays, ended: &mut Vec<Ended>) -> i16 {
    let mut pcm = [1000i16; 160];
    overlays.add_to(false, &mut pcm, 8000, |end| ended.push(end));
    pcm[159]
}

#[test]
fn several_play_over_the_rest_each_with_its_gain() {
    let mut overlays = playing(&[config("a", 0), config("b", 20)], 320);
    let mut ended = Vec::new();
    assert_eq!(tick(&mut overlays, &mut ended), 1000 + 100 + 2000);
    assert_eq!(tick(&mut overlays, &mut ended), 3100);
    assert_eq!(tick(&mut overlays, &mut ended), 1000);
    assert_eq!(
        ended,
        [("a".into(), "completed"), ("b".into(), "completed")]
    );
    assert!(!overlays.any());
}

#[test]
fn one_that_is_stopped_fades_and_one_that_goes_on_glides_to_its_new_gain() {
    let mut overlays = playing(&[config("a", 0), config("b", 0)], 1600);
    let mut ended = Vec::new();
    tick(&mut overlays, &mut ended);
    overlays.configure(&[config("b", 20)], |end| ended.push(end));
    assert_eq!(ended, [("a".into(), "interrupted")]);
    let mut pcm = [0i16; 160];
    overlays.add_to(false, &mut pcm, 8000, |_| {});
    let steepest = pcm.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max();
    assert!(pcm[0] > 290 && steepest < Some(30), "{pcm:?}");
    assert_eq!(tick(&mut overlays, &mut ended), 3000);
}

#[test]
fn a_digit_ends_those_it_may_and_a_failed_one_is_not_waited_for() {
    let mut overlays = playing(&[config("a", 0)], 1600);
    overlays.configure(&[config("a", 0), config("gone", 0)], |_| {});
    overlays.fail("gone");
    let mut ended = Vec::new();
    overlays.interrupt(|end| ended.push(end));
    tick(&mut overlays, &mut ended);
    assert_eq!(ended, [("a".into(), "telephone-event")]);
    assert!(!overlays.any());
}

#[test]
fn sounds_of_another_rate_are_converted_and_those_for_the_group_are_kept_apart() {
    let mut shared = config("a", 0);
    shared.for_group = true;
    let mut overlays = playing(&[shared], 16_000);
    let mut pcm = [0i16; 320];
    assert!(!overlays.add_to(false, &mut pcm, 16_000, |_| {}));
    for _ in 0..3 {
        pcm = [0; 320];
        assert!(overlays.add_to(true, &mut pcm, 16_000, |_| {}));
    }
    assert!(
        pcm.iter().all(|sample| (95..=105).contains(sample)),
        "{pcm:?}"
    );
}

#[test]
fn one_is_paused_while_the_rest_goes_on_and_ends_when_it_was_played() {
    let both = [config("a", 0), config("b", 0)];
    let mut overlays = playing(&both, 480);
    let mut ended = Vec::new();
    tick(&mut overlays, &mut ended);
    let [mut a, b] = both;
    a.paused = true;
    overlays.configure(&[a.clone(), b.clone()], |_| {});
    assert!(tick(&mut overlays, &mut ended) < 1205); // it fades
    assert_eq!(tick(&mut overlays, &mut ended), 1200);
    assert_eq!(tick(&mut overlays, &mut ended), 1000);
    assert_eq!(ended, [("b".into(), "completed")]);
    assert!(overlays.any());
    (a.paused, a.seeks, a.position_ms) = (false, 1, 40);
    overlays.configure(std::slice::from_ref(&a), |_| {});
    assert!(tick(&mut overlays, &mut ended) > 1095);
    assert_eq!(tick(&mut overlays, &mut ended), 1000);
    assert_eq!(ended[1..], [("a".into(), "completed")]);
}

#[test]
fn one_that_is_stopped_in_its_pause_is_not_heard_again() {
    let mut paused = config("a", 0);
    paused.paused = true;
    let mut overlays = playing(&[paused], 480);
    let mut ended = Vec::new();
    assert_eq!(tick(&mut overlays, &mut ended), 1000);
    overlays.configure(&[], |end| ended.push(end));
    assert_eq!(ended, [("a".into(), "interrupted")]);
    assert!(!overlays.any());
    assert_eq!(tick(&mut overlays, &mut ended), 1000);
}
