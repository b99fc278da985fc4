//! What Python says a channel should be: plain values, checked here, once.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rtp_core::channel::config::ChannelConfig;
use rtp_core::codecs::codec::Wishes;
use rtp_core::playing::player::PlayerConfig;
use rtp_core::playing::soup::Plays;
use rtp_core::recorder::{RecorderConfig, Source as RecordedSource};
use rtp_core::rtp::allowed::AllowedSource;
use rtp_core::rtp::format::{CodecId, Format};
use rtp_core::rtp::latch::Policy;
use rtp_core::speech::barge_in::VoiceConfig;

use crate::messages::{Handle, Home};
use crate::sounds::{Item, Request, Source};

type Address = (String, u16);
/// Name, payload type, clock rate, channels.
type FormatTuple = (String, u8, u32, u8);
/// Shortest speech in ms, margin in dB, softest level in dB below overload, power, frames averaged; 0 is the usual.
type VoiceTuple = (u32, u32, i32, u32, u32);
/// 0 for a file, 1 for a tone, 2 for the name of a file that must not be played; which; start ms; stop ms; times; gain in dB.
type ItemTuple = (u8, String, u32, u32, u32, i32);

fn invalid(text: String) -> PyErr {
    PyValueError::new_err(text)
}

fn socket_address((ip, port): &Address) -> PyResult<SocketAddr> {
    let ip: IpAddr = ip
        .parse()
        .map_err(|_| invalid(format!("not an IP address: {ip}")))?;
    Ok(SocketAddr::new(ip, *port))
}

fn allowed_source(text: &String) -> PyResult<AllowedSource> {
    let wrong = || invalid(format!("not an address or network: {text}"));
    let (ip, bits) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = ip.parse().map_err(|_| wrong())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let prefix_bits = if bits.is_empty() {
        most
    } else {
        bits.parse().map_err(|_| wrong())?
    };
    if prefix_bits > most {
        return Err(wrong());
    }
    Ok(AllowedSource {
        address,
        prefix_bits,
    })
}

/// A playlist, and since when it plays.
#[pyclass(frozen, module = "rtp_engine")]
pub struct PlayerSpec {
    config: PlayerConfig,
    items: Vec<Item>,
    plays: Plays,
    interruptible: bool,
    elapsed_ms: u64,
}

#[pymethods]
impl PlayerSpec {
    #[new]
    #[pyo3(signature = (player_id, items, *, loop_=0, interruptible=false, paused=false, elapsed_ms=0,
        gain_db=0, for_group=false, seeks=0, position_ms=0, voice=None))]
    #[allow(clippy::too_many_arguments)] // a record with names on the Python side
    fn new(
        player_id: &str,
        items: Vec<ItemTuple>,
        loop_: u32,
        interruptible: bool,
        paused: bool,
        elapsed_ms: u64,
        gain_db: i32,
        for_group: bool,
        seeks: u32,
        position_ms: u64,
        voice: Option<VoiceTuple>,
    ) -> Self {
        let item = |(kind, text, start_ms, stop_ms, times, gain_db): ItemTuple| Item {
            source: match kind {
                0 => Source::File(text.into()),
                1 => Source::Tone(text),
                _ => Source::Refused(text),
            },
            start_ms,
            stop_ms,
            plays: Plays::from(times),
            gain_db,
        };
        PlayerSpec {
            config: PlayerConfig {
                id: player_id.into(),
                paused,
                gain_db,
                seeks,
                position_ms,
                for_group,
                voice: voice.map(voice_config),
            },
            items: items.into_iter().map(item).collect(),
            plays: Plays::from(loop_),
            interruptible,
            elapsed_ms,
        }
    }
}

impl PlayerSpec {
    /// The player's id.
    pub fn id(&self) -> &Arc<str> {
        &self.config.id
    }

    /// What to load for it.
    pub fn request(&self, handle: Handle, home: Home, rate_hz: u32) -> Request {
        Request {
            handle,
            home,
            id: self.config.id.clone(),
            items: self.items.clone(),
            plays: self.plays,
            interruptible: self.interruptible,
            played_us: self.elapsed_ms.saturating_mul(1000),
            seeks: self.config.seeks,
            rate_hz,
        }
    }
}

/// What to record, and when it begins and ends.
#[pyclass(frozen, module = "rtp_engine")]
pub struct RecorderSpec {
    config: RecorderConfig,
}

#[pymethods]
impl RecorderSpec {
    #[new]
    #[allow(clippy::too_many_arguments)] // a record with names on the Python side
    #[pyo3(signature = (recorder_id, file, *, channels=2, source="both", after_player="", pre_roll_ms=0, max_wait_ms=0,
        max_duration_ms=0, min_duration_ms=0, finish_after_silence_ms=0, voice=None, start_above_power=0,
        finish_below_power=0, average_frames=0, paused=false, finished=false))]
    fn new(
        recorder_id: &str,
        file: &str,
        channels: u16,
        source: &str,
        after_player: &str,
        pre_roll_ms: u32,
        max_wait_ms: u32,
        max_duration_ms: u32,
        min_duration_ms: u32,
        finish_after_silence_ms: u32,
        voice: Option<VoiceTuple>,
        start_above_power: u32,
        finish_below_power: u32,
        average_frames: u32,
        paused: bool,
        finished: bool,
    ) -> PyResult<Self> {
        if !(1..=2).contains(&channels) {
            return Err(invalid(format!(
                "a recording has one or two channels, not {channels}"
            )));
        }
        let config = RecorderConfig {
            id: recorder_id.into(),
            file: file.into(),
            source: recorded_source(source)?,
            channels,
            after_player: Some(after_player)
                .filter(|id| !id.is_empty())
                .map(Arc::from),
            pre_roll_ms,
            max_wait_ms,
            max_duration_ms,
            min_duration_ms,
            finish_after_silence_ms,
            voice: voice.map(voice_config).unwrap_or_default(),
            start_above_power,
            finish_below_power,
            average_frames,
            paused,
            finished,
        };
        Ok(RecorderSpec { config })
    }
}

