//! Load generator and bare echo loop that the engine's packet path is measured against.

fn main() {
    eprintln!("usage: rtp_bench load|bare ...");
    std::process::exit(2);
}
