//! Mixes a room: everyone hears all others, at any mixture of rates, at a cost per member that does not grow with the room.
//!
//! Phases of a tick:
//! 1. `input`, once for each member that has audio: gain, energy, and into the sum of its rate;
//! 2. `mix`: the sums of the other rates are converted once for each rate and added; one limiter for each rate;
//! 3. `output`, once for each member: the sum less its own share, or, for those who said nothing, the common frame as it is.
//!    That one may be encoded once for all of them.
//!
//! Who joins fades in over one tick, who leaves fades out in a few milliseconds, and changed gains glide: no clicks.

use crate::signal::resample::Resampler;
use crate::speech::vad::{Vad, VadConfig};

/// Length of a tick.
pub const TICK_MS: u32 = 20;

/// Samples of a tick at 48 kHz.
pub const MAX_FRAME: usize = 960;

/// Loudest the limiter lets through.
const CEILING: i32 = 32_000;
/// The limiter lets go by so much of the gain each tick.
const RELEASE: f32 = 0.04;
/// Fade of one who leaves.
const LEAVE_MS: usize = 5;
/// Ticks after which a converter has nothing more to give.
const CONVERTER_TAIL: u8 = 2;

/// A member of one mixer; never given again while the member is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(usize);

/// How a member takes part.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MemberSettings {
    /// Of what it says.
    pub gain_db: f32,
    /// Nobody hears it.
    pub muted: bool,
    /// It hears nobody.
    pub deaf: bool,
    /// Only these hear it (a coach); absent is all.
    pub heard_by: Option<Vec<MemberId>>,
}

/// What an output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Silence: the member is deaf, or nobody says anything.
    Nothing,
    /// The frame that all get who said nothing; see [`Mixer::common`].
    Common,
    /// Its own frame.
    Own,
}

/// Somebody began or ceased to talk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TalkEvent {
    /// Who.
    pub member: MemberId,
    /// Began.
    pub talking: bool,
    /// How loud.
    pub level_dbov: f32,
}

#[derive(Debug)]
struct Member {
    group: usize,
    settings: MemberSettings,
    /// Gain in use; glides to what the settings say.
    gain: f32,
    /// What it said in this tick, and what of that is in the sum.
    said: Vec<i16>,
    spoke: bool,
    /// It spoke in the last mix.
    sounded: bool,
    /// What a whisperer said, for each group it is heard in: with the converter, except in its own.
    whisper: Vec<(usize, Resampler, Vec<i16>)>,
    /// Whisperers it hears.
    whispered_by: Vec<MemberId>,
    vad: Vad,
    level_dbov: f32,
}

/// All members of one rate.
#[derive(Debug)]
struct Group {
    rate_hz: u32,
    members: usize,
    /// Being filled for the coming mix.
    sum: Vec<i32>,
    /// Its own sum, limited, for the other groups; and for how many ticks yet there is something in it.
    limited: Vec<i16>,
    sounding: u8,
    /// Converters from the other groups.
    from: Vec<(usize, Resampler)>,
    /// What the last mix gave.
    total: Vec<i32>,
    common: Vec<i16>,
    silent: bool,
    limiter: Limiter,
}

/// Gain at the beginning and at the end of a tick.
#[derive(Debug, Clone, Copy)]
struct Limiter {
    from: f32,
    to: f32,
}

impl Limiter {
    fn next(&mut self, total: &[i32]) {
        let peak = total.iter().map(|sample| sample.abs()).max().unwrap_or(0);
        let wanted = if peak > CEILING {
            CEILING as f32 / peak as f32
        } else {
            1.0
        };
        self.from = self.to.min(wanted);
        self.to = wanted.min(self.to + RELEASE);
    }

    #[inline]
    fn apply(self, total: &[i32], own: Option<&[i16]>, output: &mut [i16]) {
        let zeros = [0; MAX_FRAME];
        let own = own.unwrap_or(&zeros);
        if self.from >= 1.0 && self.to >= 1.0 {
            for ((output, &total), &own) in output.iter_mut().zip(total).zip(own) {
                *output = (total - i32::from(own)).clamp(-32768, 32767) as i16;
            }
            return;
        }
        let step = (self.to - self.from) / total.len().max(1) as f32;
        for (n, ((output, &total), &own)) in output.iter_mut().zip(total).zip(own).enumerate() {
            let gain = self.from + step * n as f32;
            *output = ((total - i32::from(own)) as f32 * gain).clamp(-32768.0, 32767.0) as i16;
        }
    }
}

