//! A packet thread: one epoll, many channels, nothing shared with anybody but two queues.
//!
//! One turn of the loop: wait; datagrams that came (arrivals.rs); commands (control.rs); ticks that are due
//! (ticks.rs); a slice of the sweep (sweep.rs). No call in it blocks but the wait.

use std::collections::{HashMap, VecDeque};
use std::io::Result;
use std::sync::atomic::Ordering;
use std::sync::Arc;

use rtp_core::clock::{Moment, WallClock};

use crate::messages::{Command, Event, Handle, Inbox, Load, Outbox, What};
use crate::rooms::Room;
use crate::slot::Slot;
use crate::sweep::Sweep;
use crate::sys::{self, Epoll, Ready};
use crate::ticks::TickList;
use crate::writing::Writer;

/// Datagrams handled between two looks at the clock for ticks.
const READY: usize = 256;
/// Larger than any datagram we take, to tell when one is larger.
pub const BUFFER_BYTES: usize = 2048;
/// Events that wait here while Python is behind; digits beyond are lost, ends never.
const BACKLOG: usize = 4096;

/// Epoll token of the inbox; others are the slot's place and a bit for RTCP.
const INBOX_TOKEN: u64 = u64::MAX;

/// One thread.
pub struct PacketThread {
    pub(crate) slots: Vec<Option<Box<Slot>>>,
    pub(crate) free: Vec<u32>,
    pub(crate) by_handle: HashMap<Handle, u32>,
    /// Places of the members of each group.
    pub(crate) groups: HashMap<u64, Vec<u32>>,
    /// Commands for channels that are on their way here.
    pub(crate) early: HashMap<Handle, Vec<Command>>,
    /// Channels on their way to another thread whose inbox was full.
    pub(crate) leaving: Vec<(Arc<Inbox>, Command)>,
    /// The mixes of groups that need one.
    pub(crate) rooms: HashMap<u64, Room>,
    pub(crate) writer: Writer,
    pub(crate) ticks: TickList,
    pub(crate) sweep: Sweep,
    pub(crate) epoll: Epoll,
    pub(crate) wall: WallClock,
    pub(crate) load: Arc<Load>,
    pub(crate) stopping: bool,
    inbox: Arc<Inbox>,
    outbox: Arc<Outbox>,
    backlog: VecDeque<Event>,
}

impl PacketThread {
    /// A thread's state, made before the thread so that failures are told to who asked.
    pub fn new(
        inbox: Arc<Inbox>,
        outbox: Arc<Outbox>,
        load: Arc<Load>,
        writer: Writer,
    ) -> Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(inbox.fd(), INBOX_TOKEN)?;
        let now = sys::monotonic_us();
        Ok(PacketThread {
            slots: Vec::new(),
            free: Vec::new(),
            by_handle: HashMap::new(),
            groups: HashMap::new(),
            early: HashMap::new(),
            leaving: Vec::new(),
            rooms: HashMap::new(),
            writer,
            ticks: TickList::new(Moment(now)),
            sweep: Sweep::new(Moment(now)),
            epoll,
            wall: WallClock {
                unix_us_at_zero: sys::unix_us().saturating_sub(now),
            },
            load,
            stopping: false,
            inbox,
            outbox,
            backlog: VecDeque::new(),
        })
    }

    /// Runs until told to stop.
    pub fn run(mut self) {
        let mut ready = Ready::with_capacity(READY);
        let mut buffer = [0u8; BUFFER_BYTES];
        while !self.stopping {
            let done = self.backlog.is_empty() && self.leaving.is_empty();
            let now = Moment(sys::monotonic_us());
            let timeout = self.ticks.wait_us(now, self.sweep.due(), done);
            self.epoll.wait(&mut ready, timeout);
            self.take_ready(&ready, &mut buffer);
            let now = Moment(sys::monotonic_us());
            self.run_ticks(now, &mut buffer);
            self.run_sweep(now);
            self.flush_backlog();
            self.send_leaving();
        }
    }

    fn take_ready(&mut self, ready: &Ready, buffer: &mut [u8; BUFFER_BYTES]) {
        let mut commands = false;
        for event in ready {
            let token = event.u64;
            if token == INBOX_TOKEN {
                commands = true;
            } else if token & 1 == 0 {
                self.rtp_arrived((token >> 1) as usize, buffer);
            } else {
                self.rtcp_arrived((token >> 1) as usize, buffer);
            }
        }
        let packets = ready.len() as u64 - u64::from(commands);
        self.load.packets.fetch_add(packets, Ordering::Relaxed);
        if commands {
            // After the datagrams of this turn: no token of it can belong to a channel that is gone.
            self.inbox.answer();
            while let Some(command) = self.inbox.take() {
                self.obey(command);
            }
        }
    }

    /// Tells Python what happened; when its queue is full, later.
    pub(crate) fn tell(&mut self, now: Moment, handle: Handle, what: What) {
        let event = Event {
            handle,
            unix_us: self.wall.unix_us(now),
            what,
        };
        let full = if self.backlog.is_empty() {
            self.outbox.put(event).err()
        } else {
            Some(event)
        };
        if let Some(event) = full {
            if self.backlog.len() < BACKLOG
                || !matches!(
                    event.what,
                    What::Digit(..)
                        | What::DigitEnded(..)
                        | What::Latched(_)
                        | What::Talk(..)
                        | What::Speaker(..)
                )
            {
                self.backlog.push_back(event);
            }
        }
    }

    fn flush_backlog(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(event) = self.outbox.put(event) {
                self.backlog.push_front(event);
                return;
            }
        }
    }
}

/// The epoll token of a slot's RTP socket; the RTCP socket's is one more.
pub(crate) fn token(place: u32) -> u64 {
    u64::from(place) << 1
}
