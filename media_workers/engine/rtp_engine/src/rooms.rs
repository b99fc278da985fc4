//! Rooms: groups whose sound is mixed every 20 ms on the one thread that has all their channels. Three and more always
//! are; two when one of them is not to be passed through as it is (it is louder, or something is played over it).

use std::sync::Arc;

use rtp_core::channel::sender::MAX_TICK_SAMPLES;
use rtp_core::clock::Moment;
use rtp_core::mixing::mixer::{Heard, MemberId, MemberSettings, Mixer};
use rtp_core::mixing::speaker::ActiveSpeaker;

use crate::messages::What;
use crate::thread::{PacketThread, BUFFER_BYTES};

/// Ticks between two looks at who speaks.
const LOOK_TICKS: u32 = 5;
/// Two that need no mix any more are passed through again at the first tick that is as quiet as this, and with every
/// tick that is not, a louder one will do.
const QUIET: u32 = 200;
const QUIET_STEP: u32 = 40;

/// One mixed group.
pub struct Room {
    mixer: Mixer,
    members: Vec<Member>,
    speaker: ActiveSpeaker,
    /// The tick list's phase it runs in.
    pub phase: usize,
    ticks: u32,
    /// Ticks since two were left that need no mix.
    lingering: Option<u32>,
}

struct Member {
    place: u32,
    id: MemberId,
    rate_hz: u32,
    talking: bool,
}

impl Room {
    /// An empty one.
    pub fn new(phase: usize) -> Self {
        Room {
            mixer: Mixer::new(),
            members: Vec::new(),
            speaker: ActiveSpeaker::default(),
            phase,
            ticks: 0,
            lingering: None,
        }
    }

    fn remove(&mut self, index: usize) -> Member {
        let member = self.members.swap_remove(index);
        self.mixer.remove(member.id);
        self.speaker.forget(member.id);
        member
    }
}

impl PacketThread {
    /// Makes the room of a group what its members say it should be.
    pub(crate) fn update_room(&mut self, now: Moment, group: u64) {
        let places = self
            .groups
            .get(&group)
            .map_or(&[][..], |members| &members[..]);
        let needs = self.needs_mix(places);
        if places.len() < 2 || !(needs || self.rooms.contains_key(&group)) {
            self.close_room(now, group);
            return;
        }
        let places = places.to_vec();
        let mut room = self
            .rooms
            .remove(&group)
            .unwrap_or_else(|| Room::new(self.ticks.join_room(group)));
        room.lingering = if needs {
            None
        } else {
            room.lingering.or(Some(0))
        };
        self.drop_those_who_left(now, group, &mut room);
        for place in places {
            self.enter_room(now, place, &mut room);
        }
        self.settle_members(&mut room);
        self.rooms.insert(group, room);
    }

    fn needs_mix(&self, places: &[u32]) -> bool {
        let channel = |place: &u32| Some(&self.slots.get(*place as usize)?.as_ref()?.channel);
        places.len() > 2
            || (places.iter().filter_map(channel).all(|c| c.can_mix())
                && places.iter().filter_map(channel).any(|c| c.wants_mix()))
    }

    fn drop_those_who_left(&mut self, now: Moment, group: u64, room: &mut Room) {
        let mut index = 0;
        while let Some(member) = room.members.get(index) {
            let slot = self.slots.get(member.place as usize);
            if slot.is_some_and(|slot| slot.as_ref().is_some_and(|slot| slot.group == group)) {
                index += 1;
            } else {
                let place = room.remove(index).place;
                self.out_of_room(now, place, group);
            }
        }
    }

