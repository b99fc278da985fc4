//! Which source a channel listens to and sends to: only valid RTP may choose, then the choice is locked.
//!
//! ```text
//! a valid packet comes from            while nothing is locked      while another source is locked
//! the signalled address and port       lock                         lock, at once
//! the source that was replaced                                      lock, at once when it goes on with its stream,
//!                                                                   else after PROBATION in a row
//! the signalled or the locked address, lock after PROBATION         the locked source must be silent for SILENCE_US,
//!   or going on with the locked stream                              then after PROBATION
//! an allowed one (latch): of the list, lock after PROBATION         the locked source must be silent for
//!   any where there is no list                                      STRANGE_SILENCE_US, then after PROBATION
//! anything else                        refuse                       refuse
//! ```
//!
//! "Valid" is decided before: version, lengths, and a payload type this channel has negotiated. A stranger who
//! sends one stray datagram, floods beside a living peer, or waits for a moment in which the peer is silent, never
//! moves the audio (RFC 7362 section 4 tells why latching needs such rules); one who waits for very long loses it again
//! with the peer's next packet. Without latch the send target stays what was signalled, whoever is heard. Who can read
//! the stream on its way can forge it too: against that only encryption helps.

use std::net::{IpAddr, SocketAddr};

use crate::clock::Moment;
use crate::rtp::allowed::{is_private, AllowedSource};

/// Packets in a row, of one SSRC, that an unsignalled source must send. Two, as RFC 3550's MIN_SEQUENTIAL.
const PROBATION: u8 = 2;
/// How long the locked source must be silent before its stream may come from elsewhere: longer than any talk-spurt
/// jitter, shorter than a caller's patience when a NAT gives the phone a new port.
const SILENCE_US: u64 = 1_000_000;
/// The same for another stream: longer than one falls silent in a talk; half of what ends a leg without media, so that
/// one that really moved is found before.
const STRANGE_SILENCE_US: u64 = 30_000_000;
/// How far a stream may be ahead of its last packet that came here: a minute on the way to nowhere; RFC 3550's
/// MAX_DROPOUT.
const MAX_AHEAD: u16 = 3000;
/// How long a source that was never signalled is listened to before its socket is closed to all others: time for the
/// signalled one to speak up.
const SETTLED_US: u64 = 5_000_000;

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

/// A packet's place: where it came from, and its numbers.
#[derive(Clone, Copy, Debug)]
struct Place {
    source: SocketAddr,
    ssrc: u32,
    seq: u16,
}

impl Place {
    /// Whether the other one is a later packet of the same stream, wherever it came from.
    fn goes_on_with(&self, other: &Place) -> bool {
        let ahead = other.seq.wrapping_sub(self.seq);
        self.ssrc == other.ssrc && (1..=MAX_AHEAD).contains(&ahead)
    }
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    last: Place,
    in_a_row: u8,
}

#[derive(Clone, Copy, Debug)]
struct Lock {
    /// Its last packet.
    last: Place,
    since: Moment,
    /// Its last packet came then.
    heard: Moment,
    /// Its last RTCP report came then.
    reported: Moment,
}

/// What a source that is not locked may hope for.
enum Claim {
    Nothing,
    AfterProbation,
    AtOnce,
}

/// The source rules of one channel.
#[derive(Debug, Default)]
pub struct Latch {
    policy: Policy,
    locked: Option<Lock>,
    /// The first one that lost its lock without the peer's signalling: it stays more credible than who followed.
    replaced: Option<Place>,
    candidate: Option<Candidate>,
}

impl Latch {
    /// Takes what signalling says; a new signalled address starts the rules afresh.
    pub fn set_policy(&mut self, policy: &Policy) -> bool {
        if self.policy == *policy {
            return false;
        }
        *self = Latch {
            policy: policy.clone(),
            ..Latch::default()
        };
        true
    }

    /// Judges the source of a valid packet.
    #[inline]
    pub fn check(&mut self, now: Moment, source: SocketAddr, ssrc: u32, seq: u16) -> Verdict {
        let place = Place { source, ssrc, seq };
        match &mut self.locked {
            Some(lock) if lock.last.source == source => {
                lock.heard = now;
                lock.last = place;
                Verdict::Accept
            }
            _ => self.check_other(now, place),
        }
    }

