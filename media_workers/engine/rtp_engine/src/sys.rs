//! The system calls of the packet path, and the only `unsafe` of the engine: sockets, epoll, eventfd, clocks.
//!
//! Each function is a thin, safe cover of one call. File descriptors are owned by [`OwnedFd`], so none leaks.

use std::io::{Error, ErrorKind, Result};
use std::mem::{size_of, zeroed, MaybeUninit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use libc::{c_int, c_void, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_storage, socklen_t};

fn check(result: c_int) -> Result<c_int> {
    if result < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn owned(result: c_int) -> Result<OwnedFd> {
    let fd = check(result)?;
    // SAFETY: the call that made `fd` has just handed it to us, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// An address in the kernel's form, made once per target instead of once per packet.
#[derive(Clone, Copy)]
pub struct RawAddress {
    storage: sockaddr_storage,
    len: socklen_t,
}

impl RawAddress {
    /// Converts.
    pub fn new(address: SocketAddr) -> Self {
        // SAFETY: all-zero bytes are a valid sockaddr_storage.
        let mut storage: sockaddr_storage = unsafe { zeroed() };
        let len = match address {
            SocketAddr::V4(v4) => {
                let raw = sockaddr_in {
                    sin_family: libc::AF_INET as libc::sa_family_t,
                    sin_port: v4.port().to_be(),
                    sin_addr: libc::in_addr {
                        s_addr: u32::from_ne_bytes(v4.ip().octets()),
                    },
                    sin_zero: [0; 8],
                };
                // SAFETY: sockaddr_storage is large and aligned enough for every socket address.
                unsafe {
                    std::ptr::from_mut(&mut storage)
                        .cast::<sockaddr_in>()
                        .write(raw)
                };
                size_of::<sockaddr_in>()
            }
            SocketAddr::V6(v6) => {
                let raw = sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: v6.port().to_be(),
                    sin6_flowinfo: v6.flowinfo(),
                    sin6_addr: libc::in6_addr {
                        s6_addr: v6.ip().octets(),
                    },
                    sin6_scope_id: v6.scope_id(),
                };
                // SAFETY: as above.
                unsafe {
                    std::ptr::from_mut(&mut storage)
                        .cast::<sockaddr_in6>()
                        .write(raw)
                };
                size_of::<sockaddr_in6>()
            }
        };
        RawAddress {
            storage,
            len: len as socklen_t,
        }
    }

    fn as_ptr(&self) -> *const sockaddr {
        std::ptr::from_ref(&self.storage).cast()
    }
}

/// Reads what the kernel wrote; `None` for a family that we never bind.
fn to_socket_addr(storage: &MaybeUninit<sockaddr_storage>, len: socklen_t) -> Option<SocketAddr> {
    let family_ptr = storage.as_ptr();
    if (len as usize) < size_of::<sockaddr_in>() {
        return None;
    }
    // SAFETY: the kernel wrote `len` bytes, which cover the family and, by the checks, the address of that family.
    unsafe {
        match c_int::from((*family_ptr).ss_family) {
            libc::AF_INET => {
                let raw = &*family_ptr.cast::<sockaddr_in>();
                let ip = Ipv4Addr::from(raw.sin_addr.s_addr.to_ne_bytes());
                Some(SocketAddr::V4(SocketAddrV4::new(
                    ip,
                    u16::from_be(raw.sin_port),
                )))
            }
            libc::AF_INET6 if len as usize >= size_of::<sockaddr_in6>() => {
                let raw = &*family_ptr.cast::<sockaddr_in6>();
                let ip = Ipv6Addr::from(raw.sin6_addr.s6_addr);
                let port = u16::from_be(raw.sin6_port);
                Some(SocketAddr::V6(SocketAddrV6::new(
                    ip,
                    port,
                    raw.sin6_flowinfo,
                    raw.sin6_scope_id,
                )))
            }
            _ => None,
        }
    }
}

/// A bound, non-blocking UDP socket.
pub fn udp_socket(address: SocketAddr, receive_buffer: usize) -> Result<OwnedFd> {
    let family = if address.is_ipv4() {
        libc::AF_INET
    } else {
        libc::AF_INET6
    };
    let kind = libc::SOCK_DGRAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: plain values.
    let fd = owned(unsafe { libc::socket(family, kind, 0) })?;
    if address.is_ipv6() {
        set_option(fd.as_raw_fd(), libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)?;
    }
    set_option(
        fd.as_raw_fd(),
        libc::SOL_SOCKET,
        libc::SO_RCVBUF,
        receive_buffer as c_int,
    )?;
    let raw = RawAddress::new(address);
    // SAFETY: `raw` lives through the call and its length is its own.
    check(unsafe { libc::bind(fd.as_raw_fd(), raw.as_ptr(), raw.len) })?;
    Ok(fd)
}

fn set_option(fd: RawFd, level: c_int, name: c_int, value: c_int) -> Result<()> {
    let pointer = std::ptr::from_ref(&value).cast::<c_void>();
    // SAFETY: `value` lives through the call and its size is given.
    check(unsafe { libc::setsockopt(fd, level, name, pointer, size_of::<c_int>() as socklen_t) })?;
    Ok(())
}

/// Sets the DSCP of what a socket sends (RFC 2474).
pub fn set_dscp(fd: RawFd, ip: IpAddr, dscp: u8) -> Result<()> {
    let (level, name) = match ip {
        IpAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_TOS),
        IpAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
    };
    set_option(fd, level, name, c_int::from(dscp) << 2)
}

/// Connects a socket, so that the kernel keeps all other sources away, or lets it hear everybody again.
pub fn connect(fd: RawFd, peer: Option<SocketAddr>) -> Result<()> {
    let raw = match peer {
        Some(peer) => RawAddress::new(peer),
        None => {
            let mut raw = RawAddress::new(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
            raw.storage.ss_family = libc::AF_UNSPEC as libc::sa_family_t;
            raw
        }
    };
    // SAFETY: `raw` lives through the call and its length is its own.
    check(unsafe { libc::connect(fd, raw.as_ptr(), raw.len) })?;
    Ok(())
}

/// Receives one datagram; `None` when there is none. The length may exceed the buffer: the rest is cut off.
#[inline]
pub fn receive_from(fd: RawFd, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
    let mut storage = MaybeUninit::<sockaddr_storage>::uninit();
    let mut len = size_of::<sockaddr_storage>() as socklen_t;
    // SAFETY: buffer and storage are ours, their sizes are given, and both outlive the call.
    let got = unsafe {
        libc::recvfrom(
            fd,
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            libc::MSG_TRUNC,
            storage.as_mut_ptr().cast(),
            &raw mut len,
        )
    };
    let size = usize::try_from(got).ok()?;
    Some((size, to_socket_addr(&storage, len)?))
}

/// Sends one datagram, to the connected peer when no target is given; false when the kernel would not take it.
#[inline]
pub fn send(fd: RawFd, datagram: &[u8], target: Option<&RawAddress>) -> bool {
    let (address, len) = match target {
        Some(raw) => (raw.as_ptr(), raw.len),
        None => (std::ptr::null(), 0),
    };
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the datagram and the address outlive the call, their sizes are given; null with 0 means connected.
    let sent = unsafe {
        libc::sendto(
            fd,
            datagram.as_ptr().cast(),
            datagram.len(),
            flags,
            address,
            len,
        )
    };
    sent >= 0
}

/// Readiness of many file descriptors.
pub struct Epoll(OwnedFd);

/// A list for [`Epoll::wait`].
pub type Ready = Vec<libc::epoll_event>;

impl Epoll {
    /// A new one.
    pub fn new() -> Result<Self> {
        // SAFETY: plain value.
        owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) }).map(Epoll)
    }

    /// Watches for reading, level-triggered: one receive per readiness, no second call to find the socket empty.
    pub fn add(&self, fd: RawFd, token: u64) -> Result<()> {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: token,
        };
        // SAFETY: `event` outlives the call.
        check(unsafe {
            libc::epoll_ctl(self.0.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &raw mut event)
        })?;
        Ok(())
    }

    /// Watches no more.
    pub fn remove(&self, fd: RawFd) {
        // SAFETY: a null event is allowed when deleting. An unknown fd is an error that changes nothing.
        unsafe {
            libc::epoll_ctl(
                self.0.as_raw_fd(),
                libc::EPOLL_CTL_DEL,
                fd,
                std::ptr::null_mut(),
            )
        };
    }

    /// Waits up to so many microseconds, rounded up to a millisecond; fills `ready` up to its capacity.
    pub fn wait(&self, ready: &mut Ready, timeout_us: Option<u64>) {
        ready.clear();
        let timeout = timeout_us.map_or(-1, |us| {
            c_int::try_from(us.div_ceil(1000)).unwrap_or(c_int::MAX)
        });
        let capacity = ready.capacity();
        // SAFETY: the vector has room for `capacity` events, and the kernel wrote as many as it says.
        unsafe {
            let got = libc::epoll_wait(
                self.0.as_raw_fd(),
                ready.as_mut_ptr(),
                capacity as c_int,
                timeout,
            );
            ready.set_len(usize::try_from(got).unwrap_or(0));
        }
    }
}

