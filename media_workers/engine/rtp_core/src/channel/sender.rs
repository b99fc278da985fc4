//! The sending half of a channel: forwarded packets on arrival, digits and sounds at ticks, one stream of numbers.

use std::sync::Arc;

use crate::channel::receiver::Frame;
use crate::channel::voice::Voice;
use crate::clock::{rtp_ticks, Moment};
use crate::codecs::codec::Wishes;
use crate::codecs::g711;
use crate::digits::telephone_events::{DigitSender, EVENT_BYTES};
use crate::hearing::Hearing;
use crate::playing::player::{Fill, Player};
use crate::quality::stats::{Counters, Drop};
use crate::rtp::format::{CodecId, Format, FormatTable, Meaning};
use crate::rtp::numbering::Numbering;
use crate::rtp::packet::{self, write_header, Outgoing, HEADER_BYTES};
use crate::speech::cn::Noise;
use crate::speech::hush::{Hush, Verdict};

/// Ticks come every so many milliseconds.
pub const TICK_MS: u32 = 20;
/// Samples of a tick at the highest rate.
pub const MAX_TICK_SAMPLES: usize = 960;

/// How long one sound fades into another.
const SEAM_MS: usize = 5;

/// What a player gave.
#[derive(Debug)]
pub enum Filled {
    /// 20 ms at this rate.
    Sound(u32),
    /// It has ended: its id.
    Ended(Arc<str>),
    /// There is none, or it is paused.
    Nothing,
}

/// Where in a datagram the packet to send lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
}

/// Sends to one peer.
#[derive(Debug)]
pub struct Sender {
    /// Its sequence numbers and timestamps.
    pub numbering: Numbering,
    /// Digits that wait.
    pub digits: DigitSender,
    /// What is played; it keeps forwarded audio out.
    pub player: Option<Player>,
    /// What we say, as the peer hears it; only while somebody records it.
    pub said: Option<Box<Hearing>>,
    /// Comfort noise as the peer takes it; absent: every silence is sent.
    pub noise_format: Option<Format>,
    hush: Option<Box<Hush>>,
    noise_due: Option<Noise>,
    voice: Option<Box<Voice>>,
    wishes: Wishes,
    /// The last sample said, and whether the next ones go on from there.
    last: i16,
    at_seam: bool,
    event_rtp_ts: u32,
    begins: bool,
    /// Timestamp of a source with another clock, and what it became.
    clock_map: (u32, u32),
}

impl Sender {
    /// Begins with random numbers of the caller's.
    #[must_use]
    pub fn new(numbering: Numbering) -> Self {
        Sender {
            numbering,
            digits: DigitSender::default(),
            player: None,
            said: None,
            noise_format: None,
            hush: None,
            noise_due: None,
            voice: None,
            wishes: Wishes::default(),
            last: 0,
            at_seam: false,
            event_rtp_ts: 0,
            begins: false,
            clock_map: (0, 0),
        }
    }

    /// Gives the channel something to play.
    pub fn start_player(&mut self, player: Player) {
        self.player = Some(player);
        self.begins = true;
        (self.last, self.at_seam) = (0, false);
        if let Some(voice) = &mut self.voice {
            voice.clear();
        }
    }

    /// Whether ticks have something to do.
    #[inline]
    #[must_use]
    pub fn wants_ticks(&self) -> bool {
        self.player.is_some() || !self.digits.is_idle() || self.said.is_some()
    }

    /// Makes another channel's packet ours, in place: payload type, numbers, and the law if it differs.
    #[inline]
    pub fn forward(
        &mut self,
        now: Moment,
        datagram: &mut [u8],
        frame: &Frame,
        ours: Format,
        counters: &mut Counters,
    ) -> Result<Span, Drop> {
        let start = usize::from(frame.header.payload_start);
        let end = usize::from(frame.header.payload_end);
        let payload = datagram.get_mut(start..end).ok_or(Drop::Malformed)?;
        match (frame.format.codec, ours.codec) {
            (from, to) if from == to => {}
            (CodecId::Pcmu, CodecId::Pcma) => g711::ulaw_to_alaw(payload),
            (CodecId::Pcma, CodecId::Pcmu) => g711::alaw_to_ulaw(payload),
            _ => return Err(Drop::NoCodec),
        }
        let rtp_ts = self.on_our_clock(frame, ours.clock_rate);
        let numbers = self.numbers_for(now, frame, rtp_ts)?;
        let start = start - HEADER_BYTES;
        let room = datagram[start..].first_chunk_mut().ok_or(Drop::Malformed)?;
        let payload_type = ours.payload_type;
        write_header(
            room,
            &Outgoing {
                payload_type,
                ..numbers
            },
        );
        count(counters, end - start);
        Ok(Span { start, end })
    }

