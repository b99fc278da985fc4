//! One channel: a receiver, a sender, reports, and the notices that follow. No I/O; time is an argument.
//!
//! A packet's way: [`Channel::receive`] on the channel it came to, then [`Channel::forward`] on the channel it goes
//! to (the same one for echo), both in the caller's buffer. Nothing on that way allocates, locks or searches a map.
//! What is mixed, recorded or listened to goes the decoded path beside it, in ticks: [`Channel::hear`],
//! [`Channel::say`] (both in decoded.rs).

pub mod config;
mod decoded;
pub mod peer_quality;
pub mod receiver;
pub mod sender;
pub mod taps;
pub mod voice;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::channel::config::ChannelConfig;
use crate::channel::decoded::Decoded;
use crate::channel::receiver::{Frame, Inbound, Receiver};
use crate::channel::sender::{Sender, Span};
use crate::channel::taps::Taps;
use crate::clock::{Moment, WallClock};
use crate::digits::telephone_events::Release;
use crate::playing::overlays::Overlays;
use crate::playing::player::Player;
use crate::quality::stats::{Counters, Drop};
use crate::rtcp::reporting::{Reporting, Streams};
use crate::rtcp::MAX_RTCP;
use crate::rtp::format::{CodecId, Format, FormatTable};
use crate::rtp::numbering::Numbering;

/// Something the frontend should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The peer's source was locked, for the first time or anew.
    Latched(SocketAddr),
    /// The peer pressed a key; told by an event, or else heard in the audio.
    Digit {
        /// Its letter.
        digit: u8,
        /// It was heard in the audio, where others of the group hear it too.
        in_band: bool,
    },
    /// That key was let go.
    DigitEnded {
        /// Its letter.
        digit: u8,
        /// It was heard in the audio.
        in_band: bool,
        /// How long it was held down.
        duration_ms: u32,
    },
    /// A machine's tone was heard; its name.
    Tone(&'static str),
    /// A player has begun.
    PlayStarted(Arc<str>),
    /// A player has ended, and why: the words of the contract.
    PlayEnded(Arc<str>, &'static str),
    /// Neither RTP nor RTCP for so many seconds.
    Idle(u32),
}

/// How a packet goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarded {
    /// It is ours to send now, in place.
    Send(Span),
    /// It must be decoded, then [`Channel::translate`]d to this format.
    Translate(Format),
    /// It means nothing to the peer by itself (a silence described, which the peer did not ask for): both must be mixed.
    Mix,
    /// It is not sent.
    No,
}

/// Random numbers a channel begins with: from the operating system, never from a clock.
#[derive(Clone, Copy, Debug)]
pub struct Randoms {
    /// Our SSRC.
    pub ssrc: u32,
    /// First sequence number.
    pub seq: u16,
    /// First timestamp.
    pub rtp_ts: u32,
    /// Spreads reports in time.
    pub report: u64,
}

/// One channel.
#[derive(Debug)]
pub struct Channel {
    pub(crate) config: ChannelConfig,
    /// Counters, for whoever asks.
    pub counters: Counters,
    /// Its receiving half.
    pub receiver: Receiver,
    /// Its sending half.
    pub sender: Sender,
    /// Its reports.
    pub reporting: Reporting,
    /// Recordings and detectors.
    pub taps: Taps,
    pub(crate) decoded: Decoded,
    pub(crate) overlays: Overlays,
    pub(crate) notices: VecDeque<Notice>,
    /// Silence is counted from here at the earliest.
    listening_since: Moment,
    idle_told: u32,
    last_player: Option<Arc<str>>,
}

impl Channel {
    /// A channel that is nothing yet.
    #[must_use]
    pub fn new(now: Moment, randoms: Randoms) -> Self {
        Channel {
            config: ChannelConfig::default(),
            counters: Counters::default(),
            receiver: Receiver::default(),
            sender: Sender::new(Numbering::new(randoms.ssrc, randoms.seq, randoms.rtp_ts)),
            reporting: Reporting::new(randoms.report),
            taps: Taps::default(),
            decoded: Decoded::default(),
            overlays: Overlays::default(),
            notices: VecDeque::new(),
            listening_since: now,
            idle_told: 0,
            last_player: None,
        }
    }

