//! CPU by /proc: nanoseconds that a process's threads were on a core, and what the host of a virtual machine took of all cores.

use std::fs;

/// Time on a core of all threads of a process; 0 when there is no such process.
pub fn on_core_ns(pid: u32) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return 0;
    };
    let ns = |path: std::path::PathBuf| {
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    threads
        .flatten()
        .filter_map(|thread| ns(thread.path()))
        .sum()
}

/// Ticks of all cores so far: those that the machine's host gave to others, and all.
pub fn stolen() -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = first
        .split_whitespace()
        .skip(1)
        .take(8)
        .flat_map(str::parse)
        .collect();
    (ticks.get(7).copied().unwrap_or(0), ticks.iter().sum())
}

/// What share of the machine its host gave to others in between.
pub fn stolen_share(before: (u64, u64), after: (u64, u64)) -> f64 {
    (after.0 - before.0) as f64 / (after.1 - before.1).max(1) as f64
}
