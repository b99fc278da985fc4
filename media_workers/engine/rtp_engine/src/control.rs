//! Commands: channels come, change, move between threads and go. Everything that may search or allocate is here.

use std::io::{Error, Result};
use std::sync::atomic::Ordering;
use std::sync::Arc;

use rtp_core::channel::config::ChannelConfig;
use rtp_core::channel::{Channel, Randoms};
use rtp_core::clock::Moment;
use rtp_core::playing::player::Player;
use rtp_core::rtcp::MAX_RTCP;

use crate::messages::{Command, Event, Handle, Inbox, What};
use crate::ports::PortPair;
use crate::slot::{Route, Slot};
use crate::sys::{self, Epoll};
use crate::thread::{token, PacketThread};

impl PacketThread {
    pub(crate) fn obey(&mut self, command: Command) {
        let now = Moment(sys::monotonic_us());
        match command {
            Command::Open(handle, ports) => self.open(now, handle, ports),
            Command::Adopt(handle, slot) => self.adopt(now, handle, slot),
            Command::Stop => self.stop(now),
            Command::Expect(handle) => drop(self.early.insert(handle, Vec::new())),
            other => match self.by_handle.get(&handle_of(&other)) {
                Some(place) => self.obey_at(now, *place, other),
                None => self.keep_early(other),
            },
        }
    }

    /// For a channel on its way here; for one that has ended meanwhile there is nothing to do.
    fn keep_early(&mut self, command: Command) {
        if let Some(waiting) = self.early.get_mut(&handle_of(&command)) {
            waiting.push(command);
        }
    }

