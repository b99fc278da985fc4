//! One recording: a stereo or mono time line that follows the clock, what begins it, limits, and the words for how it ends.
//!
//! ```text
//! State      On                                              Next       Tell
//! WAITING    `after_player` plays: what is said is kept
//! WAITING    no gate, or power over `start_above_power`      RECORDING  recording, or recording.abovepower
//! any        nobody spoke for `max_wait_ms`                  DONE       finished.nospeech
//! RECORDING  longer than `max_duration_ms`                   DONE       finished.timeout
//! RECORDING  longer than `min_duration_ms`, and power under  DONE       finished.belowpower
//!            `finish_below_power`
//! RECORDING  longer than `min_duration_ms`, and nobody has   DONE       finished.silence
//!            spoken for `finish_after_silence_ms`
//! RECORDING  `paused`: nothing is written until it is off
//! any        `finished`                                      DONE       finished.requested
//! any        the channel ends                                DONE       finished.channelclosed
//! ```
//!
//! What is written lasts as long as it took: silence is written as silence, and a stalled thread's gap is filled.

mod config;
mod early;

use crate::clock::Moment;
use crate::recorder::early::Early;
use crate::sounds::wav_header::WavShape;
use crate::speech::power::Power;
use crate::speech::vad::{Vad, VadConfig};

pub use config::{Chunk, RecorderConfig, Source};

/// 20 ms, the time between two frames.
const FRAME_US: u64 = 20_000;
const FRAME_MS: u32 = (FRAME_US / 1000) as u32;
/// Frames that are handed on together.
const BLOCK_FRAMES: usize = 5;
/// A time line that is behind by more frames than this is filled up with silence.
const MAX_BEHIND: u64 = 5;
/// Power is averaged over so many frames unless told otherwise: 200 ms.
const AVERAGE_FRAMES: usize = 10;
/// The longest average: 5 s.
const MAX_AVERAGE_FRAMES: usize = 250;
/// What is kept of what was said before a recording could begin, unless told otherwise; and the most.
const PRE_ROLL_MS: u32 = 10_000;
const MAX_PRE_ROLL_MS: u32 = 60_000;
/// Voice begins after so much of it, where nothing else is asked for.
const ONSET_MS: u32 = 30;
/// What we say is heard here up to so many frames after it was sent: the end of a prompt is no part of what follows it.
const PROMPT_TAIL: u32 = 5;

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
    /// The player it waited for has ended.
    released: bool,
    /// Frames in which the prompt may still be heard.
    prompt_tail: u32,
    /// The moment from which it could begin.
    ready: Option<Moment>,
    /// The moment that frame 0 belongs to; moves on while paused.
    zero: Moment,
    frames: u64,
    block: Vec<i16>,
    power: Power,
    /// Who speaks, where that matters.
    vad: Option<Box<Vad>>,
    /// Somebody has spoken.
    spoken: bool,
    /// For so long nobody has.
    quiet_ms: u32,
    early: Early,
}

impl Recorder {
    /// Not begun; frames will come at this rate.
    #[must_use]
    pub fn new(config: &RecorderConfig, rate_hz: u32) -> Self {
        let average = config.average_frames as usize;
        let mut recorder = Recorder {
            config: config.clone(),
            rate_hz,
            state: State::Waiting,
            released: false,
            prompt_tail: 0,
            ready: None,
            zero: Moment(0),
            frames: 0,
            block: Vec::new(),
            early: Early::default(),
            vad: None,
            spoken: false,
            quiet_ms: 0,
            power: Power::new(if average == 0 {
                AVERAGE_FRAMES
            } else {
                average.min(MAX_AVERAGE_FRAMES)
            }),
        };
        recorder.listen();
        recorder
    }

