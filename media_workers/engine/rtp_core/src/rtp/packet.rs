//! RTP packets: reading and writing the header (RFC 3550 section 5.1), and telling protocols apart (RFC 7983).

/// Bytes of a header without CSRCs and extension: what we send.
pub const HEADER_BYTES: usize = 12;
/// The largest datagram we read or write; Ethernet's payload, as others do.
pub const MAX_DATAGRAM: usize = 1500;

/// What a datagram on an RTP port is, by its first byte (RFC 7983 section 7, RFC 5761 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// First byte 0..3 and the magic cookie.
    Stun,
    /// First byte 20..63.
    Dtls,
    /// First byte 128..191 and a payload type outside 64..95.
    Rtp,
    /// First byte 128..191 and a packet type 192..223.
    Rtcp,
    /// Nothing we know.
    Unknown,
}

/// Tells what a datagram is without trusting anything in it.
#[inline]
pub fn classify(datagram: &[u8]) -> Kind {
    match datagram {
        [128..=191, second, ..] if datagram.len() >= 8 => {
            // RFC 5761 section 4: payload types 64..95 with the marker bit cover RTCP packet types 192..223.
            if (192..=223).contains(second) {
                Kind::Rtcp
            } else {
                Kind::Rtp
            }
        }
        [0..=3, _, _, _, 0x21, 0x12, 0xa4, 0x42, ..] if datagram.len() >= 20 => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        _ => Kind::Unknown,
    }
}

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketError {
    /// Shorter than its header says, CSRCs and extension included.
    Truncated,
    /// Not version 2.
    Version,
    /// The padding count is zero or larger than the payload.
    Padding,
}

/// The header of a packet, and where its payload lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First packet of a talk spurt or of an event.
    pub marker: bool,
    /// Format of the payload, 0..127.
    pub payload_type: u8,
    /// Sequence number.
    pub seq: u16,
    /// Timestamp in the format's clock.
    pub rtp_ts: u32,
    /// Who sends.
    pub ssrc: u32,
    /// Offset of the first payload byte, behind CSRCs and extension.
    pub payload_start: u16,
    /// Offset behind the last payload byte, padding left out.
    pub payload_end: u16,
}

impl Header {
    /// Bytes of payload.
    #[inline]
    pub fn payload_len(&self) -> usize {
        usize::from(self.payload_end - self.payload_start)
    }

    /// The payload within the datagram that this header was read from.
    #[inline]
    pub fn payload<'a>(&self, datagram: &'a [u8]) -> &'a [u8] {
        datagram
            .get(usize::from(self.payload_start)..usize::from(self.payload_end))
            .unwrap_or(&[])
    }
}

/// Reads a header; CSRCs, extension and padding are stepped over (RFC 3550 sections 5.1 and 5.3.1).
#[inline]
pub fn parse(datagram: &[u8]) -> Result<Header, PacketError> {
    let Some(fixed) = datagram.first_chunk::<HEADER_BYTES>() else {
        return Err(PacketError::Truncated);
    };
    if fixed[0] >> 6 != 2 || datagram.len() > usize::from(u16::MAX) {
        return Err(PacketError::Version);
    }
    let mut start = HEADER_BYTES + 4 * usize::from(fixed[0] & 0x0f);
    if fixed[0] & 0x10 != 0 {
        let Some(words) = datagram.get(start + 2..start + 4) else {
            return Err(PacketError::Truncated);
        };
        start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    let mut end = datagram.len();
    if start > end {
        return Err(PacketError::Truncated);
    }
    if fixed[0] & 0x20 != 0 {
        let padding = usize::from(datagram[end - 1]);
        if padding == 0 || padding > end - start {
            return Err(PacketError::Padding);
        }
        end -= padding;
    }
    Ok(Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7f,
        seq: u16::from_be_bytes([fixed[2], fixed[3]]),
        rtp_ts: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        payload_start: start as u16,
        payload_end: end as u16,
    })
}

