//! Telephone events (RFC 4733): one digit per press from any of its packets, and digits sent from a queue.

use std::collections::VecDeque;

use crate::clock::Moment;

/// Bytes of an event payload.
pub const EVENT_BYTES: usize = 4;
/// -13 dBm0, what common phones send.
const VOLUME: u8 = 13;
/// Packets of an event before its end, unless a duration is asked for.
const BODY_PACKETS: u16 = 11;
/// The end is sent three times against loss (RFC 4733 section 2.5.1.4).
const END_PACKETS: u16 = 3;
/// Ticks of 20 ms between two digits: 200 ms, so that no receiver takes two presses for one.
const GAP_TICKS: u16 = 10;
/// Digits that may wait, five hours of them: nobody finds it full, and nobody fills the memory.
pub const QUEUE_DIGITS: usize = 65_536;
/// Ticks per second of a packet thread.
const TICKS_PER_S: u32 = 50;
/// A press goes on as long as its packets do; they come every 20 to 100 ms.
const LOST_END_US: u64 = 300_000;
/// No packet of an older press comes so late: a timestamp that is older still is of a clock that was set back.
const LATE_US: u64 = 2_000_000;

const DIGITS: [u8; 17] = *b"0123456789*#ABCDF";

/// The letter of an event code: 0-9 * # A-D, and F for a flash (16).
pub fn digit_of(event: u8) -> Option<u8> {
    DIGITS.get(usize::from(event)).copied()
}

/// The event code of a letter.
pub fn event_of(digit: u8) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    DIGITS
        .iter()
        .position(|d| *d == digit)
        .map(|index| index as u8)
}

/// An event payload, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    code: u8,
    end: bool,
    duration: u16,
}

