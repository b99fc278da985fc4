import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from switchroom.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SecurityMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SECURITY_MODE_UNSPECIFIED: _ClassVar[SecurityMode]
    SECURITY_MODE_SDES: _ClassVar[SecurityMode]
    SECURITY_MODE_DTLS: _ClassVar[SecurityMode]

class RecordSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECORD_SOURCE_UNSPECIFIED: _ClassVar[RecordSource]
    RECORD_SOURCE_RECEIVED: _ClassVar[RecordSource]
    RECORD_SOURCE_SENT: _ClassVar[RecordSource]
SECURITY_MODE_UNSPECIFIED: SecurityMode
SECURITY_MODE_SDES: SecurityMode
SECURITY_MODE_DTLS: SecurityMode
RECORD_SOURCE_UNSPECIFIED: RecordSource
RECORD_SOURCE_RECEIVED: RecordSource
RECORD_SOURCE_SENT: RecordSource

class MediaLoad(_message.Message):
    __slots__ = ("channels", "capacity", "cpu", "tick_late_us", "draining", "weight")
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    CPU_FIELD_NUMBER: _ClassVar[int]
    TICK_LATE_US_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    channels: int
    capacity: int
    cpu: float
    tick_late_us: int
    draining: bool
    weight: int
    def __init__(self, channels: _Optional[int] = ..., capacity: _Optional[int] = ..., cpu: _Optional[float] = ..., tick_late_us: _Optional[int] = ..., draining: _Optional[bool] = ..., weight: _Optional[int] = ...) -> None: ...