    /// Makes the channel what it should be; true when the peer's address changed, so that sockets must let go of it.
    pub fn configure(&mut self, now: Moment, config: &ChannelConfig) -> bool {
        let moved = self.receiver.latch.set_policy(&config.policy);
        if moved {
            self.reporting.heard_from = None;
        }
        if config.formats != self.config.formats
            || config.event_receive_payload_type != self.config.event_receive_payload_type
        {
            self.receiver.formats =
                FormatTable::new(&config.formats, config.event_receive_payload_type);
        }
        self.sender.follow(config.wishes);
        if let Some(format) = self.receiver.formats.preferred() {
            self.sender.numbering.set_rate(format.clock_rate);
            let noise = self.receiver.formats.find(CodecId::ComfortNoise);
            // Comfort noise goes with the codec of its clock (RFC 3389 section 5.1).
            self.sender.noise_format = noise.filter(|n| n.clock_rate == format.clock_rate);
        }
        let begins = config.counts_silence() && !self.config.counts_silence();
        if begins || moved {
            self.listening_since = now;
            self.idle_told = 0;
        }
        self.configure_player(config);
        let notices = &mut self.notices;
        self.overlays.configure(&config.overlays, |(id, reason)| {
            notices.push_back(Notice::PlayEnded(id, reason));
        });
        self.config.clone_from(config);
        self.configure_taps(now);
        moved
    }

    fn configure_player(&mut self, config: &ChannelConfig) {
        match (&mut self.sender.player, &config.player) {
            (Some(player), Some(wanted)) if wanted.id == player.id => player.follow(wanted),
            (Some(_), Some(_)) => self.end_player("replaced"),
            (Some(_), None) => self.end_player("interrupted"),
            (None, _) => {}
        }
    }

    /// What the channel should be.
    #[must_use]
    pub fn config(&self) -> &ChannelConfig {
        &self.config
    }

    /// Whether sounds for this player are still wanted: it is the configured one and has not played yet.
    #[must_use]
    pub fn wants_player(&self, id: &str) -> bool {
        if self.overlays.wants(id) {
            return true;
        }
        let configured = self.config.player.as_ref().is_some_and(|p| *p.id == *id);
        configured && self.last_player.as_deref() != Some(id)
    }

    /// Whether this player plays or will.
    pub(crate) fn is_pending(&self, id: &str) -> bool {
        let plays = self.sender.player.as_ref().is_some_and(|p| *p.id == *id);
        plays || self.wants_player(id) || self.overlays.is_pending(id)
    }

    /// Begins to play.
    pub fn start_player(&mut self, mut player: Player) {
        if self.overlays.wants(&player.id) {
            self.notices
                .push_back(Notice::PlayStarted(player.id.clone()));
            self.overlays.start(player);
            return;
        }
        self.end_player("replaced");
        if let Some(wanted) = self.config.player.as_ref().filter(|p| p.id == player.id) {
            player.follow(wanted);
        }
        if !player.id.is_empty() {
            self.last_player = Some(player.id.clone());
            self.notices
                .push_back(Notice::PlayStarted(player.id.clone()));
        }
        self.sender.start_player(player);
    }

    /// Ends what is played.
    pub fn end_player(&mut self, reason: &'static str) {
        if let Some(player) = self.sender.player.take() {
            self.tell_end(player.id, reason);
        }
    }

    /// Ends all that is played.
    pub fn end_players(&mut self, reason: &'static str) {
        self.end_player(reason);
        let notices = &mut self.notices;
        self.overlays.end(reason, |(id, reason)| {
            notices.push_back(Notice::PlayEnded(id, reason));
        });
    }

    /// There are no sounds for a player that was wanted.
    pub fn fail_player(&mut self, id: Arc<str>) {
        self.overlays.fail(&id);
        if self.wants_player(&id) {
            self.last_player = Some(id.clone());
        }
        self.tell_end(id, "no-file");
    }

    /// A player without an id is our own affair.
    pub(crate) fn tell_end(&mut self, id: Arc<str>, reason: &'static str) {
        if !id.is_empty() {
            self.notices.push_back(Notice::PlayEnded(id, reason));
        }
    }

    /// Takes an RTP datagram that came to this channel.
    #[inline]
    pub fn receive(&mut self, now: Moment, datagram: &[u8], source: SocketAddr) -> Inbound {
        let mut locked = false;
        let inbound = self
            .receiver
            .receive(now, datagram, source, &mut self.counters, &mut locked);
        if locked {
            self.notices.push_back(Notice::Latched(source));
        }
        match inbound {
            Inbound::Dropped(_) => inbound,
            _ if !self.config.receive => {
                self.counters.drop(Drop::NotReceiving);
                Inbound::Dropped(Drop::NotReceiving)
            }
            Inbound::Digit(digit) => {
                while let Some(release) = self.receiver.digits.take_earlier() {
                    self.tell_release(release);
                }
                self.heard_digit(now, digit, false);
                self.tell_releases();
                inbound
            }
            Inbound::Audio(frame) => {
                self.take_in(now, datagram, &frame);
                inbound
            }
            Inbound::MoreOfDigit => {
                self.tell_releases();
                inbound
            }
        }
    }

