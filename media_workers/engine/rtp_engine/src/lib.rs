//! Sockets, packet threads and the Python module around `rtp_core`.

#![deny(missing_docs)]
