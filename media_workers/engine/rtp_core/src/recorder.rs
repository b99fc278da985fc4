//! One recording: a stereo or mono time line that follows the clock, a gate, limits, and the words for how it ends.
//!
//! ```text
//! State      On                                              Next       Tell
//! WAITING    no gate, or power over `start_above_power`      RECORDING  recording, or recording.abovepower
//! RECORDING  longer than `max_duration_ms`                   DONE       finished.timeout
//! RECORDING  longer than `min_duration_ms`, and power under  DONE       finished.belowpower
//!            `finish_below_power`
//! RECORDING  `paused`: nothing is written until it is off
//! any        `finished`                                      DONE       finished.requested
//! any        the channel ends                                DONE       finished.channelclosed
//! ```
//!
//! What is written lasts as long as it took: silence is written as silence, and a stalled thread's gap is filled.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::clock::Moment;
use crate::sounds::wav_header::WavShape;

/// 20 ms, the time between two frames.
const FRAME_US: u64 = 20_000;
/// Frames that are handed on together.
const BLOCK_FRAMES: usize = 5;
/// A time line that is behind by more frames than this is filled up with silence.
const MAX_BEHIND: u64 = 5;
/// Power is averaged over so many frames unless told otherwise: 200 ms.
const AVERAGE_FRAMES: usize = 10;
/// The longest average: 5 s.
const MAX_AVERAGE_FRAMES: usize = 250;

/// What a recording should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecorderConfig {
    /// A new id is a new recording; the same id changes the one there is.
    pub id: Arc<str>,
    /// Where it goes; opaque here.
    pub file: Arc<str>,
    /// 2: left what we hear, right what we say. 1: their sum.
    pub channels: u16,
    /// 0: no limit.
    pub max_duration_ms: u32,
    /// Power does not end it before.
    pub min_duration_ms: u32,
    /// RMS of what we hear that begins it; 0: at once.
    pub start_above_power: u32,
    /// RMS of what we hear that ends it; 0: never.
    pub finish_below_power: u32,
    /// Frames of 20 ms that power is averaged over; 0 is ten.
    pub average_frames: u32,
    /// Nothing is written.
    pub paused: bool,
    /// End it now.
    pub finished: bool,
}