    /// Lets whoever listens hear a packet, in its turn.
    #[inline]
    fn take_in(&mut self, now: Moment, datagram: &[u8], frame: &Frame) {
        if let Some(hearing) = &mut self.receiver.hearing {
            let payload = frame.header.payload(datagram);
            hearing.push(now, &frame.header, frame.format.clock_rate, payload);
        }
    }

    fn tell_releases(&mut self) {
        while let Some(release) = self.receiver.digits.take_release() {
            self.tell_release(release);
        }
    }

    fn tell_release(&mut self, release: Release) {
        if !self.config.receive {
            return; // nor was its beginning told
        }
        let rate = u64::from(self.config.event_rate.max(1));
        self.notices.push_back(Notice::DigitEnded {
            digit: release.digit,
            in_band: false,
            duration_ms: (u64::from(release.duration) * 1000 / rate) as u32,
        });
    }

    pub(crate) fn heard_digit(&mut self, now: Moment, digit: u8, in_band: bool) {
        self.notices.push_back(Notice::Digit { digit, in_band });
        if self.sender.player.as_ref().is_some_and(|p| p.interruptible) {
            self.end_player("telephone-event");
        }
        let notices = &mut self.notices;
        self.overlays.interrupt(|(id, reason)| {
            notices.push_back(Notice::PlayEnded(id, reason));
        });
        self.follow_players(now);
    }

    /// Makes a packet of this or another channel's peer ours to send, in place.
    #[inline]
    pub fn forward(&mut self, now: Moment, datagram: &mut [u8], frame: &Frame) -> Forwarded {
        if !self.config.send || self.sender.player.is_some() || self.overlays.any() {
            return Forwarded::No;
        }
        let Some(ours) = self.format_for(frame) else {
            self.counters.drop(Drop::NoCodec);
            return Forwarded::No;
        };
        if !passes(frame.format.codec, ours.codec) {
            return if frame.format.codec == CodecId::ComfortNoise {
                Forwarded::Mix
            } else {
                Forwarded::Translate(ours)
            };
        }
        match self
            .sender
            .forward(now, datagram, frame, ours, &mut self.counters)
        {
            Ok(span) => {
                if self.sender.said.is_some() {
                    self.sender.note_said(
                        now,
                        &datagram[span.start..span.end],
                        false,
                        &self.receiver.formats,
                    );
                }
                Forwarded::Send(span)
            }
            Err(reason) => {
                self.counters.drop(reason);
                Forwarded::No
            }
        }
    }

    /// The same codec under our number if it was negotiated, else what we prefer to send.
    #[inline]
    fn format_for(&self, frame: &Frame) -> Option<Format> {
        let preferred = self.receiver.formats.preferred()?;
        if preferred.codec == frame.format.codec {
            return Some(preferred);
        }
        if frame.format.codec == CodecId::ComfortNoise {
            return self.sender.noise_format.or(Some(preferred));
        }
        self.receiver
            .formats
            .find(frame.format.codec)
            .or(Some(preferred))
    }

    /// Where to send RTP.
    #[inline]
    #[must_use]
    pub fn target(&self) -> Option<SocketAddr> {
        self.receiver.latch.target()
    }

    /// Whether the channel has work at ticks.
    #[inline]
    #[must_use]
    pub fn wants_ticks(&self) -> bool {
        self.sender.wants_ticks()
            || self.taps.want_heard()
            || (self.overlays.any() && !self.is_mixing())
    }

    /// A tick: a digit's packet, if one is due, is written to `out`; its length, or 0. What is played goes on.
    pub fn tick(&mut self, now: Moment, out: &mut [u8]) -> usize {
        self.tick_taps(now);
        let event = self
            .config
            .event_send_payload_type
            .filter(|_| self.config.send);
        let event = event.map(|payload_type| (payload_type, self.config.event_rate));
        let digit = self.sender.tick(now, event, out, &mut self.counters);
        self.play();
        self.follow_players(now);
        digit
    }

