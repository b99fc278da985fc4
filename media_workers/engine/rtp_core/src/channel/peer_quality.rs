//! How a channel's peer is heard: what the network lost, what the jitter buffer threw away, concealed and delayed, put into the
//! E-model. One place for statistics and for reports to the peer.
//!
//! On the decoded path all of it is measured. What is only passed on is played by the phone at the other end, whose jitter buffer
//! is taken to hold twice the jitter, two packets at least, and whose concealment to be that of G.711 Appendix I.

use crate::channel::Channel;
use crate::hearing::delay::DelayBounds;
use crate::hearing::Hearing;
use crate::quality::bursts::{Bursts, Densities};
use crate::quality::emodel::{self, Heard};
use crate::rtcp::xr::VoipMetrics;

/// Length of a packet, where nobody has said.
const PACKET_MS: f64 = 20.0;
/// Two packets.
const LEAST_BUFFER_MS: f64 = 40.0;

/// What the decoded path did with the packets, over all the times that somebody listened: a recording that has ended leaves no
/// jitter buffer, but what was heard badly in it still was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decodings {
    turns: u64,
    missing: u64,
    late: u64,
    decoded_us: u64,
    concealed_us: u64,
    played: u64,
    held_us: i64,
}

impl Decodings {
    /// With what this one did.
    pub(crate) fn add(&mut self, hearing: &Hearing) {
        let report = hearing.report();
        let (decoded_us, concealed_us) = hearing.sound_us();
        self.turns += report.played + report.missing;
        self.missing += report.missing;
        self.late += report.late;
        self.decoded_us += decoded_us;
        self.concealed_us += concealed_us;
        self.played += report.played;
        self.held_us += report.held_us;
    }

    fn mean_delay_ms(&self) -> f64 {
        self.held_us as f64 / self.played.max(1) as f64 / 1000.0
    }
}

/// What is known.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// Share of packets that never came, 0 to 1.
    pub lost: f64,
    /// Packets that came too late to be played; decoded path only.
    pub discarded: u64,
    /// Share that they are of all.
    pub discard_rate: f64,
    /// Sound that had to be made up; decoded path only.
    pub concealed_ms: u64,
    /// Share that it is of all.
    pub concealed: f64,
    /// Where the losses lie.
    pub bursts: Bursts,
    /// The jitter buffer's mean delay, if there ever was one.
    pub buffer_ms: Option<f64>,
    /// What it aims at, if there is one now.
    pub target_ms: Option<f64>,
    /// From mouth to ear, as far as it is known.
    pub delay_ms: f64,
    /// The E-model's R.
    pub rating: f64,
    /// Mean opinion score, delay left out of account: how it sounds.
    pub mos_listening: f64,
    /// Mean opinion score: how it is to talk.
    pub mos: f64,
}

impl Quality {
    /// Where the losses lie, in figures.
    #[must_use]
    pub fn densities(&self) -> Densities {
        self.bursts.densities(PACKET_MS as u32)
    }
}

impl Channel {
    /// How the peer is heard; `None` before anything was.
    #[must_use]
    pub fn quality(&self) -> Option<Quality> {
        let receiver = &self.receiver;
        let heard = receiver.heard?;
        let lost = u64::try_from(receiver.sequence.lost()).unwrap_or(0);
        let received = self.counters.packets_received;
        let mut all = receiver.decodings;
        if let Some(hearing) = &receiver.hearing {
            all.add(hearing);
        }
        let sound_us = all.decoded_us + all.concealed_us;
        let mut gone = (lost + all.late, received + lost);
        let mut quality = Quality {
            lost: share(lost, received + lost),
            discarded: all.late,
            discard_rate: share(all.late, received + lost),
            concealed_ms: all.concealed_us / 1000,
            concealed: share(all.concealed_us, sound_us),
            bursts: receiver.bursts,
            buffer_ms: (all.played > 0).then(|| all.mean_delay_ms()),
            target_ms: None,
            delay_ms: LEAST_BUFFER_MS.max(2.0 * receiver.jitter.ms(heard.clock_rate)),
            rating: 0.0,
            mos_listening: 0.0,
            mos: 0.0,
        };
        if let Some(hearing) = &receiver.hearing {
            gone = (all.missing, all.turns);
            quality.bursts = hearing.bursts();
            quality.delay_ms = all.mean_delay_ms();
            quality.target_ms = Some(hearing.report().target_us as f64 / 1000.0);
        }
        quality.delay_ms += PACKET_MS + self.reporting.round_trip_us.unwrap_or(0) as f64 / 2000.0;
        let (_, runs) = quality.bursts.losses();
        let codec = heard.codec.codec().map_or("", |codec| codec.spec().name);
        let mut into = Heard {
            loss: share(gone.0, gone.1),
            burst_ratio: emodel::burst_ratio(gone.1, gone.0, u64::from(runs)),
            delay_ms: quality.delay_ms,
            codec: emodel::codec_factors(codec),
        };
        quality.rating = emodel::rating(&into);
        quality.mos = emodel::opinion_score(quality.rating);
        into.delay_ms = 0.0;
        quality.mos_listening = emodel::opinion_score(emodel::rating(&into));
        Some(quality)
    }

    /// The same for a report to the peer.
    pub(crate) fn voip_metrics(&self) -> Option<VoipMetrics> {
        let quality = self.quality()?;
        let round_trip_ms = (self.reporting.round_trip_us.unwrap_or(0) / 1000).min(0xffff) as u16;
        let densities = quality.densities();
        let decoded = quality.target_ms.is_some();
        let target_ms = quality.target_ms.unwrap_or_default();
        let buffer_ms = quality.buffer_ms.filter(|_| decoded).unwrap_or_default();
        let most_ms = DelayBounds::default().max_ms as u16;
        Some(VoipMetrics {
            ssrc: self.receiver.ssrc?,
            loss_rate: in_256ths(quality.lost),
            discard_rate: in_256ths(quality.discard_rate),
            burst_density: densities.burst_density,
            gap_density: densities.gap_density,
            burst_ms: densities.burst_ms,
            gap_ms: densities.gap_ms,
            round_trip_ms,
            end_system_ms: if decoded {
                (buffer_ms + PACKET_MS) as u16
            } else {
                0
            },
            rating: quality.rating.round() as u8,
            mos_listening: (quality.mos_listening * 10.0).round() as u8,
            mos_conversation: (quality.mos * 10.0).round() as u8,
            concealing: decoded,
            buffer_ms: buffer_ms as u16,
            buffer_max_ms: target_ms as u16,
            buffer_most_ms: if decoded { most_ms } else { 0 },
        })
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn in_256ths(share: f64) -> u8 {
    (share * 256.0).min(255.0) as u8
}
