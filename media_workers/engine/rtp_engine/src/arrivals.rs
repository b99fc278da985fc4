//! What happens when a datagram arrives: classified, judged, and at once on its way to who hears it.

use std::sync::Arc;

use rtp_core::channel::receiver::{Frame, Inbound};
use rtp_core::channel::{Forwarded, Notice};
use rtp_core::clock::Moment;
use rtp_core::codecs::codec::MAX_FRAME_SAMPLES;
use rtp_core::quality::stats::Drop;
use rtp_core::rtp::format::Format;
use rtp_core::rtp::packet::{self, Kind, MAX_DATAGRAM};
use rtp_core::rtp::seq::Arrival;

use crate::messages::What;
use crate::slot::{Route, Slot};
use crate::sys;
use crate::thread::{PacketThread, BUFFER_BYTES};

/// Of a longer hole nothing is made up: a codec knows little of what it did not hear.
const MAX_RECOVERED: u16 = 3;

impl PacketThread {
    /// One datagram from an RTP socket. Level-triggered: what else waits there is found in the next turn.
    #[inline]
    pub(crate) fn rtp_arrived(&mut self, place: usize, buffer: &mut [u8; BUFFER_BYTES]) {
        let Some(Some(slot)) = self.slots.get_mut(place) else {
            return;
        };
        let Some((size, source)) = sys::receive_from(slot.ports.rtp(), buffer) else {
            return;
        };
        let now = Moment(sys::monotonic_us());
        if size > MAX_DATAGRAM {
            slot.channel.counters.drop(Drop::Oversize);
            return;
        }
        let datagram = &mut buffer[..size];
        match packet::classify(datagram) {
            Kind::Rtp => {
                let (inbound, route) = (slot.channel.receive(now, datagram, source), slot.route);
                // Before the packet goes on: a source that has just been locked is where its echo belongs.
                self.take_notices(now, place);
                if let Inbound::Audio(frame) = inbound {
                    self.pass_on(now, place, route, datagram, &frame);
                }
            }
            Kind::Rtcp if slot.channel.config().rtcp_mux => {
                slot.channel.receive_rtcp(now, self.wall, datagram, source);
            }
            Kind::Rtcp | Kind::Stun | Kind::Dtls => slot.channel.counters.drop(Drop::Unexpected),
            Kind::Unknown => slot.channel.counters.drop(Drop::NotRtp),
        }
    }

    #[inline]
    fn pass_on(
        &mut self,
        now: Moment,
        place: usize,
        route: Route,
        datagram: &mut [u8],
        frame: &Frame,
    ) {
        let to = match route {
            Route::Nowhere | Route::Mix => return,
            Route::Echo => place,
            Route::Peer(peer) => peer as usize,
        };
        let Some(Some(slot)) = self.slots.get_mut(to) else {
            return;
        };
        match slot.channel.forward(now, datagram, frame) {
            Forwarded::Send(span) => slot.send(&datagram[span.start..span.end]),
            Forwarded::Translate(ours) => self.translate(now, (place, to), datagram, frame, ours),
            Forwarded::Mix => self.mix_from(now, (place, to), datagram, frame),
            Forwarded::No => {}
        }
    }

    /// What cannot be passed on packet by packet is heard and said anew, as long as the two are together.
    fn mix_from(
        &mut self,
        now: Moment,
        (from, to): (usize, usize),
        datagram: &[u8],
        frame: &Frame,
    ) {
        let can_mix = |slot: Option<&Option<Box<Slot>>>| {
            slot.and_then(Option::as_ref)
                .is_some_and(|slot| slot.group != 0 && slot.channel.can_mix())
        };
        if !can_mix(self.slots.get(from)) || !can_mix(self.slots.get(to)) {
            if let Some(Some(slot)) = self.slots.get_mut(to) {
                slot.channel.counters.drop(Drop::NoCodec);
            }
            return;
        }
        let Some(Some(slot)) = self.slots.get_mut(from) else {
            return;
        };
        slot.channel.ask_mix(now, datagram, frame);
        let group = slot.group;
        self.update_room(now, group);
        self.reroute(group);
    }

    /// From one codec to another on arrival: no buffer, no tick, no delay. What was lost just before is made up for, if the
    /// codec can; if not, the hole stays for the far end to conceal.
    fn translate(
        &mut self,
        now: Moment,
        (from, to): (usize, usize),
        datagram: &[u8],
        frame: &Frame,
        ours: Format,
    ) {
        let mut pcm = [0i16; MAX_FRAME_SAMPLES];
        let Some(Some(slot)) = self.slots.get_mut(from) else {
            return;
        };
        if slot.channel.receiver.is_recovered(frame) {
            slot.channel.counters.drop(Drop::TooLate);
            return;
        }
        if let Arrival::Newest {
            missing: missing @ 1..=MAX_RECOVERED,
        } = frame.arrival
        {
            for places in (1..=missing).rev() {
                self.recover(now, (from, to), datagram, frame, (ours, places));
            }
        }
        let Some(Some(slot)) = self.slots.get_mut(from) else {
            return;
        };
        let Some((samples, rate_hz)) = slot.channel.decode_for(frame, datagram, ours, &mut pcm)
        else {
            slot.channel.counters.drop(Drop::NoCodec);
            return;
        };
        let fits = |slot: &Slot| slot.channel.fits(samples, rate_hz, ours);
        match self.slots.get(to).and_then(Option::as_ref) {
            Some(slot) if !fits(slot) => self.mix_from(now, (from, to), datagram, frame),
            _ => self.say(now, to, frame, (&pcm[..samples], rate_hz), ours),
        }
    }