    /// The next packet of what is played or said, after a tick; call again until it is 0.
    pub fn poll(&mut self, now: Moment, out: &mut [u8]) -> usize {
        let Some(ours) = self.receiver.formats.preferred() else {
            return 0;
        };
        loop {
            let length = self
                .sender
                .poll(now, self.config.ptime_ms, ours, out, &mut self.counters);
            // A peer that must not be sent to misses the sound; the sound does not wait for it.
            if length == 0 || self.config.send {
                self.sender.note_said(
                    now,
                    out.get(..length).unwrap_or(&[]),
                    true,
                    &self.receiver.formats,
                );
                return length;
            }
        }
    }

    /// Queues a digit for the peer, as tones when it takes no events; false when it can have neither, or the queue is full.
    pub fn send_digit(&mut self, digit: u8, duration_ms: u32) -> bool {
        if self.config.event_send_payload_type.is_some() {
            return self.sender.digits.push(digit, duration_ms);
        }
        self.can_mix() && self.overlays.digits.push(digit, duration_ms)
    }

    /// Takes an RTCP datagram.
    pub fn receive_rtcp(
        &mut self,
        now: Moment,
        wall: WallClock,
        datagram: &[u8],
        source: SocketAddr,
    ) {
        if !self.receiver.latch.hears_rtcp_from(source) {
            self.counters.drop(Drop::Source);
            return;
        }
        let ssrc = self.sender.numbering.ssrc;
        let heard = self.reporting.receive(now, wall, ssrc, datagram, source);
        match heard {
            Some(_) => {
                self.receiver.latch.heard_rtcp(now, source);
                self.sender.expect_loss(self.reporting.remote_fraction_lost);
            }
            None => self.counters.drop(Drop::Malformed),
        }
    }

    /// Where to send RTCP.
    #[must_use]
    pub fn rtcp_target(&self) -> Option<SocketAddr> {
        if self.config.rtcp_mux {
            return self.target();
        }
        if let Some(heard) = self.reporting.heard_from {
            return Some(heard);
        }
        self.config.rtcp_target.or_else(|| {
            let mut target = self.target()?;
            target.set_port(target.port().checked_add(1)?);
            Some(target)
        })
    }

    /// Writes a report when one is due and there is something to report; its length, or 0.
    pub fn poll_rtcp(&mut self, now: Moment, wall: WallClock, out: &mut [u8; MAX_RTCP]) -> usize {
        if !self.reporting.is_due(now)
            || (self.counters.packets_sent == 0 && self.receiver.ssrc.is_none())
        {
            return 0;
        }
        self.write_rtcp(now, wall, false, out)
    }

    /// Writes the farewell; 0 when the peer has never been talked to.
    pub fn write_bye(&mut self, now: Moment, wall: WallClock, out: &mut [u8; MAX_RTCP]) -> usize {
        if self.counters.packets_sent == 0 {
            return 0;
        }
        self.write_rtcp(now, wall, true, out)
    }

    fn write_rtcp(
        &mut self,
        now: Moment,
        wall: WallClock,
        bye: bool,
        out: &mut [u8; MAX_RTCP],
    ) -> usize {
        let voip = self.voip_metrics();
        let streams = Streams {
            receiver: &mut self.receiver,
            numbering: &self.sender.numbering,
            counters: &self.counters,
            voip,
        };
        self.reporting.write(now, wall, streams, bye, out)
    }

    /// Looks for silence and for lost ends, a few times a second.
    pub fn sweep(&mut self, now: Moment) {
        self.receiver.digits.sweep(now);
        self.tell_releases();
        if !self.config.counts_silence() {
            return;
        }
        let after_s = self.config.idle_after_s;
        let heard = self.receiver.last_packet.max(self.reporting.last_heard);
        let silent_s = (now.since_us(heard.max(self.listening_since)) / 1_000_000) as u32;
        let times = silent_s / after_s;
        if times > self.idle_told {
            self.notices.push_back(Notice::Idle(silent_s));
        }
        self.idle_told = times;
    }

    /// Whether it has or had recordings: their last words come before the channel's.
    #[must_use]
    pub fn has_recorded(&self) -> bool {
        self.taps.has_recorded()
    }

    /// What there is to tell.
    #[inline]
    pub fn take_notice(&mut self) -> Option<Notice> {
        if self.notices.is_empty() {
            return None;
        }
        self.notices.pop_front()
    }
}

/// Whether a payload can be passed on as it is, or by a table.
#[inline]
fn passes(from: CodecId, to: CodecId) -> bool {
    let g711 = |codec| matches!(codec, CodecId::Pcmu | CodecId::Pcma);
    from == to || (g711(from) && g711(to))
}
