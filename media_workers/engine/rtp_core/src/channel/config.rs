//! What a channel should be: plain values, compared with what it was when a new set comes.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::codecs::codec::Wishes;
use crate::playing::player::PlayerConfig;
use crate::recorder::RecorderConfig;
use crate::rtp::format::Format;
use crate::rtp::latch::Policy;

/// Everything about one channel but its sockets and its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelConfig {
    /// What others of the group call it.
    pub name: Arc<str>,
    /// The peer's RTP address, and who else may be heard.
    pub policy: Policy,
    /// Where RTCP goes; absent: the RTP port + 1, or the RTP port itself with `rtcp_mux`.
    pub rtcp_target: Option<SocketAddr>,
    /// RTCP shares the RTP port (RFC 5761).
    pub rtcp_mux: bool,
    /// We may send to the peer.
    pub send: bool,
    /// We listen to the peer.
    pub receive: bool,
    /// What the peer may send; the first is what we send.
    pub formats: Vec<Format>,
    /// How the peer wants the first of them.
    pub wishes: Wishes,
    /// Telephone events as the peer sends them.
    pub event_receive_payload_type: Option<u8>,
    /// Telephone events as the peer takes them; absent: it takes none.
    pub event_send_payload_type: Option<u8>,
    /// Clock of telephone events.
    pub event_rate: u32,
    /// The peer hears itself.
    pub echo: bool,
    /// Others of the group do not hear the peer.
    pub muted: bool,
    /// The peer does not hear the others of the group.
    pub deaf: bool,
    /// No RTP and RTCP for so long is told; 0 never.
    pub idle_after_s: u32,
    /// Duration of the packets that we make.
    pub ptime_ms: u32,
    /// What is played, by id; its sounds come on their own.
    pub player: Option<PlayerConfig>,
    /// What is recorded.
    pub recorders: Vec<RecorderConfig>,
    /// Digits are looked for in the audio too, and machines' tones with them.
    pub detect_in_band: bool,
    /// Machines' tones are looked for in the audio.
    pub detect_tones: bool,
    /// How loud others of the group hear the peer.
    pub gain_db: i32,
    /// Only these of the group hear the peer, by their names; absent: all.
    pub heard_by: Option<Vec<Arc<str>>>,
    /// What is played over the rest.
    pub overlays: Vec<PlayerConfig>,
}

impl Default for ChannelConfig {
    fn default() -> Self {
        ChannelConfig {
            name: Arc::default(),
            policy: Policy::default(),
            rtcp_target: None,
            rtcp_mux: false,
            send: true,
            receive: true,
            formats: Vec::new(),
            wishes: Wishes::default(),
            event_receive_payload_type: None,
            event_send_payload_type: None,
            event_rate: 8000,
            echo: false,
            muted: false,
            deaf: false,
            idle_after_s: 0,
            ptime_ms: 20,
            player: None,
            recorders: Vec::new(),
            detect_in_band: false,
            detect_tones: false,
            gain_db: 0,
            heard_by: None,
            overlays: Vec::new(),
        }
    }
}

impl ChannelConfig {
    /// Whether the peer is expected to say something: we listen to it, and it is not on hold.
    pub(crate) fn counts_silence(&self) -> bool {
        self.idle_after_s > 0 && self.receive && self.policy.signalled.is_some()
    }
}
