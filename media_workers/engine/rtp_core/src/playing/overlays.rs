//! What is played over the rest: a prompt over music, a whisper into a call, an announcement to a room. Any number at
//! once, each with its gain; what they are played over goes on beneath them.

use std::sync::Arc;

use crate::channel::sender::MAX_TICK_SAMPLES;
use crate::playing::player::Player;
use crate::signal::resample::Resampler;

/// Which overlay a channel should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayConfig {
    /// A new id is a new play; the same id goes on.
    pub id: Arc<str>,
    /// Silent, and the position stands still.
    pub paused: bool,
    /// Louder or softer; may change while it plays.
    pub gain_db: i32,
    /// All of the group hear it, else the channel's peer alone.
    pub for_group: bool,
}

#[derive(Debug)]
enum State {
    /// Its sounds are being loaded.
    Waiting,
    Playing(Box<Player>),
    /// It was stopped, and fades away in one tick.
    Fading(Box<Player>),
    Ended,
}

#[derive(Debug)]
struct Overlay {
    config: OverlayConfig,
    /// Gain in use; glides to what the configuration says.
    gain: f32,
    state: State,
    /// From the rate of its sounds, the last that was asked for.
    resampler: Option<(u32, Resampler)>,
}

/// All overlays of a channel.
#[derive(Debug, Default)]
pub struct Overlays {
    list: Vec<Overlay>,
}

/// An overlay that ended, and why.
pub type Ended = (Arc<str>, &'static str);

impl Overlays {
    /// Makes them what they should be; `ended` hears of those that end by it.
    pub fn configure(&mut self, wanted: &[OverlayConfig], mut ended: impl FnMut(Ended)) {
        for overlay in &mut self.list {
            match wanted.iter().find(|config| config.id == overlay.config.id) {
                Some(config) => overlay.config.clone_from(config),
                None => overlay.stop("interrupted", &mut ended),
            }
        }
        self.list.retain(|overlay| {
            matches!(overlay.state, State::Fading(_))
                || wanted.iter().any(|config| config.id == overlay.config.id)
        });
        for config in wanted {
            if !self.list.iter().any(|known| known.config.id == config.id) {
                self.list.push(Overlay {
                    config: config.clone(),
                    gain: factor(config.gain_db),
                    state: State::Waiting,
                    resampler: None,
                });
            }
        }
    }

    /// Whether sounds for it are still wanted.
    #[must_use]
    pub fn wants(&self, id: &str) -> bool {
        let waits = |overlay: &Overlay| matches!(overlay.state, State::Waiting);
        self.list
            .iter()
            .any(|overlay| *overlay.config.id == *id && waits(overlay))
    }

    /// The sounds of one that waited for them.
    pub fn start(&mut self, player: Player) {
        if let Some(overlay) = self.list.iter_mut().find(|o| o.config.id == player.id) {
            overlay.gain = factor(overlay.config.gain_db);
            overlay.state = State::Playing(Box::new(player));
        }
    }

    /// There are no sounds for it.
    pub fn fail(&mut self, id: &str) {
        if let Some(overlay) = self.list.iter_mut().find(|o| *o.config.id == *id) {
            overlay.state = State::Ended;
        }
    }

    /// A digit came: those that it interrupts end.
    pub fn interrupt(&mut self, mut ended: impl FnMut(Ended)) {
        for overlay in &mut self.list {
            if matches!(&overlay.state, State::Playing(player) if player.interruptible) {
                overlay.stop("telephone-event", &mut ended);
            }
        }
    }

    /// Ends all of them at once.
    pub fn end(&mut self, reason: &'static str, mut ended: impl FnMut(Ended)) {
        for overlay in &mut self.list {
            overlay.stop(reason, &mut ended);
        }
        self.list.clear();
    }

    /// Whether one plays or will.
    #[inline]
    #[must_use]
    pub fn any(&self) -> bool {
        !self.list.is_empty() && self.list.iter().any(|overlay| !overlay.has_ended())
    }

    /// Adds the next 20 ms of those for the group, or of those for the peer alone; false when there was nothing to add.
    pub fn add_to(
        &mut self,
        for_group: bool,
        pcm: &mut [i16],
        rate_hz: u32,
        mut ended: impl FnMut(Ended),
    ) -> bool {
        let mut added = false;
        for overlay in &mut self.list {
            if overlay.config.for_group == for_group && !overlay.has_ended() {
                added |= overlay.add_to(pcm, rate_hz, &mut ended);
            }
        }
        added
    }
}

impl Overlay {
    fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn stop(&mut self, reason: &'static str, ended: &mut impl FnMut(Ended)) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Playing(player) => {
                ended((self.config.id.clone(), reason));
                State::Fading(player)
            }
            other => other,
        };
    }

    fn add_to(&mut self, pcm: &mut [i16], rate_hz: u32, ended: &mut impl FnMut(Ended)) -> bool {
        let (player, wanted) = match &mut self.state {
            State::Playing(player) if !self.config.paused => (player, factor(self.config.gain_db)),
            State::Fading(player) => (player, 0.0),
            _ => return false,
        };
        let mut sound = [0i16; MAX_TICK_SAMPLES];
        let own_rate_hz = player.rate_hz();
        let sound = &mut sound[..(own_rate_hz / 50) as usize];
        let more = player.fill(sound);
        if matches!(self.state, State::Fading(_)) {
            self.state = State::Ended;
        } else if !more {
            self.state = State::Ended;
            ended((self.config.id.clone(), "completed"));
            return false;
        }
        let from = std::mem::replace(&mut self.gain, wanted);
        if own_rate_hz == rate_hz {
            add(sound, from, wanted, pcm);
        } else if let Some(resampler) = self.resampler(own_rate_hz, rate_hz) {
            let mut converted = [0i16; 2 * MAX_TICK_SAMPLES];
            let made = resampler.process(sound, &mut converted);
            add(&converted[..made], from, wanted, pcm);
        }
        true
    }

    fn resampler(&mut self, from_hz: u32, to_hz: u32) -> Option<&mut Resampler> {
        if self
            .resampler
            .as_ref()
            .is_none_or(|(rate_hz, _)| *rate_hz != to_hz)
        {
            self.resampler = Resampler::new(from_hz, to_hz).map(|made| (to_hz, made));
        }
        self.resampler.as_mut().map(|(_, resampler)| resampler)
    }
}

fn factor(gain_db: i32) -> f32 {
    10f32.powf(gain_db.clamp(-60, 30) as f32 / 20.0)
}

fn add(sound: &[i16], from: f32, to: f32, pcm: &mut [i16]) {
    let step = (to - from) / sound.len().max(1) as f32;
    for (n, (out, &sample)) in pcm.iter_mut().zip(sound).enumerate() {
        let scaled = f32::from(sample) * (from + step * n as f32);
        *out = out.saturating_add(scaled.clamp(-32768.0, 32767.0) as i16);
    }
}

#[cfg(test)]
mod tests {
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

    fn config(id: &str, gain_db: i32) -> OverlayConfig {
        OverlayConfig {
            id: id.into(),
            paused: false,
            gain_db,
            for_group: false,
        }
    }

    fn playing(configs: &[OverlayConfig], samples: usize) -> Overlays {
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
}
