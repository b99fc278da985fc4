//! The payload formats a channel has negotiated, found by payload type without a search.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::codecs;
use crate::codecs::codec::Codec;

/// Which codec a format is; two formats with the same id carry payloads that can be passed on untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecId {
    /// G.711 mu-law, 8 kHz, mono.
    Pcmu,
    /// G.711 A-law, 8 kHz, mono.
    Pcma,
    /// Another one that we have coders for, by its place in [`codecs::all`].
    Known(u8),
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// Anything else, by a hash of name, clock and channels: passed through between equal ones.
    Other(u64),
}

const G711_RATE: u32 = 8000;
const WIDEBAND_HZ: u32 = 16_000;

impl CodecId {
    /// The codec that an `a=rtpmap` line names.
    #[must_use]
    pub fn of(name: &str, clock_rate: u32, channels: u8) -> CodecId {
        // Opus always says two channels, whatever it carries (RFC 7587 section 7).
        let mono = channels <= 1 || name.eq_ignore_ascii_case("opus");
        let known = codecs::all().position(|codec| mono && codec.spec().matches(name, clock_rate));
        match known.and_then(|place| u8::try_from(place).ok()) {
            Some(_) if name.eq_ignore_ascii_case("PCMU") => return CodecId::Pcmu,
            Some(_) if name.eq_ignore_ascii_case("PCMA") => return CodecId::Pcma,
            Some(place) => return CodecId::Known(place),
            None => {}
        }
        if name.eq_ignore_ascii_case("CN") && channels <= 1 {
            return CodecId::ComfortNoise;
        }
        let mut hasher = DefaultHasher::new();
        (name.to_ascii_lowercase(), clock_rate, channels.max(1)).hash(&mut hasher);
        CodecId::Other(hasher.finish())
    }

    /// The coders, for a codec that we have.
    #[must_use]
    pub fn codec(self) -> Option<&'static dyn Codec> {
        match self {
            CodecId::Pcmu => codecs::find("PCMU", G711_RATE),
            CodecId::Pcma => codecs::find("PCMA", G711_RATE),
            CodecId::Known(place) => codecs::all().nth(usize::from(place)),
            CodecId::ComfortNoise | CodecId::Other(_) => None,
        }
    }

    /// Rate at which the codec's audio is worked on: its own, but no more than wideband, which carries all of a voice;
    /// 8000 for what cannot be decoded.
    #[must_use]
    pub fn natural_rate_hz(self) -> u32 {
        let natural = self
            .codec()
            .map_or(G711_RATE, |codec| codec.spec().natural_rate_hz());
        natural.min(WIDEBAND_HZ)
    }
}

/// One negotiated format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Which codec.
    pub codec: CodecId,
    /// Its number in this session, 0..127.
    pub payload_type: u8,
    /// Clock of its timestamps.
    pub clock_rate: u32,
}

/// What a payload type means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Audio of this format.
    Audio(Format),
    /// A telephone event (RFC 4733).
    TelephoneEvent,
    /// Not negotiated.
    Unknown,
}

const UNKNOWN: u8 = 0xff;
const EVENT: u8 = 0xfe;

/// The formats of a channel. The first is what it sends.
#[derive(Clone, Debug)]
pub struct FormatTable {
    formats: Vec<Format>,
    by_payload_type: [u8; 128],
}

impl Default for FormatTable {
    fn default() -> Self {
        FormatTable::new(&[], None)
    }
}

impl FormatTable {
    /// Builds the table; payload types above 127 are left out, the first of two with one number wins.
    #[must_use]
    pub fn new(formats: &[Format], event_payload_type: Option<u8>) -> Self {
        let mut table = FormatTable {
            formats: Vec::new(),
            by_payload_type: [UNKNOWN; 128],
        };
        if let Some(slot) = event_payload_type.and_then(|pt| table.slot(pt)) {
            *slot = EVENT;
        }
        for format in formats.iter().take(usize::from(EVENT)) {
            let index = table.formats.len() as u8;
            if let Some(slot) = table.slot(format.payload_type).filter(|s| **s == UNKNOWN) {
                *slot = index;
                table.formats.push(*format);
            }
        }
        table
    }

