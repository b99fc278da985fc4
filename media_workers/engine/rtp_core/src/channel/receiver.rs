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
    /// Where it stands among those before it.
    pub arrival: Arrival,
}

impl Frame {
    /// Its numbers have nothing to do with those of the packet before.
    #[must_use]
    pub fn restarted(&self) -> bool {
        self.arrival == Arrival::First
    }

    /// The packet so many places before it, which was lost: of the same length, in units of the RTP clock.
    #[must_use]
    pub fn lost_before(&self, places: u16, rtp_ticks: u32) -> Frame {
        let header = Header {
            seq: self.header.seq.wrapping_sub(places),
            rtp_ts: self
                .header
                .rtp_ts
                .wrapping_sub(rtp_ticks * u32::from(places)),
            marker: false,
            ..self.header
        };
        Frame { header, ..*self }
    }
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
    /// Keys pressed, as events.
    pub digits: DigitReceiver,
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
        let arrival = self.place(&header, counters)?;
        self.last_packet = now;
        counters.packets_received += 1;
        counters.bytes_received += header.payload_len() as u64;
        match meaning {
            Meaning::Audio(format) => {
                if format.codec != CodecId::ComfortNoise {
                    self.heard = Some(format);
                }
                let clock = now.0.wrapping_mul(u64::from(format.clock_rate)) / 1_000_000;
                self.jitter.observe(clock as u32, header.rtp_ts);
                Ok(Inbound::Audio(Frame {
                    header,
                    format,
                    arrival,
                }))
            }
            _ => Ok(self
                .digits
                .receive(now, header.rtp_ts, header.marker, header.payload(datagram))
                .map_or(Inbound::MoreOfDigit, Inbound::Digit)),
        }
    }

    /// Finds the packet's place in the stream.
    #[inline]
    fn place(&mut self, header: &Header, counters: &mut Counters) -> Result<Arrival, Drop> {
        if self.ssrc != Some(header.ssrc) {
            self.change_source(header.ssrc);
        }
        let arrival = self.sequence.observe(header.seq);
        match arrival {
            Arrival::Newest { missing } => {
                self.bursts.lost(missing);
                self.bursts.received();
            }
            Arrival::Late => counters.packets_late += 1,
            Arrival::First => self.jitter.restart(),
            Arrival::Duplicate => return Err(Drop::Duplicate),
            Arrival::Stray => return Err(Drop::Stray),
        }
        Ok(arrival)
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

    /// What was in a packet lost before `frame`, as far as its codec knows: from the copy in `frame`, if it was the `last`
    /// one before it, else guessed. Samples and their rate. Other codecs leave the hole to the ears of the far end.
    pub fn recover(
        &mut self,
        frame: &Frame,
        payload: &[u8],
        last: bool,
        pcm: &mut [i16],
    ) -> Option<(usize, u32)> {
        let translation = self
            .translation
            .as_mut()
            .filter(|translation| translation.codec == frame.format.codec)?;
        let samples = translation.decoder.samples(payload)?;
        let known = translation
            .decoder
            .conceal(last.then_some(payload), pcm.get_mut(..samples)?);
        known.then_some((samples, translation.rate_hz))
    }

    /// Whether it comes after the translation has made up for it.
    #[must_use]
    pub fn is_recovered(&self, frame: &Frame) -> bool {
        let recovers = |t: &Translation| t.decoder.conceals();
        frame.arrival == Arrival::Late && self.translation.as_ref().is_some_and(recovers)
    }

    fn change_source(&mut self, ssrc: u32) {
        self.ssrc = Some(ssrc);
        self.sequence.change_source();
        self.digits.change_source();
        self.jitter.restart();
    }
}