    /// Makes another channel's decoded packet ours: encoded, under our numbers; its length.
    pub fn translate(
        &mut self,
        now: Moment,
        frame: &Frame,
        (pcm, rate_hz): (&[i16], u32),
        ours: Format,
        out: &mut [u8],
        counters: &mut Counters,
    ) -> Result<usize, Drop> {
        let payload = out.get_mut(HEADER_BYTES..).ok_or(Drop::Oversize)?;
        let voice = self.voice_for(ours, rate_hz).ok_or(Drop::NoCodec)?;
        let length = voice
            .translate(pcm, rate_hz, payload)
            .ok_or(Drop::NoCodec)?;
        let rtp_ts = self.on_our_clock(frame, ours.clock_rate);
        let numbers = self.numbers_for(now, frame, rtp_ts)?;
        let room = out.first_chunk_mut().ok_or(Drop::Oversize)?;
        let payload_type = ours.payload_type;
        write_header(
            room,
            &Outgoing {
                payload_type,
                ..numbers
            },
        );
        count(counters, HEADER_BYTES + length);
        Ok(HEADER_BYTES + length)
    }

    #[inline]
    fn numbers_for(&mut self, now: Moment, frame: &Frame, rtp_ts: u32) -> Result<Outgoing, Drop> {
        if self.digits.is_sending() {
            return Err(Drop::DuringDigit);
        }
        if frame.restarted() {
            self.numbering.forget_source();
        }
        let header = &frame.header;
        self.numbering
            .forward(now, header.ssrc, header.seq, rtp_ts, header.marker)
            .ok_or(Drop::TooLate)
    }

    fn on_our_clock(&mut self, frame: &Frame, ours: u32) -> u32 {
        let (theirs, rtp_ts) = (frame.format.clock_rate, frame.header.rtp_ts);
        if theirs == ours {
            return rtp_ts;
        }
        let (before, became) = self.clock_map;
        let step = i64::from(rtp_ts.wrapping_sub(before) as i32) * i64::from(ours)
            / i64::from(theirs.max(1));
        let mapped = became.wrapping_add(step as u32);
        if step > 0 || frame.restarted() {
            self.clock_map = (rtp_ts, mapped);
        }
        mapped
    }

    fn voice_for(&mut self, ours: Format, rate_hz: u32) -> Option<&mut Voice> {
        if self.voice.as_ref().is_none_or(|voice| !voice.speaks(ours)) {
            self.voice = Voice::new(ours, rate_hz, self.wishes).map(Box::new);
        }
        self.voice.as_deref_mut()
    }

    /// A tick has come: the packet of a digit that is due; its length, or 0.
    pub fn tick(
        &mut self,
        now: Moment,
        event: Option<(u8, u32)>,
        out: &mut [u8],
        counters: &mut Counters,
    ) -> usize {
        let Some((payload_type, rate)) = event else {
            self.digits.clear();
            return 0;
        };
        let Some(packet) = self.digits.tick(rate) else {
            return 0;
        };
        if packet.first {
            self.event_rtp_ts = self.numbering.begin_event(now);
        }
        let rtp_ts = self.event_rtp_ts.wrapping_add(packet.segment);
        let numbers = self.numbering.make_event(rtp_ts, packet.marker);
        let Some(room) = out.first_chunk_mut::<{ HEADER_BYTES + EVENT_BYTES }>() else {
            return 0;
        };
        room[HEADER_BYTES..].copy_from_slice(&packet.payload);
        if let Some(head) = room.first_chunk_mut() {
            write_header(
                head,
                &Outgoing {
                    payload_type,
                    ..numbers
                },
            );
        }
        count(counters, HEADER_BYTES + EVENT_BYTES);
        HEADER_BYTES + EVENT_BYTES
    }

    /// The next 20 ms of what is played.
    pub fn fill(&mut self, pcm: &mut [i16; MAX_TICK_SAMPLES]) -> Filled {
        let Some(player) = &mut self.player else {
            return Filled::Nothing;
        };
        let rate_hz = player.rate_hz();
        match player.fill(&mut pcm[..(rate_hz / 1000 * TICK_MS) as usize]) {
            Fill::Sound => return Filled::Sound(rate_hz),
            Fill::Pause => {
                self.begins = true;
                return Filled::Nothing;
            }
            Fill::End => self.seam(),
        }
        match self.player.take() {
            Some(player) => Filled::Ended(player.id),
            None => Filled::Nothing,
        }
    }

    /// Says 20 ms of sound; [`Sender::poll`] gives the packets.
    pub fn say(&mut self, pcm: &[i16], rate_hz: u32, ours: Format) {
        let mut joined = [0i16; MAX_TICK_SAMPLES];
        let mut pcm = pcm;
        if std::mem::take(&mut self.at_seam) && pcm.len() <= MAX_TICK_SAMPLES {
            let room = &mut joined[..pcm.len()];
            join(pcm, self.last, (rate_hz / 1000) as usize * SEAM_MS, room);
            pcm = room;
        }
        self.last = pcm.last().copied().unwrap_or(0);
        if self.noise_format.is_some() && self.is_hushed(pcm, rate_hz) {
            return;
        }
        if let Some(voice) = self.voice_for(ours, rate_hz) {
            voice.say(pcm, rate_hz);
        }
    }