    fn slot(&mut self, payload_type: u8) -> Option<&mut u8> {
        self.by_payload_type.get_mut(usize::from(payload_type))
    }

    /// What a payload type of the peer means.
    #[inline]
    #[must_use]
    pub fn meaning(&self, payload_type: u8) -> Meaning {
        match self.by_payload_type.get(usize::from(payload_type)) {
            Some(&EVENT) => Meaning::TelephoneEvent,
            Some(&index) => self
                .formats
                .get(usize::from(index))
                .map_or(Meaning::Unknown, |format| Meaning::Audio(*format)),
            None => Meaning::Unknown,
        }
    }

    /// What we send.
    #[inline]
    #[must_use]
    pub fn preferred(&self) -> Option<Format> {
        self.formats.first().copied()
    }

    /// Our number for a codec, if it was negotiated.
    #[inline]
    #[must_use]
    pub fn find(&self, codec: CodecId) -> Option<Format> {
        self.formats.iter().find(|f| f.codec == codec).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(name: &str, payload_type: u8) -> Format {
        Format {
            codec: CodecId::of(name, 8000, 1),
            payload_type,
            clock_rate: 8000,
        }
    }

    #[test]
    fn numbers_lead_to_what_was_negotiated() {
        let table = FormatTable::new(&[format("PCMA", 8), format("opus", 96)], Some(101));
        assert_eq!(table.meaning(8), Meaning::Audio(format("pcma", 8)));
        assert_eq!(table.meaning(101), Meaning::TelephoneEvent);
        assert_eq!(table.meaning(0), Meaning::Unknown);
        assert_eq!(table.meaning(200), Meaning::Unknown);
        assert_eq!(table.preferred(), Some(format("PCMA", 8)));
        assert_eq!(
            table
                .find(CodecId::of("OPUS", 8000, 1))
                .unwrap()
                .payload_type,
            96
        );
    }

    #[test]
    fn clashing_and_impossible_numbers_are_left_out() {
        let table = FormatTable::new(
            &[
                format("PCMU", 101),
                format("PCMA", 200),
                format("a", 9),
                format("b", 9),
            ],
            Some(101),
        );
        assert_eq!(table.meaning(101), Meaning::TelephoneEvent);
        assert_eq!(table.preferred(), Some(format("a", 9)));
        assert_eq!(table.find(CodecId::of("b", 8000, 1)), None);
    }

    #[test]
    fn names_have_no_case_and_one_channel_is_the_default() {
        assert_eq!(CodecId::of("pCmU", 8000, 0), CodecId::Pcmu);
        assert_ne!(CodecId::of("PCMU", 16000, 1), CodecId::Pcmu);
        assert_eq!(CodecId::of("iLBC", 8000, 1), CodecId::of("ilbc", 8000, 1));
        assert_ne!(CodecId::of("L16", 8000, 1), CodecId::of("L16", 8000, 2));
        assert_eq!(CodecId::of("cn", 8000, 1), CodecId::ComfortNoise);
    }

    #[test]
    fn codecs_that_we_have_are_found_again() {
        for codec in codecs::all() {
            let spec = codec.spec();
            let id = CodecId::of(spec.name, spec.rtp_clock_hz, 1);
            assert_eq!(id.codec().map(|found| found.spec()), Some(spec));
            assert_eq!(id.natural_rate_hz(), spec.natural_rate_hz().min(16_000));
        }
        assert!(CodecId::of("G729", 8000, 1).codec().is_none());
        #[cfg(feature = "opus")]
        assert_eq!(CodecId::of("opus", 48000, 2), CodecId::of("OPUS", 48000, 1));
    }
}