    fn enter_room(&mut self, now: Moment, place: u32, room: &mut Room) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        if slot.in_room {
            return;
        }
        slot.channel.set_mixing(now, true);
        let rate_hz = slot.channel.rate_hz();
        if let Some(id) = room.mixer.add(rate_hz, MemberSettings::default()) {
            slot.in_room = true;
            slot.channel.seam();
            room.members.push(Member {
                place,
                id,
                rate_hz,
                talking: false,
            });
        }
    }

    fn settle_members(&self, room: &mut Room) {
        for index in 0..room.members.len() {
            let member = &room.members[index];
            let Some(Some(slot)) = self.slots.get(member.place as usize) else {
                continue;
            };
            let config = slot.channel.config();
            let settings = MemberSettings {
                gain_db: config.gain_db as f32,
                muted: config.muted || !config.receive,
                deaf: config.deaf || !config.send,
                heard_by: config
                    .heard_by
                    .as_ref()
                    .map(|names| self.named(room, names)),
            };
            room.mixer.set(member.id, settings);
        }
    }

    fn named(&self, room: &Room, names: &[Arc<str>]) -> Vec<MemberId> {
        let is_named = |member: &&Member| {
            let slot = self.slots.get(member.place as usize);
            slot.and_then(|slot| slot.as_ref())
                .is_some_and(|slot| names.contains(&slot.channel.config().name))
        };
        let named = room.members.iter().filter(is_named);
        named.map(|member| member.id).collect()
    }

    /// One who goes straight to another group is heard on: its packets that wait go along.
    fn out_of_room(&mut self, now: Moment, place: u32, group: u64) {
        let mut buffer = [0u8; BUFFER_BYTES];
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        slot.in_room = false;
        if slot.group != 0 && slot.group != group {
            return;
        }
        if slot.channel.config().send && slot.channel.fade_out() {
            self.send_said(now, place, &mut buffer);
        }
        self.stop_mixing(now, place);
    }

    /// Its sound is not decoded any more, unless somebody else listens.
    pub(crate) fn stop_mixing(&mut self, now: Moment, place: u32) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        slot.channel.set_mixing(now, false);
        if slot.channel.wants_ticks() {
            self.start_ticking(place);
        }
    }

    fn close_room(&mut self, now: Moment, group: u64) {
        let Some(mut room) = self.rooms.remove(&group) else {
            return;
        };
        self.ticks.leave_room(group, room.phase);
        while !room.members.is_empty() {
            let place = room.remove(0).place;
            self.out_of_room(now, place, group);
        }
    }

    /// Phases of a tick: everyone is heard, the mix is made, everyone hears it; false when the room is closed by it.
    pub(crate) fn run_room(
        &mut self,
        now: Moment,
        group: u64,
        buffer: &mut [u8; BUFFER_BYTES],
    ) -> bool {
        let Some(mut room) = self.rooms.remove(&group) else {
            return false;
        };
        let loudest = self.hear_members(now, &mut room);
        room.mixer.mix();
        self.tell_members(now, &mut room, buffer);
        self.tell_talk(now, &mut room);
        room.ticks = room.ticks.wrapping_add(1);
        if room.ticks.is_multiple_of(LOOK_TICKS) {
            self.look_for_speaker(now, &mut room);
        }
        let goes_on = self.goes_on(group, &mut room, loudest);
        self.rooms.insert(group, room);
        if !goes_on {
            self.close_room(now, group);
            self.reroute(group);
        }
        goes_on
    }

    /// What each member says, and what is played for all; the loudest sample.
    fn hear_members(&mut self, now: Moment, room: &mut Room) -> u16 {
        let two = room.members.len() < 3;
        let mut loudest = 0;
        let mut poured = [0i16; MAX_TICK_SAMPLES];
        for member in &room.members {
            let Some(Some(slot)) = self.slots.get_mut(member.place as usize) else {
                continue;
            };
            let (pcm, sounds) = slot.channel.hear(now);
            // One who talked until now is listened to in silence too, so that its end is noticed.
            if sounds || member.talking {
                if two {
                    let peak = pcm.iter().map(|sample| sample.unsigned_abs()).max();
                    loudest = loudest.max(peak.unwrap_or(0));
                }
                room.mixer.input(member.id, pcm);
            }
            let poured = &mut poured[..(member.rate_hz / 50) as usize];
            if slot.channel.play_over(true, poured, member.rate_hz) {
                room.mixer.pour(member.rate_hz, poured);
                poured.fill(0);
            }
        }
        loudest
    }

    fn tell_members(&mut self, now: Moment, room: &mut Room, buffer: &mut [u8; BUFFER_BYTES]) {
        let mut pcm = [0i16; MAX_TICK_SAMPLES];
        for index in 0..room.members.len() {
            let Member {
                place, id, rate_hz, ..
            } = room.members[index];
            let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
                continue;
            };
            let pcm = &mut pcm[..(rate_hz / 50) as usize];
            if room.mixer.output(id, pcm) == Heard::Nothing {
                pcm.fill(0);
            }
            if slot.channel.config().send {
                slot.channel.say(pcm, rate_hz);
                self.send_said(now, place, buffer);
            }
            self.take_notices(now, place as usize);
        }
    }

    fn send_said(&mut self, now: Moment, place: u32, buffer: &mut [u8; BUFFER_BYTES]) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        loop {
            let made = slot.channel.poll(now, buffer);
            if made == 0 {
                return;
            }
            slot.send(&buffer[..made]);
        }
    }

    fn tell_talk(&mut self, now: Moment, room: &mut Room) {
        let talk: Vec<(MemberId, bool, f32)> = room
            .mixer
            .events()
            .map(|event| (event.member, event.talking, event.level_dbov))
            .collect();
        for (id, talking, level_dbov) in talk {
            if let Some(member) = room.members.iter_mut().find(|member| member.id == id) {
                member.talking = talking;
                self.tell_of(now, member.place, What::Talk(talking, level_dbov));
            }
        }
    }

    fn look_for_speaker(&mut self, now: Moment, room: &mut Room) {
        let mut loudest = [MemberId::default()];
        let found = room.mixer.speakers(&mut loudest);
        let Some(change) = room.speaker.look((found > 0).then_some(loudest[0])) else {
            return;
        };
        for (who, begins) in [(change.ceased, false), (change.began, true)] {
            let member = who.and_then(|id| room.members.iter().find(|member| member.id == id));
            if let Some(member) = member {
                let level_dbov = room.mixer.level_dbov(member.id);
                self.tell_of(now, member.place, What::Speaker(begins, level_dbov));
            }
        }
    }

    fn tell_of(&mut self, now: Moment, place: u32, what: What) {
        if let Some(Some(slot)) = self.slots.get(place as usize) {
            let handle = slot.handle;
            self.tell(now, handle, what);
        }
    }

    /// Whether two are still mixed: until nothing needs it any more, and then until nobody hears the change.
    fn goes_on(&self, group: u64, room: &mut Room, loudest: u16) -> bool {
        if room.members.len() > 2 {
            return true;
        }
        let places = self
            .groups
            .get(&group)
            .map_or(&[][..], |places| &places[..]);
        if self.needs_mix(places) {
            room.lingering = None;
            return true;
        }
        let ticks = room.lingering.map_or(0, |ticks| ticks + 1);
        room.lingering = Some(ticks);
        u32::from(loudest) > QUIET + ticks * QUIET_STEP
    }
}