/// A counter that wakes an epoll or asyncio loop.
pub struct Wakeup(OwnedFd);

impl Wakeup {
    /// A new one.
    pub fn new() -> Result<Self> {
        // SAFETY: plain values.
        owned(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) }).map(Wakeup)
    }

    /// Its file descriptor.
    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Wakes.
    pub fn signal(&self) {
        let one = 1u64;
        // SAFETY: eight bytes of `one`. A full counter has already woken whoever waits.
        unsafe { libc::write(self.fd(), std::ptr::from_ref(&one).cast(), 8) };
    }

    /// Sleeps again.
    pub fn clear(&self) {
        let mut count = 0u64;
        // SAFETY: eight bytes of `count`.
        unsafe { libc::read(self.fd(), std::ptr::from_mut(&mut count).cast(), 8) };
    }
}

fn clock_us(clock: libc::clockid_t) -> u64 {
    // SAFETY: all-zero bytes are a valid timespec, which outlives the call.
    let mut time: libc::timespec = unsafe { zeroed() };
    // SAFETY: as above.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    (time.tv_sec as u64) * 1_000_000 + (time.tv_nsec as u64) / 1000
}

/// Monotonic microseconds.
#[inline]
pub fn monotonic_us() -> u64 {
    clock_us(libc::CLOCK_MONOTONIC)
}