class GrantRequest(_message.Message):
    __slots__ = ("blocks",)
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    blocks: int
    def __init__(self, blocks: _Optional[int] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ("blocks",)
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    blocks: _containers.RepeatedCompositeFieldContainer[PortBlock]
    def __init__(self, blocks: _Optional[_Iterable[_Union[PortBlock, _Mapping]]] = ...) -> None: ...

class PortBlock(_message.Message):
    __slots__ = ("block_id", "advertised_address", "local_address", "first_port", "pairs", "advertised_address6", "local_address6")
    BLOCK_ID_FIELD_NUMBER: _ClassVar[int]
    ADVERTISED_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    FIRST_PORT_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    ADVERTISED_ADDRESS6_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ADDRESS6_FIELD_NUMBER: _ClassVar[int]
    block_id: int
    advertised_address: str
    local_address: str
    first_port: int
    pairs: int
    advertised_address6: str
    local_address6: str
    def __init__(self, block_id: _Optional[int] = ..., advertised_address: _Optional[str] = ..., local_address: _Optional[str] = ..., first_port: _Optional[int] = ..., pairs: _Optional[int] = ..., advertised_address6: _Optional[str] = ..., local_address6: _Optional[str] = ...) -> None: ...

class GrantReturn(_message.Message):
    __slots__ = ("block_ids",)
    BLOCK_IDS_FIELD_NUMBER: _ClassVar[int]
    block_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, block_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class SetChannel(_message.Message):
    __slots__ = ("spec",)
    SPEC_FIELD_NUMBER: _ClassVar[int]
    spec: ChannelSpec
    def __init__(self, spec: _Optional[_Union[ChannelSpec, _Mapping]] = ...) -> None: ...

class ChannelSet(_message.Message):
    __slots__ = ("channel_id", "generation")
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    generation: int
    def __init__(self, channel_id: _Optional[str] = ..., generation: _Optional[int] = ...) -> None: ...

class ChannelSpec(_message.Message):
    __slots__ = ("channel_id", "generation", "local_address", "local_port", "remote", "direction", "formats", "telephone_event_receive_pt", "telephone_event_send_pt", "telephone_event_rate", "security", "sdes", "dtls", "ice", "echo", "group_id", "member", "player", "recorders", "taps", "idle_after_s", "ptime_ms", "dscp", "detect_in_band", "allowed_sources", "record_root", "overlays", "detect_tones")
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    LOCAL_PORT_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    TELEPHONE_EVENT_RECEIVE_PT_FIELD_NUMBER: _ClassVar[int]
    TELEPHONE_EVENT_SEND_PT_FIELD_NUMBER: _ClassVar[int]
    TELEPHONE_EVENT_RATE_FIELD_NUMBER: _ClassVar[int]
    SECURITY_FIELD_NUMBER: _ClassVar[int]
    SDES_FIELD_NUMBER: _ClassVar[int]
    DTLS_FIELD_NUMBER: _ClassVar[int]
    ICE_FIELD_NUMBER: _ClassVar[int]
    ECHO_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    PLAYER_FIELD_NUMBER: _ClassVar[int]
    RECORDERS_FIELD_NUMBER: _ClassVar[int]
    TAPS_FIELD_NUMBER: _ClassVar[int]
    IDLE_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    PTIME_MS_FIELD_NUMBER: _ClassVar[int]
    DSCP_FIELD_NUMBER: _ClassVar[int]
    DETECT_IN_BAND_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_SOURCES_FIELD_NUMBER: _ClassVar[int]
    RECORD_ROOT_FIELD_NUMBER: _ClassVar[int]
    OVERLAYS_FIELD_NUMBER: _ClassVar[int]
    DETECT_TONES_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    generation: int
    local_address: str
    local_port: int
    remote: RemoteMedia
    direction: _common_pb2.Direction
    formats: _containers.RepeatedCompositeFieldContainer[Format]
    telephone_event_receive_pt: int
    telephone_event_send_pt: int
    telephone_event_rate: int
    security: SecurityMode
    sdes: SdesKeys
    dtls: DtlsParameters
    ice: IceParameters
    echo: bool
    group_id: str
    member: GroupMember
    player: Player
    recorders: _containers.RepeatedCompositeFieldContainer[RecorderSpec]
    taps: _containers.RepeatedCompositeFieldContainer[Tap]
    idle_after_s: int
    ptime_ms: int
    dscp: int
    detect_in_band: bool
    allowed_sources: _containers.RepeatedScalarFieldContainer[str]
    record_root: str
    overlays: _containers.RepeatedCompositeFieldContainer[Player]
    detect_tones: bool
    def __init__(self, channel_id: _Optional[str] = ..., generation: _Optional[int] = ..., local_address: _Optional[str] = ..., local_port: _Optional[int] = ..., remote: _Optional[_Union[RemoteMedia, _Mapping]] = ..., direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ..., formats: _Optional[_Iterable[_Union[Format, _Mapping]]] = ..., telephone_event_receive_pt: _Optional[int] = ..., telephone_event_send_pt: _Optional[int] = ..., telephone_event_rate: _Optional[int] = ..., security: _Optional[_Union[SecurityMode, str]] = ..., sdes: _Optional[_Union[SdesKeys, _Mapping]] = ..., dtls: _Optional[_Union[DtlsParameters, _Mapping]] = ..., ice: _Optional[_Union[IceParameters, _Mapping]] = ..., echo: _Optional[bool] = ..., group_id: _Optional[str] = ..., member: _Optional[_Union[GroupMember, _Mapping]] = ..., player: _Optional[_Union[Player, _Mapping]] = ..., recorders: _Optional[_Iterable[_Union[RecorderSpec, _Mapping]]] = ..., taps: _Optional[_Iterable[_Union[Tap, _Mapping]]] = ..., idle_after_s: _Optional[int] = ..., ptime_ms: _Optional[int] = ..., dscp: _Optional[int] = ..., detect_in_band: _Optional[bool] = ..., allowed_sources: _Optional[_Iterable[str]] = ..., record_root: _Optional[str] = ..., overlays: _Optional[_Iterable[_Union[Player, _Mapping]]] = ..., detect_tones: _Optional[bool] = ...) -> None: ...

class RemoteMedia(_message.Message):
    __slots__ = ("rtp", "rtcp", "rtcp_mux", "latch")
    RTP_FIELD_NUMBER: _ClassVar[int]
    RTCP_FIELD_NUMBER: _ClassVar[int]
    RTCP_MUX_FIELD_NUMBER: _ClassVar[int]
    LATCH_FIELD_NUMBER: _ClassVar[int]
    rtp: _common_pb2.Endpoint
    rtcp: _common_pb2.Endpoint
    rtcp_mux: bool
    latch: bool
    def __init__(self, rtp: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., rtcp: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., rtcp_mux: _Optional[bool] = ..., latch: _Optional[bool] = ...) -> None: ...

class Format(_message.Message):
    __slots__ = ("name", "payload_type", "clock_rate", "channels", "fmtp")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    CLOCK_RATE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    FMTP_FIELD_NUMBER: _ClassVar[int]
    name: str
    payload_type: int
    clock_rate: int
    channels: int
    fmtp: str
    def __init__(self, name: _Optional[str] = ..., payload_type: _Optional[int] = ..., clock_rate: _Optional[int] = ..., channels: _Optional[int] = ..., fmtp: _Optional[str] = ...) -> None: ...

class SdesKeys(_message.Message):
    __slots__ = ("suite", "local_key_salt", "remote_key_salt")
    SUITE_FIELD_NUMBER: _ClassVar[int]
    LOCAL_KEY_SALT_FIELD_NUMBER: _ClassVar[int]
    REMOTE_KEY_SALT_FIELD_NUMBER: _ClassVar[int]
    suite: str
    local_key_salt: bytes
    remote_key_salt: bytes
    def __init__(self, suite: _Optional[str] = ..., local_key_salt: _Optional[bytes] = ..., remote_key_salt: _Optional[bytes] = ...) -> None: ...

class DtlsParameters(_message.Message):
    __slots__ = ("active", "fingerprint_hash", "fingerprint")
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_HASH_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    active: bool
    fingerprint_hash: str
    fingerprint: str
    def __init__(self, active: _Optional[bool] = ..., fingerprint_hash: _Optional[str] = ..., fingerprint: _Optional[str] = ...) -> None: ...

class IceParameters(_message.Message):
    __slots__ = ("local_ufrag", "local_password", "remote_ufrag", "remote_password")
    LOCAL_UFRAG_FIELD_NUMBER: _ClassVar[int]
    LOCAL_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    REMOTE_UFRAG_FIELD_NUMBER: _ClassVar[int]
    REMOTE_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    local_ufrag: str
    local_password: str
    remote_ufrag: str
    remote_password: str
    def __init__(self, local_ufrag: _Optional[str] = ..., local_password: _Optional[str] = ..., remote_ufrag: _Optional[str] = ..., remote_password: _Optional[str] = ...) -> None: ...

class GroupMember(_message.Message):
    __slots__ = ("muted", "deaf", "gain_db", "heard_by")
    MUTED_FIELD_NUMBER: _ClassVar[int]
    DEAF_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    HEARD_BY_FIELD_NUMBER: _ClassVar[int]
    muted: bool
    deaf: bool
    gain_db: int
    heard_by: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, muted: _Optional[bool] = ..., deaf: _Optional[bool] = ..., gain_db: _Optional[int] = ..., heard_by: _Optional[_Iterable[str]] = ...) -> None: ...

