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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn room(rates: &[u32]) -> (Mixer, Vec<MemberId>) {
        let mut mixer = Mixer::new();
        let ids: Vec<_> = rates
            .iter()
            .map(|&rate| mixer.add(rate, MemberSettings::default()).expect("a rate"))
            .collect();
        // Past the fade-in.
        for _ in 0..2 {
            tick(&mut mixer, &ids, |_| None);
            for &id in &ids {
                mixer.input(id, &[0; MAX_FRAME]);
            }
        }
        tick(&mut mixer, &ids, |_| None);
        (mixer, ids)
    }

    /// One tick; returns what each one hears.
    fn tick(
        mixer: &mut Mixer,
        ids: &[MemberId],
        say: impl Fn(usize) -> Option<Vec<i16>>,
    ) -> Vec<Vec<i16>> {
        for (n, &id) in ids.iter().enumerate() {
            if let Some(pcm) = say(n) {
                mixer.input(id, &pcm);
            }
        }
        mixer.mix();
        let mut heard = Vec::new();
        for &id in ids {
            let mut output = vec![0; MAX_FRAME];
            mixer.output(id, &mut output);
            heard.push(output);
        }
        heard
    }

    fn tone(rate_hz: u32, frequency_hz: f64, tick: usize) -> Vec<i16> {
        let frame = frame_of(rate_hz);
        let at = |n: usize| TAU * frequency_hz * (tick * frame + n) as f64 / f64::from(rate_hz);
        (0..frame).map(|n| (6000.0 * at(n).sin()) as i16).collect()
    }

    /// Amplitude of a frequency.
    fn amplitude(pcm: &[i16], rate_hz: u32, frequency_hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &sample) in pcm.iter().enumerate() {
            let (sin, cos) = (TAU * frequency_hz * n as f64 / f64::from(rate_hz)).sin_cos();
            re += f64::from(sample) * cos;
            im += f64::from(sample) * sin;
        }
        2.0 * re.hypot(im) / pcm.len() as f64
    }

    // covers: EN-050
    #[test]
    fn test_everyone_hears_the_sum_less_himself() {
        let (mut mixer, ids) = room(&[8000; 4]);
        let heard = tick(&mut mixer, &ids, |n| {
            (n < 3).then(|| vec![1000 * (n as i16 + 1); 160])
        });
        assert_eq!(
            heard.iter().map(|pcm| pcm[80]).collect::<Vec<_>>(),
            [5000, 4000, 3000, 6000]
        );
        let silence = tick(&mut mixer, &ids, |_| None);
        assert!(silence.iter().flatten().all(|&sample| sample == 0));
    }

    #[test]
    fn test_many_loud_voices_are_limited_not_clipped() {
        let (mut mixer, ids) = room(&[8000; 12]);
        let mut heard = Vec::new();
        for n in 0..10 {
            heard = tick(&mut mixer, &ids, |_| {
                Some(tone(8000, 400.0, n).iter().map(|s| s * 3).collect())
            });
        }
        let pcm = &heard[0][..160];
        let clipped = pcm.iter().filter(|s| s.abs() == 32767).count();
        assert_eq!(clipped, 0);
        assert!(amplitude(pcm, 8000, 400.0) > 25_000.0);
        assert!(amplitude(pcm, 8000, 1200.0) < 200.0);
    }

    #[test]
    fn test_wideband_members_hear_wideband_and_narrowband_members_hear_them() {
        let (mut mixer, ids) = room(&[8000, 16000, 16000, 48000]);
        let mut heard = Vec::new();
        for n in 0..10 {
            heard = tick(&mut mixer, &ids, |m| {
                (m == 1).then(|| {
                    tone(16000, 1000.0, n)
                        .iter()
                        .zip(tone(16000, 6000.0, n))
                        .map(|(a, b)| a + b)
                        .collect()
                })
            });
        }
        for (listener, rate_hz) in [(2, 16000), (3, 48000)] {
            let pcm = &heard[listener][..frame_of(rate_hz)];
            assert!((amplitude(pcm, rate_hz, 1000.0) - 6000.0).abs() < 100.0);
            assert!((amplitude(pcm, rate_hz, 6000.0) - 6000.0).abs() < 100.0);
        }
        let narrow = &heard[0][..160];
        assert!((amplitude(narrow, 8000, 1000.0) - 6000.0).abs() < 100.0);
        assert!(
            amplitude(narrow, 8000, 2000.0) < 20.0,
            "6 kHz must not fold back to 2 kHz"
        );
        assert!(
            heard[1][..320].iter().all(|&s| s == 0),
            "nobody hears himself through another rate"
        );
    }

    // covers: EN-051, EN-052
    #[test]
    fn test_muted_is_not_heard_and_deaf_hears_nothing() {
        let (mut mixer, ids) = room(&[8000; 3]);
        mixer.set(
            ids[0],
            MemberSettings {
                muted: true,
                ..MemberSettings::default()
            },
        );
        mixer.set(
            ids[1],
            MemberSettings {
                deaf: true,
                ..MemberSettings::default()
            },
        );
        let say = |n: usize| Some(vec![[1000, 200, 30][n]; 160]);
        tick(&mut mixer, &ids, say);
        let heard = tick(&mut mixer, &ids, say);
        assert_eq!(
            heard.iter().map(|pcm| pcm[80]).collect::<Vec<_>>(),
            [230, 0, 200]
        );
    }

    #[test]
    fn test_coach_is_heard_by_one_at_another_rate() {
        let (mut mixer, ids) = room(&[8000, 16000, 8000]);
        mixer.set(
            ids[2],
            MemberSettings {
                heard_by: Some(vec![ids[1]]),
                ..MemberSettings::default()
            },
        );
        let mut heard = Vec::new();
        for n in 0..10 {
            heard = tick(&mut mixer, &ids, |m| (m == 2).then(|| tone(8000, 500.0, n)));
        }
        assert!((amplitude(&heard[1][..320], 16000, 500.0) - 6000.0).abs() < 100.0);
        assert!(heard[0].iter().all(|&sample| sample == 0));
        assert!(heard[2].iter().all(|&sample| sample == 0));
    }

    #[test]
    fn test_joining_leaving_and_gain_make_no_click() {
        let (mut mixer, mut ids) = room(&[8000; 2]);
        let mut line = Vec::new();
        for n in 0..12 {
            match n {
                2 => ids.push(mixer.add(8000, MemberSettings::default()).expect("a rate")),
                5 => mixer.set(
                    ids[2],
                    MemberSettings {
                        gain_db: 6.0,
                        ..MemberSettings::default()
                    },
                ),
                9 => mixer.remove(ids.pop().expect("three")),
                _ => {}
            }
            let heard = tick(&mut mixer, &ids, |m| (m == 2).then(|| tone(8000, 123.0, n)));
            line.extend_from_slice(&heard[0][..160]);
        }
        let steepest = line
            .windows(2)
            .map(|pair| i32::from(pair[0]).abs_diff(i32::from(pair[1])))
            .max();
        assert!(steepest < Some(1500), "{steepest:?}");
        assert!(line[1700..].iter().all(|&sample| sample == 0));
    }

    #[test]
    fn test_silent_members_share_one_frame() {
        let (mut mixer, ids) = room(&[8000; 3]);
        mixer.input(ids[0], &[700; 160]);
        mixer.mix();
        let mut output = [0; 160];
        assert_eq!(mixer.output(ids[1], &mut output), Heard::Common);
        assert_eq!(mixer.common(8000), Some(&output[..]));
        assert_eq!(mixer.output(ids[0], &mut output), Heard::Own);
        assert_eq!(output, [0; 160]);
    }

    #[test]
    fn test_talkers_are_told_and_ranked() {
        let (mut mixer, ids) = room(&[8000; 3]);
        let mut events = Vec::new();
        for n in 0..30 {
            let loud = |m: usize| {
                tone(8000, 300.0, n)
                    .iter()
                    .map(|s| s / [4, 1, 1000][m])
                    .collect()
            };
            tick(&mut mixer, &ids, |m| Some(loud(m)));
            events.extend(mixer.events().map(|event| (event.member, event.talking)));
        }
        assert_eq!(events, [(ids[0], true), (ids[1], true)]);
        let mut speakers = [ids[2]; 5];
        assert_eq!(mixer.speakers(&mut speakers), 2);
        assert_eq!(speakers[..2], [ids[1], ids[0]]);
        assert_eq!(mixer.speakers(&mut speakers[..1]), 1);
        assert_eq!(speakers[0], ids[1]);
    }

    #[test]
    fn test_odd_rates_are_refused() {
        assert_eq!(Mixer::new().add(11_025, MemberSettings::default()), None);
        assert_eq!(Mixer::new().add(96_000, MemberSettings::default()), None);
    }

    proptest! {
        #[test]
        fn test_sum_less_own_whatever_is_said(voices in prop::collection::vec(-8000i16..8000, 1..4)) {
            let (mut mixer, ids) = room(&vec![8000; voices.len()]);
            let heard = tick(&mut mixer, &ids, |n| Some(vec![voices[n]; 160]));
            let sum: i16 = voices.iter().sum();
            for (heard, &voice) in heard.iter().zip(&voices) {
                prop_assert_eq!(heard[100], sum - voice);
            }
        }

        #[test]
        fn test_no_order_of_calls_panics(
            calls in prop::collection::vec((0u8..6, 0usize..8, 0usize..4), 1..120),
        ) {
            let mut mixer = Mixer::new();
            let mut output = [0; MAX_FRAME];
            for (call, member, rate) in calls {
                let id = MemberId(member);
                match call {
                    0 => { mixer.add([8000, 16000, 24000, 48000][rate], MemberSettings::default()); }
                    1 => mixer.remove(id),
                    2 => mixer.input(id, &[1000; 333]),
                    3 => mixer.mix(),
                    4 => mixer.set(id, MemberSettings { heard_by: Some(vec![MemberId(rate)]), ..MemberSettings::default() }),
                    _ => { mixer.output(id, &mut output); }
                }
            }
        }
    }
}
