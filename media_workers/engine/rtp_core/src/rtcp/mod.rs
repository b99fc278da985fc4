//! RTCP: sender and receiver reports, SDES and BYE (RFC 3550 section 6), written and read; extended reports are in xr.rs.

pub mod reporting;
pub mod xr;

use crate::clock::{Moment, NtpTime};
use crate::rtcp::xr::{Extended, EXTENDED_REPORT};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SDES: u8 = 202;
const BYE: u8 = 203;
const CNAME: u8 = 1;
/// The largest compound packet that [`write`] makes.
pub const MAX_RTCP: usize = 192;

/// What we know of the peer's stream, for a report block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// Whose stream this is about.
    pub ssrc: u32,
    /// Since the report before, in 1/256.
    pub fraction_lost: u8,
    /// In all; 24 bits on the wire, clipped.
    pub lost: i32,
    /// Highest sequence number, with wraps in the upper half.
    pub highest_seq: u32,
    /// In timestamp units.
    pub jitter: u32,
    /// Middle of the NTP time of the last sender report; 0 for none.
    pub last_sr: u32,
    /// Time since that report came in, in 1/65536 s.
    pub delay_since_sr: u32,
}

/// What we sent, for a sender report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// Now.
    pub ntp: NtpTime,
    /// The RTP timestamp of now.
    pub rtp_ts: u32,
    /// Packets sent.
    pub packets: u32,
    /// Payload bytes sent.
    pub bytes: u32,
}

/// One compound packet to write.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Our SSRC.
    pub ssrc: u32,
    /// Present when we have sent since the last report.
    pub sender: Option<SenderInfo>,
    /// Present when we have heard the peer.
    pub block: Option<ReportBlock>,
    /// More than a report has room for; not written when it is empty.
    pub extended: Extended,
    /// Our canonical name; at most 63 bytes are written.
    pub cname: &'a str,
    /// The stream ends.
    pub bye: bool,
}

/// Writes a compound packet (SR or RR, SDES, perhaps XR and BYE) and says how long it is.
pub fn write(report: &Report, out: &mut [u8; MAX_RTCP]) -> usize {
    let mut at = Cursor { out, len: 0 };
    let blocks = u8::from(report.block.is_some());
    let start = at.begin(
        blocks,
        if report.sender.is_some() {
            SENDER_REPORT
        } else {
            RECEIVER_REPORT
        },
    );
    at.u32(report.ssrc);
    if let Some(sender) = &report.sender {
        at.u32((sender.ntp.0 >> 32) as u32);
        at.u32(sender.ntp.0 as u32);
        at.u32(sender.rtp_ts);
        at.u32(sender.packets);
        at.u32(sender.bytes);
    }
    if let Some(block) = &report.block {
        at.u32(block.ssrc);
        let lost = block.lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        at.u32((u32::from(block.fraction_lost) << 24) | lost);
        at.u32(block.highest_seq);
        at.u32(block.jitter);
        at.u32(block.last_sr);
        at.u32(block.delay_since_sr);
    }
    at.end(start);
    let start = at.begin(1, SDES);
    at.u32(report.ssrc);
    let name = &report.cname.as_bytes()[..report.cname.len().min(31)];
    at.bytes(&[CNAME, name.len() as u8]);
    at.bytes(name);
    at.bytes(&[0]); // the list ends with a null item, then the chunk is padded
    at.pad();
    at.end(start);
    if !report.extended.is_empty() {
        report.extended.write(report.ssrc, &mut at);
    }
    if report.bye {
        let start = at.begin(1, BYE);
        at.u32(report.ssrc);
        at.end(start);
    }
    at.len
}

pub(crate) struct Cursor<'a> {
    out: &'a mut [u8; MAX_RTCP],
    len: usize,
}

