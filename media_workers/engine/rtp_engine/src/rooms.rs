//! Conferences: groups of three and more, mixed every 20 ms on the one thread that has all their channels.

use rtp_core::clock::Moment;
use rtp_core::mixer::{Heard, MemberId, MemberSettings, Mixer};
use rtp_core::sender::MAX_TICK_SAMPLES;

use crate::messages::What;
use crate::thread::{PacketThread, BUFFER_BYTES};

/// One mixed group.
pub struct Room {
    mixer: Mixer,
    members: Vec<Member>,
    /// The tick list's phase it runs in.
    pub phase: usize,
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
            phase,
        }
    }

    fn set(&mut self, place: u32, rate_hz: u32, settings: MemberSettings) {
        let known = self.members.iter().position(|member| member.place == place);
        if let Some(index) = known {
            if self.members[index].rate_hz == rate_hz {
                self.mixer.set(self.members[index].id, settings);
                return;
            }
            self.mixer.remove(self.members.swap_remove(index).id);
        }
        if let Some(id) = self.mixer.add(rate_hz, settings) {
            self.members.push(Member {
                place,
                id,
                rate_hz,
                talking: false,
            });
        }
    }
}

impl PacketThread {
    /// Makes the room of a group what its members say it should be; a group of less than three has none.
    pub(crate) fn update_room(&mut self, now: Moment, group: u64) {
        let members = self
            .groups
            .get(&group)
            .map_or(&[][..], |members| &members[..]);
        if members.len() < 3 {
            self.close_room(now, group);
            return;
        }
        let members = members.to_vec();
        let mut room = self
            .rooms
            .remove(&group)
            .unwrap_or_else(|| Room::new(self.ticks.join_room(group)));
        let left: Vec<u32> = room
            .members
            .iter()
            .map(|m| m.place)
            .filter(|place| !members.contains(place))
            .collect();
        for place in left {
            self.leave_room(now, &mut room, place);
        }
        for place in members {
            if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
                slot.channel.set_mixing(now, true);
                let config = slot.channel.config();
                let settings = MemberSettings {
                    gain_db: config.gain_db as f32,
                    muted: config.muted || !config.receive,
                    deaf: config.deaf || !config.send,
                    heard_by: Vec::new(),
                };
                room.set(place, slot.channel.rate_hz(), settings);
            }
        }
        self.rooms.insert(group, room);
    }

    fn leave_room(&mut self, now: Moment, room: &mut Room, place: u32) {
        if let Some(index) = room.members.iter().position(|member| member.place == place) {
            room.mixer.remove(room.members.swap_remove(index).id);
        }
        if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
            slot.channel.set_mixing(now, false);
        }
    }

    fn close_room(&mut self, now: Moment, group: u64) {
        let Some(mut room) = self.rooms.remove(&group) else {
            return;
        };
        self.ticks.leave_room(group, room.phase);
        while let Some(member) = room.members.first() {
            let place = member.place;
            self.leave_room(now, &mut room, place);
        }
    }

    /// Phases of a tick: everyone is heard, the mix is made, everyone hears it.
    pub(crate) fn run_room(&mut self, now: Moment, group: u64, buffer: &mut [u8; BUFFER_BYTES]) {
        let Some(mut room) = self.rooms.remove(&group) else {
            return;
        };
        for member in &room.members {
            if let Some(Some(slot)) = self.slots.get_mut(member.place as usize) {
                let (pcm, sounds) = slot.channel.hear(now);
                // One who talked until now is listened to in silence too, so that its end is noticed.
                if sounds || member.talking {
                    room.mixer.input(member.id, pcm);
                }
            }
        }
        room.mixer.mix();
        let mut pcm = [0i16; MAX_TICK_SAMPLES];
        for member in &room.members {
            let Some(Some(slot)) = self.slots.get_mut(member.place as usize) else {
                continue;
            };
            let pcm = &mut pcm[..(member.rate_hz / 50) as usize];
            let heard = room.mixer.output(member.id, pcm);
            if heard == Heard::Nothing {
                pcm.fill(0);
            }
            if slot.channel.config().send {
                slot.channel.say(pcm, member.rate_hz);
                loop {
                    let made = slot.channel.poll(now, buffer);
                    if made == 0 {
                        break;
                    }
                    slot.send(&buffer[..made]);
                }
            }
        }
        let talk: Vec<(MemberId, bool, f32)> = room
            .mixer
            .events()
            .map(|event| (event.member, event.talking, event.level_dbov))
            .collect();
        for (id, talking, level_dbov) in talk {
            let Some(member) = room.members.iter_mut().find(|member| member.id == id) else {
                continue;
            };
            member.talking = talking;
            if let Some(Some(slot)) = self.slots.get(member.place as usize) {
                let handle = slot.handle;
                self.tell(now, handle, What::Talk(talking, level_dbov));
            }
        }
        self.rooms.insert(group, room);
    }
}