/// Microseconds since 1970.
pub fn unix_us() -> u64 {
    clock_us(libc::CLOCK_REALTIME)
}

/// CPU time of the calling thread in microseconds.
pub fn thread_cpu_us() -> u64 {
    clock_us(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Fills bytes from the operating system's generator.
pub fn random_bytes(bytes: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        let rest = &mut bytes[filled..];
        // SAFETY: `rest` is ours and its length is given.
        let got = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        match usize::try_from(got) {
            Ok(count) => filled += count,
            Err(_) => {
                let error = Error::last_os_error();
                if error.kind() != ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str) -> (OwnedFd, SocketAddr) {
        let fd = udp_socket(text.parse().unwrap(), 1 << 16).unwrap();
        let mut storage = MaybeUninit::<sockaddr_storage>::uninit();
        let mut len = size_of::<sockaddr_storage>() as socklen_t;
        // SAFETY: storage and len are ours.
        check(unsafe {
            libc::getsockname(fd.as_raw_fd(), storage.as_mut_ptr().cast(), &raw mut len)
        })
        .unwrap();
        let address = to_socket_addr(&storage, len).unwrap();
        (fd, address)
    }

    #[test]
    fn datagrams_pass_and_carry_their_source() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let ((a, a_address), (b, b_address)) = (bound(any), bound(any));
            assert!(send(
                a.as_raw_fd(),
                b"hello",
                Some(&RawAddress::new(b_address))
            ));
            let mut buffer = [0; 3];
            assert_eq!(
                receive_from(b.as_raw_fd(), &mut buffer),
                Some((5, a_address))
            );
            assert_eq!(&buffer, b"hel");
            assert_eq!(receive_from(b.as_raw_fd(), &mut buffer), None);
        }
    }

    #[test]
    fn a_connected_socket_hears_its_peer_alone_until_let_go() {
        let any = "127.0.0.1:0";
        let ((a, a_address), (c, _), (chosen, b_address)) = (bound(any), bound(any), bound(any));
        // Letting go forgets a port that the kernel chose; ours are always asked for by number.
        drop(chosen);
        let b = udp_socket(b_address, 1 << 16).unwrap();
        let (to_b, mut buffer) = (RawAddress::new(b_address), [0; 8]);
        connect(b.as_raw_fd(), Some(a_address)).unwrap();
        assert!(
            send(c.as_raw_fd(), b"stranger", Some(&to_b))
                && send(a.as_raw_fd(), b"peer", Some(&to_b))
        );
        assert_eq!(receive_from(b.as_raw_fd(), &mut buffer).unwrap().0, 4);
        assert!(send(b.as_raw_fd(), b"back", None));
        assert_eq!(
            receive_from(a.as_raw_fd(), &mut buffer),
            Some((4, b_address))
        );
        connect(b.as_raw_fd(), None).unwrap();
        assert!(send(c.as_raw_fd(), b"stranger", Some(&to_b)));
        assert_eq!(receive_from(b.as_raw_fd(), &mut buffer).unwrap().0, 8);
    }

    #[test]
    fn wakeups_and_random_bytes_work() {
        let (epoll, wakeup, mut ready) = (
            Epoll::new().unwrap(),
            Wakeup::new().unwrap(),
            Ready::with_capacity(4),
        );
        epoll.add(wakeup.fd(), 7).unwrap();
        epoll.wait(&mut ready, Some(0));
        assert!(ready.is_empty());
        wakeup.signal();
        epoll.wait(&mut ready, Some(0));
        assert_eq!(ready.iter().map(|e| e.u64).collect::<Vec<_>>(), [7]);
        wakeup.clear();
        epoll.wait(&mut ready, Some(0));
        assert!(ready.is_empty());
        let (mut one, mut other) = ([0; 16], [0; 16]);
        random_bytes(&mut one).unwrap();
        random_bytes(&mut other).unwrap();
        assert_ne!(one, other);
    }

    #[test]
    fn dscp_is_accepted() {
        let (fd, address) = bound("127.0.0.1:0");
        set_dscp(fd.as_raw_fd(), address.ip(), 46).unwrap();
    }
}
