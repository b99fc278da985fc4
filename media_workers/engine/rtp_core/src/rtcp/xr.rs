//! Extended reports (RFC 3611): reference time and its answer, so that who only listens learns the round trip too, and
//! VoIP metrics (block type 7), written and read.

use crate::clock::NtpTime;
use crate::rtcp::{word, Cursor};

pub(crate) const EXTENDED_REPORT: u8 = 207;
const REFERENCE_TIME: u8 = 4;
const DELAY_SINCE: u8 = 5;
const VOIP_METRICS: u8 = 7;
/// A level or a score that is not known.
pub const UNKNOWN: u8 = 127;

/// A report's answer to a reference time: the receiver's own words, and how long ago it said them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who gave the reference time.
    pub ssrc: u32,
    /// Middle of its NTP time.
    pub last_reference: u32,
    /// Time since it came in, in 1/65536 s.
    pub delay: u32,
}

/// How one stream was heard (RFC 3611 section 4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoipMetrics {
    /// Whose stream.
    pub ssrc: u32,
    /// Share that never came, in 1/256.
    pub loss_rate: u8,
    /// Share that came too late to be played, in 1/256.
    pub discard_rate: u8,
    /// Share lost within bursts, in 1/256.
    pub burst_density: u8,
    /// Share lost within gaps, in 1/256.
    pub gap_density: u8,
    /// Mean length of a burst.
    pub burst_ms: u16,
    /// Mean length of a gap.
    pub gap_ms: u16,
    /// 0: not known.
    pub round_trip_ms: u16,
    /// From the packet's arrival to the ear.
    pub end_system_ms: u16,
    /// The E-model's R, 0 to 100; [`UNKNOWN`].
    pub rating: u8,
    /// Listening quality in tenths; [`UNKNOWN`].
    pub mos_listening: u8,
    /// With delay, in tenths; [`UNKNOWN`].
    pub mos_conversation: u8,
    /// Losses are concealed, and the jitter buffer adapts.
    pub concealing: bool,
    /// Delay of the jitter buffer, now.
    pub buffer_ms: u16,
    /// What it holds packets for at most, now.
    pub buffer_max_ms: u16,
    /// What it may hold them for.
    pub buffer_most_ms: u16,
}

/// Enhanced concealment, adaptive buffer, and how fast it adapts: in a handful of seconds.
const CONCEALING: u8 = 0b1011_0100;

/// All blocks of one packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// Time of who writes: asks for an answer.
    pub reference_time: Option<NtpTime>,
    /// Answer to the other's.
    pub answer: Option<Answer>,
    /// How the other's stream was heard.
    pub voip: Option<VoipMetrics>,
}

impl Extended {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Extended::default()
    }

    pub(crate) fn write(&self, ssrc: u32, at: &mut Cursor) {
        let start = at.begin(0, EXTENDED_REPORT);
        at.u32(ssrc);
        if let Some(time) = self.reference_time {
            at.bytes(&[REFERENCE_TIME, 0, 0, 2]);
            at.u32((time.0 >> 32) as u32);
            at.u32(time.0 as u32);
        }
        if let Some(answer) = self.answer {
            at.bytes(&[DELAY_SINCE, 0, 0, 3]);
            at.u32(answer.ssrc);
            at.u32(answer.last_reference);
            at.u32(answer.delay);
        }
        if let Some(voip) = self.voip {
            at.bytes(&[VOIP_METRICS, 0, 0, 8]);
            voip.write(at);
        }
        at.end(start);
    }

    /// Takes in the blocks of a packet's body that we know and that are about us; `None` when they do not fit together.
    pub(crate) fn read(&mut self, body: &[u8], our_ssrc: u32) -> Option<()> {
        let mut rest = body.get(4..)?;
        while let Some(&[kind, _, high, low]) = rest.first_chunk::<4>() {
            let size = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
            let block = rest.get(4..size)?;
            match kind {
                REFERENCE_TIME => {
                    let time = u64::from(word(block, 0)?) << 32 | u64::from(word(block, 4)?);
                    self.reference_time = Some(NtpTime(time));
                }
                DELAY_SINCE => {
                    let ours = |answer: &&[u8]| word(answer, 0) == Some(our_ssrc);
                    if let Some(answer) = block.chunks_exact(12).find(ours) {
                        self.answer = Some(Answer {
                            ssrc: our_ssrc,
                            last_reference: word(answer, 4)?,
                            delay: word(answer, 8)?,
                        });
                    }
                }
                VOIP_METRICS if word(block, 0)? == our_ssrc => {
                    self.voip = Some(VoipMetrics::read(block)?);
                }
                _ => {}
            }
            rest = &rest[size..];
        }
        rest.is_empty().then_some(())
    }
}

