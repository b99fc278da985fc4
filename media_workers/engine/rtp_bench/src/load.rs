//! Paced flows, and what came back of them.
//!
//! Every payload carries the packet's number, one bit per octet, loud for one and quiet for zero. Bit 6 of an octet
//! tells loud from quiet in mu-law and in A-law alike, so the number survives a change of law. Arrival is the
//! kernel's receive stamp, so that this program's own turn is not in the latency; it never sleeps, so that the
//! engine does not pay for waking it.

use std::collections::HashMap;
use std::error::Error;
use std::mem::{size_of, zeroed};

use libc::{c_int, sockaddr_in};

use crate::{cpu, net};

const CLIENT_PORT: u16 = 20_000;
const PACKET: usize = 172;
const FRAME_NS: u64 = 20_000_000;
/// Send times kept per flow: five seconds.
const KEPT: usize = 256;
const LOUD: u8 = 0x80;
const QUIET: u8 = 0xff;

struct Options {
    count: usize,
    first_port: u16,
    pair: bool,
    listen: bool,
    odd_payload_type: u8,
    pid: u32,
    warm_up_s: f64,
    window_s: f64,
    burst_us: u64,
    /// What odd flows of pairs send in turn, instead of a number that survives.
    odd_payloads: Vec<Vec<u8>>,
    odd_ticks: u32,
}

impl Options {
    fn read(words: &[&str]) -> Result<Options, Box<dyn Error>> {
        let [count, first_port, rest @ ..] = words else {
            return Err("load N FIRST_PORT [options]".into());
        };
        let flag = |name: &str| rest.contains(&name);
        let value = |name: &str, default: &'static str| -> String {
            let at = rest.iter().position(|word| *word == name);
            at.and_then(|at| rest.get(at + 1))
                .map_or(default, |v| *v)
                .to_owned()
        };
        Ok(Options {
            count: count.parse()?,
            first_port: first_port.parse()?,
            pair: flag("--pair"),
            listen: flag("--listen"),
            odd_payload_type: value("--law-in", "0").parse()?,
            pid: value("--pid", "0").parse()?,
            warm_up_s: value("--warm-up", "2").parse()?,
            window_s: value("--window", "8").parse()?,
            burst_us: value("--burst-us", "0").parse()?,
            odd_payloads: payloads(&value("--odd-payloads", ""))?,
            odd_ticks: value("--odd-ticks", "160").parse()?,
        })
    }
}

/// Payloads in a file, each behind its size in two bytes.
fn payloads(path: &str) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut found = Vec::new();
    let bytes = if path.is_empty() {
        Vec::new()
    } else {
        std::fs::read(path)?
    };
    let mut rest = bytes.as_slice();
    while let [high, low, after @ ..] = rest {
        let size = usize::from(u16::from_be_bytes([*high, *low]));
        let payload = after.get(..size).ok_or("payloads are cut off")?;
        if size > PACKET - 12 {
            return Err("a payload is too large".into());
        }
        found.push(payload.to_vec());
        rest = &after[size..];
    }
    Ok(found)
}

struct Flow {
    fd: c_int,
    to: sockaddr_in,
    /// Absent: the packet's number.
    payloads: Vec<Vec<u8>>,
    ticks: u32,
    /// Our number of the next packet.
    number: u32,
    due_ns: u64,
    sent_ns: [u64; KEPT],
    packet: [u8; PACKET],
}

impl Flow {
    fn new(index: usize, options: &Options, start_ns: u64) -> std::io::Result<Flow> {
        let fd = net::socket(CLIENT_PORT + index as u16)?;
        net::stamp(fd)?;
        let mut packet = [QUIET; PACKET];
        packet[0] = 0x80;
        packet[1] = if options.pair && index % 2 == 1 {
            options.odd_payload_type
        } else {
            0
        };
        packet[8..12].copy_from_slice(&(index as u32 + 1).to_be_bytes());
        let odd = options.pair && index % 2 == 1 && !options.odd_payloads.is_empty();
        let offset = FRAME_NS * index as u64 / options.count as u64;
        let burst_ns = options.burst_us.max(1) * 1000;
        Ok(Flow {
            fd,
            to: net::loopback(options.first_port + 2 * index as u16),
            payloads: if odd {
                options.odd_payloads.clone()
            } else {
                Vec::new()
            },
            ticks: if odd { options.odd_ticks } else { 160 },
            number: 0,
            due_ns: start_ns + offset / burst_ns * burst_ns,
            sent_ns: [0; KEPT],
            packet,
        })
    }