/// What a recording gives, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// It begins.
    Begin(WavShape),
    /// Interleaved samples.
    Samples(Vec<i16>),
    /// Something to tell, in the words of the contract.
    Tell(&'static str),
    /// It has ended, and why.
    End(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Recording,
    Done,
}

/// One recording.
#[derive(Debug)]
pub struct Recorder {
    config: RecorderConfig,
    rate_hz: u32,
    state: State,
    /// The moment that frame 0 belongs to; moves on while paused.
    zero: Moment,
    frames: u64,
    block: Vec<i16>,
    power: Power,
    /// What a closed gate has seen of late: the beginning of what opens it.
    early: VecDeque<(Vec<i16>, Vec<i16>)>,
}

impl Recorder {
    /// Not begun; frames will come at this rate.
    #[must_use]
    pub fn new(config: &RecorderConfig, rate_hz: u32) -> Self {
        let average = config.average_frames as usize;
        Recorder {
            config: config.clone(),
            rate_hz,
            state: State::Waiting,
            zero: Moment(0),
            frames: 0,
            block: Vec::new(),
            early: VecDeque::new(),
            power: Power::new(if average == 0 {
                AVERAGE_FRAMES
            } else {
                average.min(MAX_AVERAGE_FRAMES)
            }),
        }
    }

    /// Which one it is.
    #[must_use]
    pub fn config(&self) -> &RecorderConfig {
        &self.config
    }

    /// Changes what may change.
    pub fn configure(&mut self, now: Moment, config: &RecorderConfig, out: &mut impl FnMut(Chunk)) {
        if self.config.paused && !config.paused {
            // The time line goes on where it stopped.
            self.zero = Moment(now.0.saturating_sub(self.frames * FRAME_US));
        }
        self.config.clone_from(config);
        if config.finished {
            self.end("finished.requested", out);
        }
    }

    /// Nothing will come any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes 20 ms of what we hear and say.
    pub fn frame(&mut self, now: Moment, heard: &[i16], said: &[i16], out: &mut impl FnMut(Chunk)) {
        self.power.add(heard);
        if self.state == State::Waiting {
            self.begin(now, out);
            if self.state == State::Waiting {
                self.keep_early(heard, said);
            }
        }
        if self.state != State::Recording || self.config.paused {
            return;
        }
        for (heard, said) in std::mem::take(&mut self.early) {
            self.write(&heard, &said, out);
        }
        let due = now.since_us(self.zero) / FRAME_US;
        if due > self.frames + MAX_BEHIND {
            let silence = vec![0; heard.len()];
            for _ in self.frames..due {
                self.write(&silence, &silence, out);
            }
        }
        self.write(heard, said, out);
        self.check_limits(out);
    }

    fn begin(&mut self, now: Moment, out: &mut impl FnMut(Chunk)) {
        let gate = self.config.start_above_power;
        if gate > 0 && self.power.average() <= f64::from(gate) {
            return;
        }
        self.state = State::Recording;
        self.zero = Moment(now.0.saturating_sub(self.early.len() as u64 * FRAME_US));
        out(Chunk::Begin(self.shape()));
        out(Chunk::Tell(if gate > 0 {
            "recording.abovepower"
        } else {
            "recording"
        }));
    }

    /// As much as power is averaged over.
    fn keep_early(&mut self, heard: &[i16], said: &[i16]) {
        let mut room = (Vec::new(), Vec::new());
        if self.early.len() >= self.power.window.len() {
            room = self.early.pop_front().unwrap_or_default();
        }
        room.0.clear();
        room.0.extend_from_slice(heard);
        room.1.clear();
        room.1.extend_from_slice(said);
        self.early.push_back(room);
    }

    fn shape(&self) -> WavShape {
        WavShape {
            channels: self.config.channels,
            rate_hz: self.rate_hz,
        }
    }

    fn write(&mut self, heard: &[i16], said: &[i16], out: &mut impl FnMut(Chunk)) {
        for (n, left) in heard.iter().enumerate() {
            let right = said.get(n).copied().unwrap_or(0);
            if self.config.channels == 1 {
                self.block.push(left.saturating_add(right));
            } else {
                self.block.extend_from_slice(&[*left, right]);
            }
        }
        self.frames += 1;
        if self.frames.is_multiple_of(BLOCK_FRAMES as u64) {
            self.hand_on(out);
        }
    }

    fn hand_on(&mut self, out: &mut impl FnMut(Chunk)) {
        if !self.block.is_empty() {
            let room = Vec::with_capacity(self.block.len());
            out(Chunk::Samples(std::mem::replace(&mut self.block, room)));
        }
    }

    fn check_limits(&mut self, out: &mut impl FnMut(Chunk)) {
        let ms = self.frames * (FRAME_US / 1000);
        let config = &self.config;
        if config.max_duration_ms > 0 && ms >= u64::from(config.max_duration_ms) {
            self.end("finished.timeout", out);
        } else if config.finish_below_power > 0
            && ms >= u64::from(config.min_duration_ms)
            && self.power.is_full()
            && self.power.average() < f64::from(config.finish_below_power)
        {
            self.end("finished.belowpower", out);
        }
    }

    /// Ends it; a second end is nothing.
    pub fn end(&mut self, reason: &'static str, out: &mut impl FnMut(Chunk)) {
        if self.state != State::Done {
            self.hand_on(out);
            self.state = State::Done;
            out(Chunk::End(reason));
        }
    }
}

/// RMS over a sliding window of frames, of the audio without its constant part.
#[derive(Debug)]
struct Power {
    window: Vec<f64>,
    next: usize,
    seen: usize,
    sum: f64,
}

impl Power {
    fn new(frames: usize) -> Self {
        Power {
            window: vec![0.0; frames],
            next: 0,
            seen: 0,
            sum: 0.0,
        }
    }

    fn add(&mut self, pcm: &[i16]) {
        let count = pcm.len().max(1) as f64;
        let mean = pcm.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
        let square = |sample: &i16| (f64::from(*sample) - mean).powi(2);
        let rms = (pcm.iter().map(square).sum::<f64>() / count).sqrt();
        self.sum += rms - std::mem::replace(&mut self.window[self.next], rms);
        self.next = (self.next + 1) % self.window.len();
        self.seen += 1;
    }

    fn is_full(&self) -> bool {
        self.seen >= self.window.len()
    }

    fn average(&self) -> f64 {
        self.sum / self.window.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> RecorderConfig {
        RecorderConfig {
            id: "r".into(),
            file: "r.wav".into(),
            channels: 2,
            max_duration_ms: 0,
            min_duration_ms: 0,
            start_above_power: 0,
            finish_below_power: 0,
            average_frames: 0,
            paused: false,
            finished: false,
        }
    }

    /// Feeds frames of these loudnesses, 20 ms apart; what came out, and how many samples.
    fn feed(recorder: &mut Recorder, from: u64, loudness: &[i16]) -> (Vec<Chunk>, usize) {
        let (mut told, mut samples) = (Vec::new(), 0);
        for (n, loud) in loudness.iter().enumerate() {
            let heard: Vec<i16> = (0..160)
                .map(|i| if i % 2 == 0 { *loud } else { -*loud })
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
}
