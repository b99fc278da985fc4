//! Load generator and bare echo loop that the engine's packet path is measured against.
//!
//! ```text
//! rtp_bench bare N FIRST_PORT [pair]     the yardstick: epoll, recvfrom, sendto; nothing else
//! rtp_bench load N FIRST_PORT [options]  paced flows; one JSON object on stdout
//!     --pair            what goes into flow 2n comes out of flow 2n+1 and the reverse
//!     --codecs A,B      what flows send, in turn: PCMU (the default), PCMA, G722, opus@16000 (as softphones), opus@48000
//!     --listen          the far end talks by itself: flows speak, and are counted; no latency is measured
//!     --pid PID         whose CPU is counted
//!     --warm-up S --window S --burst-us US
//! ```
//!
//! Flow n uses the peer's port FIRST_PORT + 2n, from a client socket of its own on 20000 + n.

mod bare;
mod cpu;
mod flow;
mod load;
mod net;
mod options;
mod speech;
mod tally;

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
