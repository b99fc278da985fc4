//! The decoded path in: from packets as they come to 20 ms of sound a tick, in order, without holes.
//!
//! Phases of [`Hearing::pull`]: what was left over; the jitter buffer's next packet, decoded; for a lost one the codec's
//! own concealment or ours; comfort noise where the peer said so; else silence.

pub mod delay;
pub mod jitter;
pub mod plc;

use crate::clock::Moment;
use crate::codecs::codec::{Decoder, MAX_FRAME_SAMPLES};
use crate::hearing::delay::DelayBounds;
use crate::hearing::jitter::{Arrived, JitterBuffer, JitterReport, Pulled};
use crate::hearing::plc::Concealer;
use crate::quality::bursts::Bursts;
use crate::rtp::format::{CodecId, FormatTable, Meaning};
use crate::rtp::packet::Header;
use crate::signal::resample::Resampler;
use crate::speech::cn::{Noise, NoiseSource};

/// A frame whose loudest sample is below this is quiet: the jitter buffer may then change its delay unheard.
const QUIET: u16 = 200;

/// Decodes whatever codec comes at one rate.
struct Decoding {
    codec: CodecId,
    decoder: Box<dyn Decoder>,
    /// To the rate that is heard at, if the codec cannot work at it.
    resampler: Option<Resampler>,
    /// Samples of its last packet at the rate that is heard at.
    frame: usize,
}

/// Listens to one stream.
pub struct Hearing {
    rate_hz: u32,
    clock_rate: u32,
    jitter: JitterBuffer,
    decoding: Option<Decoding>,
    concealer: Concealer,
    noise: Option<NoiseSource>,
    left: Vec<i16>,
    quiet: bool,
    made_here: bool,
    tally: Tally,
}

/// What was heard as it was sent, and what was made up, in samples.
#[derive(Default)]
struct Tally {
    bursts: Bursts,
    decoded: u64,
    concealed: u64,
    /// Made up in a drought, which may yet prove to be the end of a sentence.
    doubtful: u64,
    /// Time of what follows the last packet.
    next_rtp_ts: u32,
}

impl Tally {
    /// A packet has its turn: what was made up before it stood for sound if packets are missing, or if time went on without any
    /// (the network held them up); else the peer had made a pause.
    #[inline]
    fn turn(&mut self, rtp_ts: u32, skipped: u16) {
        let doubtful = std::mem::take(&mut self.doubtful);
        if skipped > 0 || rtp_ts == self.next_rtp_ts {
            self.concealed += doubtful;
        }
        self.bursts.lost(skipped);
        self.bursts.received();
    }
}

impl std::fmt::Debug for Hearing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hearing")
            .field("rate_hz", &self.rate_hz)
            .finish_non_exhaustive()
    }
}

impl Hearing {
    /// Hears at a rate; `clock_rate` is that of the stream's timestamps.
    #[must_use]
    pub fn new(rate_hz: u32, clock_rate: u32) -> Self {
        Hearing {
            rate_hz,
            clock_rate,
            jitter: JitterBuffer::new(clock_rate, DelayBounds::default()),
            decoding: None,
            concealer: Concealer::new(rate_hz),
            noise: None,
            left: Vec::with_capacity(MAX_FRAME_SAMPLES),
            quiet: true,
            made_here: false,
            tally: Tally::default(),
        }
    }

    /// Samples a second of what [`Hearing::pull`] gives.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// What became of the packets.
    #[must_use]
    pub fn report(&self) -> JitterReport {
        self.jitter.report()
    }

    /// Where the turns lie that had no packet.
    #[must_use]
    pub fn bursts(&self) -> Bursts {
        self.tally.bursts
    }

    /// How much of the sound was decoded, and how much made up, in microseconds.
    #[must_use]
    pub fn sound_us(&self) -> (u64, u64) {
        let us = |samples: u64| samples * 1_000_000 / u64::from(self.rate_hz);
        (us(self.tally.decoded), us(self.tally.concealed))
    }

    /// Takes a packet of a format with this clock; another clock is another stream.
    #[inline]
    pub fn push(&mut self, now: Moment, header: &Header, clock_rate: u32, payload: &[u8]) {
        if clock_rate != self.clock_rate {
            self.clock_rate = clock_rate;
            self.jitter = JitterBuffer::new(clock_rate, DelayBounds::default());
        }
        self.jitter.push(
            now,
            &Arrived {
                ssrc: header.ssrc,
                seq: header.seq,
                rtp_ts: header.rtp_ts,
                payload_type: header.payload_type,
                payload,
            },
        );
    }

    /// Whether the packets that follow are made here: none is lost on the way, where they stop the speaker has.
    pub fn set_made_here(&mut self, made_here: bool) {
        self.made_here = made_here;
    }

