//! What is played over the rest: a prompt over music, a whisper into a call, an announcement to a room. Any number at
//! once, each with its gain; what they are played over goes on beneath them.

use std::sync::Arc;

use crate::channel::sender::MAX_TICK_SAMPLES;
use crate::digits::tones::DigitTones;
use crate::playing::player::{Fill, Player, PlayerConfig};
use crate::signal::resample::Resampler;
use crate::speech::barge_in::VoiceConfig;

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
    config: PlayerConfig,
    state: State,
    /// From the rate of its sounds, the last that was asked for.
    resampler: Option<(u32, Resampler)>,
}

/// All overlays of a channel.
#[derive(Debug, Default)]
pub struct Overlays {
    list: Vec<Overlay>,
    /// Digits for a peer that takes no events: heard in the place of all else.
    pub digits: DigitTones,
}

/// An overlay that ended, and why.
pub type Ended = (Arc<str>, &'static str);

impl Overlays {
    /// Makes them what they should be; `ended` hears of those that end by it.
    pub fn configure(&mut self, wanted: &[PlayerConfig], mut ended: impl FnMut(Ended)) {
        for overlay in &mut self.list {
            match wanted.iter().find(|config| config.id == overlay.config.id) {
                Some(config) => overlay.follow(config),
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
    pub fn start(&mut self, mut player: Player) {
        if let Some(overlay) = self.list.iter_mut().find(|o| o.config.id == player.id) {
            player.follow(&overlay.config);
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

    /// Somebody speaks into one: it ends.
    pub fn barge_into(&mut self, id: &str, mut ended: impl FnMut(Ended)) {
        if let Some(overlay) = self.list.iter_mut().find(|o| *o.config.id == *id) {
            overlay.stop("interrupted", &mut ended);
        }
    }

    /// Whether it plays or will.
    #[must_use]
    pub fn is_pending(&self, id: &str) -> bool {
        let pends = |o: &Overlay| matches!(o.state, State::Waiting | State::Playing(_));
        self.list.iter().any(|o| *o.config.id == *id && pends(o))
    }

    /// Those that play or will, and what is voice that ends them.
    pub fn barge_ins(&self) -> impl Iterator<Item = (Arc<str>, VoiceConfig)> + '_ {
        self.list
            .iter()
            .filter(|o| matches!(o.state, State::Waiting | State::Playing(_)))
            .filter_map(|o| Some((o.config.id.clone(), o.config.voice?)))
    }

    /// Ends all of them at once.
    pub fn end(&mut self, reason: &'static str, mut ended: impl FnMut(Ended)) {
        for overlay in &mut self.list {
            overlay.stop(reason, &mut ended);
        }
        self.list.clear();
        self.digits.clear();
    }

    /// Whether there is something to hear now or soon.
    #[inline]
    #[must_use]
    pub fn any(&self) -> bool {
        self.play() || self.digits.any()
    }

    /// Whether one plays or will.
    #[inline]
    #[must_use]
    pub fn play(&self) -> bool {
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
        added | (!for_group && self.digits.fill(pcm, rate_hz))
    }
}

impl Overlay {
    fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn follow(&mut self, config: &PlayerConfig) {
        self.config.clone_from(config);
        if let State::Playing(player) = &mut self.state {
            player.follow(config);
        }
    }

    fn stop(&mut self, reason: &'static str, ended: &mut impl FnMut(Ended)) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Playing(mut player) => {
                ended((self.config.id.clone(), reason));
                if player.fade_out() {
                    State::Fading(player)
                } else {
                    State::Ended
                }
            }
            other => other,
        };
    }

    fn add_to(&mut self, pcm: &mut [i16], rate_hz: u32, ended: &mut impl FnMut(Ended)) -> bool {
        let (State::Playing(player) | State::Fading(player)) = &mut self.state else {
            return false;
        };
        let mut sound = [0i16; MAX_TICK_SAMPLES];
        let own_rate_hz = player.rate_hz();
        let sound = &mut sound[..(own_rate_hz / 50) as usize];
        let filled = player.fill(sound);
        if matches!(self.state, State::Fading(_)) {
            self.state = State::Ended;
        } else if filled == Fill::End {
            self.state = State::Ended;
            ended((self.config.id.clone(), "completed"));
        }
        if filled != Fill::Sound {
            return false;
        }
        if own_rate_hz == rate_hz {
            add(sound, pcm);
        } else if let Some(resampler) = self.resampler(own_rate_hz, rate_hz) {
            let mut converted = [0i16; 2 * MAX_TICK_SAMPLES];
            let made = resampler.process(sound, &mut converted);
            add(&converted[..made], pcm);
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

fn add(sound: &[i16], pcm: &mut [i16]) {
    for (out, &sample) in pcm.iter_mut().zip(sound) {
        *out = out.saturating_add(sample);
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
}
