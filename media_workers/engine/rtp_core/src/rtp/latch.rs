//! Which source a channel listens to and sends to: only valid RTP may choose, then the choice is locked.
//!
//! ```text
//! a valid packet arrives from        while nothing is locked          while another source is locked
//! the signalled address and port     lock                             lock, at once
//! the signalled address, other port  lock after PROBATION in a row    only when the locked source has been
//! an allowed address (latch)           "                                silent for SILENCE_US, and then
//! any address (latch, no list)         "                                after PROBATION in a row
//! anything else                      refuse                           refuse
//! ```
//!
//! "Valid" is decided before: version, lengths, and a payload type this channel has negotiated. A stranger who
//! sends one stray datagram, or floods beside a living peer, never moves the audio (RFC 7362 section 4 tells why
//! latching needs such rules). Without latch the send target stays what was signalled, whoever is heard.

use std::net::{IpAddr, SocketAddr};

use crate::clock::Moment;

/// Packets in a row, of one SSRC, that an unsignalled source must send. Two, as RFC 3550's MIN_SEQUENTIAL.
const PROBATION: u8 = 2;
/// How long the locked source must be silent before another one may take over: longer than any talk-spurt jitter,
/// shorter than a caller's patience when a NAT gives the phone a new port.
const SILENCE_US: u64 = 1_000_000;

/// An address or a network that may be latched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowedSource {
    /// Any address of the network.
    pub address: IpAddr,
    /// Leading bits that count.
    pub prefix_bits: u8,
}

impl AllowedSource {
    fn covers(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from(self.prefix_bits.min(32));
                (u64::from(u32::from(net)) >> shift) == (u64::from(u32::from(ip)) >> shift)
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from(self.prefix_bits.min(128));
                (u128::from(net) ^ u128::from(ip))
                    .checked_shr(shift)
                    .unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }
}

/// What signalling says about the peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The peer's RTP address of its SDP; nothing is heard before it is known.
    pub signalled: Option<SocketAddr>,
    /// The send target follows the locked source.
    pub latch: bool,
    /// Who may be latched beside the signalled address; empty is anybody.
    pub allowed: Vec<AllowedSource>,
}

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the peer's.
    Accept,
    /// It is the peer's, and its source has just been locked.
    Locked,
    /// Its source may become the peer's, not yet.
    OnProbation,
    /// It is not the peer's.
    Refuse,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    next_seq: u16,
    in_a_row: u8,
}

#[derive(Clone, Copy, Debug)]
struct Lock {
    source: SocketAddr,
    heard: Moment,
    packets: u32,
}

/// The source rules of one channel.
#[derive(Debug, Default)]
pub struct Latch {
    policy: Policy,
    locked: Option<Lock>,
    candidate: Option<Candidate>,
}

impl Latch {
    /// Takes what signalling says; a new signalled address starts the rules afresh.
    pub fn set_policy(&mut self, policy: &Policy) -> bool {
        if self.policy == *policy {
            return false;
        }
        self.policy.clone_from(policy);
        self.locked = None;
        self.candidate = None;
        true
    }

    /// Judges the source of a valid packet.
    #[inline]
    pub fn check(&mut self, now: Moment, source: SocketAddr, ssrc: u32, seq: u16) -> Verdict {
        match &mut self.locked {
            Some(lock) if lock.source == source => {
                lock.heard = now;
                lock.packets = lock.packets.saturating_add(1);
                Verdict::Accept
            }
            _ => self.check_other(now, source, ssrc, seq),
        }
    }

    fn check_other(&mut self, now: Moment, source: SocketAddr, ssrc: u32, seq: u16) -> Verdict {
        let Some(signalled) = self.policy.signalled else {
            return Verdict::Refuse;
        };
        if source == signalled {
            return self.lock(now, source);
        }
        let living = self
            .locked
            .is_some_and(|lock| now.since_us(lock.heard) < SILENCE_US);
        if living || !self.may_lock(source, signalled) {
            return Verdict::Refuse;
        }
        let in_a_row = match self.candidate {
            Some(c) if c.source == source && c.ssrc == ssrc && c.next_seq == seq => c.in_a_row + 1,
            _ => 1,
        };
        if in_a_row >= PROBATION {
            return self.lock(now, source);
        }
        self.candidate = Some(Candidate {
            source,
            ssrc,
            next_seq: seq.wrapping_add(1),
            in_a_row,
        });
        Verdict::OnProbation
    }

    fn may_lock(&self, source: SocketAddr, signalled: SocketAddr) -> bool {
        if source.ip() == signalled.ip() {
            return true;
        }
        self.policy.latch
            && (self.policy.allowed.is_empty()
                || self
                    .policy
                    .allowed
                    .iter()
                    .any(|net| net.covers(source.ip())))
    }