/// What goes into a header that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Marker bit.
    pub marker: bool,
    /// Payload type, 0..127.
    pub payload_type: u8,
    /// Sequence number.
    pub seq: u16,
    /// Timestamp.
    pub rtp_ts: u32,
    /// Our SSRC of this channel.
    pub ssrc: u32,
}

/// Writes a plain 12-byte header: no CSRC, no extension, no padding.
#[inline]
pub fn write_header(out: &mut [u8; HEADER_BYTES], header: &Outgoing) {
    out[0] = 0x80;
    out[1] = (u8::from(header.marker) << 7) | (header.payload_type & 0x7f);
    out[2..4].copy_from_slice(&header.seq.to_be_bytes());
    out[4..8].copy_from_slice(&header.rtp_ts.to_be_bytes());
    out[8..12].copy_from_slice(&header.ssrc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first, 0x80, 0x12, 0x34, 0, 0, 0, 9, 0xde, 0xad, 0xbe, 0xef];
        bytes.extend_from_slice(rest);
        bytes
    }

    #[test]
    fn plain_packet_reads_back_what_was_written() {
        let out = Outgoing {
            marker: true,
            payload_type: 101,
            seq: 65535,
            rtp_ts: 0xfedc_ba98,
            ssrc: 7,
        };
        let mut bytes = [0u8; 16];
        write_header(bytes.first_chunk_mut().unwrap(), &out);
        let read = parse(&bytes).unwrap();
        assert_eq!(
            (read.marker, read.payload_type, read.seq),
            (true, 101, 65535)
        );
        assert_eq!(
            (read.rtp_ts, read.ssrc, read.payload(&bytes)),
            (0xfedc_ba98, 7, &[0u8; 4][..])
        );
    }

    #[test]
    fn csrcs_extension_and_padding_are_no_payload() {
        let mut rest = vec![1, 1, 1, 1, 2, 2, 2, 2];
        rest.extend_from_slice(&[0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
        rest.extend_from_slice(&[5, 6, 7, 0, 0, 3]);
        let bytes = packet(0x80 | 0x20 | 0x10 | 2, &rest);
        assert_eq!(parse(&bytes).unwrap().payload(&bytes), &[5, 6, 7]);
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        assert_eq!(parse(&packet(0x80, &[])[..11]), Err(PacketError::Truncated));
        assert_eq!(parse(&packet(0x8f, &[0; 8])), Err(PacketError::Truncated));
        assert_eq!(
            parse(&packet(0x90, &[0, 0, 0xff, 0xff])),
            Err(PacketError::Truncated)
        );
        assert_eq!(parse(&packet(0x90, &[0])), Err(PacketError::Truncated));
        assert_eq!(parse(&packet(0xa0, &[1, 1, 0])), Err(PacketError::Padding));
        assert_eq!(
            parse(&packet(0xa0, &[1, 1, 200])),
            Err(PacketError::Padding)
        );
        assert_eq!(parse(&packet(0xa0, &[])), Err(PacketError::Padding));
        assert_eq!(parse(&packet(0x40, &[0; 4])), Err(PacketError::Version));
    }

    #[test]
    fn every_short_prefix_and_first_byte_is_survived() {
        for first in 0..=255u8 {
            let bytes = packet(first, &[0xff; 40]);
            for end in 0..bytes.len() {
                let _ = (parse(&bytes[..end]), classify(&bytes[..end]));
            }
        }
    }

    // covers: EN-034
    #[test]
    fn protocols_are_told_apart_by_their_first_bytes() {
        let mut stun = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        stun.resize(20, 0);
        assert_eq!(classify(&stun), Kind::Stun);
        assert_eq!(classify(&[22, 254, 253, 0]), Kind::Dtls);
        assert_eq!(classify(&[0x80, 200, 0, 1, 0, 0, 0, 0]), Kind::Rtcp);
        assert_eq!(classify(&packet(0x80, &[1])), Kind::Rtp);
        assert_eq!(classify(&[0x80, 0]), Kind::Unknown);
        assert_eq!(classify(&[]), Kind::Unknown);
        assert_eq!(classify(&[0, 1, 0, 0, 1, 2, 3, 4]), Kind::Unknown);
    }
}
