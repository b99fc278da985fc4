//! What every audio codec offers: a [`Codec`] describes itself and makes the [`Encoder`] and [`Decoder`] of one channel.
//!
//! A codec is one file behind these three traits. Everything that differs between codecs (RTP clock, natural sample
//! rate, frame sizes, own loss concealment) is asked of the trait, so that no path through the engine names a codec.

use std::fmt;

/// Longest packet we send or accept, in milliseconds; also bounds every scratch buffer.
pub const MAX_PTIME_MS: u32 = 60;

/// Samples of the longest packet at the highest rate (60 ms at 48 kHz).
pub const MAX_FRAME_SAMPLES: usize = 2880;

/// What is fixed about a codec, whatever the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodecSpec {
    /// Encoding name as in `a=rtpmap` (RFC 8866 section 6.6); compared without regard to case.
    pub name: &'static str,
    /// Payload type of RFC 3551 table 4, for codecs that own one.
    pub static_payload_type: Option<u8>,
    /// Clock of the RTP timestamp. G.722 says 8000 although it samples at 16000 (RFC 3551 section 4.5.2).
    pub rtp_clock_hz: u32,
    /// Rates the coder can be opened at, best first; the first is the rate that keeps all the codec carries.
    pub sample_rates_hz: &'static [u32],
    /// Packet durations the encoder can make.
    pub ptimes_ms: &'static [u32],
    /// Bound of an encoded packet of the longest duration.
    pub max_payload_bytes: usize,
}

impl CodecSpec {
    /// The rate at which nothing is lost.
    #[must_use]
    pub fn natural_rate_hz(&self) -> u32 {
        self.sample_rates_hz[0]
    }

    /// Rate to open the coder at, for a path that works at `rate_hz`: that rate itself if the codec knows it (no
    /// resampler is needed then), else the natural one.
    #[must_use]
    pub fn rate_for(&self, rate_hz: u32) -> u32 {
        if self.sample_rates_hz.contains(&rate_hz) {
            rate_hz
        } else {
            self.natural_rate_hz()
        }
    }

    /// Timestamp units that pass in `samples` at `rate_hz`.
    #[must_use]
    pub fn rtp_ticks(&self, samples: usize, rate_hz: u32) -> u32 {
        (samples as u64 * u64::from(self.rtp_clock_hz) / u64::from(rate_hz)) as u32
    }

    /// True if this is the codec an `a=rtpmap` line with this name and clock means.
    #[must_use]
    pub fn matches(&self, name: &str, rtp_clock_hz: u32) -> bool {
        self.rtp_clock_hz == rtp_clock_hz && self.name.eq_ignore_ascii_case(name)
    }
}

/// How a peer wants a codec to be sent to it, as its description says (`a=fmtp`); by default as we like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// It plays no higher rate: what is above is waste.
    pub max_playback_hz: Option<u32>,
    /// Bits a second, on average, that are enough for it.
    pub max_bits_per_s: Option<u32>,
    /// It makes nothing of copies that protect against loss.
    pub no_copies: bool,
}

/// Why a coder refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecError {
    /// The coder does not work at this rate; see [`CodecSpec::sample_rates_hz`].
    Rate(u32),
    /// This number of samples or bytes is no frame of the codec.
    FrameSize(usize),
    /// The output slice is shorter than the result.
    OutputTooShort {
        /// What would have been needed.
        needed: usize,
    },
    /// The payload is not valid for this codec.
    Malformed,
    /// The library behind the codec gave this code.
    Library(i32),
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate_hz) => write!(f, "codec does not work at {rate_hz} Hz"),
            Self::FrameSize(size) => write!(f, "{size} is no frame size of this codec"),
            Self::OutputTooShort { needed } => write!(f, "output needs room for {needed}"),
            Self::Malformed => write!(f, "payload is not valid for this codec"),
            Self::Library(code) => write!(f, "codec library failed with {code}"),
        }
    }
}

impl std::error::Error for CodecError {}

