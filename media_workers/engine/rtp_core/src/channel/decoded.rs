//! The decoded path of a channel: what it hears and says as sound, for mixes, bridges between codecs and taps.

use std::sync::Arc;

use crate::channel::receiver::Frame;
use crate::channel::sender::{Filled, MAX_TICK_SAMPLES, TICK_MS};
use crate::channel::taps::InBand;
use crate::channel::{Channel, Notice};
use crate::clock::Moment;
use crate::hearing::Hearing;
use crate::rtp::format::Format;
use crate::speech::barge_in::VoiceConfig;

/// What was heard in this tick, and whether it has been.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pcm: Box<[i16]>,
    samples: usize,
    fresh: bool,
    mixing: bool,
    /// What the peer sends could not be passed on to the one it is together with.
    asked: bool,
}

impl Channel {
    /// The peer is in a mix, or no more: its audio is decoded as long as it is.
    pub fn set_mixing(&mut self, now: Moment, mixing: bool) {
        self.decoded.mixing = mixing;
        self.decoded.asked &= mixing;
        self.configure_taps(now);
    }

    /// A packet of the peer cannot be passed on: a mix is wanted until the peer leaves it, with this packet in it.
    pub fn ask_mix(&mut self, now: Moment, datagram: &[u8], frame: &Frame) {
        self.decoded.asked = true;
        if self.receiver.hearing.is_none() {
            self.decoded.mixing = true;
            self.configure_taps(now);
            self.take_in(now, datagram, frame);
        }
    }

    /// Whether so much sound fits a packet of this format.
    #[must_use]
    pub fn fits(&self, samples: usize, rate_hz: u32, ours: Format) -> bool {
        let longest = ours.codec.codec().and_then(|c| c.spec().ptimes_ms.last());
        longest.is_some_and(|ms| samples as u64 * 1000 <= u64::from(*ms) * u64::from(rate_hz))
    }

    /// Whether the peer is in a mix.
    #[inline]
    #[must_use]
    pub fn is_mixing(&self) -> bool {
        self.decoded.mixing
    }

    /// Whether two that could be passed through must be mixed for this one's sake.
    #[must_use]
    pub fn wants_mix(&self) -> bool {
        let asked =
            self.config.gain_db != 0 || self.config.heard_by.is_some() || self.overlays.play();
        (asked || self.decoded.asked) && self.can_mix()
    }

    /// Whether we have coders for what the peer speaks.
    #[must_use]
    pub fn can_mix(&self) -> bool {
        let ours = self.receiver.formats.preferred();
        ours.is_some_and(|format| format.codec.codec().is_some())
    }