/// One room. Allocates only when members come, go or change.
#[derive(Debug, Default)]
pub struct Mixer {
    members: Vec<Option<Member>>,
    groups: Vec<Group>,
    events: Vec<TalkEvent>,
    /// Members that only some hear.
    whisperers: usize,
}

impl Mixer {
    /// An empty room.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member whose audio comes and goes at this rate; `None` if it is none of 8 to 48 kHz in whole frames.
    pub fn add(&mut self, rate_hz: u32, settings: MemberSettings) -> Option<MemberId> {
        let group = self.group_for(rate_hz)?;
        self.groups[group].members += 1;
        let member = Member {
            group,
            settings: MemberSettings::default(),
            gain: 0.0,
            said: vec![0; frame_of(rate_hz)],
            spoke: false,
            sounded: false,
            whisper: Vec::new(),
            whispered_by: Vec::new(),
            vad: Vad::new(rate_hz, VadConfig::default()),
            level_dbov: f32::MIN,
        };
        let free = self
            .members
            .iter()
            .position(Option::is_none)
            .unwrap_or_else(|| {
                self.members.push(None);
                self.members.len() - 1
            });
        self.members[free] = Some(member);
        self.events.reserve(self.members.len());
        self.set(MemberId(free), settings);
        Some(MemberId(free))
    }

    /// Changes how a member takes part.
    pub fn set(&mut self, id: MemberId, settings: MemberSettings) {
        let Some(member) = self.members.get_mut(id.0).and_then(Option::as_mut) else {
            return;
        };
        if member.settings == settings {
            return;
        }
        let whispers = self.whisperers > 0 || settings.heard_by.is_some();
        member.settings = settings;
        if whispers {
            self.whispers_changed();
        }
    }

    /// Takes a member out; what it said last fades away.
    pub fn remove(&mut self, id: MemberId) {
        let Some(member) = self.members.get_mut(id.0).and_then(Option::take) else {
            return;
        };
        let group = &mut self.groups[member.group];
        group.members -= 1;
        if member.sounded && member.settings.heard_by.is_none() {
            let last = i32::from(member.said[member.said.len() - 1]);
            let fade = group.rate_hz as usize / 1000 * LEAVE_MS;
            for (n, sample) in group.sum[..fade].iter_mut().enumerate() {
                *sample += last * (fade - n) as i32 / (fade + 1) as i32;
            }
            group.sounding = CONVERTER_TAIL;
        }
        if self.whisperers > 0 {
            self.whispers_changed();
        }
    }

    /// A sound that nobody of the room says and all of it hear, for this tick; `None` if its rate is not of the room.
    pub fn pour(&mut self, rate_hz: u32, pcm: &[i16]) -> Option<()> {
        let group = self.groups.iter_mut().find(|g| g.rate_hz == rate_hz)?;
        group.sounding = CONVERTER_TAIL;
        for (sum, &sample) in group.sum.iter_mut().zip(pcm) {
            *sum += i32::from(sample);
        }
        Some(())
    }

