//! Paced flows, and what came back of them.
//!
//! Every payload carries the packet's number, one bit per octet, loud for one and quiet for zero. Bit 6 of an octet
//! tells loud from quiet in mu-law and in A-law alike, so the number survives a change of law. Where a far end speaks by
//! itself (`--listen`), flows speak too, and what is lost is told by the timestamps of what comes.
//!
//! Latency runs from the moment a packet really left to the kernel's receive stamp of what came back, so that neither
//! turn of this program is in it. Packets keep their times: one that leaves late (this program was not on its core, or
//! the machine was not) does not put off the next, so nothing is left out of the load; the lateness is told beside the
//! latency. What queues behind such a catching-up burst is in the latency, the bare loop's as the engine's. This program never
//! sleeps, so that the engine does not pay for waking it.

use std::error::Error;
use std::mem::{size_of, zeroed};

use libc::c_int;

use crate::flow::{Flow, NUMBERED};
use crate::options::Options;
use crate::tally::{Tally, Used};
use crate::{cpu, net};

/// What is still on its way when the window ends.
const GRACE_NS: u64 = 200_000_000;

/// Runs and prints.
pub fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let options = Options::read(words)?;
    let start_ns = net::now_ns() + 10_000_000;
    let mut flows: Vec<Flow> = (0..options.count)
        .map(|n| Flow::new(n, &options, start_ns))
        .collect::<std::io::Result<_>>()?;
    let sockets: Vec<c_int> = flows.iter().map(|flow| flow.fd).collect();
    let epoll = net::epoll(&sockets)?;
    let window = start_ns + (options.warm_up_s * 1e9) as u64;
    let end = window + (options.window_s * 1e9) as u64;
    pass(&mut flows, epoll, &options, window, &mut Tally::default());
    for flow in &mut flows {
        flow.begin_window();
    }
    let own = std::process::id();
    let times = || {
        (
            cpu::on_core_ns(options.pid),
            cpu::on_core_ns(own),
            cpu::stolen(),
            net::now_ns(),
        )
    };
    let before = times();
    let mut tally = Tally::default();
    pass(&mut flows, epoll, &options, end, &mut tally);
    let after = times();
    let used = Used {
        measured_ns: after.0 - before.0,
        own_ns: after.1 - before.1,
        stolen_share: cpu::stolen_share(before.2, after.2),
        passed_ns: after.3 - before.3,
    };
    let grace = net::now_ns() + GRACE_NS;
    while !options.listen && net::now_ns() < grace {
        receive(&mut flows, epoll, &options, &mut tally);
    }
    tally.print(&options, &flows, &used);
    Ok(())
}

/// Sends and receives until a moment.
fn pass(flows: &mut [Flow], epoll: c_int, options: &Options, until_ns: u64, tally: &mut Tally) {
    let mut order: Vec<usize> = (0..flows.len()).collect();
    order.sort_by_key(|index| flows[*index].due_ns);
    let mut next = 0;
    loop {
        let now = net::now_ns();
        if now >= until_ns {
            return;
        }
        // Flows are due in the same order in every frame.
        let mut batch = 0;
        while batch < 32 && flows[order[next]].due_ns <= now {
            let flow = &mut flows[order[next]];
            let now = net::now_ns();
            tally.late_ns.push(now.saturating_sub(flow.due_ns));
            flow.send(now);
            tally.sent += 1;
            next = (next + 1) % order.len();
            batch += 1;
        }
        receive(flows, epoll, options, tally);
    }
}

fn receive(flows: &mut [Flow], epoll: c_int, options: &Options, tally: &mut Tally) {
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; 64];
    // SAFETY: the array has 64 places.
    let ready = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), 64, 0) };
    for event in events.iter().take(usize::try_from(ready).unwrap_or(0)) {
        let index = event.u64 as usize;
        let mut packet = [0u8; 2048];
        let Some((size, stamp_ns)) = receive_one(flows[index].fd, &mut packet) else {
            continue;
        };
        if options.listen {
            tally.received += u64::from(flows[index].hear(&packet[..size]));
        } else if size == NUMBERED {
            let from = &flows[if options.pair { index ^ 1 } else { index }];
            if let Some(left_ns) = from.left_ns(&packet) {
                tally.received += 1;
                tally.latencies_ns.push(stamp_ns.saturating_sub(left_ns));
            }
        }
    }
}

fn receive_one(fd: c_int, packet: &mut [u8; 2048]) -> Option<(usize, u64)> {
    let mut control = [0u64; 16];
    // SAFETY: all-zero bytes are a valid msghdr; every pointer is to a local that outlives the call, with its size.
    unsafe {
        let mut part = libc::iovec {
            iov_base: packet.as_mut_ptr().cast(),
            iov_len: packet.len(),
        };
        let mut message: libc::msghdr = zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = size_of::<[u64; 16]>();
        let got = libc::recvmsg(fd, &raw mut message, 0);
        let size = usize::try_from(got).ok()?;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        if header.is_null() || (*header).cmsg_type != libc::SCM_TIMESTAMPNS {
            return Some((size, net::now_ns()));
        }
        let time = libc::CMSG_DATA(header)
            .cast::<libc::timespec>()
            .read_unaligned();
        Some((
            size,
            time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64,
        ))
    }
}