impl Cursor<'_> {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if let Some(room) = self.out.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn begin(&mut self, count: u8, kind: u8) -> usize {
        let start = self.len;
        self.bytes(&[0x80 | count, kind, 0, 0]);
        start
    }

    fn pad(&mut self) {
        while !self.len.is_multiple_of(4) {
            self.bytes(&[0]);
        }
    }

    pub(crate) fn end(&mut self, start: usize) {
        let words = ((self.len - start) / 4 - 1) as u16;
        self.out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    }
}

/// What a compound packet of the peer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Who reports.
    pub ssrc: u32,
    /// NTP time of its sender report.
    pub sender_ntp: Option<NtpTime>,
    /// Its block about our stream.
    pub about_us: Option<ReportBlock>,
    /// What it says beyond that.
    pub extended: Extended,
    /// It has left.
    pub bye: bool,
}

/// Reads a compound packet; `None` unless every part of it is sound and the first is a report (RFC 3550 appendix A.2).
pub fn read(datagram: &[u8], our_ssrc: u32) -> Option<Heard> {
    let mut heard = Heard::default();
    let mut rest = datagram;
    let mut first = true;
    while !rest.is_empty() {
        let [flags, kind, high, low] = *rest.first_chunk::<4>()?;
        let size = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        let body = rest.get(4..size)?;
        if flags >> 6 != 2 || (first && !matches!(kind, SENDER_REPORT | RECEIVER_REPORT)) {
            return None;
        }
        match kind {
            SENDER_REPORT | RECEIVER_REPORT => {
                read_report(&mut heard, kind, flags & 0x1f, body, our_ssrc)?
            }
            EXTENDED_REPORT => heard.extended.read(body, our_ssrc)?,
            BYE => {
                heard.bye |= body
                    .chunks_exact(4)
                    .take(usize::from(flags & 0x1f))
                    .any(|s| word(s, 0) == Some(heard.ssrc))
            }
            _ => {}
        }
        rest = &rest[size..];
        first = false;
    }
    (!first).then_some(heard)
}

fn read_report(heard: &mut Heard, kind: u8, blocks: u8, body: &[u8], our_ssrc: u32) -> Option<()> {
    heard.ssrc = word(body, 0)?;
    let mut offset = 4;
    if kind == SENDER_REPORT {
        let ntp = (u64::from(word(body, 4)?) << 32) | u64::from(word(body, 8)?);
        heard.sender_ntp = Some(NtpTime(ntp));
        word(body, 20)?;
        offset = 24;
    }
    for _ in 0..blocks {
        let block = read_block(body.get(offset..offset + 24)?)?;
        if block.ssrc == our_ssrc {
            heard.about_us = Some(block);
        }
        offset += 24;
    }
    Some(())
}

fn read_block(bytes: &[u8]) -> Option<ReportBlock> {
    let loss = word(bytes, 4)?;
    Some(ReportBlock {
        ssrc: word(bytes, 0)?,
        fraction_lost: (loss >> 24) as u8,
        lost: ((loss << 8) as i32) >> 8,
        highest_seq: word(bytes, 8)?,
        jitter: word(bytes, 12)?,
        last_sr: word(bytes, 16)?,
        delay_since_sr: word(bytes, 20)?,
    })
}

pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)?
        .first_chunk::<4>()
        .map(|b| u32::from_be_bytes(*b))
}

/// Round trip in microseconds from an answer that came in now (RFC 3550 section 6.4.1, RFC 3611 section 4.5): the middle of the
/// time that we told, and how long the peer kept it.
pub fn round_trip_us(told: u32, delay: u32, now: NtpTime) -> Option<u64> {
    if told == 0 {
        return None;
    }
    let trip = now.middle().wrapping_sub(told).wrapping_sub(delay);
    // Clocks of the two ends are not compared; a value beyond half an hour is nonsense of the peer.
    (trip < 0x8000 * 3600).then(|| u64::from(trip) * 1_000_000 / 65536)
}

/// The delay field of a report block: time since a sender report came in, in 1/65536 s.
pub fn delay_since(sender_report_at: Moment, now: Moment) -> u32 {
    let us = now.since_us(sender_report_at);
    ((u128::from(us) * 65536) / 1_000_000).min(u128::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests;
