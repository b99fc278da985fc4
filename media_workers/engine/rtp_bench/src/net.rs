//! The few system calls that both halves need.

use std::io::{Error, Result};
use std::mem::{size_of, zeroed};
use std::net::Ipv4Addr;

use libc::{c_int, sockaddr_in, socklen_t};

/// An address on loopback.
pub fn loopback(port: u16) -> sockaddr_in {
    sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(Ipv4Addr::LOCALHOST.octets()),
        },
        sin_zero: [0; 8],
    }
}

/// All zero.
pub fn nowhere() -> sockaddr_in {
    // SAFETY: all-zero bytes are a valid sockaddr_in.
    unsafe { zeroed() }
}

fn check(result: c_int) -> Result<c_int> {
    if result < 0 {
        return Err(Error::last_os_error());
    }
    Ok(result)
}

/// A bound, non-blocking socket with room for a burst.
pub fn socket(port: u16) -> Result<c_int> {
    let (room, address) = (1 << 16, loopback(port));
    // SAFETY: plain values, and pointers to locals with their sizes.
    unsafe {
        let fd = check(libc::socket(
            libc::AF_INET,
            libc::SOCK_DGRAM | libc::SOCK_NONBLOCK,
            0,
        ))?;
        let size = size_of::<c_int>() as socklen_t;
        let room_at = std::ptr::from_ref::<c_int>(&room).cast();
        check(libc::setsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_RCVBUF,
            room_at,
            size,
        ))?;
        let size = size_of::<sockaddr_in>() as socklen_t;
        check(libc::bind(fd, std::ptr::from_ref(&address).cast(), size))?;
        Ok(fd)
    }
}

/// Asks the kernel to stamp what a socket receives.
pub fn stamp(fd: c_int) -> Result<()> {
    let on: c_int = 1;
    let on_at = std::ptr::from_ref(&on).cast();
    // SAFETY: a pointer to a local with its size.
    check(unsafe {
        libc::setsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_TIMESTAMPNS,
            on_at,
            size_of::<c_int>() as socklen_t,
        )
    })?;
    Ok(())
}

/// An epoll that watches these sockets; an event's number is the socket's index.
pub fn epoll(sockets: &[c_int]) -> Result<c_int> {
    // SAFETY: plain values, and a pointer to a local.
    unsafe {
        let epoll = check(libc::epoll_create1(0))?;
        for (index, fd) in sockets.iter().enumerate() {
            let mut event = libc::epoll_event {
                events: libc::EPOLLIN as u32,
                u64: index as u64,
            };
            check(libc::epoll_ctl(
                epoll,
                libc::EPOLL_CTL_ADD,
                *fd,
                &raw mut event,
            ))?;
        }
        Ok(epoll)
    }
}

/// Nanoseconds of the wall clock: the clock of the kernel's stamps.
pub fn now_ns() -> u64 {
    // SAFETY: all-zero bytes are a valid timespec.
    let mut time: libc::timespec = unsafe { zeroed() };
    // SAFETY: a pointer to a local.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
