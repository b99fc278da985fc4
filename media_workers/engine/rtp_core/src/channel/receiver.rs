//! The receiving half of a channel: from a datagram to audio, a digit or a counted drop.

use std::net::SocketAddr;

use crate::channel::peer_quality::Decodings;
use crate::clock::Moment;
use crate::codecs::codec::Decoder;
use crate::digits::telephone_events::DigitReceiver;
use crate::hearing::Hearing;
use crate::quality::bursts::Bursts;
use crate::quality::stats::{Counters, Drop, Jitter};
use crate::rtp::format::{CodecId, Format, FormatTable, Meaning};
use crate::rtp::latch::{Latch, Verdict};
use crate::rtp::packet::{self, Header, PacketError};
use crate::rtp::seq::{Arrival, Sequence};

/// What a datagram turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// Audio to be used.
    Audio(Frame),
    /// A press began; its letter.
    Digit(u8),
    /// More of a press that was told before.
    MoreOfDigit,
    /// Not used; counted.
    Dropped(Drop),
}

/// One packet of audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its header, and where its payload lies.
    pub header: Header,
    /// Its format.
    pub format: Format,
    /// Its numbers have nothing to do with those of the packet before.
    pub restarted: bool,
}

/// Listens to one peer.
#[derive(Debug, Default)]
pub struct Receiver {
    /// Whose packets count.
    pub latch: Latch,
    /// What payload types mean.
    pub formats: FormatTable,
    /// Numbers of the peer's stream.
    pub sequence: Sequence,
    /// Where its losses lie.
    pub bursts: Bursts,
    /// Its jitter.
    pub jitter: Jitter,
    /// Format of its last audio that was no comfort noise.
    pub heard: Option<Format>,
    /// Its SSRC.
    pub ssrc: Option<u32>,
    /// Moment of its last packet.
    pub last_packet: Moment,
    /// The decoded path, while somebody needs it.
    pub hearing: Option<Box<Hearing>>,
    /// What it did the times before.
    pub decodings: Decodings,
    digits: DigitReceiver,
    translation: Option<Translation>,
}

/// Decodes packets as they come, for a bridge between two codecs.
struct Translation {
    codec: CodecId,
    rate_hz: u32,
    decoder: Box<dyn Decoder>,
}

impl std::fmt::Debug for Translation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Translation")
            .field("codec", &self.codec)
            .finish_non_exhaustive()
    }
}

impl Receiver {
    /// Takes an RTP datagram.
    #[inline]
    pub fn receive(
        &mut self,
        now: Moment,
        datagram: &[u8],
        source: SocketAddr,
        counters: &mut Counters,
        locked: &mut bool,
    ) -> Inbound {
        match self.judge(now, datagram, source, counters, locked) {
            Ok(inbound) => inbound,
            Err(reason) => {
                counters.drop(reason);
                Inbound::Dropped(reason)
            }
        }
    }

    #[inline]
    fn judge(
        &mut self,
        now: Moment,
        datagram: &[u8],
        source: SocketAddr,
        counters: &mut Counters,
        locked: &mut bool,
    ) -> Result<Inbound, Drop> {
        let header = packet::parse(datagram).map_err(|error| match error {
            PacketError::Version => Drop::NotRtp,
            PacketError::Truncated | PacketError::Padding => Drop::Malformed,
        })?;
        let meaning = self.formats.meaning(header.payload_type);
        if meaning == Meaning::Unknown {
            return Err(Drop::PayloadType);
        }
        match self.latch.check(now, source, header.ssrc, header.seq) {
            Verdict::Accept => {}
            Verdict::Locked => {
                *locked = true;
                self.sequence.move_to(header.seq);
            }
            Verdict::OnProbation | Verdict::Refuse => return Err(Drop::Source),
        }
        let restarted = self.place(&header, counters)?;
        self.last_packet = now;
        counters.packets_received += 1;
        counters.bytes_received += header.payload_len() as u64;
        match meaning {
            Meaning::Audio(format) => {
                if format.codec != CodecId::ComfortNoise {
                    self.heard = Some(format);
                }
                let arrival = now.0.wrapping_mul(u64::from(format.clock_rate)) / 1_000_000;
                self.jitter.observe(arrival as u32, header.rtp_ts);
                Ok(Inbound::Audio(Frame {
                    header,
                    format,
                    restarted,
                }))
            }
            _ => Ok(self
                .digits
                .receive(header.rtp_ts, header.marker, header.payload(datagram))
                .map_or(Inbound::MoreOfDigit, Inbound::Digit)),
        }
    }

    /// Finds the packet's place in the stream; true when a new stretch begins with it.
    #[inline]
    fn place(&mut self, header: &Header, counters: &mut Counters) -> Result<bool, Drop> {
        if self.ssrc != Some(header.ssrc) {
            self.change_source(header.ssrc);
        }
        match self.sequence.observe(header.seq) {
            Arrival::Newest { missing } => {
                self.bursts.lost(missing);
                self.bursts.received();
                Ok(false)
            }
            Arrival::Late => {
                counters.packets_late += 1;
                Ok(false)
            }
            Arrival::First => {
                self.jitter.restart();
                Ok(true)
            }
            Arrival::Duplicate => Err(Drop::Duplicate),
            Arrival::Stray => Err(Drop::Stray),
        }
    }

    /// Decodes one packet by itself, best at `rate_hz`; samples and their rate.
    pub fn translate(
        &mut self,
        frame: &Frame,
        payload: &[u8],
        rate_hz: u32,
        pcm: &mut [i16],
    ) -> Option<(usize, u32)> {
        let codec = frame.format.codec;
        let known = codec.codec()?;
        let rate_hz = known.spec().rate_for(rate_hz);
        let same = |t: &Translation| t.codec == codec && t.rate_hz == rate_hz;
        if !self.translation.as_ref().is_some_and(same) {
            let decoder = known.decoder(rate_hz).ok()?;
            self.translation = Some(Translation {
                codec,
                rate_hz,
                decoder,
            });
        }
        let decoder = &mut self.translation.as_mut()?.decoder;
        Some((decoder.decode(payload, pcm).ok()?, rate_hz))
    }

    fn change_source(&mut self, ssrc: u32) {
        self.ssrc = Some(ssrc);
        self.sequence.change_source();
        self.digits.change_source();
        self.jitter.restart();
    }
}