impl VoipMetrics {
    fn write(&self, at: &mut Cursor) {
        at.u32(self.ssrc);
        at.bytes(&[self.loss_rate, self.discard_rate]);
        at.bytes(&[self.burst_density, self.gap_density]);
        at.u16(self.burst_ms);
        at.u16(self.gap_ms);
        at.u16(self.round_trip_ms);
        at.u16(self.end_system_ms);
        // Signal, noise and echo levels are the phone's to measure.
        at.bytes(&[UNKNOWN, UNKNOWN, UNKNOWN, crate::quality::bursts::GAP_MIN]);
        at.bytes(&[self.rating, UNKNOWN]);
        at.bytes(&[self.mos_listening, self.mos_conversation]);
        at.bytes(&[if self.concealing { CONCEALING } else { 0 }, 0]);
        at.u16(self.buffer_ms);
        at.u16(self.buffer_max_ms);
        at.u16(self.buffer_most_ms);
    }

    fn read(block: &[u8]) -> Option<Self> {
        let bytes = block.first_chunk::<32>()?;
        let half = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        Some(VoipMetrics {
            ssrc: word(bytes, 0)?,
            loss_rate: bytes[4],
            discard_rate: bytes[5],
            burst_density: bytes[6],
            gap_density: bytes[7],
            burst_ms: half(8),
            gap_ms: half(10),
            round_trip_ms: half(12),
            end_system_ms: half(14),
            rating: bytes[20],
            mos_listening: bytes[22],
            mos_conversation: bytes[23],
            concealing: matches!(bytes[24] >> 6, 2 | 3),
            buffer_ms: half(26),
            buffer_max_ms: half(28),
            buffer_most_ms: half(30),
        })
    }
}

/// For tests here and in rtcp.rs.
#[cfg(test)]
pub(crate) const METRICS: VoipMetrics = VoipMetrics {
    ssrc: 7,
    loss_rate: 12,
    discard_rate: 3,
    burst_density: 100,
    gap_density: 2,
    burst_ms: 140,
    gap_ms: 3000,
    round_trip_ms: 81,
    end_system_ms: 62,
    rating: 88,
    mos_listening: 42,
    mos_conversation: 41,
    concealing: true,
    buffer_ms: 40,
    buffer_max_ms: 60,
    buffer_most_ms: 200,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::{read, write, Report, MAX_RTCP};

    fn compound(extended: Extended) -> Vec<u8> {
        let report = Report {
            ssrc: 42,
            sender: None,
            block: None,
            extended,
            cname: "abc",
            bye: true,
        };
        let mut out = [0; MAX_RTCP];
        let length = write(&report, &mut out);
        out[..length].to_vec()
    }

    #[test]
    fn what_is_written_reads_back() {
        let extended = Extended {
            reference_time: Some(NtpTime(0x1122_3344_5566_7788)),
            answer: Some(Answer {
                ssrc: 7,
                last_reference: 99,
                delay: 5,
            }),
            voip: Some(METRICS),
        };
        let bytes = compound(extended);
        let heard = read(&bytes, 7).expect("sound");
        assert_eq!(heard.extended, extended);
        assert!(heard.bye);
        let stranger = read(&bytes, 8).expect("sound").extended;
        assert_eq!((stranger.answer, stranger.voip), (None, None));
        assert!(stranger.reference_time.is_some());
    }

    #[test]
    fn metrics_are_where_the_rfc_has_them() {
        let bytes = compound(Extended {
            voip: Some(METRICS),
            ..Extended::default()
        });
        // RR 8, SDES 12 bytes: then the packet's head, its SSRC, and the block.
        let packet = &bytes[8 + 16..];
        assert_eq!(packet[..4], [0x80, EXTENDED_REPORT, 0, 10]);
        assert_eq!(packet[8..12], [7, 0, 0, 8]);
        let block = &packet[12..44];
        assert_eq!(block[4..8], [12, 3, 100, 2]);
        assert_eq!(block[16..20], [127, 127, 127, 16]);
        assert_eq!(block[20..26], [88, 127, 42, 41, 0b1011_0100, 0]);
        assert_eq!(block[26..], [0, 40, 0, 60, 0, 200]);
    }

    #[test]
    fn blocks_that_lie_about_their_length_are_refused_and_unknown_ones_passed_over() {
        let mut extended = Extended::default();
        assert_eq!(
            extended.read(&[0, 0, 0, 9, 99, 0, 0, 1, 1, 2, 3, 4], 7),
            Some(())
        );
        assert!(extended.is_empty());
        assert_eq!(
            extended.read(&[0, 0, 0, 9, 99, 0, 0, 2, 1, 2, 3, 4], 7),
            None
        );
        assert_eq!(
            extended.read(&[0, 0, 0, 9, REFERENCE_TIME, 0, 0, 1, 1, 2, 3, 4], 7),
            None
        );
        assert_eq!(
            extended.read(&[0, 0, 0, 9, VOIP_METRICS, 0, 0, 1, 0, 0, 0, 7], 7),
            None
        );
        assert_eq!(extended.read(&[0, 0, 0], 7), None);
    }
}
