//! Load generator and bare echo loop that the engine's packet path is measured against.
//!
//! ```text
//! rtp_bench bare N FIRST_PORT [pair]     the yardstick: epoll, recvfrom, sendto; nothing else
//! rtp_bench load N FIRST_PORT [options]  paced flows of G.711; one JSON object on stdout
//!     --pair            what goes into flow 2n comes out of flow 2n+1 and the reverse
//!     --law-in PT       payload type of what is sent on odd flows of pairs (default 0)
//!     --odd-payloads FILE, --odd-ticks N   what odd flows of pairs send instead, and the timestamp's step
//!     --listen          the far end talks by itself: count, do not measure latency
//!     --pid PID         whose CPU is counted
//!     --warm-up S --window S --burst-us US
//! ```
//!
//! Flow n uses the peer's port FIRST_PORT + 2n, from a client socket of its own on 20000 + n.

mod bare;
mod cpu;
mod load;
mod net;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["bare", rest @ ..] => bare::run(rest),
        ["load", rest @ ..] => load::run(rest),
        _ => Err("usage: rtp_bench bare|load N FIRST_PORT [options]".into()),
    };
    if let Err(error) = result {
        eprintln!("rtp_bench: {error}");
        std::process::exit(1);
    }
}