    /// Samples a second of what is heard and said.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        match &self.receiver.hearing {
            Some(hearing) => hearing.rate_hz(),
            None => self
                .receiver
                .formats
                .preferred()
                .map_or(8000, |format| format.codec.natural_rate_hz()),
        }
    }

    pub(crate) fn configure_taps(&mut self, now: Moment) {
        let rate_hz = self.rate_hz();
        self.taps
            .set_recorders(now, &self.config.recorders, rate_hz);
        // Who cannot tell digits by events is often a machine.
        let tones = self.config.detect_tones || self.config.detect_in_band;
        self.taps
            .set_detection(self.config.detect_in_band, tones, rate_hz);
        self.taps.set_barge_ins(&self.barge_ins(), rate_hz);
        self.update_hearing(rate_hz);
        self.follow_players(now);
    }

    /// Players that voice ends.
    fn barge_ins(&self) -> Vec<(Arc<str>, VoiceConfig)> {
        let player = self.config.player.as_ref();
        let player = player.filter(|player| self.is_pending(&player.id));
        let player = player.and_then(|player| Some((player.id.clone(), player.voice?)));
        player
            .into_iter()
            .chain(self.overlays.barge_ins())
            .collect()
    }

    /// Some players have ended perhaps: recordings that waited for them begin, and nobody listens for their sake any more.
    pub(crate) fn follow_players(&mut self, now: Moment) {
        if self.taps.wait_for_players() {
            let mut taps = std::mem::take(&mut self.taps);
            taps.release(now, |id| self.is_pending(id));
            self.taps = taps;
        }
        if self.taps.has_barge_ins() {
            let rate_hz = self.rate_hz();
            self.taps.set_barge_ins(&self.barge_ins(), rate_hz);
            if !self.taps.has_barge_ins() {
                self.update_hearing(rate_hz);
            }
        }
    }

    /// Decodes as long as somebody listens: a channel that is only passed on has no jitter buffer.
    fn update_hearing(&mut self, rate_hz: u32) {
        let clock_rate = self
            .receiver
            .formats
            .preferred()
            .map_or(8000, |format| format.clock_rate);
        let make = || Some(Box::new(Hearing::new(rate_hz, clock_rate)));
        if !self.decoded.mixing && !self.taps.want_heard() {
            if let Some(hearing) = self.receiver.hearing.take() {
                self.receiver.decodings.add(&hearing);
            }
            self.decoded = Decoded::default();
        } else if self.receiver.hearing.is_none() {
            self.receiver.hearing = make();
            self.decoded.pcm = vec![0; MAX_TICK_SAMPLES].into();
        }
        if !self.taps.want_said() {
            self.sender.said = None;
        } else if self.sender.said.is_none() {
            self.sender.said = make();
        }
    }

    /// The next 20 ms of what the peer says, and whether they are more than silence. Once a tick.
    pub fn hear(&mut self, now: Moment) -> (&[i16], bool) {
        let Some(hearing) = &mut self.receiver.hearing else {
            return (&[], false);
        };
        let samples = (hearing.rate_hz() / 1000 * TICK_MS) as usize;
        let Some(pcm) = self.decoded.pcm.get_mut(..samples) else {
            return (&[], false);
        };
        let sounds = hearing.pull(now, &self.receiver.formats, pcm);
        self.decoded.samples = samples;
        self.decoded.fresh = true;
        (&self.decoded.pcm[..samples], sounds)
    }

    /// Says 20 ms to the peer, with what is played over it, unless something is played in its place; [`Channel::poll`]
    /// gives the packets.
    pub fn say(&mut self, pcm: &mut [i16], rate_hz: u32) {
        if let (Some(ours), None) = (self.receiver.formats.preferred(), &self.sender.player) {
            self.play_over(false, pcm, rate_hz);
            self.sender.say(pcm, rate_hz, ours);
        }
    }

    /// Adds 20 ms of what is played over the rest, for the group or for the peer alone; false when there is nothing.
    pub fn play_over(&mut self, for_group: bool, pcm: &mut [i16], rate_hz: u32) -> bool {
        let notices = &mut self.notices;
        self.overlays
            .add_to(for_group, pcm, rate_hz, |(id, reason)| {
                notices.push_back(Notice::PlayEnded(id, reason));
            })
    }

    /// Says the next 20 ms of what is played, where no mix does: the player, and what is played over it.
    pub(crate) fn play(&mut self) {
        let (plays, overlays) = (self.sender.player.is_some(), self.overlays.any());
        if !plays && (!overlays || self.is_mixing()) {
            return;
        }
        let Some(ours) = self.receiver.formats.preferred() else {
            return;
        };
        let mut pcm = [0i16; MAX_TICK_SAMPLES];
        let mut said = match self.sender.fill(&mut pcm) {
            Filled::Sound(rate_hz) => Some(rate_hz),
            Filled::Ended(id) => {
                self.tell_end(id, "completed");
                None
            }
            Filled::Nothing => None,
        };
        if overlays {
            let rate_hz = said.unwrap_or(self.rate_hz());
            let frame = &mut pcm[..(rate_hz / 50) as usize];
            let alone = !self.is_mixing() && self.play_over(true, frame, rate_hz);
            if self.play_over(false, frame, rate_hz) || alone {
                said = Some(rate_hz);
            }
        }
        if let Some(rate_hz) = said {
            self.sender
                .say(&pcm[..(rate_hz / 50) as usize], rate_hz, ours);
        }
    }

    /// What it hears begins anew: no edge is heard where the old sound ends and the new one begins.
    pub fn seam(&mut self) {
        self.sender.seam();
    }

    /// What it hears ends here: what was said last fades away, true when there is something to poll for.
    pub fn fade_out(&mut self) -> bool {
        let rate_hz = self.rate_hz();
        match self.receiver.formats.preferred() {
            Some(ours) if self.sender.player.is_none() => self.sender.fade_out(rate_hz, ours),
            _ => false,
        }
    }

    /// Lets recordings and detectors have this tick.
    pub(crate) fn tick_taps(&mut self, now: Moment) {
        if !self.taps.want_heard() {
            return;
        }
        if !std::mem::take(&mut self.decoded.fresh) {
            self.hear(now); // nobody else has in this tick
            self.decoded.fresh = false;
        }
        let mut said = [0i16; MAX_TICK_SAMPLES];
        let samples = self.decoded.samples;
        if let Some(hearing) = &mut self.sender.said {
            hearing.pull(now, &self.receiver.formats, &mut said[..samples]);
        }
        let mut heard = [None; 4];
        let mut count = 0;
        self.taps.frame(
            now,
            &self.decoded.pcm[..samples],
            &said[..samples],
            |event| {
                if let Some(place) = heard.get_mut(count) {
                    *place = Some(event);
                    count += 1;
                }
            },
        );
        if self.taps.has_barge_ins() {
            self.barge_in();
        }
        for event in heard.into_iter().flatten() {
            match event {
                InBand::Digit(digit) => self.heard_digit(now, digit, true),
                InBand::DigitEnded(digit, duration_ms) => {
                    self.notices.push_back(Notice::DigitEnded {
                        digit,
                        in_band: true,
                        duration_ms,
                    });
                }
                InBand::Tone(kind) => self.notices.push_back(Notice::Tone(kind.name())),
            }
        }
        if !self.taps.want_said() && self.sender.said.is_some() {
            self.update_hearing(self.rate_hz()); // the last recording has ended by itself
        }
    }

    /// Ends the players that the peer speaks into.
    fn barge_in(&mut self) {
        let heard = &self.decoded.pcm[..self.decoded.samples];
        for id in self.taps.spoken_into(heard) {
            if self.sender.player.as_ref().is_some_and(|p| p.id == id) {
                self.end_player("interrupted");
            }
            let notices = &mut self.notices;
            self.overlays.barge_into(&id, |(id, reason)| {
                notices.push_back(Notice::PlayEnded(id, reason));
            });
        }
    }

    /// Decodes one packet of the peer by itself, for a bridge to `ours`; samples and their rate.
    pub fn decode_for(
        &mut self,
        frame: &Frame,
        datagram: &[u8],
        ours: Format,
        pcm: &mut [i16],
    ) -> Option<(usize, u32)> {
        let rate_hz = frame
            .format
            .codec
            .natural_rate_hz()
            .min(ours.codec.natural_rate_hz());
        self.receiver
            .translate(frame, frame.header.payload(datagram), rate_hz, pcm)
    }

    /// What was lost so many places before this packet, as far as its codec knows: the lost packet, samples, their rate.
    pub fn recover_for(
        &mut self,
        frame: &Frame,
        datagram: &[u8],
        places: u16,
        pcm: &mut [i16],
    ) -> Option<(Frame, usize, u32)> {
        let payload = frame.header.payload(datagram);
        let (samples, rate_hz) = self.receiver.recover(frame, payload, places == 1, pcm)?;
        let ticks = frame
            .format
            .codec
            .codec()?
            .spec()
            .rtp_ticks(samples, rate_hz);
        Some((frame.lost_before(places, ticks), samples, rate_hz))
    }

    /// Makes another channel's decoded packet ours to send; its length, or 0.
    pub fn translate(
        &mut self,
        now: Moment,
        frame: &Frame,
        sound: (&[i16], u32),
        ours: Format,
        out: &mut [u8],
    ) -> usize {
        match self
            .sender
            .translate(now, frame, sound, ours, out, &mut self.counters)
        {
            Ok(length) => {
                self.sender
                    .note_said(now, &out[..length], false, &self.receiver.formats);
                length
            }
            Err(reason) => {
                self.counters.drop(reason);
                0
            }
        }
    }
}