    fn check_other(&mut self, now: Moment, place: Place) -> Verdict {
        match self.claim(now, &place) {
            Claim::Nothing => Verdict::Refuse,
            Claim::AtOnce => {
                self.replaced = None;
                self.lock(now, place)
            }
            Claim::AfterProbation => self.on_probation(now, place),
        }
    }

    fn claim(&self, now: Moment, place: &Place) -> Claim {
        let source = place.source;
        let Some(signalled) = self.policy.signalled else {
            return Claim::Nothing;
        };
        if source == signalled {
            return Claim::AtOnce;
        }
        match self.replaced.filter(|replaced| replaced.source == source) {
            Some(replaced) if replaced.goes_on_with(place) => return Claim::AtOnce,
            Some(_) => return Claim::AfterProbation,
            None => {}
        }
        let silent = self.locked.is_none_or(|lock| {
            let near = [signalled.ip(), lock.last.source.ip()].contains(&source.ip());
            if near || lock.last.goes_on_with(place) {
                now.since_us(lock.heard) >= SILENCE_US
            } else {
                now.since_us(lock.heard.max(lock.reported)) >= STRANGE_SILENCE_US
            }
        });
        if silent && self.may_lock(source.ip(), signalled.ip()) {
            Claim::AfterProbation
        } else {
            Claim::Nothing
        }
    }

    fn may_lock(&self, source: IpAddr, signalled: IpAddr) -> bool {
        let allowed = &self.policy.allowed;
        let listed = || allowed.is_empty() || allowed.iter().any(|net| net.covers(source));
        source == signalled || (self.policy.latch && listed())
    }

    fn on_probation(&mut self, now: Moment, place: Place) -> Verdict {
        let in_a_row = match self.candidate {
            Some(Candidate { last, in_a_row })
                if last.source == place.source
                    && last.ssrc == place.ssrc
                    && last.seq.wrapping_add(1) == place.seq =>
            {
                in_a_row + 1
            }
            _ => 1,
        };
        if in_a_row < PROBATION {
            self.candidate = Some(Candidate {
                last: place,
                in_a_row,
            });
            return Verdict::OnProbation;
        }
        let before = self.locked.map(|lock| lock.last);
        self.replaced = match self.replaced {
            Some(replaced) if replaced.source == place.source => None,
            Some(replaced) => Some(replaced),
            None => before,
        };
        self.lock(now, place)
    }

    fn lock(&mut self, now: Moment, place: Place) -> Verdict {
        self.locked = Some(Lock {
            last: place,
            since: now,
            heard: now,
            reported: Moment(0),
        });
        self.candidate = None;
        Verdict::Locked
    }

    /// Where to send: the locked source when latching, else what was signalled.
    #[inline]
    pub fn target(&self) -> Option<SocketAddr> {
        match self.locked {
            Some(lock) if self.policy.latch => Some(lock.last.source),
            _ => self.policy.signalled,
        }
    }

    /// Whether an RTCP packet from this address can be the peer's: RTCP has a port of its own, so the address decides.
    pub fn hears_rtcp_from(&self, source: SocketAddr) -> bool {
        let locked = self
            .locked
            .is_some_and(|lock| lock.last.source.ip() == source.ip());
        locked
            || self
                .policy
                .signalled
                .is_some_and(|signalled| signalled.ip() == source.ip())
    }

    /// A valid RTCP packet came from there: a peer that has nothing to say is still where it was.
    pub fn heard_rtcp(&mut self, now: Moment, source: SocketAddr) {
        if let Some(lock) = &mut self.locked {
            if lock.last.source.ip() == source.ip() {
                lock.reported = now;
            }
        }
    }

    /// The source that a socket may be connected to, so that the kernel keeps all others away: it is locked, it is
    /// where we send, it is alive, and nobody with a better claim can be waiting outside.
    pub fn exclusive(&self, now: Moment) -> Option<SocketAddr> {
        let (lock, signalled) = (self.locked?, self.policy.signalled?);
        let source = lock.last.source;
        let by_nat = is_private(signalled.ip()) && !is_private(source.ip());
        let settled = now.since_us(lock.since) >= SETTLED_US && self.replaced.is_none();
        let sure = source == signalled || (settled && (by_nat || source.ip() == signalled.ip()));
        let alive = now.since_us(lock.heard) < SILENCE_US;
        (sure && alive && self.target() == Some(source)).then_some(source)
    }
}

#[cfg(test)]
mod tests;