    fn lock(&mut self, now: Moment, source: SocketAddr) -> Verdict {
        self.locked = Some(Lock {
            source,
            heard: now,
            packets: 1,
        });
        self.candidate = None;
        Verdict::Locked
    }

    /// Where to send: the locked source when latching, else what was signalled.
    #[inline]
    pub fn target(&self) -> Option<SocketAddr> {
        match self.locked {
            Some(lock) if self.policy.latch => Some(lock.source),
            _ => self.policy.signalled,
        }
    }

    /// Whether an RTCP packet from this address can be the peer's: RTCP has a port of its own, so the address decides.
    pub fn hears_rtcp_from(&self, source: SocketAddr) -> bool {
        let locked = self
            .locked
            .is_some_and(|lock| lock.source.ip() == source.ip());
        locked
            || self
                .policy
                .signalled
                .is_some_and(|signalled| signalled.ip() == source.ip())
    }

    /// The source that a socket may be connected to, so that the kernel keeps all others away: it is locked, it is
    /// where we send, it is alive, and the signalled source has had its chance to speak up.
    pub fn exclusive(&self, now: Moment) -> Option<SocketAddr> {
        let lock = self.locked?;
        let settled = Some(lock.source) == self.policy.signalled || lock.packets >= 50;
        let alive = now.since_us(lock.heard) < SILENCE_US;
        (settled && alive && self.target() == Some(lock.source)).then_some(lock.source)
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Accept, Locked, OnProbation, Refuse};
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn latch(latching: bool, allowed: &[(&str, u8)]) -> Latch {
        let mut latch = Latch::default();
        let allowed = allowed
            .iter()
            .map(|(address, prefix_bits)| AllowedSource {
                address: address.parse().unwrap(),
                prefix_bits: *prefix_bits,
            })
            .collect();
        latch.set_policy(&Policy {
            signalled: Some(at("192.0.2.1:4000")),
            latch: latching,
            allowed,
        });
        latch
    }

