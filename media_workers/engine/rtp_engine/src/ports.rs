//! Bound sockets: RTP on an even port, RTCP on the odd one behind it, bound before anybody is told of them.

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use crate::sys;

/// Receive buffer of an RTP socket: a second of G.711, and of little wideband bursts more.
const RTP_BUFFER: usize = 64 << 10;
/// Receive buffer of an RTCP socket.
const RTCP_BUFFER: usize = 8 << 10;

/// The two sockets of a channel.
pub struct PortPair {
    /// The address both are bound to.
    pub address: IpAddr,
    rtp: OwnedFd,
    rtcp: OwnedFd,
}

impl PortPair {
    /// Binds both, or neither.
    pub fn bind(address: IpAddr, port: u16) -> Result<Self> {
        let next = port
            .checked_add(1)
            .filter(|_| port.is_multiple_of(2) && port > 0);
        let next = next.ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "an RTP port is even and above 0")
        })?;
        Ok(PortPair {
            address,
            rtp: sys::udp_socket(SocketAddr::new(address, port), RTP_BUFFER)?,
            rtcp: sys::udp_socket(SocketAddr::new(address, next), RTCP_BUFFER)?,
        })
    }

    /// The RTP socket.
    pub fn rtp(&self) -> RawFd {
        self.rtp.as_raw_fd()
    }

    /// The RTCP socket.
    pub fn rtcp(&self) -> RawFd {
        self.rtcp.as_raw_fd()
    }

    /// Throws away what came in while nobody listened, and what another channel's peer still sends.
    pub fn drain(&self) {
        let mut scratch = [0; 16];
        for fd in [self.rtp(), self.rtcp()] {
            let mut left = 4096;
            while left > 0 && sys::receive_from(fd, &mut scratch).is_some() {
                left -= 1;
            }
        }
    }
}
