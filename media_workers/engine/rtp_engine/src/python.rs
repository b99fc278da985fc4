//! The engine as Python holds it. Python's threads may call at any moment: one waits for packet threads to end while another
//! reads the load. So the class is frozen (there is no borrow that a second caller could find taken), the books are behind a
//! lock that is held only while nothing can run Python code, and what may take long is waited for without it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use pyo3::prelude::*;

use crate::config::ChannelSpec;
use crate::engine::Engine;
use crate::events::PyEvent;

/// Packet threads, sockets and sounds.
#[pyclass(frozen, name = "Engine", module = "rtp_engine")]
pub struct PyEngine {
    engine: Mutex<Engine>,
}

impl PyEngine {
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (*, threads=1, sound_cache_bytes=64 << 20))]
    fn new(threads: usize, sound_cache_bytes: usize) -> PyResult<Self> {
        let engine = Mutex::new(Engine::new(threads, sound_cache_bytes)?);
        Ok(PyEngine { engine })
    }

    /// What becomes readable when there are events to take.
    fn events_fd(&self) -> i32 {
        self.engine().events_fd()
    }

    /// Takes up to `limit` events; what is left stays announced.
    #[pyo3(signature = (limit=256))]
    fn take_events(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<PyEvent>> {
        let events = self.engine().take_events(limit);
        let events = events.into_iter();
        events.map(|event| PyEvent::of(py, event)).collect()
    }

    /// Binds pairs of RTP and RTCP sockets, all or none.
    fn bind_block(&self, address: &str, first_port: u16, pairs: u16) -> PyResult<()> {
        self.engine().bind_block(address, first_port, pairs)
    }

    /// Unbinds a block; pairs that a channel still has are unbound when it ends.
    fn release_block(&self, address: &str, first_port: u16, pairs: u16) -> PyResult<()> {
        self.engine().release_block(address, first_port, pairs)
    }

    /// Makes a channel what the spec says; a handle never heard of is a new channel on this port. Returns at once; what
    /// this and the next four ask for is begun by `flush`.
    fn set_channel(
        &self,
        py: Python<'_>,
        handle: u64,
        address: &str,
        port: u16,
        spec: &ChannelSpec,
    ) -> PyResult<()> {
        self.engine().set_channel(py, handle, address, port, spec)
    }

    /// Ends a channel; the event `closed` is its last word.
    fn close_channel(&self, handle: u64, reason: &str) -> PyResult<()> {
        self.engine().close_channel(handle, reason)
    }

    /// Queues digits for the peer.
    #[pyo3(signature = (handle, digits, duration_ms=0))]
    fn send_digits(&self, handle: u64, digits: &str, duration_ms: u32) -> PyResult<()> {
        self.engine().send_digits(handle, digits, duration_ms)
    }

    /// Asks for statistics: the event `stats` brings them with this number.
    fn request_stats(&self, handle: u64, number: u64) -> PyResult<()> {
        self.engine().request_stats(handle, number)
    }

    /// Wakes the packet threads that have been given something since the last time. Until then they may sleep on.
    fn flush(&self) {
        self.engine().flush();
    }

    /// Channels, share of the threads' time spent busy, and the 99th percentile of tick lateness in microseconds.
    fn load(&self) -> (u32, f64, u32) {
        self.engine().load()
    }

    /// Closes every channel with reason `shutdown` and ends the threads. Events can still be taken.
    fn shutdown(&self, py: Python<'_>) {
        let threads = self.engine().threads();
        for worker in 0..threads {
            while !self.engine().stop(worker) {
                py.detach(thread::yield_now);
            }
            let thread = self.engine().take_thread(worker);
            if let Some(thread) = thread {
                // A packet thread that panicked has told so on stderr; there is nothing left to wait for.
                let _ = py.detach(|| thread.join());
            }
        }
    }
}