    /// Members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.members).sum()
    }

    /// True if nobody is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn group_for(&mut self, rate_hz: u32) -> Option<usize> {
        if let Some(index) = self
            .groups
            .iter()
            .position(|group| group.rate_hz == rate_hz)
        {
            return Some(index);
        }
        if !rate_hz.is_multiple_of(1000) {
            return None;
        }
        let index = self.groups.len();
        let mut from = Vec::new();
        for (other, group) in self.groups.iter_mut().enumerate() {
            from.push((other, Resampler::new(group.rate_hz, rate_hz)?));
            group
                .from
                .push((index, Resampler::new(rate_hz, group.rate_hz)?));
        }
        Resampler::new(rate_hz, rate_hz)?;
        let frame = frame_of(rate_hz);
        self.groups.push(Group {
            rate_hz,
            members: 0,
            sum: vec![0; frame],
            limited: vec![0; frame],
            sounding: 0,
            from,
            total: vec![0; frame],
            common: vec![0; frame],
            silent: true,
            limiter: Limiter { from: 1.0, to: 1.0 },
        });
        Some(index)
    }

    /// Rebuilds who hears which whisperer.
    fn whispers_changed(&mut self) {
        let mut pairs = Vec::new();
        self.whisperers = 0;
        for (index, member) in self.members.iter().enumerate() {
            let heard_by = member
                .as_ref()
                .and_then(|member| member.settings.heard_by.as_ref());
            let Some(heard_by) = heard_by else { continue };
            self.whisperers += 1;
            pairs.extend(heard_by.iter().map(|&listener| (MemberId(index), listener)));
        }
        for member in self.members.iter_mut().flatten() {
            member.whispered_by.clear();
            member.whisper.clear();
        }
        for (whisperer, listener) in pairs {
            let Some(group) = self.member(listener).map(|listener| listener.group) else {
                continue;
            };
            let rate_hz = self.groups[group].rate_hz;
            if let Some(member) = self.members[listener.0].as_mut() {
                member.whispered_by.push(whisperer);
            }
            let Some(member) = self.members[whisperer.0].as_mut() else {
                continue;
            };
            let known = member.whisper.iter().any(|(known, ..)| *known == group);
            if let (false, Some(converter)) = (
                known,
                Resampler::new(self.groups[member.group].rate_hz, rate_hz),
            ) {
                member
                    .whisper
                    .push((group, converter, vec![0; frame_of(rate_hz)]));
            }
        }
    }

    fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(id.0)?.as_ref()
    }

    /// What a member says in this tick. A short frame ends in silence; a second one in the same tick is not taken.
    #[inline]
    pub fn input(&mut self, id: MemberId, pcm: &[i16]) {
        let Some(member) = self.members.get_mut(id.0).and_then(Option::as_mut) else {
            return;
        };
        if member.spoke {
            return;
        }
        let wanted = if member.settings.muted {
            0.0
        } else {
            10f32.powf(member.settings.gain_db / 20.0)
        };
        scaled(pcm, member.gain, wanted, &mut member.said);
        member.gain = wanted;
        member.spoke = true;
        let activity = member.vad.process(&member.said);
        member.level_dbov = activity.level_dbov;
        if activity.changed {
            let level_dbov = activity.level_dbov;
            self.events.push(TalkEvent {
                member: id,
                talking: activity.voice,
                level_dbov,
            });
        }
        if member.settings.heard_by.is_none() {
            let group = &mut self.groups[member.group];
            group.sounding = CONVERTER_TAIL;
            for (sum, &said) in group.sum.iter_mut().zip(&member.said) {
                *sum += i32::from(said);
            }
        }
    }

    /// Makes the outputs of this tick from its inputs.
    pub fn mix(&mut self) {
        for group in &mut self.groups {
            group.total.copy_from_slice(&group.sum);
            group.sum.fill(0);
            if group.sounding > 0 {
                Limiter { from: 1.0, to: 1.0 }.apply(&group.total, None, &mut group.limited);
            }
        }
        for index in 0..self.groups.len() {
            self.add_other_rates(index);
        }
        for group in &mut self.groups {
            group.sounding = group.sounding.saturating_sub(1);
            group.silent = group.total.iter().all(|&sample| sample == 0);
            group.limiter.next(&group.total);
            group.limiter.apply(&group.total, None, &mut group.common);
        }
        for member in self.members.iter_mut().flatten() {
            member.sounded = member.spoke;
            if member.whisper.is_empty() {
                continue;
            }
            let silence = [0; MAX_FRAME];
            let said = if member.spoke {
                &member.said[..]
            } else {
                &silence[..member.said.len()]
            };
            for (_, converter, heard) in &mut member.whisper {
                converter.process(said, heard);
            }
        }
    }

    fn add_other_rates(&mut self, index: usize) {
        let mut from = std::mem::take(&mut self.groups[index].from);
        for (other, converter) in &mut from {
            let other = &self.groups[*other];
            if other.sounding == 0 || self.groups[index].members == 0 {
                continue;
            }
            let mut converted = [0; MAX_FRAME];
            let len = converter.process(&other.limited, &mut converted);
            let group = &mut self.groups[index];
            for (total, &sample) in group.total.iter_mut().zip(&converted[..len]) {
                *total += i32::from(sample);
            }
        }
        self.groups[index].from = from;
    }

    /// What a member hears in this tick; `output` must have room for a frame. Ends the member's tick.
    #[inline]
    pub fn output(&mut self, id: MemberId, output: &mut [i16]) -> Heard {
        let Some(member) = self.members.get_mut(id.0).and_then(Option::as_mut) else {
            output.fill(0);
            return Heard::Nothing;
        };
        let spoke = std::mem::take(&mut member.spoke);
        let Some(member) = self.member(id) else {
            return Heard::Nothing;
        };
        let group = &self.groups[member.group];
        let frame = group.total.len().min(output.len());
        let output = &mut output[..frame];
        let whispers = !member.whispered_by.is_empty();
        if member.settings.deaf || (group.silent && !whispers) {
            output.fill(0);
            return Heard::Nothing;
        }
        let in_sum = spoke && member.settings.heard_by.is_none();
        if !in_sum && !whispers {
            output.copy_from_slice(&group.common[..frame]);
            return Heard::Common;
        }
        group
            .limiter
            .apply(&group.total, in_sum.then_some(&member.said[..]), output);
        self.add_whispers(member, output);
        Heard::Own
    }

    fn add_whispers(&self, member: &Member, output: &mut [i16]) {
        for whisperer in member.whispered_by.iter().filter_map(|&id| self.member(id)) {
            for (_, _, heard) in whisperer
                .whisper
                .iter()
                .filter(|(group, ..)| *group == member.group)
            {
                for (output, &heard) in output.iter_mut().zip(heard) {
                    *output = output.saturating_add(heard);
                }
            }
        }
    }

    /// The frame of all who said nothing, at this rate.
    #[must_use]
    pub fn common(&self, rate_hz: u32) -> Option<&[i16]> {
        self.groups
            .iter()
            .find(|group| group.rate_hz == rate_hz)
            .map(|group| &group.common[..])
    }

    /// Who began or ceased to talk since the last call.
    pub fn events(&mut self) -> impl Iterator<Item = TalkEvent> + '_ {
        self.events.drain(..)
    }

    /// Who talks now, loudest first; at most as many as there is room for. Returns how many.
    pub fn speakers(&self, speakers: &mut [MemberId]) -> usize {
        let mut count = 0;
        for (index, member) in self.members.iter().enumerate() {
            let Some(member) = member.as_ref().filter(|member| member.vad.is_voice()) else {
                continue;
            };
            let louder = |id: &MemberId| self.level_dbov(*id) >= member.level_dbov;
            let place = speakers[..count].iter().take_while(|id| louder(id)).count();
            count = (count + 1).min(speakers.len());
            if place < count {
                speakers[place..count].rotate_right(1);
                speakers[place] = MemberId(index);
            }
        }
        count
    }

    /// How loud a member's last frame was.
    #[must_use]
    pub fn level_dbov(&self, id: MemberId) -> f32 {
        self.member(id).map_or(f32::MIN, |member| member.level_dbov)
    }
}

fn frame_of(rate_hz: u32) -> usize {
    (rate_hz / 1000 * TICK_MS) as usize
}

/// Copies with a gain that glides over the frame.
#[inline]
fn scaled(pcm: &[i16], from: f32, to: f32, output: &mut [i16]) {
    let len = pcm.len().min(output.len());
    output[len..].fill(0);
    if from == 1.0 && to == 1.0 {
        output[..len].copy_from_slice(&pcm[..len]);
        return;
    }
    let step = (to - from) / len.max(1) as f32;
    for (n, (output, &sample)) in output.iter_mut().zip(pcm).enumerate() {
        *output = (f32::from(sample) * (from + step * n as f32)).clamp(-32768.0, 32767.0) as i16;
    }
}

#[cfg(test)]
mod tests;