    /// Nobody speaks in these 20 ms: they are not sent, at most described.
    fn is_hushed(&mut self, pcm: &[i16], rate_hz: u32) -> bool {
        let hush = match &mut self.hush {
            Some(hush) if hush.rate_hz() == rate_hz => hush,
            other => other.insert(Box::new(Hush::new(rate_hz))),
        };
        match hush.judge(pcm) {
            Verdict::Speech(begins) => {
                self.begins |= begins;
                return false;
            }
            Verdict::Describe(noise) => self.noise_due = Some(noise),
            Verdict::Nothing => {}
        }
        if let Some(voice) = &mut self.voice {
            voice.clear(); // less than a packet, and quiet
        }
        true
    }

    /// The description of a silence, if one is due; its length, or 0.
    fn poll_noise(
        &mut self,
        now: Moment,
        step: u32,
        out: &mut [u8],
        counters: &mut Counters,
    ) -> usize {
        let (Some(noise), Some(format)) = (self.noise_due.take(), self.noise_format) else {
            return 0;
        };
        if self.digits.is_sending() {
            return 0;
        }
        let Some((head, payload)) = out.split_first_chunk_mut() else {
            return 0;
        };
        let length = noise.write(payload);
        let numbers = self.numbering.make(now, step, true);
        write_header(
            head,
            &Outgoing {
                payload_type: format.payload_type,
                marker: false, // no talk begins here (RFC 3551 section 4.1)
                ..numbers
            },
        );
        count(counters, HEADER_BYTES + length);
        HEADER_BYTES + length
    }

    /// The next sound that is said has nothing to do with the last one.
    pub fn seam(&mut self) {
        self.at_seam = true;
    }

    /// Says how the last sound fades away, if there was one.
    pub fn fade_out(&mut self, rate_hz: u32, ours: Format) -> bool {
        if self.last == 0 {
            return false;
        }
        self.seam();
        let silence = [0; MAX_TICK_SAMPLES];
        self.say(&silence[..(rate_hz / 50) as usize], rate_hz, ours);
        true
    }

    /// The next packet of what was said; its length, or 0.
    pub fn poll(
        &mut self,
        now: Moment,
        ptime_ms: u32,
        ours: Format,
        out: &mut [u8],
        counters: &mut Counters,
    ) -> usize {
        let step = rtp_ticks(u64::from(ptime_ms) * 1000, ours.clock_rate);
        if self.noise_due.is_some() {
            return self.poll_noise(now, step, out, counters);
        }
        let Some(voice) = self.voice.as_mut().filter(|voice| voice.speaks(ours)) else {
            return 0;
        };
        let Some(length) = out
            .get_mut(HEADER_BYTES..)
            .and_then(|payload| voice.packet(ptime_ms, payload))
        else {
            return 0;
        };
        if self.digits.is_sending() {
            counters.drop(Drop::DuringDigit); // the sound goes on unheard: its time line is the caller's
            return 0;
        }
        let numbers = self
            .numbering
            .make(now, step, std::mem::take(&mut self.begins));
        let Some(room) = out.first_chunk_mut() else {
            return 0;
        };
        let payload_type = ours.payload_type;
        write_header(
            room,
            &Outgoing {
                payload_type,
                ..numbers
            },
        );
        count(counters, HEADER_BYTES + length);
        HEADER_BYTES + length
    }

    /// How the peer wants what we encode: by a coder that begins anew, as one that runs takes seconds to get there.
    pub fn follow(&mut self, wishes: Wishes) {
        if self.wishes != wishes {
            self.wishes = wishes;
            self.voice = None;
        }
    }

    /// The peer loses so much of what we send, in 1/256: a codec that can protects it.
    pub fn expect_loss(&mut self, fraction: u8) {
        if let Some(voice) = &mut self.voice {
            voice.expect_loss((u32::from(fraction) * 100 / 256) as u8);
        }
    }

    /// Lets whoever records what we say hear a packet that goes out, made here or passed on.
    #[inline]
    pub fn note_said(
        &mut self,
        now: Moment,
        packet: &[u8],
        made_here: bool,
        formats: &FormatTable,
    ) {
        if let Some(said) = &mut self.said {
            if let Ok(header) = packet::parse(packet) {
                if let Meaning::Audio(format) = formats.meaning(header.payload_type) {
                    said.set_made_here(made_here);
                    said.push(now, &header, format.clock_rate, header.payload(packet));
                }
            }
        }
    }
}

/// Sound that fades in, while the last sample of what was there before fades out.
fn join(pcm: &[i16], last: i16, fade: usize, out: &mut [i16]) {
    out.copy_from_slice(pcm);
    let fade = fade.min(out.len());
    for (n, sample) in out[..fade].iter_mut().enumerate() {
        let (new, old) = (n as i32, (fade - n) as i32);
        *sample = ((i32::from(*sample) * new + i32::from(last) * old) / fade as i32) as i16;
    }
}

#[inline]
fn count(counters: &mut Counters, packet_bytes: usize) {
    counters.packets_sent += 1;
    counters.bytes_sent += (packet_bytes - HEADER_BYTES) as u64;
}
