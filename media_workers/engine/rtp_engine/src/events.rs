//! Events as Python sees them.

use std::collections::HashMap;

use pyo3::prelude::*;
use rtp_core::quality::bursts::Densities;
use rtp_core::quality::stats::DROP_NAMES;

use crate::messages::{Event, Snapshot, What};

/// Something happened to a channel.
#[pyclass(frozen, get_all, name = "Event", module = "rtp_engine")]
pub struct PyEvent {
    /// latched, digit, digit_ended, tone, play_started, play_ended, no_file, record, talk, speaker, idle, stats, closed
    kind: &'static str,
    /// The caller's number of the channel.
    handle: u64,
    /// Unix time in microseconds.
    unix_us: u64,
    /// The address, digit, player, recorder or reason it is about.
    text: String,
    /// The reason a player ended, the file that could not be played, or what a recording did.
    detail: String,
    /// The port of a source, seconds of silence, bytes of a recording, the number of a request; or 1 for a digit that
    /// was in the audio, and for one who begins to talk or to be the speaker.
    number: u64,
    /// Of a recording.
    file: String,
    /// Of a recording that is finished, or of a digit.
    duration_ms: u64,
    /// Of one who talks.
    level_dbov: f32,
    /// With stats and closed.
    stats: Option<Py<Stats>>,
}

/// What was counted of a channel, and what follows from it.
#[pyclass(frozen, get_all, module = "rtp_engine")]
pub struct Stats {
    packets_received: u64,
    packets_sent: u64,
    bytes_received: u64,
    bytes_sent: u64,
    packets_lost: u64,
    packets_late: u64,
    packets_duplicate: u64,
    packets_dropped: u64,
    drops: HashMap<&'static str, u64>,
    jitter_ms: f64,
    round_trip_ms: f64,
    remote_loss: f64,
    remote_jitter_ms: f64,
    mos: f64,
    mos_listening: f64,
    rating: f64,
    packets_discarded: u64,
    concealed_ms: u64,
    concealed: f64,
    buffer_ms: f64,
    burst_density: f64,
    burst_ms: u32,
    gap_density: f64,
    gap_ms: u32,
    remote_mos: f64,
    payload_type_in: Option<u8>,
    payload_type_out: Option<u8>,
    ssrc_in: u32,
    ssrc_out: u32,
}

impl From<Snapshot> for Stats {
    fn from(snapshot: Snapshot) -> Self {
        let counters = snapshot.counters;
        let quality = snapshot.quality;
        let densities = quality.map_or_else(Densities::default, |q| q.densities());
        let drops = DROP_NAMES
            .iter()
            .zip(counters.drops)
            .filter(|(_, count)| *count > 0);
        Stats {
            packets_received: counters.packets_received,
            packets_sent: counters.packets_sent,
            bytes_received: counters.bytes_received,
            bytes_sent: counters.bytes_sent,
            packets_lost: snapshot.lost,
            packets_late: counters.packets_late,
            packets_duplicate: counters.drops[rtp_core::quality::stats::Drop::Duplicate as usize],
            packets_dropped: counters.dropped(),
            drops: drops.map(|(name, count)| (*name, count)).collect(),
            jitter_ms: snapshot.jitter_ms,
            round_trip_ms: snapshot.round_trip_ms,
            remote_loss: snapshot.remote_loss,
            remote_jitter_ms: snapshot.remote_jitter_ms,
            mos: quality.map_or(0.0, |q| q.mos),
            mos_listening: quality.map_or(0.0, |q| q.mos_listening),
            rating: quality.map_or(0.0, |q| q.rating),
            packets_discarded: quality.map_or(0, |q| q.discarded),
            concealed_ms: quality.map_or(0, |q| q.concealed_ms),
            concealed: quality.map_or(0.0, |q| q.concealed),
            buffer_ms: quality.and_then(|q| q.buffer_ms).unwrap_or(0.0),
            burst_density: f64::from(densities.burst_density) / 256.0,
            burst_ms: densities.burst_ms.into(),
            gap_density: f64::from(densities.gap_density) / 256.0,
            gap_ms: densities.gap_ms.into(),
            remote_mos: snapshot.remote_mos,
            payload_type_in: snapshot.payload_type_in,
            payload_type_out: snapshot.payload_type_out,
            ssrc_in: snapshot.ssrc_in,
            ssrc_out: snapshot.ssrc_out,
        }
    }
}

impl PyEvent {
    /// Translates.
    pub fn of(py: Python<'_>, event: Event) -> PyResult<Self> {
        let mut out = PyEvent {
            kind: "",
            handle: event.handle,
            unix_us: event.unix_us,
            text: String::new(),
            detail: String::new(),
            number: 0,
            file: String::new(),
            duration_ms: 0,
            level_dbov: 0.0,
            stats: None,
        };
        match event.what {
            What::Latched(source) => {
                (out.kind, out.text, out.number) =
                    ("latched", source.ip().to_string(), source.port().into());
            }
            What::Digit(digit, in_band) => {
                (out.kind, out.text) = ("digit", char::from(digit).to_string());
                out.number = in_band.into();
            }
            What::DigitEnded(digit, in_band, duration_ms) => {
                (out.kind, out.text) = ("digit_ended", char::from(digit).to_string());
                (out.number, out.duration_ms) = (in_band.into(), duration_ms.into());
            }
            What::Record(record) => {
                (out.kind, out.text, out.detail) = ("record", record.id.to_string(), record.word);
                out.file = record.file.to_string();
                (out.number, out.duration_ms) = (record.size_bytes, record.duration_ms);
            }
            What::Talk(talking, level_dbov) => {
                (out.kind, out.number) = ("talk", talking.into());
                out.level_dbov = level_dbov;
            }
            What::Tone(name) => (out.kind, out.text) = ("tone", name.to_owned()),
            What::Speaker(active, level_dbov) => {
                (out.kind, out.number) = ("speaker", active.into());
                out.level_dbov = level_dbov;
            }
            What::PlayStarted(id) => (out.kind, out.text) = ("play_started", id.to_string()),
            What::PlayEnded(id, reason) => {
                (out.kind, out.text, out.detail) =
                    ("play_ended", id.to_string(), reason.to_owned());
            }
            What::NoFile(id, file) => {
                (out.kind, out.text, out.detail) = ("no_file", id.to_string(), file)
            }
            What::Idle(silent_s) => (out.kind, out.number) = ("idle", silent_s.into()),
            What::Stats(number, snapshot) => {
                (out.kind, out.number) = ("stats", number);
                out.stats = Some(Py::new(py, Stats::from(*snapshot))?);
            }
            What::Closed(reason, snapshot) => {
                (out.kind, out.text) = ("closed", reason.into());
                out.stats = Some(Py::new(py, Stats::from(*snapshot))?);
            }
        }
        Ok(out)
    }
}
