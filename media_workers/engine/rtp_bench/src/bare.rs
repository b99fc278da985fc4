//! The yardstick: what two system calls a packet cost, with nothing between them.

use std::error::Error;
use std::mem::size_of;

use libc::{sockaddr_in, socklen_t};

use crate::net;

/// Echoes, or with `pair` passes on between neighbours, until killed.
pub fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let [count, first_port, rest @ ..] = words else {
        return Err("bare N FIRST_PORT [pair]".into());
    };
    let (count, first_port): (usize, u16) = (count.parse()?, first_port.parse()?);
    let pair = rest.first() == Some(&"pair");
    let sockets: Vec<i32> = (0..count)
        .map(|n| net::socket(first_port + 2 * n as u16))
        .collect::<std::io::Result<_>>()?;
    let epoll = net::epoll(&sockets)?;
    println!("ready");
    turn(epoll, &sockets, pair)
}

fn turn(epoll: i32, sockets: &[i32], pair: bool) -> ! {
    let mut sources: Vec<sockaddr_in> = vec![net::nowhere(); sockets.len()];
    let mut events: Vec<libc::epoll_event> = vec![libc::epoll_event { events: 0, u64: 0 }; 256];
    let mut buffer = [0u8; 2048];
    loop {
        // SAFETY: the vector has 256 places.
        let ready = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), 256, -1) };
        for event in events.iter().take(usize::try_from(ready).unwrap_or(0)) {
            let index = event.u64 as usize;
            let to = if pair { index ^ 1 } else { index };
            let mut size = size_of::<sockaddr_in>() as socklen_t;
            let source = std::ptr::from_mut(&mut sources[index]).cast();
            // SAFETY: buffer and addresses are ours and their sizes are given.
            unsafe {
                let got = libc::recvfrom(
                    sockets[index],
                    buffer.as_mut_ptr().cast(),
                    2048,
                    0,
                    source,
                    &raw mut size,
                );
                if got <= 0 || sources[to].sin_port == 0 {
                    continue;
                }
                let target = std::ptr::from_ref(&sources[to]).cast();
                libc::sendto(
                    sockets[to],
                    buffer.as_ptr().cast(),
                    got as usize,
                    0,
                    target,
                    size_of::<sockaddr_in>() as u32,
                );
            }
        }
    }
}