class Player(_message.Message):
    __slots__ = ("player_id", "soup", "started_at", "paused", "gain_db", "for_group", "position_ms", "seeks")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    SOUP_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    FOR_GROUP_FIELD_NUMBER: _ClassVar[int]
    POSITION_MS_FIELD_NUMBER: _ClassVar[int]
    SEEKS_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    soup: Soup
    started_at: _timestamp_pb2.Timestamp
    paused: bool
    gain_db: int
    for_group: bool
    position_ms: int
    seeks: int
    def __init__(self, player_id: _Optional[str] = ..., soup: _Optional[_Union[Soup, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., paused: _Optional[bool] = ..., gain_db: _Optional[int] = ..., for_group: _Optional[bool] = ..., position_ms: _Optional[int] = ..., seeks: _Optional[int] = ...) -> None: ...

class Soup(_message.Message):
    __slots__ = ("items", "loop", "interruptible", "interrupt_by_voice")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTIBLE_FIELD_NUMBER: _ClassVar[int]
    INTERRUPT_BY_VOICE_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[SoupItem]
    loop: int
    interruptible: bool
    interrupt_by_voice: VoiceDetection
    def __init__(self, items: _Optional[_Iterable[_Union[SoupItem, _Mapping]]] = ..., loop: _Optional[int] = ..., interruptible: _Optional[bool] = ..., interrupt_by_voice: _Optional[_Union[VoiceDetection, _Mapping]] = ...) -> None: ...

class VoiceDetection(_message.Message):
    __slots__ = ("min_speech_ms", "margin_db", "softest_dbov", "power", "power_packets")
    MIN_SPEECH_MS_FIELD_NUMBER: _ClassVar[int]
    MARGIN_DB_FIELD_NUMBER: _ClassVar[int]
    SOFTEST_DBOV_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    POWER_PACKETS_FIELD_NUMBER: _ClassVar[int]
    min_speech_ms: int
    margin_db: int
    softest_dbov: int
    power: int
    power_packets: int
    def __init__(self, min_speech_ms: _Optional[int] = ..., margin_db: _Optional[int] = ..., softest_dbov: _Optional[int] = ..., power: _Optional[int] = ..., power_packets: _Optional[int] = ...) -> None: ...

class SoupItem(_message.Message):
    __slots__ = ("file", "tone", "start_ms", "stop_ms", "loop", "gain_db")
    FILE_FIELD_NUMBER: _ClassVar[int]
    TONE_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    STOP_MS_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    file: str
    tone: str
    start_ms: int
    stop_ms: int
    loop: int
    gain_db: int
    def __init__(self, file: _Optional[str] = ..., tone: _Optional[str] = ..., start_ms: _Optional[int] = ..., stop_ms: _Optional[int] = ..., loop: _Optional[int] = ..., gain_db: _Optional[int] = ...) -> None: ...

class RecorderSpec(_message.Message):
    __slots__ = ("recorder_id", "file", "channels", "max_duration_ms", "min_duration_ms", "start_above_power", "finish_below_power", "power_average_packets", "paused", "finished", "started_at", "source", "after_player", "pre_roll_ms", "max_wait_ms", "finish_after_silence_ms", "voice")
    RECORDER_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    MAX_DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    MIN_DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    START_ABOVE_POWER_FIELD_NUMBER: _ClassVar[int]
    FINISH_BELOW_POWER_FIELD_NUMBER: _ClassVar[int]
    POWER_AVERAGE_PACKETS_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    AFTER_PLAYER_FIELD_NUMBER: _ClassVar[int]
    PRE_ROLL_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    FINISH_AFTER_SILENCE_MS_FIELD_NUMBER: _ClassVar[int]
    VOICE_FIELD_NUMBER: _ClassVar[int]
    recorder_id: str
    file: str
    channels: int
    max_duration_ms: int
    min_duration_ms: int
    start_above_power: int
    finish_below_power: int
    power_average_packets: int
    paused: bool
    finished: bool
    started_at: _timestamp_pb2.Timestamp
    source: RecordSource
    after_player: str
    pre_roll_ms: int
    max_wait_ms: int
    finish_after_silence_ms: int
    voice: VoiceDetection
    def __init__(self, recorder_id: _Optional[str] = ..., file: _Optional[str] = ..., channels: _Optional[int] = ..., max_duration_ms: _Optional[int] = ..., min_duration_ms: _Optional[int] = ..., start_above_power: _Optional[int] = ..., finish_below_power: _Optional[int] = ..., power_average_packets: _Optional[int] = ..., paused: _Optional[bool] = ..., finished: _Optional[bool] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[_Union[RecordSource, str]] = ..., after_player: _Optional[str] = ..., pre_roll_ms: _Optional[int] = ..., max_wait_ms: _Optional[int] = ..., finish_after_silence_ms: _Optional[int] = ..., voice: _Optional[_Union[VoiceDetection, _Mapping]] = ...) -> None: ...

class Tap(_message.Message):
    __slots__ = ("tap_id", "endpoint", "direction", "rate_hz")
    TAP_ID_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    tap_id: str
    endpoint: str
    direction: str
    rate_hz: int
    def __init__(self, tap_id: _Optional[str] = ..., endpoint: _Optional[str] = ..., direction: _Optional[str] = ..., rate_hz: _Optional[int] = ...) -> None: ...

class CloseChannel(_message.Message):
    __slots__ = ("channel_id", "reason")
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    reason: str
    def __init__(self, channel_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ChannelClosed(_message.Message):
    __slots__ = ("channel_id", "reason", "stats")
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STATS_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    reason: str
    stats: ChannelStats
    def __init__(self, channel_id: _Optional[str] = ..., reason: _Optional[str] = ..., stats: _Optional[_Union[ChannelStats, _Mapping]] = ...) -> None: ...

class SendDigits(_message.Message):
    __slots__ = ("channel_id", "digits", "duration_ms")
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    DIGITS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    digits: str
    duration_ms: int
    def __init__(self, channel_id: _Optional[str] = ..., digits: _Optional[str] = ..., duration_ms: _Optional[int] = ...) -> None: ...

class DigitsSent(_message.Message):
    __slots__ = ("channel_id", "queued")
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    queued: int
    def __init__(self, channel_id: _Optional[str] = ..., queued: _Optional[int] = ...) -> None: ...

class ChannelStatsRequest(_message.Message):
    __slots__ = ("channel_id",)
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    def __init__(self, channel_id: _Optional[str] = ...) -> None: ...

class ChannelStats(_message.Message):
    __slots__ = ("channel_id", "packets_received", "packets_sent", "bytes_received", "bytes_sent", "packets_lost", "packets_late", "packets_duplicate", "packets_dropped", "drops", "jitter_ms", "round_trip_ms", "remote_loss", "remote_jitter_ms", "mos", "codec_in", "codec_out", "ssrc_in", "ssrc_out", "rating", "mos_listening", "packets_discarded", "concealed_ms", "concealed", "buffer_ms", "burst_density", "burst_ms", "gap_density", "gap_ms", "remote_mos")
    class DropsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    PACKETS_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    PACKETS_SENT_FIELD_NUMBER: _ClassVar[int]
    BYTES_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    BYTES_SENT_FIELD_NUMBER: _ClassVar[int]
    PACKETS_LOST_FIELD_NUMBER: _ClassVar[int]
    PACKETS_LATE_FIELD_NUMBER: _ClassVar[int]
    PACKETS_DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    PACKETS_DROPPED_FIELD_NUMBER: _ClassVar[int]
    DROPS_FIELD_NUMBER: _ClassVar[int]
    JITTER_MS_FIELD_NUMBER: _ClassVar[int]
    ROUND_TRIP_MS_FIELD_NUMBER: _ClassVar[int]
    REMOTE_LOSS_FIELD_NUMBER: _ClassVar[int]
    REMOTE_JITTER_MS_FIELD_NUMBER: _ClassVar[int]
    MOS_FIELD_NUMBER: _ClassVar[int]
    CODEC_IN_FIELD_NUMBER: _ClassVar[int]
    CODEC_OUT_FIELD_NUMBER: _ClassVar[int]
    SSRC_IN_FIELD_NUMBER: _ClassVar[int]
    SSRC_OUT_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    MOS_LISTENING_FIELD_NUMBER: _ClassVar[int]
    PACKETS_DISCARDED_FIELD_NUMBER: _ClassVar[int]
    CONCEALED_MS_FIELD_NUMBER: _ClassVar[int]
    CONCEALED_FIELD_NUMBER: _ClassVar[int]
    BUFFER_MS_FIELD_NUMBER: _ClassVar[int]
    BURST_DENSITY_FIELD_NUMBER: _ClassVar[int]
    BURST_MS_FIELD_NUMBER: _ClassVar[int]
    GAP_DENSITY_FIELD_NUMBER: _ClassVar[int]
    GAP_MS_FIELD_NUMBER: _ClassVar[int]
    REMOTE_MOS_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    packets_received: int
    packets_sent: int
    bytes_received: int
    bytes_sent: int
    packets_lost: int
    packets_late: int
    packets_duplicate: int
    packets_dropped: int
    drops: _containers.ScalarMap[str, int]
    jitter_ms: float
    round_trip_ms: float
    remote_loss: float
    remote_jitter_ms: float
    mos: float
    codec_in: str
    codec_out: str
    ssrc_in: int
    ssrc_out: int
    rating: float
    mos_listening: float
    packets_discarded: int
    concealed_ms: int
    concealed: float
    buffer_ms: float
    burst_density: float
    burst_ms: int
    gap_density: float
    gap_ms: int
    remote_mos: float
    def __init__(self, channel_id: _Optional[str] = ..., packets_received: _Optional[int] = ..., packets_sent: _Optional[int] = ..., bytes_received: _Optional[int] = ..., bytes_sent: _Optional[int] = ..., packets_lost: _Optional[int] = ..., packets_late: _Optional[int] = ..., packets_duplicate: _Optional[int] = ..., packets_dropped: _Optional[int] = ..., drops: _Optional[_Mapping[str, int]] = ..., jitter_ms: _Optional[float] = ..., round_trip_ms: _Optional[float] = ..., remote_loss: _Optional[float] = ..., remote_jitter_ms: _Optional[float] = ..., mos: _Optional[float] = ..., codec_in: _Optional[str] = ..., codec_out: _Optional[str] = ..., ssrc_in: _Optional[int] = ..., ssrc_out: _Optional[int] = ..., rating: _Optional[float] = ..., mos_listening: _Optional[float] = ..., packets_discarded: _Optional[int] = ..., concealed_ms: _Optional[int] = ..., concealed: _Optional[float] = ..., buffer_ms: _Optional[float] = ..., burst_density: _Optional[float] = ..., burst_ms: _Optional[int] = ..., gap_density: _Optional[float] = ..., gap_ms: _Optional[int] = ..., remote_mos: _Optional[float] = ...) -> None: ...

class MediaEvent(_message.Message):
    __slots__ = ("channel_id", "at", "digit", "play", "record", "mix", "idle", "latched", "dtls", "talk", "tone", "speaker")
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    DIGIT_FIELD_NUMBER: _ClassVar[int]
    PLAY_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    MIX_FIELD_NUMBER: _ClassVar[int]
    IDLE_FIELD_NUMBER: _ClassVar[int]
    LATCHED_FIELD_NUMBER: _ClassVar[int]
    DTLS_FIELD_NUMBER: _ClassVar[int]
    TALK_FIELD_NUMBER: _ClassVar[int]
    TONE_FIELD_NUMBER: _ClassVar[int]
    SPEAKER_FIELD_NUMBER: _ClassVar[int]
    channel_id: str
    at: _timestamp_pb2.Timestamp
    digit: MediaDigit
    play: PlayEvent
    record: RecordEvent
    mix: MixEvent
    idle: MediaIdle
    latched: SourceLatched
    dtls: DtlsEvent
    talk: TalkEvent
    tone: ToneDetected
    speaker: SpeakerEvent
    def __init__(self, channel_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., digit: _Optional[_Union[MediaDigit, _Mapping]] = ..., play: _Optional[_Union[PlayEvent, _Mapping]] = ..., record: _Optional[_Union[RecordEvent, _Mapping]] = ..., mix: _Optional[_Union[MixEvent, _Mapping]] = ..., idle: _Optional[_Union[MediaIdle, _Mapping]] = ..., latched: _Optional[_Union[SourceLatched, _Mapping]] = ..., dtls: _Optional[_Union[DtlsEvent, _Mapping]] = ..., talk: _Optional[_Union[TalkEvent, _Mapping]] = ..., tone: _Optional[_Union[ToneDetected, _Mapping]] = ..., speaker: _Optional[_Union[SpeakerEvent, _Mapping]] = ...) -> None: ...

class MediaDigit(_message.Message):
    __slots__ = ("digit", "duration_ms", "in_band", "released")
    DIGIT_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    IN_BAND_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    digit: str
    duration_ms: int
    in_band: bool
    released: bool
    def __init__(self, digit: _Optional[str] = ..., duration_ms: _Optional[int] = ..., in_band: _Optional[bool] = ..., released: _Optional[bool] = ...) -> None: ...

class PlayEvent(_message.Message):
    __slots__ = ("player_id", "ended", "reason", "file")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    ended: bool
    reason: str
    file: str
    def __init__(self, player_id: _Optional[str] = ..., ended: _Optional[bool] = ..., reason: _Optional[str] = ..., file: _Optional[str] = ...) -> None: ...

class RecordEvent(_message.Message):
    __slots__ = ("recorder_id", "file", "event", "size_bytes", "duration_ms")
    RECORDER_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    recorder_id: str
    file: str
    event: str
    size_bytes: int
    duration_ms: int
    def __init__(self, recorder_id: _Optional[str] = ..., file: _Optional[str] = ..., event: _Optional[str] = ..., size_bytes: _Optional[int] = ..., duration_ms: _Optional[int] = ...) -> None: ...

class MixEvent(_message.Message):
    __slots__ = ("finished", "group_id")
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    finished: bool
    group_id: str
    def __init__(self, finished: _Optional[bool] = ..., group_id: _Optional[str] = ...) -> None: ...

class MediaIdle(_message.Message):
    __slots__ = ("silent_s",)
    SILENT_S_FIELD_NUMBER: _ClassVar[int]
    silent_s: int
    def __init__(self, silent_s: _Optional[int] = ...) -> None: ...

class SourceLatched(_message.Message):
    __slots__ = ("source",)
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    source: _common_pb2.Endpoint
    def __init__(self, source: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ...) -> None: ...

class DtlsEvent(_message.Message):
    __slots__ = ("state", "reason")
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    state: str
    reason: str
    def __init__(self, state: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class TalkEvent(_message.Message):
    __slots__ = ("talking", "energy")
    TALKING_FIELD_NUMBER: _ClassVar[int]
    ENERGY_FIELD_NUMBER: _ClassVar[int]
    talking: bool
    energy: int
    def __init__(self, talking: _Optional[bool] = ..., energy: _Optional[int] = ...) -> None: ...

class SpeakerEvent(_message.Message):
    __slots__ = ("active", "energy")
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    ENERGY_FIELD_NUMBER: _ClassVar[int]
    active: bool
    energy: int
    def __init__(self, active: _Optional[bool] = ..., energy: _Optional[int] = ...) -> None: ...

class ToneDetected(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
