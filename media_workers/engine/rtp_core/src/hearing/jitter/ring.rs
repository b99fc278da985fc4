//! Packets by their numbers: what waits, and whose turn has passed.

use crate::hearing::jitter::Arrived;

/// Packets held at most; also how far ahead a number may be.
pub(super) const SLOTS: u16 = 64;
/// Room made ahead in each slot: 20 ms of G.711 or G.722.
const USUAL_PAYLOAD_BYTES: usize = 160;

/// One packet that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    pub(super) sent_us: i64,
    pub(super) rtp_ts: u32,
    pub(super) payload_type: u8,
    pub(super) payload: Vec<u8>,
}

/// The window of numbers from the one that is next.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    slots: Vec<Slot>,
    /// Bit n: slot n is taken.
    present: u64,
    /// Bit n: number `next_seq - 1 - n` was taken out.
    done: u64,
    next_seq: u16,
}

impl Ring {
    pub(super) fn new() -> Self {
        let slot = || Slot {
            payload: Vec::with_capacity(USUAL_PAYLOAD_BYTES),
            ..Slot::default()
        };
        Self {
            slots: (0..SLOTS).map(|_| slot()).collect(),
            present: 0,
            done: 0,
            next_seq: 0,
        }
    }

    /// Whose turn it is.
    #[inline]
    pub(super) fn next_seq(&self) -> u16 {
        self.next_seq
    }

    /// Packets that wait.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.present.count_ones()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// Forgets all packets.
    pub(super) fn clear(&mut self) {
        (self.present, self.done) = (0, 0);
    }

    /// An empty ring goes on at this number; what was before is forgotten.
    pub(super) fn go_to(&mut self, seq: u16) {
        (self.next_seq, self.done) = (seq, 0);
    }

    /// Begins so much lower, if the window still holds all packets then.
    pub(super) fn lower(&mut self, by: u16) -> bool {
        let highest = (0..SLOTS)
            .rev()
            .find(|&n| self.has(self.next_seq.wrapping_add(n)));
        let fits = highest.is_none_or(|highest| highest + by < SLOTS);
        if fits {
            self.next_seq = self.next_seq.wrapping_sub(by);
        }
        fits
    }

    /// Whether a packet with this number, which lies in the window, waits.
    #[inline]
    pub(super) fn has(&self, seq: u16) -> bool {
        self.present >> (seq % SLOTS) & 1 != 0
    }

    /// Keeps a packet whose number lies in the window.
    #[inline]
    pub(super) fn put(&mut self, packet: &Arrived<'_>, sent_us: i64) {
        let slot = &mut self.slots[usize::from(packet.seq % SLOTS)];
        slot.sent_us = sent_us;
        slot.rtp_ts = packet.rtp_ts;
        slot.payload_type = packet.payload_type;
        slot.payload.clear();
        slot.payload.extend_from_slice(packet.payload);
        self.present |= 1 << (packet.seq % SLOTS);
    }

    /// A number so far behind came after all; false if it had come before.
    pub(super) fn take_late(&mut self, behind: u16) -> bool {
        let bit = 1 << (behind - 1);
        let is_new = self.done & bit == 0;
        self.done |= bit;
        is_new
    }

    /// How far ahead the first packet lies.
    #[inline]
    pub(super) fn first_ahead(&self) -> Option<u16> {
        let ahead = self
            .present
            .rotate_right(u32::from(self.next_seq % SLOTS))
            .trailing_zeros();
        (ahead < 64).then_some(ahead as u16)
    }

    /// What lies so far ahead; it means something only if a packet does.
    #[inline]
    pub(super) fn ahead(&self, ahead: u16) -> &Slot {
        &self.slots[usize::from(self.next_seq.wrapping_add(ahead) % SLOTS)]
    }

    /// Passes over numbers, with their packets.
    #[inline]
    pub(super) fn skip(&mut self, count: u16) {
        for _ in 0..count {
            let bit = 1 << (self.next_seq % SLOTS);
            self.done = self.done << 1 | u64::from(self.present & bit != 0);
            self.present &= !bit;
            self.next_seq = self.next_seq.wrapping_add(1);
        }
    }

    /// The next packet; its turn has passed then.
    #[inline]
    pub(super) fn take(&mut self) -> &Slot {
        let index = usize::from(self.next_seq % SLOTS);
        self.skip(1);
        &self.slots[index]
    }
}
