//! Sockets, packet threads and the Python module around `rtp_core`.
//!
//! ```text
//! Python ── Engine (python.rs, engine.rs) ──commands──▶ packet threads (thread.rs) ⇄ sockets (ports.rs, sys.rs)
//!    ▲                                                        │ arrivals.rs, ticks.rs, control.rs
//!    └─────────────────────── events ◀────────────────────────┘       sounds.rs: the thread that reads files
//! ```

#![deny(missing_docs)]

mod arrivals;
mod config;
mod control;
mod engine;
mod errors;
mod events;
mod messages;
mod ports;
mod python;
mod recording_file;
mod rooms;
mod slot;
mod sounds;
mod sweep;
mod sys;
mod thread;
mod ticks;
mod writer;
mod writing;

use pyo3::prelude::*;

/// RTP channels on threads of their own; Python says what they should be and hears what happened.
#[pymodule]
fn rtp_engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<python::PyEngine>()?;
    module.add_class::<config::ChannelSpec>()?;
    module.add_class::<config::PlayerSpec>()?;
    module.add_class::<config::RecorderSpec>()?;
    module.add_class::<events::PyEvent>()?;
    module.add_class::<events::Stats>()?;
    module.add_function(wrap_pyfunction!(salvage, module)?)?;
    module.add("EngineFull", module.py().get_type::<errors::EngineFull>())
}

/// Gives the recording that a process which died left behind its name: bytes and milliseconds of it, or nothing when there
/// is nothing or somebody still writes it.
#[pyfunction]
fn salvage(py: Python<'_>, path: std::path::PathBuf) -> PyResult<Option<recording_file::Kept>> {
    Ok(py.detach(|| recording_file::salvage(&path))?)
}
