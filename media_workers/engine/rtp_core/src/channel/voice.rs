//! The decoded path out: sound becomes packets of the codec and duration that the peer was promised.

use crate::codecs::codec::{Encoder, Wishes, MAX_FRAME_SAMPLES};
use crate::rtp::format::{CodecId, Format};
use crate::signal::resample::Resampler;

/// Encodes for one peer.
pub struct Voice {
    codec: CodecId,
    rate_hz: u32,
    encoder: Box<dyn Encoder>,
    /// From another rate, the last one that was given.
    resampler: Option<(u32, Resampler)>,
    /// Samples that do not fill a packet yet.
    pending: Vec<i16>,
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice")
            .field("codec", &self.codec)
            .finish_non_exhaustive()
    }
}

impl Voice {
    /// For a format that we have coders for. `rate_hz` is what will be said at, if the codec can work at it.
    #[must_use]
    pub fn new(format: Format, rate_hz: u32, wishes: Wishes) -> Option<Self> {
        let codec = format.codec.codec()?;
        let rate_hz = codec.spec().rate_for(rate_hz);
        let mut encoder = codec.encoder(rate_hz).ok()?;
        encoder.follow(wishes);
        Some(Voice {
            codec: format.codec,
            rate_hz,
            encoder,
            resampler: None,
            pending: Vec::with_capacity(MAX_FRAME_SAMPLES * 2),
        })
    }

    /// Whether it still is what should be sent.
    #[inline]
    #[must_use]
    pub fn speaks(&self, format: Format) -> bool {
        self.codec == format.codec
    }

    /// Samples a second that the encoder takes.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Takes sound at any rate; [`Voice::packet`] gives what becomes of it.
    pub fn say(&mut self, pcm: &[i16], rate_hz: u32) {
        if self.pending.len() > 4 * MAX_FRAME_SAMPLES {
            self.pending.clear(); // nobody asked for packets: what waits is stale
        }
        if rate_hz == self.rate_hz {
            self.pending.extend_from_slice(pcm);
            return;
        }
        if self
            .resampler
            .as_ref()
            .is_none_or(|(from, _)| *from != rate_hz)
        {
            self.resampler =
                Resampler::new(rate_hz, self.rate_hz).map(|resampler| (rate_hz, resampler));
        }
        if let Some((_, resampler)) = &mut self.resampler {
            let before = self.pending.len();
            self.pending
                .resize(before + resampler.max_output(pcm.len()), 0);
            let made = resampler.process(pcm, &mut self.pending[before..]);
            self.pending.truncate(before + made);
        }
    }

    /// The payload of the next packet of so many milliseconds, if there is enough for it; its length.
    pub fn packet(&mut self, ptime_ms: u32, payload: &mut [u8]) -> Option<usize> {
        let samples = (self.rate_hz / 1000 * ptime_ms) as usize;
        if samples == 0 || self.pending.len() < samples {
            return None;
        }
        let made = self.encoder.encode(&self.pending[..samples], payload).ok();
        self.pending.drain(..samples);
        made
    }

    /// Encodes what came in one packet as one packet.
    pub fn translate(&mut self, pcm: &[i16], rate_hz: u32, payload: &mut [u8]) -> Option<usize> {
        if rate_hz == self.rate_hz {
            return self.encoder.encode(pcm, payload).ok();
        }
        self.pending.clear();
        self.say(pcm, rate_hz);
        let made = self.encoder.encode(&self.pending, payload).ok();
        self.pending.clear();
        made
    }

    /// The peer loses this share of the packets.
    pub fn expect_loss(&mut self, percent: u8) {
        self.encoder.expect_loss(percent);
    }

    /// Forgets what waits: something else will be said.
    pub fn clear(&mut self) {
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(name: &str) -> Voice {
        let format = Format {
            codec: CodecId::of(name, 8000, 1),
            payload_type: 0,
            clock_rate: 8000,
        };
        Voice::new(format, 16000, Wishes::default()).unwrap()
    }

    #[test]
    fn sound_comes_out_in_packets_of_the_asked_duration() {
        let (mut voice, mut payload) = (voice("PCMU"), [0; 1500]);
        voice.say(&[0; 160], 8000);
        assert_eq!(voice.packet(30, &mut payload), None);
        voice.say(&[0; 160], 8000);
        assert_eq!(voice.packet(30, &mut payload), Some(240));
        assert_eq!(voice.packet(10, &mut payload), Some(80));
        assert_eq!(voice.packet(10, &mut payload), None);
    }

    #[test]
    fn other_rates_are_converted() {
        let (mut narrow, mut wide, mut payload) = (voice("PCMA"), voice("G722"), [0; 1500]);
        assert_eq!((narrow.rate_hz(), wide.rate_hz()), (8000, 16000));
        for _ in 0..10 {
            narrow.say(&[100; 320], 16000);
            wide.say(&[100; 160], 8000);
        }
        let count = |voice: &mut Voice, payload: &mut [u8]| {
            (0..20)
                .filter(|_| voice.packet(20, payload) == Some(160))
                .count()
        };
        assert!(count(&mut narrow, &mut payload) >= 9 && count(&mut wide, &mut payload) >= 9);
    }

    #[test]
    fn what_nobody_fetches_does_not_pile_up() {
        let mut voice = voice("PCMU");
        for _ in 0..1000 {
            voice.say(&[0; 160], 8000);
        }
        assert!(voice.pending.len() <= 5 * MAX_FRAME_SAMPLES);
    }
}