/// One kind of codec; stateless and shared.
pub trait Codec: Send + Sync {
    /// Names, rates and sizes.
    fn spec(&self) -> &CodecSpec;

    /// A fresh encoder that takes samples at `rate_hz`.
    ///
    /// # Errors
    /// [`CodecError::Rate`] for a rate that [`CodecSpec::sample_rates_hz`] does not list.
    fn encoder(&self, rate_hz: u32) -> Result<Box<dyn Encoder>, CodecError>;

    /// A fresh decoder that gives samples at `rate_hz`.
    ///
    /// # Errors
    /// [`CodecError::Rate`] for a rate that [`CodecSpec::sample_rates_hz`] does not list.
    fn decoder(&self, rate_hz: u32) -> Result<Box<dyn Decoder>, CodecError>;

    /// What a peer says of this codec in `a=fmtp`. Most have nothing to say.
    fn wishes(&self, _fmtp: &str) -> Wishes {
        Wishes::default()
    }
}

/// The sending half of one channel. Allocates only when made.
pub trait Encoder: Send {
    /// Encodes one packet's samples into `payload`; returns the bytes written.
    ///
    /// # Errors
    /// [`CodecError::FrameSize`] or [`CodecError::OutputTooShort`]; the coder's state is then unchanged.
    fn encode(&mut self, pcm: &[i16], payload: &mut [u8]) -> Result<usize, CodecError>;

    /// Tells the coder what share of its packets the peer loses, so that it can protect them. Most have no such means.
    fn expect_loss(&mut self, _percent: u8) {}

    /// Before the first packet: it is sent as the peer wants it, as far as the coder has the means.
    fn follow(&mut self, _wishes: Wishes) {}
}

/// The receiving half of one channel. Allocates only when made.
pub trait Decoder: Send {
    /// Samples that this payload would decode to, without decoding it; `None` if it is not valid.
    fn samples(&self, payload: &[u8]) -> Option<usize>;

    /// Decodes one packet into `pcm`; returns the samples written.
    ///
    /// # Errors
    /// [`CodecError::Malformed`] or [`CodecError::OutputTooShort`]; the coder's state is then unchanged.
    fn decode(&mut self, payload: &[u8], pcm: &mut [i16]) -> Result<usize, CodecError>;

    /// Fills `pcm` for a lost packet by the codec's own means. `next` is the packet after the hole, if it is there
    /// already: a codec with in-band error correction takes the lost one from it. False if the codec has no such
    /// means: the caller then conceals by its own.
    fn conceal(&mut self, _next: Option<&[u8]>, _pcm: &mut [i16]) -> bool {
        false
    }

    /// Whether the codec has such means.
    fn conceals(&self) -> bool {
        false
    }
}

/// The part of an output that will be filled; for the coders' first line.
///
/// # Errors
/// [`CodecError::OutputTooShort`].
pub fn room<T>(output: &mut [T], needed: usize) -> Result<&mut [T], CodecError> {
    output
        .get_mut(..needed)
        .ok_or(CodecError::OutputTooShort { needed })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: CodecSpec = CodecSpec {
        name: "G722",
        static_payload_type: Some(9),
        rtp_clock_hz: 8000,
        sample_rates_hz: &[16000, 8000],
        ptimes_ms: &[10, 20],
        max_payload_bytes: 160,
    };

    #[test]
    fn test_ticks_follow_the_rtp_clock_not_the_sample_rate() {
        assert_eq!(WIDE.rtp_ticks(320, 16000), 160);
        assert_eq!(WIDE.rtp_ticks(160, 8000), 160);
    }

    #[test]
    fn test_rate_for_prefers_the_paths_rate() {
        assert_eq!(WIDE.rate_for(8000), 8000);
        assert_eq!(WIDE.rate_for(48000), 16000);
    }

    #[test]
    fn test_name_matches_without_case_but_with_clock() {
        assert!(WIDE.matches("g722", 8000));
        assert!(!WIDE.matches("G722", 16000));
    }
}