    fn obey_at(&mut self, now: Moment, place: u32, command: Command) {
        match command {
            Command::Rebind(_, ports) => self.rebind(now, place, ports),
            Command::Set(_, group, config, dscp) => self.set(now, place, group, &config, dscp),
            Command::Play(_, player) => self.play(now, place, *player),
            Command::PlayFailed(_, id) => {
                if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
                    slot.channel.fail_player(id);
                    self.take_notices(now, place as usize);
                }
            }
            Command::Digits(_, digits, duration_ms) => {
                self.send_digits(now, place, &digits, duration_ms)
            }
            Command::Stats(handle, number) => {
                if let Some(Some(slot)) = self.slots.get(place as usize) {
                    let snapshot = Box::new(slot.snapshot());
                    self.tell(now, handle, What::Stats(number, snapshot));
                }
            }
            Command::Close(handle, reason) => self.close(now, place, handle, reason),
            Command::MoveTo(handle, inbox) => self.move_to(now, place, handle, inbox),
            Command::Open(..) | Command::Expect(..) | Command::Adopt(..) | Command::Stop => {}
        }
    }

    fn open(&mut self, now: Moment, handle: Handle, ports: Arc<PortPair>) {
        ports.drain();
        match randoms() {
            Ok(randoms) => {
                let slot = Slot::new(handle, Channel::new(now, randoms), ports);
                self.place(now, Box::new(slot));
            }
            Err(error) => self.tell(
                now,
                handle,
                What::Closed(cannot_open(&error), Box::default()),
            ),
        }
    }

    fn rebind(&mut self, now: Moment, place: u32, ports: Arc<PortPair>) {
        ports.drain();
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        self.epoll.remove(slot.ports.rtp());
        self.epoll.remove(slot.ports.rtcp());
        slot.rebind(ports);
        let (handle, watched) = (slot.handle, watch(&self.epoll, slot, place));
        if let Err(error) = watched {
            self.close(now, place, handle, cannot_open(&error));
        }
    }

    fn place(&mut self, now: Moment, slot: Box<Slot>) -> Option<u32> {
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        let watched = watch(&self.epoll, &slot, place);
        let handle = slot.handle;
        self.by_handle.insert(handle, place);
        self.slots[place as usize] = Some(slot);
        self.count_channels();
        if let Err(error) = watched {
            // It may come from another thread, with recordings and a peer that must hear of its end.
            self.close(now, place, handle, cannot_open(&error));
            return None;
        }
        Some(place)
    }

    fn count_channels(&self) {
        self.load
            .channels
            .store(self.by_handle.len() as u32, Ordering::Relaxed);
    }

    /// Takes a channel out of its place, its group and the epoll.
    fn unplace(&mut self, now: Moment, place: u32) -> Option<Box<Slot>> {
        let mut slot = self.slots.get_mut(place as usize)?.take()?;
        self.epoll.remove(slot.ports.rtp());
        self.epoll.remove(slot.ports.rtcp());
        self.stop_ticking(place);
        slot.ticking = false;
        self.by_handle.remove(&slot.handle);
        self.free.push(place);
        self.count_channels();
        self.leave_group(now, place, slot.group);
        slot.group = 0;
        slot.route = Route::Nowhere;
        slot.in_room = false;
        slot.channel.set_mixing(now, false);
        Some(slot)
    }

    fn set(&mut self, now: Moment, place: u32, group: u64, config: &ChannelConfig, dscp: u8) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        if slot.channel.configure(now, config) {
            slot.release();
        }
        slot.set_dscp(dscp);
        slot.retarget();
        let before = std::mem::replace(&mut slot.group, group);
        if before != group {
            self.leave_group(now, place, before);
            if group != 0 {
                self.groups.entry(group).or_default().push(place);
            }
        }
        self.update_room(now, group);
        if group == 0 {
            self.reroute_alone(place);
        } else {
            self.reroute(group);
        }
        if let Some(Some(slot)) = self.slots.get(place as usize) {
            if slot.channel.is_mixing() && !slot.in_room {
                self.stop_mixing(now, place);
            } else if slot.channel.wants_ticks() {
                self.start_ticking(place);
            }
        }
        self.take_notices(now, place as usize);
        self.write_records(now, place as usize);
    }

    fn leave_group(&mut self, now: Moment, place: u32, group: u64) {
        let Some(members) = self.groups.get_mut(&group) else {
            return;
        };
        members.retain(|member| *member != place);
        if members.is_empty() {
            self.groups.remove(&group);
        }
        self.update_room(now, group);
        self.reroute(group);
    }

    /// Decides anew where the audio of all of a group goes.
    pub(crate) fn reroute(&mut self, group: u64) {
        let members = self.groups.get(&group).cloned().unwrap_or_default();
        let mixed = self.rooms.contains_key(&group);
        for member in &members {
            let route = if mixed {
                Route::Mix
            } else {
                self.route_of(*member, &members)
            };
            if let Some(Some(slot)) = self.slots.get_mut(*member as usize) {
                slot.route = route;
            }
        }
    }

    fn reroute_alone(&mut self, place: u32) {
        let route = self.route_of(place, &[place]);
        if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
            slot.route = route;
        }
    }

    fn route_of(&self, place: u32, members: &[u32]) -> Route {
        let config = |place: u32| Some(self.slots.get(place as usize)?.as_ref()?.channel.config());
        let Some(own) = config(place) else {
            return Route::Nowhere;
        };
        match members {
            [one, other] => {
                let peer = if *one == place { *other } else { *one };
                let heard = !own.muted && config(peer).is_some_and(|c| !c.deaf);
                if heard {
                    Route::Peer(peer)
                } else {
                    Route::Nowhere
                }
            }
            _ if own.echo => Route::Echo,
            _ => Route::Nowhere,
        }
    }

    fn play(&mut self, now: Moment, place: u32, player: Player) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        if !slot.channel.wants_player(&player.id) {
            // Another came, or none is wanted any more, while its sounds were loaded: it ends unheard.
            let replaced = slot.channel.config().player.is_some();
            let (handle, reason) = (
                slot.handle,
                if replaced { "replaced" } else { "interrupted" },
            );
            self.tell(now, handle, What::PlayEnded(player.id, reason));
            return;
        }
        slot.channel.start_player(player);
        self.start_ticking(place);
        self.take_notices(now, place as usize);
    }

    fn send_digits(&mut self, now: Moment, place: u32, digits: &[u8], duration_ms: u32) {
        let Some(Some(slot)) = self.slots.get_mut(place as usize) else {
            return;
        };
        for digit in digits {
            slot.channel.send_digit(*digit, duration_ms);
        }
        self.start_ticking(place);
        self.take_notices(now, place as usize);
    }

    /// The one way a channel ends: end of what it plays and records, farewell, then the last word, behind the files.
    fn close(&mut self, now: Moment, place: u32, handle: Handle, reason: Box<str>) {
        let mut report = [0; MAX_RTCP];
        if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
            slot.channel.end_players("channelclosed");
            slot.channel.taps.end("finished.channelclosed");
            let length = slot.channel.write_bye(now, self.wall, &mut report);
            slot.send_rtcp(&report[..length]);
        }
        self.take_notices(now, place as usize);
        self.write_records(now, place as usize);
        // Before it leaves its place: what its jitter buffer did is forgotten there.
        let last = self.slots.get(place as usize).and_then(Option::as_ref);
        let snapshot = Box::new(last.map(|slot| slot.snapshot()).unwrap_or_default());
        if let Some(mut slot) = self.unplace(now, place) {
            slot.release();
            slot.set_dscp(0);
            let event = Event {
                handle,
                unix_us: self.wall.unix_us(now),
                what: What::Closed(reason, snapshot),
            };
            let (recorded, filed) = (slot.channel.has_recorded(), slot.filed);
            drop(slot); // who hears of its end may use its ports at once
            if !recorded {
                self.tell(now, handle, event.what);
            } else if let Err(event) = self.writer.tell(event, filed) {
                self.tell(now, handle, event.what);
            }
        }
    }

    fn move_to(&mut self, now: Moment, place: u32, handle: Handle, inbox: Arc<Inbox>) {
        if let Some(slot) = self.unplace(now, place) {
            self.leaving.push((inbox, Command::Adopt(handle, slot)));
            self.send_leaving();
        }
    }

    /// Hands over the channels that another thread had no room for so far.
    pub(crate) fn send_leaving(&mut self) {
        for (inbox, command) in std::mem::take(&mut self.leaving) {
            if let Err(command) = inbox.put(command) {
                self.leaving.push((inbox, command));
            }
        }
    }

    fn adopt(&mut self, now: Moment, handle: Handle, slot: Box<Slot>) {
        let ticks = slot.channel.wants_ticks();
        let placed = self.place(now, slot);
        if let Some(place) = placed.filter(|_| ticks) {
            self.start_ticking(place);
        }
        for command in self.early.remove(&handle).unwrap_or_default() {
            if placed.is_some() {
                self.obey(command);
            }
        }
    }

    fn stop(&mut self, now: Moment) {
        let all: Vec<(Handle, u32)> = self
            .by_handle
            .iter()
            .map(|(handle, place)| (*handle, *place))
            .collect();
        for (handle, place) in all {
            self.close(now, place, handle, "shutdown".into());
        }
        self.stopping = true;
    }
}

