//! One flow: a socket, what goes out of it and what has come in.

use std::mem::size_of;

use libc::{c_int, sockaddr_in};

use crate::net;
use crate::options::Options;
use crate::speech::Coding;

const CLIENT_PORT: u16 = 20_000;
const HEADER: usize = 12;
/// A header and 20 ms of G.711.
pub const NUMBERED: usize = HEADER + 160;
pub const FRAME_NS: u64 = 20_000_000;
/// Send times kept per flow: five seconds.
const KEPT: usize = 256;
const LOUD: u8 = 0x80;
const QUIET: u8 = 0xff;

/// Sends a packet every 20 ms: its number in bits, or speech.
pub struct Flow {
    pub fd: c_int,
    pub due_ns: u64,
    pub heard: Heard,
    index: usize,
    to: sockaddr_in,
    coding: Coding,
    speaks: bool,
    /// Our number of the next packet.
    number: u32,
    /// The first of the window.
    counted_from: u32,
    sent_ns: [u64; KEPT],
    packet: Vec<u8>,
}

/// What came in: how many, and how many it should have been by their timestamps.
#[derive(Default)]
pub struct Heard {
    pub packets: u64,
    /// The first and the latest timestamp.
    span: Option<(u32, u32)>,
}

impl Heard {
    fn add(&mut self, packet: &[u8]) {
        let timestamp = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        self.packets += 1;
        let (first, _) = self.span.unwrap_or((timestamp, timestamp));
        self.span = Some((first, timestamp));
    }

    /// Packets between the first and the last that never came, if there were to be at least so many.
    fn missing(&self, ticks: u32, least: u64) -> u64 {
        let spanned = self.span.map_or(0, |(first, last)| {
            u64::from(last.wrapping_sub(first) / ticks) + 1
        });
        spanned.max(least).saturating_sub(self.packets)
    }
}

impl Flow {
    pub fn new(index: usize, options: &Options, start_ns: u64) -> std::io::Result<Flow> {
        let fd = net::socket(CLIENT_PORT + index as u16)?;
        net::stamp(fd)?;
        let coding = options.codings[index % options.codings.len()].clone();
        let mut packet = vec![QUIET; NUMBERED];
        packet[0] = 0x80;
        packet[1] = coding.payload_type;
        packet[8..HEADER].copy_from_slice(&(index as u32 + 1).to_be_bytes());
        let offset = FRAME_NS * index as u64 / options.count as u64;
        let burst_ns = options.burst_us.max(1) * 1000;
        Ok(Flow {
            fd,
            due_ns: start_ns + offset / burst_ns * burst_ns,
            heard: Heard::default(),
            index,
            to: net::loopback(options.first_port + 2 * index as u16),
            coding,
            speaks: options.listen,
            number: 0,
            counted_from: 0,
            sent_ns: [0; KEPT],
            packet,
        })
    }

    /// From now on it counts.
    pub fn begin_window(&mut self) {
        self.counted_from = self.number;
        self.heard = Heard::default();
    }

    pub fn send(&mut self, now_ns: u64) {
        let number = self.number;
        self.packet[2..4].copy_from_slice(&(number as u16).to_be_bytes());
        let timestamp = number.wrapping_mul(self.coding.ticks);
        self.packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
        if self.speaks {
            // Not all flows say the same at the same time.
            let payload = self.coding.payload(number as usize + 37 * self.index);
            self.packet.truncate(HEADER);
            self.packet.extend_from_slice(payload);
        } else {
            for bit in 0..32 {
                self.packet[HEADER + bit] = if number >> bit & 1 == 1 { LOUD } else { QUIET };
            }
        }
        self.sent_ns[number as usize % KEPT] = now_ns;
        let target = std::ptr::from_ref(&self.to).cast();
        // SAFETY: packet and address are ours and their sizes are given.
        unsafe {
            libc::sendto(
                self.fd,
                self.packet.as_ptr().cast(),
                self.packet.len(),
                0,
                target,
                size_of::<sockaddr_in>() as u32,
            );
        }
        self.number += 1;
        self.due_ns += FRAME_NS;
    }

    /// A packet of the far end that speaks by itself; false for none. Reports come too: their port is a neighbour's.
    pub fn hear(&mut self, packet: &[u8]) -> bool {
        let is_audio = packet.len() >= HEADER && packet[1] & 0x7f == self.coding.payload_type;
        if is_audio {
            self.heard.add(packet);
        }
        is_audio
    }

    /// What is lost of it, if it was to bring at least so many.
    pub fn missing(&self, least: u64) -> u64 {
        self.heard.missing(self.coding.ticks, least)
    }

    /// When the packet whose number came back had left, if it was one of the window.
    pub fn left_ns(&self, packet: &[u8]) -> Option<u64> {
        let number = (0..32).fold(0u32, |n, bit| {
            n | u32::from(packet[HEADER + bit] & 0x40 == 0) << bit
        });
        let known = number >= self.counted_from
            && number < self.number
            && self.number - number < KEPT as u32;
        known.then(|| self.sent_ns[number as usize % KEPT])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(timestamps: &[u32]) -> Heard {
        let mut heard = Heard::default();
        for timestamp in timestamps {
            let mut packet = [0; NUMBERED];
            packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
            heard.add(&packet);
        }
        heard
    }

    #[test]
    fn what_the_timestamps_span_and_never_came_is_missing() {
        assert_eq!(heard(&[u32::MAX - 159, 0, 160, 480]).missing(160, 0), 1);
        assert_eq!(heard(&[960, 1920, 2880]).missing(960, 3), 0);
        assert_eq!(heard(&[]).missing(160, 48), 48);
        assert_eq!(heard(&[0, 160]).missing(160, 48), 46);
    }
}
