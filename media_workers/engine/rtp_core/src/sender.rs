//! The sending half of a channel: forwarded packets on arrival, digits and sounds at ticks, one stream of numbers.

use crate::clock::{rtp_ticks, Moment};
use crate::dtmf::{DigitSender, EVENT_BYTES};
use crate::format::{CodecId, Format};
use crate::g711;
use crate::numbering::Numbering;
use crate::packet::{write_header, Outgoing, HEADER_BYTES};
use crate::player::Player;
use crate::receiver::Frame;
use crate::stats::{Counters, Drop};

/// Ticks come every so many milliseconds.
pub const TICK_MS: u32 = 20;
/// Samples of the longest packet that we make: 60 ms at 8 kHz.
const MAX_MADE_SAMPLES: usize = 480;

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
    event_rtp_ts: u32,
    player_begins: bool,
    credit_ms: u32,
}

impl Sender {
    /// Begins with random numbers of the caller's.
    #[must_use]
    pub fn new(numbering: Numbering) -> Self {
        Sender {
            numbering,
            digits: DigitSender::default(),
            player: None,
            event_rtp_ts: 0,
            player_begins: false,
            credit_ms: 0,
        }
    }

    /// Gives the channel something to play.
    pub fn start_player(&mut self, player: Player) {
        self.player = Some(player);
        self.player_begins = true;
        self.credit_ms = 0;
    }

    /// Whether ticks have something to do.
    #[inline]
    #[must_use]
    pub fn wants_ticks(&self) -> bool {
        self.player.is_some() || !self.digits.is_idle()
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
        if self.digits.is_sending() {
            return Err(Drop::DuringDigit);
        }
        if frame.restarted {
            self.numbering.forget_source();
        }
        let start = usize::from(frame.header.payload_start);
        let end = usize::from(frame.header.payload_end);
        let payload = datagram.get_mut(start..end).ok_or(Drop::Malformed)?;
        match (frame.format.codec, ours.codec) {
            (from, to) if from == to => {}
            (CodecId::Pcmu, CodecId::Pcma) => g711::ulaw_to_alaw(payload),
            (CodecId::Pcma, CodecId::Pcmu) => g711::alaw_to_ulaw(payload),
            _ => return Err(Drop::NoCodec),
        }
        let header = &frame.header;
        let numbers = self
            .numbering
            .forward(now, header.ssrc, header.seq, header.rtp_ts, header.marker)
            .ok_or(Drop::TooLate)?;
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

    /// A tick has come: a digit's packet of it is made now, sounds may be polled.
    pub fn tick(
        &mut self,
        now: Moment,
        event: Option<(u8, u32)>,
        out: &mut [u8],
        counters: &mut Counters,
    ) -> usize {
        self.credit_ms = (self.credit_ms + TICK_MS).min(200);
        let Some((payload_type, rate)) = event else {
            self.digits.clear();
            return 0;
        };
        let Some(packet) = self.digits.tick(rate) else {
            return 0;
        };
        if packet.first {
            self.event_rtp_ts = self.numbering.rtp_ts_at(now);
        }
        let numbers = self.numbering.make_event(self.event_rtp_ts, packet.marker);
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

    /// Makes the next packet of what is played, if one is due: its length, 0 for none, or `None` at the end.
    pub fn poll_player(
        &mut self,
        now: Moment,
        ptime_ms: u32,
        ours: Format,
        out: &mut [u8],
        counters: &mut Counters,
    ) -> Option<usize> {
        let Some(player) = self.player.as_mut().filter(|p| !p.paused) else {
            self.credit_ms = 0;
            return Some(0);
        };
        if self.credit_ms < ptime_ms {
            return Some(0);
        }
        self.credit_ms -= ptime_ms;
        let mut pcm = [0i16; MAX_MADE_SAMPLES];
        let samples = (ptime_ms as usize * 8).min(MAX_MADE_SAMPLES);
        if !player.fill(&mut pcm[..samples]) {
            self.player = None;
            return None;
        }
        if self.digits.is_sending() {
            return Some(0); // the sound goes on unheard: its time line is the caller's
        }
        let step = rtp_ticks(u64::from(ptime_ms) * 1000, ours.clock_rate);
        let numbers = self
            .numbering
            .make(now, step, std::mem::take(&mut self.player_begins));
        let end = HEADER_BYTES + encode(ours.codec, &pcm[..samples], out.get_mut(HEADER_BYTES..)?);
        let payload_type = ours.payload_type;
        write_header(
            out.first_chunk_mut()?,
            &Outgoing {
                payload_type,
                ..numbers
            },
        );
        count(counters, end);
        Some(end)
    }
}

#[inline]
fn count(counters: &mut Counters, packet_bytes: usize) {
    counters.packets_sent += 1;
    counters.bytes_sent += (packet_bytes - HEADER_BYTES) as u64;
}

/// G.711 only; the length of the payload.
fn encode(codec: CodecId, pcm: &[i16], out: &mut [u8]) -> usize {
    let law = match codec {
        CodecId::Pcma => g711::to_alaw,
        _ => g711::to_ulaw,
    };
    for (byte, sample) in out.iter_mut().zip(pcm) {
        *byte = law(*sample);
    }
    pcm.len().min(out.len())
}