fn cannot_open(error: &Error) -> Box<str> {
    format!("cannot open: {error}").into()
}

fn watch(epoll: &Epoll, slot: &Slot, place: u32) -> Result<()> {
    epoll.add(slot.ports.rtp(), token(place))?;
    epoll.add(slot.ports.rtcp(), token(place) + 1)
}

fn handle_of(command: &Command) -> Handle {
    match command {
        Command::Open(handle, ..)
        | Command::Rebind(handle, ..)
        | Command::Set(handle, ..)
        | Command::Play(handle, ..)
        | Command::PlayFailed(handle, ..)
        | Command::Digits(handle, ..)
        | Command::Stats(handle, ..)
        | Command::Close(handle, ..)
        | Command::MoveTo(handle, ..)
        | Command::Expect(handle)
        | Command::Adopt(handle, ..) => *handle,
        Command::Stop => 0,
    }
}

/// From the operating system, never from a clock.
fn randoms() -> Result<Randoms> {
    let mut bytes = [0; 18];
    sys::random_bytes(&mut bytes)?;
    let word =
        |at: usize| u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    Ok(Randoms {
        ssrc: word(0),
        seq: u16::from_ne_bytes([bytes[4], bytes[5]]),
        rtp_ts: word(6),
        report: u64::from(word(10)) << 32 | u64::from(word(14)),
    })
}
