//! What a jitter buffer counts.

/// What happened so far. Each packet that came is in one of the first five, or still in the buffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterReport {
    /// Given out.
    pub played: u64,
    /// Came after their turn.
    pub late: u64,
    /// Came again.
    pub duplicate: u64,
    /// Were far from all others, or too long.
    pub outside: u64,
    /// Left out to shorten the delay, or forgotten at a restart.
    pub shed: u64,
    /// Turns that passed without their packet; those that came late are among them.
    pub missing: u64,
    /// Times the delay was lengthened in a quiet moment.
    pub inserted: u64,
    /// Turns without anything to play though there should have been.
    pub starved: u64,
    /// How long all played ones were held together, in microseconds.
    pub held_us: i64,
    /// How long the last packet was held, against the fastest, in microseconds.
    pub delay_us: i64,
    /// How long they should be held.
    pub target_us: i64,
    /// Packets in the buffer.
    pub held: u32,
}
