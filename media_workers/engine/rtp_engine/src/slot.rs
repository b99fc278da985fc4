//! A channel with its sockets: where its packets come from and where they go.

use std::net::SocketAddr;
use std::sync::Arc;

use rtp_core::channel::Channel;
use rtp_core::clock::Moment;
use rtp_core::quality::stats::Drop;
use rtp_core::rtcp::xr;

use crate::messages::{Handle, Snapshot};
use crate::ports::PortPair;
use crate::sys::{self, RawAddress};

/// Where audio that comes in goes, decided when channels change, not when packets come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Nobody listens.
    Nowhere,
    /// Back to where it came from.
    Echo,
    /// To the channel in this place.
    Peer(u32),
    /// Into the mix of the group, in ticks.
    Mix,
}

/// How the socket reaches the peer.
enum Out {
    Nowhere,
    Connected,
    To(Box<RawAddress>),
}

/// One channel of a thread.
pub struct Slot {
    /// Python's number.
    pub handle: Handle,
    /// What it does.
    pub channel: Channel,
    /// Its sockets.
    pub ports: Arc<PortPair>,
    /// Where its audio goes.
    pub route: Route,
    /// Its group; 0: none.
    pub group: u64,
    /// It is in the room of its group.
    pub in_room: bool,
    /// It is in a tick list.
    pub ticking: bool,
    /// A recording of it has begun: it has a file, whose last word comes before that of the channel.
    pub filed: bool,
    connected: Option<SocketAddr>,
    out: Out,
    dscp: u8,
}

impl Slot {
    /// A channel on these sockets, which hear everybody.
    pub fn new(handle: Handle, channel: Channel, ports: Arc<PortPair>) -> Self {
        Slot {
            handle,
            channel,
            ports,
            route: Route::Nowhere,
            group: 0,
            in_room: false,
            ticking: false,
            filed: false,
            connected: None,
            out: Out::Nowhere,
            dscp: 0,
        }
    }

    /// Sends an RTP datagram to the peer.
    #[inline]
    pub fn send(&mut self, datagram: &[u8]) {
        let fd = self.ports.rtp();
        let target = match &self.out {
            Out::Nowhere => return,
            Out::Connected => None,
            Out::To(raw) => Some(&**raw),
        };
        // A second try: an ICMP error of an earlier packet is reported by the next call, which then sends nothing.
        if !sys::send(fd, datagram, target) && !sys::send(fd, datagram, target) {
            self.channel.counters.drop(Drop::SendFailed);
        }
    }

    /// Sends an RTCP packet to the peer.
    pub fn send_rtcp(&mut self, packet: &[u8]) {
        if self.channel.config().rtcp_mux {
            self.send(packet);
        } else if let Some(target) = self.channel.rtcp_target() {
            if target.is_ipv4() == self.ports.address.is_ipv4() {
                sys::send(self.ports.rtcp(), packet, Some(&RawAddress::new(target)));
            }
        }
    }

    /// Looks up where to send: after a new configuration or a newly locked source.
    pub fn retarget(&mut self) {
        let reachable = |target: &SocketAddr| {
            target.is_ipv4() == self.ports.address.is_ipv4() && target.port() != 0
        };
        self.out = match self.channel.target().filter(reachable) {
            None => Out::Nowhere,
            target if target == self.connected => Out::Connected,
            Some(target) => Out::To(Box::new(RawAddress::new(target))),
        };
    }

    /// Connects the socket to a settled source, and lets go of one that fell silent (it may have moved).
    pub fn tend_connection(&mut self, now: Moment) {
        let wanted = self.channel.receiver.latch.exclusive(now);
        if wanted == self.connected {
            return;
        }
        match wanted {
            Some(peer) if sys::connect(self.ports.rtp(), Some(peer)).is_ok() => {
                self.connected = Some(peer)
            }
            Some(_) => {}
            None => self.release(),
        }
        self.retarget();
    }

    /// Hears everybody again. A channel that ends must call it: the next one on these sockets relies on it.
    pub fn release(&mut self) {
        if self.connected.is_some() && sys::connect(self.ports.rtp(), None).is_ok() {
            self.connected = None;
        }
        self.retarget();
    }

    /// Goes on by other sockets, which hear everybody; its next configuration says where to.
    pub fn rebind(&mut self, ports: Arc<PortPair>) {
        // The next channel on the old ones relies on finding them as new.
        self.release();
        self.set_dscp(0);
        self.connected = None;
        self.ports = ports;
        self.dscp = 0;
        self.retarget();
    }

    /// Marks what is sent from now on.
    pub fn set_dscp(&mut self, dscp: u8) {
        if dscp != self.dscp {
            let (ports, ip) = (&self.ports, self.ports.address);
            let both = [ports.rtp(), ports.rtcp()].map(|fd| sys::set_dscp(fd, ip, dscp).is_ok());
            self.dscp = if both == [true, true] {
                dscp
            } else {
                self.dscp
            };
        }
    }

    /// What is known of the channel now.
    pub fn snapshot(&self) -> Snapshot {
        let channel = &self.channel;
        let (receiver, reporting) = (&channel.receiver, &channel.reporting);
        let lost = u64::try_from(receiver.sequence.lost()).unwrap_or(0);
        let round_trip_ms = reporting.round_trip_us.map_or(0.0, |us| us as f64 / 1000.0);
        let rate = receiver.heard.map_or(8000, |format| format.clock_rate);
        let sent = receiver.formats.preferred();
        Snapshot {
            counters: channel.counters,
            lost,
            jitter_ms: receiver.jitter.ms(rate),
            round_trip_ms,
            remote_loss: f64::from(reporting.remote_fraction_lost) / 256.0,
            remote_jitter_ms: f64::from(reporting.remote_jitter) * 1000.0
                / f64::from(sent.map_or(8000, |f| f.clock_rate).max(1)),
            payload_type_in: receiver.heard.map(|format| format.payload_type),
            payload_type_out: sent.map(|format| format.payload_type),
            ssrc_in: receiver.ssrc.unwrap_or(0),
            ssrc_out: channel.sender.numbering.ssrc,
            quality: channel.quality(),
            remote_mos: reporting
                .remote_voip
                .filter(|voip| voip.mos_listening != xr::UNKNOWN)
                .map_or(0.0, |voip| f64::from(voip.mos_listening) / 10.0),
        }
    }
}
