//! Errors that Python catches by name.

use pyo3::create_exception;
use pyo3::exceptions::PyException;

create_exception!(
    rtp_engine,
    EngineFull,
    PyException,
    "A queue of the engine is full; try again later."
);