impl Event {
    fn read(payload: &[u8]) -> Option<Event> {
        let [code, flags, high, low] = *payload.first_chunk::<EVENT_BYTES>()?;
        Some(Event {
            code,
            end: flags & 0x80 != 0,
            duration: u16::from_be_bytes([high, low]),
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Press {
    code: u8,
    rtp_ts: u32,
    duration: u16,
    /// Of segments before this one.
    before: u32,
    heard: Moment,
    ended: bool,
}

/// A press that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its letter.
    pub digit: u8,
    /// How long it was, as far as it was heard, in the event's clock.
    pub duration: u32,
}

/// Hears presses. The key of a press is its timestamp, so lost starts, lost ends and repeats do no harm.
#[derive(Debug, Default)]
pub struct DigitReceiver {
    last: Option<Press>,
    released: VecDeque<Release>,
}

impl DigitReceiver {
    /// Takes one event packet; a letter when it begins a press.
    pub fn receive(
        &mut self,
        now: Moment,
        rtp_ts: u32,
        marker: bool,
        payload: &[u8],
    ) -> Option<u8> {
        let event = Event::read(payload)?;
        let digit = digit_of(event.code)?;
        if let Some(last) = &mut self.last {
            let step = rtp_ts.wrapping_sub(last.rtp_ts);
            if step > u32::MAX / 2 && now.since_us(last.heard) <= LATE_US {
                return None; // a late packet of an older press
            }
            if event.code == last.code && (step == 0 || continues(last, step, marker)) {
                if step != 0 {
                    // Some phones let the duration grow with the timestamp.
                    let counts_on = event.duration > last.duration;
                    last.before = last.before.saturating_add(if counts_on { 0 } else { step });
                    (last.rtp_ts, last.duration) = (rtp_ts, event.duration);
                }
                last.heard = now;
                last.duration = last.duration.max(event.duration);
                if event.end {
                    self.release();
                }
                return None;
            }
        }
        self.release();
        self.last = Some(Press {
            code: event.code,
            rtp_ts,
            duration: event.duration,
            before: 0,
            heard: now,
            ended: false,
        });
        if event.end {
            self.release();
        }
        Some(digit)
    }

    /// The press is over, unless it was before.
    fn release(&mut self) {
        let Some(last) = self.last.as_mut().filter(|last| !last.ended) else {
            return;
        };
        last.ended = true;
        if let Some(digit) = digit_of(last.code) {
            let duration = last.before.saturating_add(u32::from(last.duration));
            self.released.push_back(Release { digit, duration });
        }
    }

    /// A press of which nothing has come for long has lost its end.
    pub fn sweep(&mut self, now: Moment) {
        let stale = |last: &Press| now.since_us(last.heard) > LOST_END_US;
        if self.last.as_ref().is_some_and(stale) {
            self.release();
        }
    }

    /// The next press that is over.
    pub fn take_release(&mut self) -> Option<Release> {
        self.released.pop_front()
    }

    /// The same, of those before the press that was heard last.
    pub fn take_earlier(&mut self) -> Option<Release> {
        let own = usize::from(self.last.is_some_and(|last| last.ended));
        (self.released.len() > own).then(|| self.take_release())?
    }

    /// Another source begins: its timestamps have nothing to do with those before.
    pub fn change_source(&mut self) {
        self.release();
        self.last = None;
    }
}

/// A long press goes on in segments (RFC 4733 section 2.5.1.3), and some phones move the timestamp within a press;
/// both go on exactly where the last packet stood, without a marker.
fn continues(last: &Press, step: u32, marker: bool) -> bool {
    !marker && !last.ended && step <= u32::from(last.duration) + 160
}

/// One event packet to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// Only the first of an event carries it.
    pub marker: bool,
    /// The first of an event: the timestamp of this moment holds for all of it.
    pub first: bool,
    /// Where its segment begins, from there on.
    pub segment: u32,
    /// The payload.
    pub payload: [u8; EVENT_BYTES],
}

#[derive(Clone, Copy, Debug)]
struct Sending {
    code: u8,
    body_packets: u16,
    sent: u16,
    segment: u32,
}

/// Sends digits: one packet a tick, 11 of growing duration, 3 of the end, then a gap.
#[derive(Debug, Default)]
pub struct DigitSender {
    queue: VecDeque<(u8, u16)>,
    sending: Option<Sending>,
    gap: u16,
}

impl DigitSender {
    /// Queues a digit, of so many ms (0 is the default); false when it is no digit or the queue is full.
    pub fn push(&mut self, digit: u8, duration_ms: u32) -> bool {
        let Some(code) = event_of(digit) else {
            return false;
        };
        if self.queue.len() >= QUEUE_DIGITS {
            return false;
        }
        let packets = if duration_ms == 0 {
            BODY_PACKETS
        } else {
            (duration_ms.clamp(40, 8000) / 20) as u16
        };
        self.queue.push_back((code, packets));
        true
    }

    /// Digits that wait or are being sent.
    pub fn pending(&self) -> usize {
        self.queue.len() + usize::from(self.sending.is_some())
    }

    /// Whether the next ticks belong to a digit, so that audio must be silent.
    #[inline]
    pub fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// Whether ticks are wanted at all.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.sending.is_none() && self.queue.is_empty() && self.gap == 0
    }

    /// Forgets what has not been sent.
    pub fn clear(&mut self) {
        *self = DigitSender::default();
    }

    /// The packet of this tick, at the event clock's rate.
    pub fn tick(&mut self, rate: u32) -> Option<EventPacket> {
        if self.gap > 0 {
            self.gap -= 1;
            return None;
        }
        if self.sending.is_none() {
            let (code, body_packets) = self.queue.pop_front()?;
            self.sending = Some(Sending {
                code,
                body_packets,
                sent: 0,
                segment: 0,
            });
        }
        let sending = self.sending.as_mut()?;
        let packet = sending.packet(rate);
        if sending.sent == sending.body_packets + END_PACKETS {
            self.sending = None;
            self.gap = GAP_TICKS;
        }
        Some(packet)
    }
}

impl Sending {
    /// What is due, and on to the next. What is longer than a duration can tell goes on in another segment, once the
    /// longest has been told (RFC 4733 section 2.5.1.3).
    fn packet(&mut self, rate: u32) -> EventPacket {
        // The three ends repeat the same, final duration.
        let steps = u32::from(self.sent.min(self.body_packets)) + 1;
        let told = steps * (rate / TICKS_PER_S) - self.segment;
        let is_full = told > u32::from(u16::MAX);
        let end = self.sent >= self.body_packets && !is_full;
        let [high, low] = (told.min(u32::from(u16::MAX)) as u16).to_be_bytes();
        let packet = EventPacket {
            marker: self.sent == 0,
            first: self.sent == 0,
            segment: self.segment,
            payload: [self.code, (u8::from(end) << 7) | VOLUME, high, low],
        };
        self.segment += if is_full { u32::from(u16::MAX) } else { 0 };
        self.sent += u16::from(end || self.sent < self.body_packets);
        packet
    }
}

#[cfg(test)]
mod tests;
