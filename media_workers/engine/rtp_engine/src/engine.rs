//! The engine's books: which thread has which channel, and nothing of packets.

use std::collections::hash_map::{Entry, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use pyo3::exceptions::{PyKeyError, PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::config::{ChannelSpec, PlayerSpec};
use crate::errors::EngineFull;
use crate::messages::{inbox, outbox, Command, Event, Handle, Home, Inbox, Load, Outbox, What};
use crate::ports::PortPair;
use crate::sounds::Loader;
use crate::thread::PacketThread;
use crate::writer;
use crate::writing::Writer;

struct Worker {
    inbox: Arc<Inbox>,
    load: Arc<Load>,
    thread: Option<JoinHandle<()>>,
    channels: u32,
    unrung: AtomicBool,
}

struct Known {
    worker: usize,
    home: Home,
    group: String,
    /// What it plays, by id: sounds for these have been asked for.
    players: Vec<Arc<str>>,
    port: (IpAddr, u16),
    closing: bool,
}

struct Group {
    number: u64,
    worker: usize,
    members: u32,
}

/// Packet threads, sockets and sounds. Nothing here runs Python code: it is called with a lock held (python.rs).
pub struct Engine {
    workers: Vec<Worker>,
    outbox: Arc<Outbox>,
    loader: Loader,
    ports: HashMap<(IpAddr, u16), Bound>,
    channels: HashMap<Handle, Known>,
    groups: HashMap<String, Group>,
    next_group: u64,
}

struct Bound {
    pair: Arc<PortPair>,
    taken: bool,
    /// Bound for one channel, not in a block: unbound when the channel ends.
    single: bool,
}

impl Engine {
    /// Starts the packet threads, and those that read and write files.
    pub fn new(threads: usize, sound_cache_bytes: usize) -> PyResult<Self> {
        if !(1..=256).contains(&threads) {
            return Err(PyValueError::new_err(format!(
                "threads is 1 to 256, not {threads}"
            )));
        }
        let outbox = outbox()?;
        let writer = writer::start(outbox.clone())?;
        let workers = (0..threads)
            .map(|index| start_worker(index, &outbox, &writer))
            .collect::<std::io::Result<_>>()?;
        Ok(Engine {
            workers,
            loader: Loader::start(sound_cache_bytes, outbox.clone())?,
            outbox,
            ports: HashMap::new(),
            channels: HashMap::new(),
            groups: HashMap::new(),
            next_group: 1,
        })
    }

    /// What becomes readable when there are events to take.
    pub fn events_fd(&self) -> i32 {
        self.outbox.fd()
    }

    /// Takes up to `limit` events; what is left stays announced.
    pub fn take_events(&mut self, limit: usize) -> Vec<Event> {
        self.outbox.answer();
        let mut events = Vec::new();
        while events.len() < limit {
            let Some(event) = self.outbox.take() else {
                break;
            };
            if matches!(event.what, What::Closed(..)) {
                self.forget(event.handle);
            }
            events.push(event);
        }
        if events.len() == limit {
            self.outbox.ring();
        }
        events
    }

    /// Binds pairs of RTP and RTCP sockets, all or none.
    pub fn bind_block(&mut self, address: &str, first_port: u16, pairs: u16) -> PyResult<()> {
        let address = parse_ip(address)?;
        let mut block = Vec::with_capacity(pairs.into());
        for index in 0..pairs {
            let port = first_port
                .checked_add(2 * index)
                .ok_or_else(|| PyValueError::new_err("ports end at 65535"))?;
            let pair = PortPair::bind(address, port)?;
            block.push(((address, port), Bound::new(pair, false)));
        }
        self.ports.extend(block);
        Ok(())
    }

    /// Unbinds a block; pairs that a channel still has are unbound when it ends.
    pub fn release_block(&mut self, address: &str, first_port: u16, pairs: u16) -> PyResult<()> {
        let address = parse_ip(address)?;
        for index in 0..pairs {
            let key = (address, first_port.saturating_add(2 * index));
            match self.ports.get_mut(&key) {
                Some(bound) if bound.taken => bound.single = true,
                _ => drop(self.ports.remove(&key)),
            }
        }
        Ok(())
    }

    /// Makes a channel what the spec says; a handle never heard of is a new channel on this port, and one whose port is
    /// another now goes on by that. Returns at once; what this and the next four ask for is begun by `flush`.
    pub fn set_channel(
        &mut self,
        py: Python<'_>,
        handle: u64,
        address: &str,
        port: u16,
        spec: &ChannelSpec,
    ) -> PyResult<()> {
        let port = (parse_ip(address)?, port);
        match self.channels.get(&handle) {
            None => self.open(handle, port, &spec.group)?,
            Some(known) if known.port != port => self.rebind(handle, port)?,
            Some(_) => {}
        }
        let (worker, group) = self.settle(handle, &spec.group)?;
        let config = Box::new(spec.config.clone());
        self.put(worker, Command::Set(handle, group, config, spec.dscp))?;
        self.play_new(py, worker, handle, spec)
    }

    /// Ends a channel; the event `closed` is its last word.
    pub fn close_channel(&mut self, handle: u64, reason: &str) -> PyResult<()> {
        let known = self
            .channels
            .get_mut(&handle)
            .ok_or_else(|| PyKeyError::new_err(handle))?;
        if !std::mem::replace(&mut known.closing, true) {
            let worker = known.worker;
            self.put(worker, Command::Close(handle, reason.into()))?;
        }
        Ok(())
    }

    /// Queues digits for the peer.
    pub fn send_digits(&self, handle: u64, digits: &str, duration_ms: u32) -> PyResult<()> {
        self.put(
            self.worker_of(handle)?,
            Command::Digits(handle, digits.as_bytes().into(), duration_ms),
        )
    }

    /// Asks for statistics: the event `stats` brings them with this number.
    pub fn request_stats(&self, handle: u64, number: u64) -> PyResult<()> {
        self.put(self.worker_of(handle)?, Command::Stats(handle, number))
    }

    /// Wakes the packet threads that have been given something since the last time. Until then they may sleep on.
    pub fn flush(&self) {
        for worker in &self.workers {
            if worker.unrung.swap(false, Ordering::Relaxed) {
                worker.inbox.ring();
            }
        }
    }

    /// Channels, share of the threads' time spent busy, and the 99th percentile of tick lateness in microseconds.
    pub fn load(&self) -> (u32, f64, u32) {
        let sum = |of: fn(&Load) -> u32| self.workers.iter().map(|w| of(&w.load)).sum::<u32>();
        let busy = sum(|load| load.busy_permille.load(Ordering::Relaxed));
        let late = self
            .workers
            .iter()
            .map(|w| w.load.tick_late_us.load(Ordering::Relaxed))
            .max();
        let share = f64::from(busy) / 1000.0 / self.workers.len() as f64;
        (self.channels.len() as u32, share, late.unwrap_or(0))
    }

    /// How many packet threads there are.
    pub fn threads(&self) -> usize {
        self.workers.len()
    }

    /// Tells a packet thread to close its channels with reason `shutdown` and to end; false when its queue is full.
    pub fn stop(&self, worker: usize) -> bool {
        self.workers[worker].inbox.put(Command::Stop).is_ok()
    }

    /// What to wait for once it was told to stop; nothing the second time.
    pub fn take_thread(&mut self, worker: usize) -> Option<JoinHandle<()>> {
        self.workers[worker].thread.take()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for worker in &self.workers {
            drop(worker.inbox.put(Command::Stop));
        }
    }
}

impl Engine {
    fn put(&self, worker: usize, command: Command) -> PyResult<()> {
        let worker = &self.workers[worker];
        worker.unrung.store(true, Ordering::Relaxed);
        let put = worker.inbox.put_quietly(command);
        put.map_err(|_| EngineFull::new_err("the queue to the packet thread is full"))
    }

    fn worker_of(&self, handle: Handle) -> PyResult<usize> {
        let known = self.channels.get(&handle).filter(|known| !known.closing);
        known
            .map(|known| known.worker)
            .ok_or_else(|| PyKeyError::new_err(handle))
    }

    fn idlest(&self) -> usize {
        let fewest = (0..self.workers.len()).min_by_key(|index| self.workers[*index].channels);
        fewest.unwrap_or(0)
    }

    fn count(&mut self, worker: usize, change: i32) {
        let channels = &mut self.workers[worker].channels;
        *channels = channels.saturating_add_signed(change);
    }

    fn open(&mut self, handle: Handle, port: (IpAddr, u16), group: &str) -> PyResult<()> {
        let worker = self
            .groups
            .get(group)
            .map_or_else(|| self.idlest(), |group| group.worker);
        let pair = self.take_port(port)?;
        if let Err(error) = self.put(worker, Command::Open(handle, pair)) {
            self.free_port(port);
            return Err(error);
        }
        let known = Known {
            worker,
            home: Arc::new(Mutex::new(self.workers[worker].inbox.clone())),
            group: String::new(),
            players: Vec::new(),
            port,
            closing: false,
        };
        self.channels.insert(handle, known);
        self.count(worker, 1);
        Ok(())
    }

    /// The sockets of a port, bound now if they are in no block.
    fn take_port(&mut self, port: (IpAddr, u16)) -> PyResult<Arc<PortPair>> {
        if let Entry::Vacant(place) = self.ports.entry(port) {
            place.insert(Bound::new(PortPair::bind(port.0, port.1)?, true));
        }
        let bound = self.ports.get_mut(&port).filter(|bound| !bound.taken);
        let bound =
            bound.ok_or_else(|| PyOSError::new_err(format!("port {} is in use", port.1)))?;
        bound.taken = true;
        Ok(bound.pair.clone())
    }

    /// The channel goes on by another port: its peer has moved from IPv4 to IPv6, or back.
    fn rebind(&mut self, handle: Handle, port: (IpAddr, u16)) -> PyResult<()> {
        let worker = self.worker_of(handle)?;
        let pair = self.take_port(port)?;
        if let Err(error) = self.put(worker, Command::Rebind(handle, pair)) {
            self.free_port(port);
            return Err(error);
        }
        if let Some(known) = self.channels.get_mut(&handle) {
            let before = std::mem::replace(&mut known.port, port);
            self.free_port(before);
        }
        Ok(())
    }

    /// Sees to it that the channel is on its group's thread; that thread, and the group's number.
    fn settle(&mut self, handle: Handle, group: &str) -> PyResult<(usize, u64)> {
        let worker = self.worker_of(handle)?;
        let before = self
            .channels
            .get(&handle)
            .map(|known| known.group.clone())
            .unwrap_or_default();
        if before != group {
            self.leave_group(&before);
            if let Some(known) = self.channels.get_mut(&handle) {
                group.clone_into(&mut known.group);
            }
            self.join_group(group, worker);
        }
        let Some(home) = self.groups.get(group) else {
            return Ok((worker, 0));
        };
        let (target, number) = (home.worker, home.number);
        if target != worker {
            self.move_channel(handle, worker, target)?;
        }
        Ok((target, number))
    }

    fn move_channel(&mut self, handle: Handle, from: usize, to: usize) -> PyResult<()> {
        let inbox = self.workers[to].inbox.clone();
        self.put(to, Command::Expect(handle))?;
        let Some(known) = self.channels.get_mut(&handle) else {
            return Ok(());
        };
        let mut home = known.home.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = self.workers[from]
            .inbox
            .put(Command::MoveTo(handle, inbox.clone()));
        moved.map_err(|_| EngineFull::new_err("the queue to the packet thread is full"))?;
        *home = inbox;
        known.worker = to;
        drop(home);
        self.count(from, -1);
        self.count(to, 1);
        Ok(())
    }

    fn join_group(&mut self, name: &str, worker: usize) {
        if name.is_empty() {
            return;
        }
        if let Some(group) = self.groups.get_mut(name) {
            group.members += 1;
            return;
        }
        let group = Group {
            number: self.next_group,
            worker,
            members: 1,
        };
        self.next_group += 1;
        self.groups.insert(name.to_owned(), group);
    }

    fn leave_group(&mut self, name: &str) {
        if let Some(group) = self.groups.get_mut(name) {
            group.members -= 1;
            if group.members == 0 {
                self.groups.remove(name);
            }
        }
    }

    /// Sees to sounds for those players of the spec that it had not before.
    fn play_new(
        &mut self,
        py: Python<'_>,
        worker: usize,
        handle: Handle,
        spec: &ChannelSpec,
    ) -> PyResult<()> {
        let Some(known) = self.channels.get_mut(&handle) else {
            return Ok(());
        };
        let wanted = spec.player.iter().chain(&spec.overlays);
        let wanted: Vec<&PlayerSpec> = wanted.map(|player| player.bind(py).get()).collect();
        let ids = wanted.iter().map(|player| player.id().clone()).collect();
        let before = std::mem::replace(&mut known.players, ids);
        let format = spec.config.formats.first();
        let rate_hz = format.map_or(8000, |format| format.codec.natural_rate_hz());
        for player in wanted {
            if !before.contains(player.id()) {
                self.play(worker, handle, player, rate_hz)?;
            }
        }
        Ok(())
    }

    fn play(
        &self,
        worker: usize,
        handle: Handle,
        player: &PlayerSpec,
        rate_hz: u32,
    ) -> PyResult<()> {
        let Some(known) = self.channels.get(&handle) else {
            return Ok(());
        };
        let request = player.request(handle, known.home.clone(), rate_hz);
        if let Some(ready) = self.loader.at_once(&request) {
            return self.put(worker, Command::Play(handle, Box::new(ready)));
        }
        if self.loader.ask(request) {
            return Ok(());
        }
        Err(EngineFull::new_err("too many sounds wait to be loaded"))
    }

    fn forget(&mut self, handle: Handle) {
        if let Some(known) = self.channels.remove(&handle) {
            self.count(known.worker, -1);
            self.leave_group(&known.group);
            self.free_port(known.port);
        }
    }

    fn free_port(&mut self, port: (IpAddr, u16)) {
        match self.ports.get_mut(&port) {
            Some(bound) if bound.single => drop(self.ports.remove(&port)),
            Some(bound) => bound.taken = false,
            None => {}
        }
    }
}

impl Bound {
    fn new(pair: PortPair, single: bool) -> Self {
        Bound {
            pair: Arc::new(pair),
            taken: false,
            single,
        }
    }
}

fn start_worker(index: usize, outbox: &Arc<Outbox>, writer: &Writer) -> std::io::Result<Worker> {
    let (inbox, load) = (inbox()?, Arc::new(Load::default()));
    let thread = PacketThread::new(inbox.clone(), outbox.clone(), load.clone(), writer.clone())?;
    let thread = thread::Builder::new()
        .name(format!("rtp-{index}"))
        .spawn(move || thread.run())?;
    Ok(Worker {
        inbox,
        load,
        thread: Some(thread),
        channels: 0,
        unrung: AtomicBool::new(false),
    })
}

fn parse_ip(text: &str) -> PyResult<IpAddr> {
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("not an IP address: {text}")))
}
