//! Tests of a recording: its time line, its beginnings by power and voice, and each of its ends

use super::*;

fn config() -> RecorderConfig {
    RecorderConfig {
        id: "r".into(),
        file: "r.wav".into(),
        channels: 2,
        ..RecorderConfig::default()
    }
}

/// Feeds frames of these loudnesses, 20 ms apart; what came out, and how many samples.
fn feed(recorder: &mut Recorder, from: u64, loudness: &[i16]) -> (Vec<Chunk>, usize) {
    let (mut told, mut samples) = (Vec::new(), 0);
    for (n, loud) in loudness.iter().enumerate() {
        let heard: Vec<i16> = (0..160)
            .map(|i| if i / 4 % 2 == 0 { *loud } else { -*loud })
            .collect();
        let now = Moment((from + n as u64) * FRAME_US);
        recorder.frame(now, &heard, &[7; 160], &mut |chunk| match chunk {
            Chunk::Samples(block) => samples += block.len(),
            other => told.push(other),
        });
    }
    (told, samples)
}

// covers: EN-065
#[test]
fn left_is_what_we_hear_and_right_what_we_say() {
    let mut recorder = Recorder::new(&config(), 8000);
    let mut blocks = Vec::new();
    for n in 0..5 {
        recorder.frame(Moment(n * FRAME_US), &[1; 160], &[2; 160], &mut |chunk| {
            if let Chunk::Samples(block) = chunk {
                blocks.extend(block);
            }
        });
    }
    assert_eq!(blocks.len(), 5 * 320);
    assert!(blocks.chunks(2).all(|pair| pair == [1, 2]));
    let mut mono = Recorder::new(
        &RecorderConfig {
            channels: 1,
            ..config()
        },
        8000,
    );
    let (_, samples) = feed(&mut mono, 0, &[1; 5]);
    assert_eq!(samples, 5 * 160);
}

// covers: EN-071
#[test]
fn a_stall_of_the_thread_is_filled_with_silence() {
    let mut recorder = Recorder::new(&config(), 8000);
    let (_, before) = feed(&mut recorder, 0, &[1; 10]);
    let (_, after) = feed(&mut recorder, 50, &[1; 10]);
    assert_eq!(before + after, 60 * 320);
}

// covers: EN-066
#[test]
fn paused_time_is_left_out() {
    let mut recorder = Recorder::new(&config(), 8000);
    let (_, before) = feed(&mut recorder, 0, &[1; 10]);
    let mut ignore = |_| {};
    recorder.configure(
        Moment(10 * FRAME_US),
        &RecorderConfig {
            paused: true,
            ..config()
        },
        &mut ignore,
    );
    let (_, paused) = feed(&mut recorder, 10, &[1; 100]);
    recorder.configure(Moment(110 * FRAME_US), &config(), &mut ignore);
    let (_, after) = feed(&mut recorder, 110, &[1; 10]);
    assert_eq!((before, paused, after), (10 * 320, 0, 10 * 320));
}

// covers: EN-068
#[test]
fn the_gate_opens_with_power_and_closes_without_it() {
    let gate = RecorderConfig {
        start_above_power: 40,
        finish_below_power: 80,
        min_duration_ms: 200,
        average_frames: 5,
        ..config()
    };
    let mut recorder = Recorder::new(&gate, 8000);
    assert_eq!(feed(&mut recorder, 0, &[0; 50]), (vec![], 0));
    let (told, samples) = feed(&mut recorder, 50, &[500; 20]);
    assert_eq!(samples, 25 * 320, "with what came before the gate opened");
    assert_eq!(told[1], Chunk::Tell("recording.abovepower"));
    let (told, _) = feed(&mut recorder, 70, &[0; 20]);
    assert_eq!(told, [Chunk::End("finished.belowpower")]);
    assert!(recorder.is_done());
}

// The first two seconds of a call are no exception.
#[test]
fn a_gate_can_open_with_the_first_sound() {
    let gate = RecorderConfig {
        start_above_power: 300,
        ..config()
    };
    let mut recorder = Recorder::new(&gate, 8000);
    let (told, samples) = feed(&mut recorder, 0, &[2000; 10]);
    assert_eq!(told[1], Chunk::Tell("recording.abovepower"));
    assert_eq!(samples, 10 * 320, "from the first frame on");
}

// covers: EN-069
#[test]
fn the_longest_duration_ends_it_to_the_frame() {
    let mut recorder = Recorder::new(
        &RecorderConfig {
            max_duration_ms: 500,
            ..config()
        },
        8000,
    );
    let (told, samples) = feed(&mut recorder, 0, &[100; 40]);
    assert_eq!(told.last(), Some(&Chunk::End("finished.timeout")));
    assert_eq!(samples, 25 * 320);
}