    fn recover(
        &mut self,
        now: Moment,
        (from, to): (usize, usize),
        datagram: &[u8],
        frame: &Frame,
        (ours, places): (Format, u16),
    ) {
        let mut pcm = [0i16; MAX_FRAME_SAMPLES];
        let Some(Some(slot)) = self.slots.get_mut(from) else {
            return;
        };
        let recovered = slot.channel.recover_for(frame, datagram, places, &mut pcm);
        if let Some((lost, samples, rate_hz)) = recovered {
            self.say(now, to, &lost, (&pcm[..samples], rate_hz), ours);
        }
    }

    fn say(&mut self, now: Moment, to: usize, frame: &Frame, sound: (&[i16], u32), ours: Format) {
        let mut packet = [0u8; MAX_DATAGRAM];
        let Some(Some(slot)) = self.slots.get_mut(to) else {
            return;
        };
        let length = slot.channel.translate(now, frame, sound, ours, &mut packet);
        if length > 0 {
            slot.send(&packet[..length]);
        }
    }

    /// One datagram from an RTCP socket.
    pub(crate) fn rtcp_arrived(&mut self, place: usize, buffer: &mut [u8; BUFFER_BYTES]) {
        let Some(Some(slot)) = self.slots.get_mut(place) else {
            return;
        };
        let Some((size, source)) = sys::receive_from(slot.ports.rtcp(), buffer) else {
            return;
        };
        let now = Moment(sys::monotonic_us());
        match buffer.get(..size).filter(|_| size <= MAX_DATAGRAM) {
            Some(datagram) if packet::classify(datagram) == Kind::Rtcp => {
                slot.channel.receive_rtcp(now, self.wall, datagram, source);
            }
            Some(_) => slot.channel.counters.drop(Drop::NotRtp),
            None => slot.channel.counters.drop(Drop::Oversize),
        }
    }

    /// Passes on what a channel has to tell.
    #[inline]
    pub(crate) fn take_notices(&mut self, now: Moment, place: usize) {
        while let Some(Some(slot)) = self.slots.get_mut(place) {
            let Some(notice) = slot.channel.take_notice() else {
                return;
            };
            self.pass_notice(now, place, notice);
        }
    }

    fn pass_notice(&mut self, now: Moment, place: usize, notice: Notice) {
        let Some(Some(slot)) = self.slots.get_mut(place) else {
            return;
        };
        let (handle, group, config) = (slot.handle, slot.group, slot.channel.config());
        let (muted, heard_by) = (config.muted, config.heard_by.clone());
        let what = match notice {
            Notice::Latched(source) => {
                slot.retarget();
                What::Latched(source)
            }
            Notice::Digit { digit, in_band } => {
                if group != 0 && !muted && !in_band {
                    self.regenerate(place, group, digit, heard_by.as_deref());
                }
                What::Digit(digit, in_band)
            }
            Notice::DigitEnded {
                digit,
                in_band,
                duration_ms,
            } => What::DigitEnded(digit, in_band, duration_ms),
            Notice::Tone(name) => What::Tone(name),
            Notice::PlayStarted(id) => What::PlayStarted(id),
            Notice::PlayEnded(id, reason) => {
                // First the end itself: another thread tells of the recording that may have waited for it.
                self.tell(now, handle, What::PlayEnded(id, reason));
                return self.write_records(now, place);
            }
            Notice::Idle(silent_s) => What::Idle(silent_s),
        };
        self.tell(now, handle, what);
    }

    /// A digit crosses a bridge as a new digit under the other leg's number; tones for one without
    /// events, nothing for one that does not hear who pressed it.
    fn regenerate(&mut self, from: usize, group: u64, digit: u8, heard_by: Option<&[Arc<str>]>) {
        let members = self.groups.get(&group).map_or(0, Vec::len);
        for index in 0..members {
            let place = self.groups[&group][index];
            if place as usize == from {
                continue;
            }
            if let Some(Some(slot)) = self.slots.get_mut(place as usize) {
                let config = slot.channel.config();
                // One without a peer only listens, for a recording: keys are not to be heard there.
                if config.send
                    && !config.deaf
                    && config.policy.signalled.is_some()
                    && heard_by.is_none_or(|names| names.contains(&config.name))
                    && slot.channel.send_digit(digit, 0)
                {
                    self.start_ticking(place);
                }
            }
        }
    }
}