    /// Listens for voice if its configuration needs it.
    fn listen(&mut self) {
        let config = &self.config;
        let needed = config.after_player.is_some()
            || config.max_wait_ms > 0
            || config.finish_after_silence_ms > 0;
        if needed && self.vad.is_none() {
            let vad = Vad::new(self.rate_hz, config.voice.vad(ONSET_MS));
            self.vad = Some(Box::new(vad));
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
        self.listen();
        if config.finished {
            self.end("finished.requested", out);
        }
    }

    /// Nothing will come any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The player that it still waits for.
    #[must_use]
    pub fn waits_for(&self) -> Option<&str> {
        let waits = self.state == State::Waiting && !self.released;
        self.config.after_player.as_deref().filter(|_| waits)
    }

    /// That player has ended: it begins, unless there is a gate.
    pub fn release(&mut self, now: Moment, out: &mut impl FnMut(Chunk)) {
        (self.released, self.prompt_tail) = (true, PROMPT_TAIL);
        self.ready = Some(now);
        if self.config.start_above_power == 0 {
            self.begin(now, out);
        }
    }

    /// Takes 20 ms of what we hear and say.
    pub fn frame(&mut self, now: Moment, heard: &[i16], said: &[i16], out: &mut impl FnMut(Chunk)) {
        let voice = self.listen_to(match self.config.source {
            Source::Both | Source::Heard => heard,
            Source::Said => said,
        });
        let mut said = said;
        if self.prompt_tail > 0 || self.waits_for().is_some() {
            said = &[];
            self.prompt_tail = self.prompt_tail.saturating_sub(1);
        }
        if self.state == State::Waiting {
            self.wait(now, heard, said, voice, out);
        }
        if self.state != State::Recording || self.config.paused {
            return;
        }
        let due = now.since_us(self.zero) / FRAME_US;
        if due > self.frames + MAX_BEHIND {
            let silence = vec![0; heard.len()];
            for _ in self.frames..due {
                self.write(&silence, &silence, out);
            }
        }
        self.write(heard, said, out);
        self.note(voice);
        self.check_limits(now, out);
    }

    /// Whether it is voice.
    fn listen_to(&mut self, pcm: &[i16]) -> bool {
        self.power.add(pcm);
        self.vad.as_mut().is_some_and(|vad| vad.process(pcm).voice)
    }

    fn note(&mut self, voice: bool) {
        self.spoken |= voice;
        self.quiet_ms = match (voice, self.quiet_ms) {
            (true, _) => 0,
            // The detector is sure a while after the last sound.
            (false, 0) if self.spoken => VadConfig::default().hang_ms,
            (false, quiet_ms) => quiet_ms.saturating_add(FRAME_MS),
        };
    }

    /// This frame may begin it; else it is kept, without the prompt, for when another one does.
    fn wait(
        &mut self,
        now: Moment,
        heard: &[i16],
        said: &[i16],
        voice: bool,
        out: &mut impl FnMut(Chunk),
    ) {
        let waits = self.waits_for().is_some();
        let gate = self.config.start_above_power;
        if !waits {
            let ready = *self.ready.get_or_insert(now);
            if gate == 0 || self.power.average() > f64::from(gate) {
                return self.begin(now, out);
            }
            if self.has_waited(now.since_us(ready)) {
                return self.end("finished.nospeech", out);
            }
        }
        let most = if self.config.after_player.is_some() {
            self.early.most(self.pre_roll_frames())
        } else {
            self.power.frames()
        };
        self.early.keep(heard, said, voice, most);
    }

    fn pre_roll_frames(&self) -> usize {
        let pre_roll_ms = match self.config.pre_roll_ms {
            0 => PRE_ROLL_MS,
            some => some.min(MAX_PRE_ROLL_MS),
        };
        (pre_roll_ms / FRAME_MS) as usize
    }

    fn has_waited(&self, us: u64) -> bool {
        let longest = u64::from(self.config.max_wait_ms);
        longest > 0 && us >= longest * 1000
    }

    /// It begins with what was said before: all of it behind a gate, the part with voice behind a player.
    fn begin(&mut self, now: Moment, out: &mut impl FnMut(Chunk)) {
        let gated = self.config.start_above_power > 0;
        if self.config.after_player.is_some() {
            self.early.trim(if gated { self.power.frames() } else { 0 });
        }
        self.state = State::Recording;
        self.zero = Moment(now.0.saturating_sub(self.early.len() as u64 * FRAME_US));
        self.spoken |= gated || self.early.has_voice();
        out(Chunk::Begin(self.shape()));
        out(Chunk::Tell(if gated {
            "recording.abovepower"
        } else {
            "recording"
        }));
        while let Some((heard, said)) = self.early.take() {
            if !self.config.paused {
                self.write(&heard, &said, out);
            }
        }
    }

    fn shape(&self) -> WavShape {
        WavShape {
            channels: self.channels(),
            rate_hz: self.rate_hz,
        }
    }

    fn channels(&self) -> u16 {
        if self.config.source == Source::Both {
            self.config.channels
        } else {
            1
        }
    }

    fn write(&mut self, heard: &[i16], said: &[i16], out: &mut impl FnMut(Chunk)) {
        match self.config.source {
            Source::Heard => self.block.extend_from_slice(heard),
            Source::Said => {
                let said = &said[..said.len().min(heard.len())];
                self.block.extend_from_slice(said);
                let missing = heard.len() - said.len();
                self.block.extend(std::iter::repeat_n(0, missing));
            }
            Source::Both => self.write_both(heard, said),
        }
        self.frames += 1;
        if self.frames.is_multiple_of(BLOCK_FRAMES as u64) {
            self.hand_on(out);
        }
    }

    fn write_both(&mut self, heard: &[i16], said: &[i16]) {
        let mono = self.config.channels == 1;
        for (n, left) in heard.iter().enumerate() {
            let right = said.get(n).copied().unwrap_or(0);
            if mono {
                self.block.push(left.saturating_add(right));
            } else {
                self.block.extend_from_slice(&[*left, right]);
            }
        }
    }

    fn hand_on(&mut self, out: &mut impl FnMut(Chunk)) {
        if !self.block.is_empty() {
            let room = Vec::with_capacity(self.block.len());
            out(Chunk::Samples(std::mem::replace(&mut self.block, room)));
        }
    }

    fn check_limits(&mut self, now: Moment, out: &mut impl FnMut(Chunk)) {
        let ms = self.frames * u64::from(FRAME_MS);
        let config = &self.config;
        let waited_us = self.ready.map_or(0, |ready| now.since_us(ready)) + FRAME_US;
        let reason = if config.max_duration_ms > 0 && ms >= u64::from(config.max_duration_ms) {
            "finished.timeout"
        } else if !self.spoken && self.has_waited(waited_us) {
            "finished.nospeech"
        } else if ms < u64::from(config.min_duration_ms) {
            return;
        } else if config.finish_below_power > 0
            && self.power.is_full()
            && self.power.average() < f64::from(config.finish_below_power)
        {
            "finished.belowpower"
        } else if self.is_silent() {
            "finished.silence"
        } else {
            return;
        };
        self.end(reason, out);
    }

    /// Nobody has spoken for long enough; before the first word it is the longest wait that counts, where there is one.
    fn is_silent(&self) -> bool {
        let longest_ms = self.config.finish_after_silence_ms;
        let counts = self.spoken || self.config.max_wait_ms == 0;
        longest_ms > 0 && counts && self.quiet_ms >= longest_ms
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

#[cfg(test)]
mod tests;