#[test]
fn an_end_comes_once_and_hands_on_what_waits() {
    let mut recorder = Recorder::new(&config(), 8000);
    feed(&mut recorder, 0, &[1; 3]);
    let mut out = Vec::new();
    let finished = RecorderConfig {
        finished: true,
        ..config()
    };
    recorder.configure(Moment(0), &finished, &mut |chunk| out.push(chunk));
    recorder.end("finished.channelclosed", &mut |chunk| out.push(chunk));
    assert!(
        matches!(&out[..], [Chunk::Samples(rest), Chunk::End("finished.requested")] if rest.len() == 3 * 320)
    );
}

/// After a prompt; silence before the first word and behind the last one ends it.
fn after_prompt() -> RecorderConfig {
    RecorderConfig {
        channels: 1,
        after_player: Some("p".into()),
        max_wait_ms: 3000,
        finish_after_silence_ms: 1000,
        ..config()
    }
}

fn released(recorder: &mut Recorder, at: u64) -> (Vec<Chunk>, usize) {
    let (mut told, mut samples) = (Vec::new(), 0);
    recorder.release(Moment(at * FRAME_US), &mut |chunk| match chunk {
        Chunk::Samples(block) => samples += block.len(),
        other => told.push(other),
    });
    (told, samples)
}

// covers: EN-072
#[test]
fn behind_a_prompt_it_begins_at_once_with_what_was_said_into_it() {
    let mut recorder = Recorder::new(&after_prompt(), 8000);
    assert_eq!(feed(&mut recorder, 0, &[0; 100]), (vec![], 0));
    assert_eq!(feed(&mut recorder, 100, &[2000; 20]), (vec![], 0));
    assert_eq!(recorder.waits_for(), Some("p"));
    let (told, samples) = released(&mut recorder, 120);
    assert_eq!(told[1], Chunk::Tell("recording"));
    assert!(matches!(told[0], Chunk::Begin(shape) if shape.channels == 1));
    assert!((20 * 160..=36 * 160).contains(&samples), "{samples}");
    let (told, more) = feed(&mut recorder, 120, &[0; 100]);
    assert_eq!(told, [Chunk::End("finished.silence")]);
    assert!((48 * 160..=56 * 160).contains(&more), "a second: {more}");
}

#[test]
fn a_silent_prompt_leaves_nothing_in_the_file_and_a_silent_caller_ends_it() {
    let mut recorder = Recorder::new(&after_prompt(), 8000);
    feed(&mut recorder, 0, &[0; 500]);
    assert_eq!(released(&mut recorder, 500).1, 0);
    let (told, samples) = feed(&mut recorder, 500, &[0; 200]);
    assert_eq!(told, [Chunk::End("finished.nospeech")]);
    assert_eq!(samples, 150 * 160);
}

#[test]
fn what_is_kept_of_a_long_prompt_is_bounded() {
    let short = RecorderConfig {
        pre_roll_ms: 200,
        ..after_prompt()
    };
    let mut recorder = Recorder::new(&short, 8000);
    feed(&mut recorder, 0, &[2000; 50]);
    assert_eq!(released(&mut recorder, 50).1, 10 * 160);
}

// covers: EN-075
#[test]
fn a_prompt_that_is_never_over_is_no_obstacle_to_an_end() {
    let mut recorder = Recorder::new(&after_prompt(), 8000);
    feed(&mut recorder, 0, &[0; 500]);
    let mut out = Vec::new();
    recorder.end("finished.channelclosed", &mut |chunk| out.push(chunk));
    assert_eq!(out, [Chunk::End("finished.channelclosed")]);
}

#[test]
fn a_gate_that_never_opens_ends_it_in_time() {
    let gate = RecorderConfig {
        start_above_power: 500,
        max_wait_ms: 2000,
        ..config()
    };
    let mut recorder = Recorder::new(&gate, 8000);
    let (told, samples) = feed(&mut recorder, 0, &[0; 150]);
    assert_eq!((told, samples), (vec![Chunk::End("finished.nospeech")], 0));
}

#[test]
fn silence_ends_it_not_before_its_shortest_duration() {
    let quiet = RecorderConfig {
        finish_after_silence_ms: 500,
        min_duration_ms: 3000,
        ..config()
    };
    let mut recorder = Recorder::new(&quiet, 8000);
    let (told, samples) = feed(&mut recorder, 0, &[0; 200]);
    assert_eq!(told.last(), Some(&Chunk::End("finished.silence")));
    assert_eq!(samples, 150 * 320);
}

#[test]
fn one_side_alone_is_one_channel() {
    for (source, level) in [(Source::Heard, 1), (Source::Said, 7)] {
        let one = RecorderConfig { source, ..config() };
        let mut recorder = Recorder::new(&one, 8000);
        let mut blocks = Vec::new();
        for n in 0..5 {
            recorder.frame(
                Moment(n * FRAME_US),
                &[1; 160],
                &[7; 160],
                &mut |chunk| match chunk {
                    Chunk::Samples(block) => blocks.extend(block),
                    Chunk::Begin(shape) => assert_eq!(shape.channels, 1),
                    _ => {}
                },
            );
        }
        assert_eq!(blocks, vec![level; 5 * 160]);
    }
}
