//! What a window brought, as figures.

use crate::flow::{Flow, FRAME_NS};
use crate::options::Options;

/// A packet that leaves so much after its time is the generator's own lateness, or the machine's.
const LATE_NS: u64 = 1_000_000;

/// What went out and came in.
#[derive(Default)]
pub struct Tally {
    pub sent: u64,
    pub received: u64,
    /// From the moment a packet left to the kernel's stamp of what came back.
    pub latencies_ns: Vec<u64>,
    /// From the moment a packet was due to the moment it left.
    pub late_ns: Vec<u64>,
}

/// What the processes and the machine did meanwhile.
pub struct Used {
    pub measured_ns: u64,
    pub own_ns: u64,
    pub stolen_share: f64,
    pub passed_ns: u64,
}

impl Tally {
    /// One JSON object on stdout.
    pub fn print(&mut self, options: &Options, flows: &[Flow], used: &Used) {
        self.latencies_ns.sort_unstable();
        self.late_ns.sort_unstable();
        let lost = if options.listen {
            // Frames at both ends of the window may fall on either side.
            let least = (used.passed_ns / FRAME_NS).saturating_sub(2);
            flows.iter().map(|flow| flow.missing(least)).sum()
        } else {
            self.sent.saturating_sub(self.received)
        };
        let packets = if options.listen {
            self.received
        } else {
            self.sent
        };
        let late = self.late_ns.len() - self.late_ns.partition_point(|ns| *ns <= LATE_NS);
        let share = |part: f64, whole: u64| part / whole.max(1) as f64;
        let figures = [
            ("flows", options.count as f64),
            ("sent", self.sent as f64),
            ("received", self.received as f64),
            ("lost_share", share(lost as f64, lost.max(self.sent))),
            (
                "us_per_packet",
                share(used.measured_ns as f64 / 1000.0, packets),
            ),
            ("cpu_share", share(used.measured_ns as f64, used.passed_ns)),
            ("p50_ms", at(&self.latencies_ns, 0.5)),
            ("p99_ms", at(&self.latencies_ns, 0.99)),
            ("max_ms", at(&self.latencies_ns, 1.0)),
            ("late_share", share(late as f64, self.sent)),
            ("late_p99_ms", at(&self.late_ns, 0.99)),
            ("late_max_ms", at(&self.late_ns, 1.0)),
            ("generator_share", share(used.own_ns as f64, used.passed_ns)),
            ("stolen_share", used.stolen_share),
        ];
        let fields = figures.map(|(name, value)| format!("\"{name}\": {value:.5}"));
        println!("{{{}}}", fields.join(", "));
    }
}

/// In milliseconds.
fn at(sorted_ns: &[u64], share: f64) -> f64 {
    let index = (sorted_ns.len() as f64 * share) as usize;
    let found = sorted_ns.get(index.min(sorted_ns.len().saturating_sub(1)));
    found.map_or(0.0, |ns| *ns as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_few_and_none() {
        assert_eq!(at(&[], 0.99), 0.0);
        assert_eq!(at(&[1_000_000, 2_000_000, 3_000_000], 0.5), 2.0);
        assert_eq!(at(&[1_000_000, 2_000_000], 1.0), 2.0);
    }
}
