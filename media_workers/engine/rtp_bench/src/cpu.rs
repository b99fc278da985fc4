//! CPU of a process by /proc: nanoseconds that its threads were on a core.

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
