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
mod tests;
