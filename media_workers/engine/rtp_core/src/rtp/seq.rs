//! Sequence numbers: where a packet stands among those before it (RFC 3550 appendix A.1), and which were seen twice.

/// A larger step forward is no loss but another stream (RFC 3550 appendix A.1, MAX_DROPOUT).
const MAX_DROPOUT: u16 = 3000;
/// Packets so far behind the newest are still told apart from duplicates.
const WINDOW: u16 = 64;

/// Where a packet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The very first, or the first after a jump that proved real: nothing before it counts.
    First,
    /// The newest so far; so many numbers between it and the one before are missing.
    Newest {
        /// Numbers stepped over.
        missing: u16,
    },
    /// Behind the newest, not seen before.
    Late,
    /// Seen before, or too far behind to know.
    Duplicate,
    /// Far from everything: believed only if the next packet follows it.
    Stray,
}

/// The sequence numbers of one source.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequence {
    started: bool,
    newest: u16,
    cycles: u32,
    base: u32,
    stray_next: Option<u16>,
    /// Bit n: newest - n has been seen.
    seen: u64,
    received: u32,
    expected_before: u32,
    received_before: u32,
    /// Losses of the stretches before the last jump.
    lost_earlier: i64,
}

impl Sequence {
    /// Takes the number of a packet and says where it stands.
    #[inline]
    pub fn observe(&mut self, seq: u16) -> Arrival {
        if !self.started {
            self.restart(seq);
            return Arrival::First;
        }
        let step = seq.wrapping_sub(self.newest);
        if step != 0 && step < MAX_DROPOUT {
            return self.advance(seq, step);
        }
        let behind = self.newest.wrapping_sub(seq);
        if behind < WINDOW {
            let bit = 1u64 << behind;
            if self.seen & bit != 0 {
                return Arrival::Duplicate;
            }
            self.seen |= bit;
            self.received += 1;
            return Arrival::Late;
        }
        self.jump(seq)
    }

    #[inline]
    fn advance(&mut self, seq: u16, step: u16) -> Arrival {
        if seq < self.newest {
            self.cycles += 1;
        }
        self.newest = seq;
        self.seen = if step < WINDOW {
            (self.seen << step) | 1
        } else {
            1
        };
        self.received += 1;
        self.stray_next = None;
        Arrival::Newest { missing: step - 1 }
    }

    /// Two packets in a row at a far place mean that the sender started anew (RFC 3550 appendix A.1, bad_seq).
    fn jump(&mut self, seq: u16) -> Arrival {
        if self.stray_next == Some(seq) {
            self.lost_earlier += self.lost_now();
            self.restart(seq);
            return Arrival::First;
        }
        self.stray_next = Some(seq.wrapping_add(1));
        Arrival::Stray
    }

    fn restart(&mut self, seq: u16) {
        *self = Sequence {
            started: true,
            newest: seq,
            base: u32::from(seq),
            seen: 1,
            received: 1,
            lost_earlier: self.lost_earlier,
            ..Sequence::default()
        };
    }

    /// Forgets the source but not what it lost: another SSRC begins.
    pub fn change_source(&mut self) {
        let lost = self.lost();
        *self = Sequence {
            lost_earlier: lost,
            ..Sequence::default()
        };
    }

    /// The stream comes from another place from this number on. One that goes on loses nothing of its past; one that is
    /// behind was never heard here, so that its numbers are no duplicates.
    pub fn move_to(&mut self, seq: u16) {
        let step = seq.wrapping_sub(self.newest);
        if step == 0 || step >= MAX_DROPOUT {
            self.change_source();
        }
    }

    /// Highest number received, extended by the count of wraps.
    pub fn extended(&self) -> u32 {
        (self.cycles << 16) | u32::from(self.newest)
    }

    fn expected(&self) -> u32 {
        if self.started {
            self.extended().wrapping_sub(self.base).wrapping_add(1)
        } else {
            0
        }
    }

    fn lost_now(&self) -> i64 {
        i64::from(self.expected()) - i64::from(self.received)
    }

    /// Packets lost in all; duplicates are not counted as received, so it is never below zero for one stretch.
    pub fn lost(&self) -> i64 {
        self.lost_earlier + self.lost_now()
    }

    /// Loss since the last call, in 1/256, as a report block carries it (RFC 3550 appendix A.3).
    pub fn take_fraction_lost(&mut self) -> u8 {
        let expected = self.expected().wrapping_sub(self.expected_before);
        let received = self.received.wrapping_sub(self.received_before);
        self.expected_before = self.expected();
        self.received_before = self.received;
        if expected == 0 || received >= expected {
            return 0;
        }
        ((u64::from(expected - received) << 8) / u64::from(expected)).min(255) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(numbers: &[u16]) -> (Sequence, Vec<Arrival>) {
        let mut sequence = Sequence::default();
        let seen = numbers.iter().map(|n| sequence.observe(*n)).collect();
        (sequence, seen)
    }

    // covers: EN-028
    #[test]
    fn a_stream_that_moves_goes_on_or_begins_anew() {
        let mut sequence = Sequence::default();
        sequence.observe(10);
        sequence.observe(12);
        sequence.move_to(14);
        assert_eq!(sequence.observe(14), Arrival::Newest { missing: 1 });
        assert_eq!(sequence.lost(), 2);
        sequence.move_to(12);
        assert_eq!(sequence.observe(12), Arrival::First);
        assert_eq!(sequence.lost(), 2);
    }

    #[test]
    fn wrap_at_65535_is_a_step_of_one() {
        let (sequence, seen) = run(&[65534, 65535, 0, 1]);
        assert_eq!(
            seen[2..],
            [
                Arrival::Newest { missing: 0 },
                Arrival::Newest { missing: 0 }
            ]
        );
        assert_eq!((sequence.extended(), sequence.lost()), (65537, 0));
    }

    #[test]
    fn missing_late_and_duplicate_are_told_apart() {
        let (sequence, seen) = run(&[10, 13, 12, 12, 13, 14]);
        assert_eq!(
            seen,
            [
                Arrival::First,
                Arrival::Newest { missing: 2 },
                Arrival::Late,
                Arrival::Duplicate,
                Arrival::Duplicate,
                Arrival::Newest { missing: 0 }
            ]
        );
        assert_eq!(sequence.lost(), 1);
    }

    #[test]
    fn one_stray_number_is_ignored_and_two_in_a_row_restart() {
        let (sequence, seen) = run(&[1, 2, 40000, 3, 40000, 40001, 40002]);
        assert_eq!(
            seen[2..],
            [
                Arrival::Stray,
                Arrival::Newest { missing: 0 },
                Arrival::Stray,
                Arrival::First,
                Arrival::Newest { missing: 0 }
            ]
        );
        assert_eq!(sequence.lost(), 0);
    }

    #[test]
    fn fraction_lost_is_of_the_interval_alone() {
        let (mut sequence, _) = run(&[1, 2, 3, 4]);
        assert_eq!(sequence.take_fraction_lost(), 0);
        for seq in [6, 8] {
            sequence.observe(seq);
        }
        assert_eq!(sequence.take_fraction_lost(), 128);
        assert_eq!(sequence.take_fraction_lost(), 0);
    }

    #[test]
    fn losses_outlive_a_change_of_source() {
        let (mut sequence, _) = run(&[1, 5]);
        sequence.change_source();
        sequence.observe(60000);
        assert_eq!(sequence.lost(), 3);
    }
}
