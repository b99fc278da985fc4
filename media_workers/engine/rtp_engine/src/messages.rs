//! What Python and the packet threads tell each other, over bounded queues that never block.

use std::io::Result;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crossbeam_queue::ArrayQueue;
use rtp_core::channel::config::ChannelConfig;
use rtp_core::channel::peer_quality::Quality;
use rtp_core::playing::player::Player;
use rtp_core::quality::stats::Counters;

use crate::ports::PortPair;
use crate::slot::Slot;
use crate::sys::Wakeup;

/// Commands a thread may be behind by.
const INBOX: usize = 1 << 14;
/// Events Python may be behind by.
const OUTBOX: usize = 1 << 14;

/// A number that Python knows a channel by.
pub type Handle = u64;

/// Python to a packet thread, in order per channel.
pub enum Command {
    /// A channel on these sockets.
    Open(Handle, Arc<PortPair>),
    /// It goes on by these sockets.
    Rebind(Handle, Arc<PortPair>),
    /// What it should be, and its group (0: none).
    Set(Handle, u64, Box<ChannelConfig>, u8),
    /// Its player, with the sounds.
    Play(Handle, Box<Player>),
    /// Its player has nothing that could be played.
    PlayFailed(Handle, Arc<str>),
    /// Digits to send, and their duration in ms.
    Digits(Handle, Box<[u8]>, u32),
    /// Its statistics, please; the number comes back with them.
    Stats(Handle, u64),
    /// End it.
    Close(Handle, Box<str>),
    /// Hand it to another thread, whose inbox this is.
    MoveTo(Handle, Arc<Inbox>),
    /// A channel will be handed over: keep what comes for it until then.
    Expect(Handle),
    /// A channel that another thread handed over.
    Adopt(Handle, Box<Slot>),
    /// The engine ends.
    Stop,
}

/// What is known of a channel at a moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What was counted.
    pub counters: Counters,
    /// Packets lost on the way to us.
    pub lost: u64,
    /// Jitter of what we receive.
    pub jitter_ms: f64,
    /// 0: unknown.
    pub round_trip_ms: f64,
    /// Share of our packets that the peer lost.
    pub remote_loss: f64,
    /// Jitter of our packets at the peer.
    pub remote_jitter_ms: f64,
    /// Payload type of what we hear, if anything.
    pub payload_type_in: Option<u8>,
    /// Payload type of what we send.
    pub payload_type_out: Option<u8>,
    /// The peer's SSRC; 0: unknown.
    pub ssrc_in: u32,
    /// Ours.
    pub ssrc_out: u32,
    /// How the peer is heard, if anything was.
    pub quality: Option<Quality>,
    /// Listening quality at the peer by its extended report; 0: not told.
    pub remote_mos: f64,
}

/// What happened to a recording.
pub struct RecordEvent {
    /// Its id.
    pub id: Arc<str>,
    /// Its file.
    pub file: Arc<str>,
    /// What, in the words of the contract.
    pub word: String,
    /// Of the whole file; only when it is finished.
    pub size_bytes: u64,
    /// Only when it is finished.
    pub duration_ms: u64,
}

/// What happened to a channel.
pub enum What {
    /// The peer's source was locked.
    Latched(std::net::SocketAddr),
    /// A digit of the peer, and whether it was in the audio.
    Digit(u8, bool),
    /// It was let go; whether it was in the audio, and after how many ms.
    DigitEnded(u8, bool, u32),
    /// A machine's tone in the audio.
    Tone(&'static str),
    /// A player began.
    PlayStarted(Arc<str>),
    /// A player ended, and why.
    PlayEnded(Arc<str>, &'static str),
    /// A player, and a file of it that could not be played.
    NoFile(Arc<str>, String),
    /// Something of a recording.
    Record(Box<RecordEvent>),
    /// A member of a conference began or ceased to talk; how loud.
    Talk(bool, f32),
    /// A member of a room became its speaker or ceased to be; how loud.
    Speaker(bool, f32),
    /// Nothing heard for so many seconds.
    Idle(u32),
    /// Answer to a request of this number.
    Stats(u64, Box<Snapshot>),
    /// The channel is no more; why, and its last statistics.
    Closed(Box<str>, Box<Snapshot>),
}

/// An event and its moment.
pub struct Event {
    /// Which channel.
    pub handle: Handle,
    /// Unix time in microseconds.
    pub unix_us: u64,
    /// What happened.
    pub what: What,
}

/// A bounded queue with a bell: the bell rings once however much is put in before it is answered.
pub struct Mailbox<T> {
    queue: ArrayQueue<T>,
    rung: AtomicBool,
    bell: Wakeup,
}

impl<T> Mailbox<T> {
    /// Of so many places.
    pub fn new(places: usize) -> Result<Self> {
        Ok(Mailbox {
            queue: ArrayQueue::new(places),
            rung: AtomicBool::new(false),
            bell: Wakeup::new()?,
        })
    }

    /// Puts something in and rings, or gives it back when there is no room.
    pub fn put(&self, item: T) -> std::result::Result<(), T> {
        self.put_quietly(item)?;
        self.ring();
        Ok(())
    }

    /// Puts something in; who does so rings when there is no more to put in, because a bell is a system call.
    pub fn put_quietly(&self, item: T) -> std::result::Result<(), T> {
        self.queue.push(item)
    }

    /// Rings, unless it has rung already and not been answered.
    pub fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.bell.signal();
        }
    }

    /// Answers the bell: call before taking things out.
    pub fn answer(&self) {
        self.bell.clear();
        self.rung.store(false, Ordering::Release);
    }

    /// Takes something out.
    pub fn take(&self) -> Option<T> {
        self.queue.pop()
    }

    /// What to watch.
    pub fn fd(&self) -> std::os::fd::RawFd {
        self.bell.fd()
    }
}

/// The inbox of the thread that has a channel now. Held while something is put in, so that what is sent to a channel
/// by others than Python (its sounds) stays in order with its moves.
pub type Home = Arc<Mutex<Arc<Inbox>>>;
/// Commands of one thread.
pub type Inbox = Mailbox<Command>;
/// Events of all threads.
pub type Outbox = Mailbox<Event>;

/// An inbox of the usual size.
pub fn inbox() -> Result<Arc<Inbox>> {
    Mailbox::new(INBOX).map(Arc::new)
}

/// An outbox of the usual size.
pub fn outbox() -> Result<Arc<Outbox>> {
    Mailbox::new(OUTBOX).map(Arc::new)
}

/// What a thread lets others see of itself.
#[derive(Default)]
pub struct Load {
    /// Channels it has.
    pub channels: AtomicU32,
    /// Share of its time spent busy over the last second, in 1/1000.
    pub busy_permille: AtomicU32,
    /// 99th percentile of how late its ticks were, over the last second.
    pub tick_late_us: AtomicU32,
    /// Datagrams taken in all.
    pub packets: AtomicU64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bell_rings_once_for_many_and_again_after_its_answer() {
        let mailbox = Mailbox::<u8>::new(2).unwrap();
        assert!(mailbox.put(1).is_ok() && mailbox.put(2).is_ok());
        assert_eq!(mailbox.put(3), Err(3));
        mailbox.answer();
        assert_eq!(
            (mailbox.take(), mailbox.take(), mailbox.take()),
            (Some(1), Some(2), None)
        );
        assert!(mailbox.put(4).is_ok());
        assert!(mailbox.rung.load(Ordering::Acquire));
    }
}
