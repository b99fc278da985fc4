//! RTCP of one channel: when to report, what to say, and what the peer's reports taught.

use std::net::SocketAddr;

use crate::channel::receiver::Receiver;
use crate::clock::{Moment, NtpTime, WallClock};
use crate::quality::stats::Counters;
use crate::rtcp::xr::{Answer, Extended, VoipMetrics};
use crate::rtcp::{self, Report, ReportBlock, SenderInfo, MAX_RTCP};
use crate::rtp::numbering::Numbering;

/// Average time between reports: RFC 3550 section 6.2 asks for 5 s at least.
const INTERVAL_MS: u64 = 5000;

/// What a report is about.
#[derive(Debug)]
pub struct Streams<'a> {
    /// The peer's stream.
    pub receiver: &'a mut Receiver,
    /// Ours.
    pub numbering: &'a Numbering,
    /// What was counted of both.
    pub counters: &'a Counters,
    /// How the peer's stream is heard.
    pub voip: Option<VoipMetrics>,
}

/// The reporting state of one channel.
#[derive(Debug, Default)]
pub struct Reporting {
    due: Option<Moment>,
    sent_before: u64,
    last_sender_report: Option<(NtpTime, Moment)>,
    /// Who told us a reference time, which, and when.
    last_reference: Option<(u32, NtpTime, Moment)>,
    /// Round trip by the last report about us.
    pub round_trip_us: Option<u64>,
    /// Loss of our stream at the peer, 1/256, by its last report.
    pub remote_fraction_lost: u8,
    /// Jitter of our stream at the peer, in timestamp units.
    pub remote_jitter: u32,
    /// How the peer hears us, if it tells.
    pub remote_voip: Option<VoipMetrics>,
    /// Where the peer's reports come from: answers go there.
    pub heard_from: Option<SocketAddr>,
    /// Moment of the last report of the peer.
    pub last_heard: Moment,
    random: u64,
}

impl Reporting {
    /// Begins; `random` decides the first time, so that channels opened together do not report together.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Reporting {
            random: random | 1,
            ..Reporting::default()
        }
    }

    /// Whether a report is due. Times vary by half around the average (RFC 3550 section 6.3.1); the first comes after
    /// half of it (section 6.2).
    pub fn is_due(&mut self, now: Moment) -> bool {
        let average_ms = match self.due {
            Some(due) if now < due => return false,
            Some(_) => INTERVAL_MS,
            None => INTERVAL_MS / 2,
        };
        let began = self.due.is_some();
        self.due = Some(now.plus_ms(average_ms / 2 + self.next_random() % average_ms));
        began
    }

    /// xorshift64: spreads reports in time, decides nothing that an attacker could use.
    fn next_random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// Writes a report, or a farewell.
    pub fn write(
        &mut self,
        now: Moment,
        wall: WallClock,
        streams: Streams,
        bye: bool,
        out: &mut [u8; MAX_RTCP],
    ) -> usize {
        let Streams {
            receiver,
            numbering,
            counters,
            voip,
        } = streams;
        let sent = counters.packets_sent;
        let active = sent != std::mem::replace(&mut self.sent_before, sent);
        let sender = active.then(|| SenderInfo {
            ntp: wall.ntp(now),
            rtp_ts: numbering.rtp_ts_at(now),
            packets: sent as u32,
            bytes: counters.bytes_sent as u32,
        });
        let cname = format_cname(numbering.ssrc);
        let report = Report {
            ssrc: numbering.ssrc,
            sender,
            block: self.block(now, receiver),
            extended: self.extended(wall.ntp(now), now, !active, voip),
            cname: std::str::from_utf8(&cname).unwrap_or("switchroom"),
            bye,
        };
        rtcp::write(&report, out)
    }

    /// Who has sent nothing asks for the round trip by a time of its own: no sender report of ours will be answered.
    fn extended(
        &mut self,
        ntp: NtpTime,
        now: Moment,
        only_listens: bool,
        voip: Option<VoipMetrics>,
    ) -> Extended {
        let answer = self.last_reference.take().map(|(ssrc, ntp, at)| Answer {
            ssrc,
            last_reference: ntp.middle(),
            delay: rtcp::delay_since(at, now),
        });
        Extended {
            reference_time: only_listens.then_some(ntp),
            answer,
            voip,
        }
    }

    fn block(&self, now: Moment, receiver: &mut Receiver) -> Option<ReportBlock> {
        let ssrc = receiver.ssrc?;
        let (last_sr, delay_since_sr) = self.last_sender_report.map_or((0, 0), |(ntp, at)| {
            (ntp.middle(), rtcp::delay_since(at, now))
        });
        Some(ReportBlock {
            ssrc,
            fraction_lost: receiver.sequence.take_fraction_lost(),
            lost: receiver.sequence.lost().clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_seq: receiver.sequence.extended(),
            jitter: receiver.jitter.rtp_ticks(),
            last_sr,
            delay_since_sr,
        })
    }

    fn note_round_trip(&mut self, told: u32, delay: u32, now: NtpTime) {
        if let Some(us) = rtcp::round_trip_us(told, delay, now) {
            self.round_trip_us = Some(us);
        }
    }

    /// Takes a report of the peer; false when it is unsound.
    pub fn receive(
        &mut self,
        now: Moment,
        wall: WallClock,
        our_ssrc: u32,
        datagram: &[u8],
        source: SocketAddr,
    ) -> Option<rtcp::Heard> {
        let heard = rtcp::read(datagram, our_ssrc)?;
        self.last_heard = now;
        self.heard_from = Some(source);
        if let Some(ntp) = heard.sender_ntp {
            self.last_sender_report = Some((ntp, now));
        }
        if let Some(block) = &heard.about_us {
            self.remote_fraction_lost = block.fraction_lost;
            self.remote_jitter = block.jitter;
            self.note_round_trip(block.last_sr, block.delay_since_sr, wall.ntp(now));
        }
        let extended = &heard.extended;
        if let Some(ntp) = extended.reference_time {
            self.last_reference = Some((heard.ssrc, ntp, now));
        }
        if let Some(answer) = &extended.answer {
            self.note_round_trip(answer.last_reference, answer.delay, wall.ntp(now));
        }
        self.remote_voip = extended.voip.or(self.remote_voip);
        Some(heard)
    }
}

/// A canonical name that tells nothing about us (RFC 7022 section 4.2): hexadecimal of the random SSRC.
fn format_cname(ssrc: u32) -> [u8; 8] {
    let mut name = [0; 8];
    for (index, out) in name.iter_mut().enumerate() {
        let nibble = (ssrc.rotate_left(4 * (index as u32 + 1)) & 0x0f) as usize;
        *out = b"0123456789abcdef"[nibble];
    }
    name
}