    /// One row: at so many ms a packet from a source with SSRC and sequence number; what is said to it.
    type Row = (u64, &'static str, u32, u16, Verdict);

    fn play(latch: &mut Latch, rows: &[Row]) {
        for (index, (ms, source, ssrc, seq, expected)) in rows.iter().enumerate() {
            let got = latch.check(Moment(ms * 1000), at(source), *ssrc, *seq);
            assert_eq!(got, *expected, "row {index}");
        }
    }

    const SIGNALLED: &str = "192.0.2.1:4000";
    const NAT: &str = "198.51.100.7:61000";
    const STRANGER: &str = "203.0.113.9:9";

    #[test]
    fn nothing_is_heard_before_the_peer_is_signalled() {
        let mut latch = Latch::default();
        assert_eq!(latch.check(Moment(0), at(NAT), 1, 1), Refuse);
        assert_eq!(latch.target(), None);
    }

    #[test]
    fn the_signalled_source_locks_with_its_first_packet() {
        let mut latch = latch(true, &[]);
        play(
            &mut latch,
            &[(0, SIGNALLED, 1, 1, Locked), (20, SIGNALLED, 1, 2, Accept)],
        );
        assert_eq!(latch.exclusive(Moment(30_000)), Some(at(SIGNALLED)));
    }

    // covers: EN-014
    #[test]
    fn a_source_behind_a_nat_locks_after_two_packets_in_a_row_and_is_sent_to() {
        let mut latch = latch(true, &[]);
        play(
            &mut latch,
            &[
                (0, NAT, 1, 1, OnProbation),
                (20, NAT, 1, 2, Locked),
                (40, NAT, 1, 3, Accept),
            ],
        );
        assert_eq!(latch.target(), Some(at(NAT)));
    }

    #[test]
    fn attack_a_stray_packet_before_the_peer_moves_nothing() {
        let mut latch = latch(true, &[]);
        play(
            &mut latch,
            &[
                (0, STRANGER, 9, 1, OnProbation),
                (5, SIGNALLED, 1, 1, Locked),
                (6, STRANGER, 9, 2, Refuse),
            ],
        );
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
    }

    #[test]
    fn attack_a_flood_beside_a_living_peer_moves_nothing() {
        let mut latch = latch(true, &[]);
        play(
            &mut latch,
            &[(0, NAT, 1, 1, OnProbation), (20, NAT, 1, 2, Locked)],
        );
        for seq in 0..200u16 {
            assert_eq!(
                latch.check(Moment(20_000 + u64::from(seq) * 4000), at(STRANGER), 9, seq),
                Refuse
            );
        }
        assert_eq!(latch.target(), Some(at(NAT)));
    }

    #[test]
    fn attack_guessing_with_scattered_numbers_or_ssrcs_never_passes_probation() {
        let mut latch = latch(true, &[]);
        play(
            &mut latch,
            &[
                (0, STRANGER, 9, 1, OnProbation),
                (1, STRANGER, 9, 7, OnProbation),
                (2, STRANGER, 8, 8, OnProbation),
                (3, NAT, 8, 9, OnProbation),
                (4, STRANGER, 8, 10, OnProbation),
            ],
        );
    }

    #[test]
    fn attack_a_wrongly_latched_stranger_gives_way_to_the_signalled_peer() {
        let mut latch = latch(true, &[]);
        play(
            &mut latch,
            &[
                (0, STRANGER, 9, 1, OnProbation),
                (5, STRANGER, 9, 2, Locked),
                (10, SIGNALLED, 1, 1, Locked),
            ],
        );
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
    }

    #[test]
    fn a_nat_that_gives_a_new_port_is_followed_after_a_second_of_silence() {
        let mut latch = latch(true, &[]);
        let moved = "198.51.100.7:61001";
        play(
            &mut latch,
            &[
                (0, NAT, 1, 1, OnProbation),
                (20, NAT, 1, 2, Locked),
                (500, moved, 1, 3, Refuse),
                (1019, moved, 1, 4, Refuse),
                (1020, moved, 1, 5, OnProbation),
                (1040, moved, 1, 6, Locked),
                (1060, NAT, 1, 7, Refuse),
            ],
        );
        assert_eq!(latch.target(), Some(at(moved)));
    }

    #[test]
    fn without_latch_another_port_of_the_peer_is_heard_but_not_sent_to() {
        let mut latch = latch(false, &[]);
        play(
            &mut latch,
            &[
                (0, "192.0.2.1:5000", 1, 1, OnProbation),
                (20, "192.0.2.1:5000", 1, 2, Locked),
                (21, NAT, 1, 3, Refuse),
            ],
        );
        assert_eq!(latch.target(), Some(at(SIGNALLED)));
        assert_eq!(latch.exclusive(Moment(30_000)), None);
    }

    #[test]
    fn an_allow_list_keeps_all_others_out() {
        let mut latch = latch(true, &[("198.51.100.0", 24)]);
        play(
            &mut latch,
            &[
                (0, STRANGER, 9, 1, Refuse),
                (1, STRANGER, 9, 2, Refuse),
                (2, NAT, 1, 1, OnProbation),
            ],
        );
    }

    #[test]
    fn networks_cover_what_they_say() {
        let net = |address: &str, prefix_bits| AllowedSource {
            address: address.parse().unwrap(),
            prefix_bits,
        };
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(
            net("10.0.0.0", 8).covers(ip("10.9.9.9")) && !net("10.0.0.0", 8).covers(ip("11.0.0.0"))
        );
        assert!(
            net("0.0.0.0", 0).covers(ip("1.2.3.4")) && net("10.0.0.1", 32).covers(ip("10.0.0.1"))
        );
        assert!(
            net("2001:db8::", 32).covers(ip("2001:db8::5"))
                && !net("2001:db8::", 32).covers(ip("2001:db9::"))
        );
        assert!(net("::", 0).covers(ip("::1")) && !net("::", 0).covers(ip("127.0.0.1")));
    }

    #[test]
    fn a_socket_is_only_connected_to_a_settled_living_source() {
        let mut latch = latch(true, &[]);
        for seq in 0..51u16 {
            assert_eq!(latch.exclusive(Moment(u64::from(seq) * 20_000)), None);
            latch.check(Moment(u64::from(seq) * 20_000), at(NAT), 1, seq);
        }
        assert_eq!(latch.exclusive(Moment(1_000_000)), Some(at(NAT)));
        assert_eq!(latch.exclusive(Moment(2_100_000)), None);
    }

    #[test]
    fn a_new_signalled_address_starts_afresh() {
        let mut latch = latch(true, &[]);
        play(&mut latch, &[(0, SIGNALLED, 1, 1, Locked)]);
        let policy = Policy {
            signalled: Some(at("192.0.2.50:6000")),
            latch: true,
            allowed: Vec::new(),
        };
        assert!(latch.set_policy(&policy));
        assert!(!latch.set_policy(&policy));
        assert_eq!(latch.target(), Some(at("192.0.2.50:6000")));
        play(&mut latch, &[(20, SIGNALLED, 1, 2, OnProbation)]);
    }
}