    /// Fills `out`, 20 ms; false when it is silence.
    pub fn pull(&mut self, now: Moment, formats: &FormatTable, out: &mut [i16]) -> bool {
        let mut filled = 0;
        let mut sounds = false;
        while filled < out.len() {
            let taken = self.left.len().min(out.len() - filled);
            if taken > 0 {
                out[filled..filled + taken].copy_from_slice(&self.left[..taken]);
                self.left.drain(..taken);
                filled += taken;
                sounds = true;
                continue;
            }
            let wanted = out.len() - filled;
            match self.next(now, formats, wanted) {
                Next::Sound => {}
                Next::Noise => {
                    if let Some(noise) = &mut self.noise {
                        noise.fill(&mut out[filled..]);
                    }
                    self.quiet = true;
                    return true;
                }
                Next::Silence => {
                    out[filled..].fill(0);
                    return sounds;
                }
            }
        }
        self.quiet = out.iter().all(|sample| sample.unsigned_abs() < QUIET);
        sounds
    }

    fn next(&mut self, now: Moment, formats: &FormatTable, wanted: usize) -> Next {
        match self.jitter.pull(now, self.quiet) {
            Pulled::Packet {
                payload_type,
                payload,
                rtp_ts,
                skipped,
                ..
            } => {
                self.tally.turn(rtp_ts, skipped);
                let format = match formats.meaning(payload_type) {
                    Meaning::Audio(format) => Some(format),
                    _ => None,
                };
                if format.is_some_and(|format| format.codec == CodecId::ComfortNoise) {
                    if let Some(described) = Noise::parse(payload) {
                        let source = self
                            .noise
                            .get_or_insert_with(|| NoiseSource::new(now.0 as u32));
                        source.become_like(&described);
                    }
                    return Next::Noise;
                }
                let Some(format) = format else {
                    return self.conceal(wanted);
                };
                self.noise = None;
                let known = |d: &Decoding| d.codec == format.codec;
                if !self.decoding.as_ref().is_some_and(known) {
                    self.decoding = Decoding::new(format.codec, self.rate_hz);
                }
                let (decoding, left) = (self.decoding.as_mut(), &mut self.left);
                if decoding.and_then(|d| d.decode(payload, left)).is_none() {
                    return self.conceal(wanted);
                }
                self.concealer.good(&mut self.left);
                self.tally.decoded += self.left.len() as u64;
                let ticks = self.left.len() as u64 * u64::from(self.clock_rate);
                self.tally.next_rtp_ts =
                    rtp_ts.wrapping_add((ticks / u64::from(self.rate_hz)) as u32);
                Next::Sound
            }
            Pulled::Missing { next } => {
                self.tally.bursts.lost(1);
                let (decoding, left) = (self.decoding.as_mut(), &mut self.left);
                if decoding.is_some_and(|d| d.conceal(next, left)) {
                    self.tally.concealed += self.left.len() as u64;
                    return Next::Sound;
                }
                let frame = self.decoding.as_ref().map_or(wanted, |d| d.frame);
                self.conceal(frame)
            }
            Pulled::Wait { .. } if self.noise.is_some() => Next::Noise,
            Pulled::Wait { starved: true } if !self.made_here => {
                self.make_up(wanted);
                self.tally.doubtful += self.left.len() as u64;
                Next::Sound
            }
            Pulled::Wait { .. } => Next::Silence,
        }
    }

    fn conceal(&mut self, samples: usize) -> Next {
        self.make_up(samples);
        self.tally.concealed += self.left.len() as u64;
        Next::Sound
    }

    fn make_up(&mut self, samples: usize) {
        self.left.resize(samples.min(MAX_FRAME_SAMPLES), 0);
        self.concealer.conceal(&mut self.left);
    }
}

enum Next {
    /// There is something left now.
    Sound,
    Noise,
    Silence,
}

impl Decoding {
    fn new(codec: CodecId, rate_hz: u32) -> Option<Self> {
        let known = codec.codec()?;
        let own_rate = known.spec().rate_for(rate_hz);
        Some(Decoding {
            codec,
            decoder: known.decoder(own_rate).ok()?,
            resampler: if own_rate == rate_hz {
                None
            } else {
                Some(Resampler::new(own_rate, rate_hz)?)
            },
            frame: rate_hz as usize / 50,
        })
    }

    fn decode(&mut self, payload: &[u8], left: &mut Vec<i16>) -> Option<()> {
        let mut pcm = [0i16; MAX_FRAME_SAMPLES];
        let count = self
            .decoder
            .decode(payload, &mut pcm)
            .ok()
            .filter(|count| *count > 0)?;
        self.put(&pcm[..count], left);
        self.frame = left.len();
        Some(())
    }

    fn conceal(&mut self, next: Option<&[u8]>, left: &mut Vec<i16>) -> bool {
        let mut pcm = [0i16; MAX_FRAME_SAMPLES];
        let ratio = self.resampler.is_none();
        let count = self.frame.min(MAX_FRAME_SAMPLES);
        if !ratio || !self.decoder.conceal(next, &mut pcm[..count]) {
            return false;
        }
        self.put(&pcm[..count], left);
        true
    }

    fn put(&mut self, pcm: &[i16], left: &mut Vec<i16>) {
        left.clear();
        match &mut self.resampler {
            None => left.extend_from_slice(pcm),
            Some(resampler) => {
                left.resize(
                    resampler.max_output(pcm.len()).min(6 * MAX_FRAME_SAMPLES),
                    0,
                );
                let made = resampler.process(pcm, left);
                left.truncate(made);
            }
        }
    }
}

#[cfg(test)]
mod tests;