fn recorded_source(text: &str) -> PyResult<RecordedSource> {
    match text {
        "both" => Ok(RecordedSource::Both),
        "heard" => Ok(RecordedSource::Heard),
        "said" => Ok(RecordedSource::Said),
        _ => Err(invalid(format!(
            "what is recorded is both, heard or said, not {text}"
        ))),
    }
}

/// All a channel should be.
#[pyclass(frozen, module = "rtp_engine")]
pub struct ChannelSpec {
    /// For the packet thread.
    pub config: ChannelConfig,
    /// Its group, "" for none.
    pub group: String,
    /// Marking of what it sends.
    pub dscp: u8,
    /// What it plays.
    pub player: Option<Py<PlayerSpec>>,
    /// What it plays over the rest.
    pub overlays: Vec<Py<PlayerSpec>>,
}

#[pymethods]
impl ChannelSpec {
    #[new]
    #[allow(clippy::too_many_arguments)] // a record with names on the Python side
    #[pyo3(signature = (*, formats, remote=None, rtcp=None, rtcp_mux=false, latch=true, allowed_sources=Vec::new(),
        send=true, receive=true, event_receive=None, event_send=None, event_rate=8000, echo=false, group="",
        muted=false, deaf=false, gain_db=0, player=None, recorders=Vec::new(), detect_in_band=false, detect_tones=false, idle_after_s=0,
        ptime_ms=20, dscp=0, name="", heard_by=None, overlays=Vec::new(), fmtp=None))]
    fn new(
        py: Python<'_>,
        formats: Vec<FormatTuple>,
        remote: Option<Address>,
        rtcp: Option<Address>,
        rtcp_mux: bool,
        latch: bool,
        allowed_sources: Vec<String>,
        send: bool,
        receive: bool,
        event_receive: Option<u8>,
        event_send: Option<u8>,
        event_rate: u32,
        echo: bool,
        group: &str,
        muted: bool,
        deaf: bool,
        gain_db: i32,
        player: Option<Py<PlayerSpec>>,
        recorders: Vec<Py<RecorderSpec>>,
        detect_in_band: bool,
        detect_tones: bool,
        idle_after_s: u32,
        ptime_ms: u32,
        dscp: u8,
        name: &str,
        heard_by: Option<Vec<String>>,
        overlays: Vec<Py<PlayerSpec>>,
        fmtp: Option<&str>,
    ) -> PyResult<Self> {
        if !(10..=60).contains(&ptime_ms) || !ptime_ms.is_multiple_of(10) {
            return Err(invalid(format!(
                "ptime_ms is 10 to 60 in tens, not {ptime_ms}"
            )));
        }
        if dscp > 63 {
            return Err(invalid(format!("dscp is 0 to 63, not {dscp}")));
        }
        let formats: Vec<Format> = formats.iter().map(format).collect::<PyResult<_>>()?;
        let config = ChannelConfig {
            policy: Policy {
                signalled: remote.as_ref().map(socket_address).transpose()?,
                latch,
                allowed: allowed_sources
                    .iter()
                    .map(allowed_source)
                    .collect::<PyResult<_>>()?,
            },
            rtcp_target: rtcp.as_ref().map(socket_address).transpose()?,
            rtcp_mux,
            send,
            receive,
            wishes: wishes(&formats, fmtp),
            formats,
            event_receive_payload_type: event_receive,
            event_send_payload_type: event_send,
            event_rate: rate(event_rate)?,
            echo,
            muted,
            deaf,
            idle_after_s,
            ptime_ms,
            player: player
                .as_ref()
                .map(|player| player.bind(py).get().config.clone()),
            recorders: recorders
                .iter()
                .map(|recorder| recorder.bind(py).get().config.clone())
                .collect(),
            detect_in_band,
            detect_tones,
            gain_db: gain_db.clamp(-60, 30),
            name: name.into(),
            heard_by: heard_by.map(|names| names.iter().map(|name| name.as_str().into()).collect()),
            overlays: overlays
                .iter()
                .map(|player| player.bind(py).get().config.clone())
                .collect(),
        };
        Ok(ChannelSpec {
            config,
            group: group.to_owned(),
            dscp,
            player,
            overlays,
        })
    }
}

fn voice_config(
    (min_speech_ms, margin_db, softest_dbov, power, frames): VoiceTuple,
) -> VoiceConfig {
    VoiceConfig {
        min_speech_ms,
        margin_db,
        softest_dbov,
        power,
        frames,
    }
}

fn rate(hz: u32) -> PyResult<u32> {
    if (1000..=192_000).contains(&hz) {
        Ok(hz)
    } else {
        Err(invalid(format!("a clock rate of {hz} Hz")))
    }
}

/// Of the format that is sent; nothing known is nothing wished.
fn wishes(formats: &[Format], fmtp: Option<&str>) -> Wishes {
    let codec = formats.first().and_then(|format| format.codec.codec());
    codec
        .zip(fmtp)
        .map_or_else(Wishes::default, |(codec, fmtp)| codec.wishes(fmtp))
}

fn format((name, payload_type, clock_rate, channels): &FormatTuple) -> PyResult<Format> {
    if *payload_type > 127 {
        return Err(invalid(format!("payload type {payload_type}")));
    }
    let clock_rate = rate(*clock_rate)?;
    Ok(Format {
        codec: CodecId::of(name, clock_rate, *channels),
        payload_type: *payload_type,
        clock_rate,
    })
}