    fn send(&mut self, now_ns: u64) {
        let number = self.number;
        self.packet[2..4].copy_from_slice(&(number as u16).to_be_bytes());
        self.packet[4..8].copy_from_slice(&number.wrapping_mul(self.ticks).to_be_bytes());
        let mut size = PACKET;
        if self.payloads.is_empty() {
            for bit in 0..32 {
                self.packet[12 + bit] = if number >> bit & 1 == 1 { LOUD } else { QUIET };
            }
        } else {
            let payload = &self.payloads[number as usize % self.payloads.len()];
            size = 12 + payload.len();
            self.packet[12..size].copy_from_slice(payload);
        }
        self.sent_ns[number as usize % KEPT] = now_ns;
        let target = std::ptr::from_ref(&self.to).cast();
        // SAFETY: packet and address are ours and their sizes are given.
        unsafe {
            libc::sendto(
                self.fd,
                self.packet.as_ptr().cast(),
                size,
                0,
                target,
                size_of::<sockaddr_in>() as u32,
            );
        }
        self.number += 1;
        self.due_ns += FRAME_NS;
    }
}

/// What came in the window.
#[derive(Default)]
struct Tally {
    sent: u64,
    received: u64,
    latencies_ns: Vec<u64>,
}

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
    let own = std::process::id();
    pass(&mut flows, epoll, &options, window, &mut Tally::default());
    let before = (
        cpu::on_core_ns(options.pid),
        cpu::on_core_ns(own),
        net::now_ns(),
    );
    let mut tally = Tally::default();
    pass(&mut flows, epoll, &options, end, &mut tally);
    let passed_ns = (net::now_ns() - before.2) as f64;
    let used = (
        cpu::on_core_ns(options.pid) - before.0,
        cpu::on_core_ns(own) - before.1,
    );
    // What is still on its way.
    let grace = net::now_ns() + 300_000_000;
    while net::now_ns() < grace {
        receive(&mut flows, epoll, &options, &mut tally);
    }
    print(&options, &mut tally, used.0 as f64, passed_ns);
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
            flows[order[next]].send(net::now_ns());
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
        if size < 12 {
            continue;
        }
        tally.received += 1;
        if options.listen || size < PACKET {
            continue;
        }
        let number = (0..32).fold(0u32, |n, bit| {
            n | u32::from(packet[12 + bit] & 0x40 == 0) << bit
        });
        let from = &flows[if options.pair { index ^ 1 } else { index }];
        if number < from.number && from.number - number < KEPT as u32 {
            let sent_ns = from.sent_ns[number as usize % KEPT];
            tally.latencies_ns.push(stamp_ns.saturating_sub(sent_ns));
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

fn print(options: &Options, tally: &mut Tally, used_ns: f64, passed_ns: f64) {
    tally.latencies_ns.sort_unstable();
    let at = |share: f64| {
        let index = (tally.latencies_ns.len() as f64 * share) as usize;
        tally
            .latencies_ns
            .get(index)
            .map_or(0.0, |ns| *ns as f64 / 1e6)
    };
    let packets = if options.listen {
        tally.received
    } else {
        tally.sent
    };
    let figures: HashMap<&str, f64> = HashMap::from([
        ("flows", options.count as f64),
        ("sent", tally.sent as f64),
        ("received", tally.received as f64),
        (
            "lost_share",
            1.0 - (tally.received as f64 / tally.sent.max(1) as f64).min(1.0),
        ),
        ("us_per_packet", used_ns / 1000.0 / packets.max(1) as f64),
        ("cpu_share", used_ns / passed_ns),
        ("p50_ms", at(0.5)),
        ("p99_ms", at(0.99)),
        ("max_ms", at(0.999_999)),
    ]);
    let fields: Vec<String> = figures
        .iter()
        .map(|(name, value)| format!("\"{name}\": {value:.4}"))
        .collect();
    println!("{{{}}}", fields.join(", "));
}
