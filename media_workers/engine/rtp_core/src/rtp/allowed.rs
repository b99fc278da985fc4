//! Addresses: which may be latched, and which cannot come to us as they are from behind a NAT.

use std::net::IpAddr;

/// An address or a network that may be latched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowedSource {
    /// Any address of the network.
    pub address: IpAddr,
    /// Leading bits that count.
    pub prefix_bits: u8,
}

impl AllowedSource {
    /// Whether the network has this address.
    #[must_use]
    pub fn covers(&self, address: IpAddr) -> bool {
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

/// Whether an address means something in its own network alone (RFC 1918, RFC 6598, RFC 4193, link-local, loopback).
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xC0 == 64;
            shared || ip.is_private() || ip.is_loopback() || ip.is_link_local()
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_cover_what_they_say() {
        let net = |address: &str, prefix_bits| AllowedSource {
            address: ip(address),
            prefix_bits,
        };
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
    fn private_is_what_no_router_carries() {
        for private in [
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "fd00::1",
            "fe80::1",
            "::1",
        ] {
            assert!(is_private(ip(private)), "{private}");
        }
        for public in ["100.128.0.1", "192.0.2.1", "172.32.0.1", "2001:db8::1"] {
            assert!(!is_private(ip(public)), "{public}");
        }
    }
}
