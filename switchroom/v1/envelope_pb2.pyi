import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from switchroom.v1 import common_pb2 as _common_pb2
from switchroom.v1 import event_pb2 as _event_pb2
from switchroom.v1 import media_pb2 as _media_pb2
from switchroom.v1 import registrar_pb2 as _registrar_pb2
from switchroom.v1 import worker_pb2 as _worker_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    KIND_REQUEST: _ClassVar[Kind]
    KIND_RESPONSE: _ClassVar[Kind]
    KIND_EVENT: _ClassVar[Kind]
    KIND_LOG: _ClassVar[Kind]

class ErrorCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_CODE_UNSPECIFIED: _ClassVar[ErrorCode]
    ERROR_CODE_MALFORMED: _ClassVar[ErrorCode]
    ERROR_CODE_NOT_WELCOME: _ClassVar[ErrorCode]
    ERROR_CODE_UNKNOWN_METHOD: _ClassVar[ErrorCode]
    ERROR_CODE_UNKNOWN_CALL: _ClassVar[ErrorCode]
    ERROR_CODE_UNKNOWN_CHANNEL: _ClassVar[ErrorCode]
    ERROR_CODE_STALE_LEASE: _ClassVar[ErrorCode]
    ERROR_CODE_WRONG_STATE: _ClassVar[ErrorCode]
    ERROR_CODE_NO_PORTS: _ClassVar[ErrorCode]
    ERROR_CODE_NO_CODEC: _ClassVar[ErrorCode]
    ERROR_CODE_NO_FILE: _ClassVar[ErrorCode]
    ERROR_CODE_FULL: _ClassVar[ErrorCode]
    ERROR_CODE_TIMEOUT: _ClassVar[ErrorCode]
    ERROR_CODE_SHUTTING_DOWN: _ClassVar[ErrorCode]
    ERROR_CODE_INTERNAL: _ClassVar[ErrorCode]
    ERROR_CODE_NOT_SUPPORTED: _ClassVar[ErrorCode]
KIND_UNSPECIFIED: Kind
KIND_REQUEST: Kind
KIND_RESPONSE: Kind
KIND_EVENT: Kind
KIND_LOG: Kind
ERROR_CODE_UNSPECIFIED: ErrorCode
ERROR_CODE_MALFORMED: ErrorCode
ERROR_CODE_NOT_WELCOME: ErrorCode
ERROR_CODE_UNKNOWN_METHOD: ErrorCode
ERROR_CODE_UNKNOWN_CALL: ErrorCode
ERROR_CODE_UNKNOWN_CHANNEL: ErrorCode
ERROR_CODE_STALE_LEASE: ErrorCode
ERROR_CODE_WRONG_STATE: ErrorCode
ERROR_CODE_NO_PORTS: ErrorCode
ERROR_CODE_NO_CODEC: ErrorCode
ERROR_CODE_NO_FILE: ErrorCode
ERROR_CODE_FULL: ErrorCode
ERROR_CODE_TIMEOUT: ErrorCode
ERROR_CODE_SHUTTING_DOWN: ErrorCode
ERROR_CODE_INTERNAL: ErrorCode
ERROR_CODE_NOT_SUPPORTED: ErrorCode

class Envelope(_message.Message):
    __slots__ = ("kind", "correlation_id", "deadline_ms", "hello", "welcome", "heartbeat", "goodbye", "refusal", "status_request", "status", "log", "trace_request", "trace", "activation", "decision", "originate", "originated", "grant_request", "grant", "grant_return", "set_channel", "channel_set", "close_channel", "channel_closed", "send_digits", "digits_sent", "media_event", "channel_stats_request", "channel_stats", "challenge", "challenged", "verify", "verified", "register", "registered", "lookup", "looked_up", "query", "query_result", "binding_delta", "notice")
    KIND_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    STATUS_REQUEST_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    TRACE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ORIGINATE_FIELD_NUMBER: _ClassVar[int]
    ORIGINATED_FIELD_NUMBER: _ClassVar[int]
    GRANT_REQUEST_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    GRANT_RETURN_FIELD_NUMBER: _ClassVar[int]
    SET_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_SET_FIELD_NUMBER: _ClassVar[int]
    CLOSE_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_CLOSED_FIELD_NUMBER: _ClassVar[int]
    SEND_DIGITS_FIELD_NUMBER: _ClassVar[int]
    DIGITS_SENT_FIELD_NUMBER: _ClassVar[int]
    MEDIA_EVENT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_STATS_REQUEST_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_STATS_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    CHALLENGED_FIELD_NUMBER: _ClassVar[int]
    VERIFY_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_FIELD_NUMBER: _ClassVar[int]
    LOOKUP_FIELD_NUMBER: _ClassVar[int]
    LOOKED_UP_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    QUERY_RESULT_FIELD_NUMBER: _ClassVar[int]
    BINDING_DELTA_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    kind: Kind
    correlation_id: int
    deadline_ms: int
    hello: Hello
    welcome: Welcome
    heartbeat: Heartbeat
    goodbye: Goodbye
    refusal: Refusal
    status_request: StatusRequest
    status: Status
    log: LogLine
    trace_request: TraceRequest
    trace: Trace
    activation: _worker_pb2.Activation
    decision: _worker_pb2.Decision
    originate: _worker_pb2.Originate
    originated: _worker_pb2.Originated
    grant_request: _media_pb2.GrantRequest
    grant: _media_pb2.Grant
    grant_return: _media_pb2.GrantReturn
    set_channel: _media_pb2.SetChannel
    channel_set: _media_pb2.ChannelSet
    close_channel: _media_pb2.CloseChannel
    channel_closed: _media_pb2.ChannelClosed
    send_digits: _media_pb2.SendDigits
    digits_sent: _media_pb2.DigitsSent
    media_event: _media_pb2.MediaEvent
    channel_stats_request: _media_pb2.ChannelStatsRequest
    channel_stats: _media_pb2.ChannelStats
    challenge: _registrar_pb2.Challenge
    challenged: _registrar_pb2.Challenged
    verify: _registrar_pb2.Verify
    verified: _registrar_pb2.Verified
    register: _registrar_pb2.Register
    registered: _registrar_pb2.Registered
    lookup: _registrar_pb2.Lookup
    looked_up: _registrar_pb2.LookedUp
    query: _registrar_pb2.Query
    query_result: _registrar_pb2.QueryResult
    binding_delta: _registrar_pb2.BindingDelta
    notice: _event_pb2.Notice
    def __init__(self, kind: _Optional[_Union[Kind, str]] = ..., correlation_id: _Optional[int] = ..., deadline_ms: _Optional[int] = ..., hello: _Optional[_Union[Hello, _Mapping]] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ..., status_request: _Optional[_Union[StatusRequest, _Mapping]] = ..., status: _Optional[_Union[Status, _Mapping]] = ..., log: _Optional[_Union[LogLine, _Mapping]] = ..., trace_request: _Optional[_Union[TraceRequest, _Mapping]] = ..., trace: _Optional[_Union[Trace, _Mapping]] = ..., activation: _Optional[_Union[_worker_pb2.Activation, _Mapping]] = ..., decision: _Optional[_Union[_worker_pb2.Decision, _Mapping]] = ..., originate: _Optional[_Union[_worker_pb2.Originate, _Mapping]] = ..., originated: _Optional[_Union[_worker_pb2.Originated, _Mapping]] = ..., grant_request: _Optional[_Union[_media_pb2.GrantRequest, _Mapping]] = ..., grant: _Optional[_Union[_media_pb2.Grant, _Mapping]] = ..., grant_return: _Optional[_Union[_media_pb2.GrantReturn, _Mapping]] = ..., set_channel: _Optional[_Union[_media_pb2.SetChannel, _Mapping]] = ..., channel_set: _Optional[_Union[_media_pb2.ChannelSet, _Mapping]] = ..., close_channel: _Optional[_Union[_media_pb2.CloseChannel, _Mapping]] = ..., channel_closed: _Optional[_Union[_media_pb2.ChannelClosed, _Mapping]] = ..., send_digits: _Optional[_Union[_media_pb2.SendDigits, _Mapping]] = ..., digits_sent: _Optional[_Union[_media_pb2.DigitsSent, _Mapping]] = ..., media_event: _Optional[_Union[_media_pb2.MediaEvent, _Mapping]] = ..., channel_stats_request: _Optional[_Union[_media_pb2.ChannelStatsRequest, _Mapping]] = ..., channel_stats: _Optional[_Union[_media_pb2.ChannelStats, _Mapping]] = ..., challenge: _Optional[_Union[_registrar_pb2.Challenge, _Mapping]] = ..., challenged: _Optional[_Union[_registrar_pb2.Challenged, _Mapping]] = ..., verify: _Optional[_Union[_registrar_pb2.Verify, _Mapping]] = ..., verified: _Optional[_Union[_registrar_pb2.Verified, _Mapping]] = ..., register: _Optional[_Union[_registrar_pb2.Register, _Mapping]] = ..., registered: _Optional[_Union[_registrar_pb2.Registered, _Mapping]] = ..., lookup: _Optional[_Union[_registrar_pb2.Lookup, _Mapping]] = ..., looked_up: _Optional[_Union[_registrar_pb2.LookedUp, _Mapping]] = ..., query: _Optional[_Union[_registrar_pb2.Query, _Mapping]] = ..., query_result: _Optional[_Union[_registrar_pb2.QueryResult, _Mapping]] = ..., binding_delta: _Optional[_Union[_registrar_pb2.BindingDelta, _Mapping]] = ..., notice: _Optional[_Union[_event_pb2.Notice, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("role", "name", "version", "capacity", "routes", "host", "pid")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    role: _common_pb2.Role
    name: str
    version: str
    capacity: int
    routes: _containers.RepeatedCompositeFieldContainer[Route]
    host: str
    pid: int
    def __init__(self, role: _Optional[_Union[_common_pb2.Role, str]] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., capacity: _Optional[int] = ..., routes: _Optional[_Iterable[_Union[Route, _Mapping]]] = ..., host: _Optional[str] = ..., pid: _Optional[int] = ...) -> None: ...

class Route(_message.Message):
    __slots__ = ("user", "realm")
    USER_FIELD_NUMBER: _ClassVar[int]
    REALM_FIELD_NUMBER: _ClassVar[int]
    user: str
    realm: str
    def __init__(self, user: _Optional[str] = ..., realm: _Optional[str] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("frontend", "version", "heartbeat_ms", "suspect_ms", "lost_ms", "lease_ms")
    FRONTEND_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_MS_FIELD_NUMBER: _ClassVar[int]
    SUSPECT_MS_FIELD_NUMBER: _ClassVar[int]
    LOST_MS_FIELD_NUMBER: _ClassVar[int]
    LEASE_MS_FIELD_NUMBER: _ClassVar[int]
    frontend: str
    version: str
    heartbeat_ms: int
    suspect_ms: int
    lost_ms: int
    lease_ms: int
    def __init__(self, frontend: _Optional[str] = ..., version: _Optional[str] = ..., heartbeat_ms: _Optional[int] = ..., suspect_ms: _Optional[int] = ..., lost_ms: _Optional[int] = ..., lease_ms: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("media_load",)
    MEDIA_LOAD_FIELD_NUMBER: _ClassVar[int]
    media_load: _media_pb2.MediaLoad
    def __init__(self, media_load: _Optional[_Union[_media_pb2.MediaLoad, _Mapping]] = ...) -> None: ...

class Goodbye(_message.Message):
    __slots__ = ("draining", "reason")
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    draining: bool
    reason: str
    def __init__(self, draining: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("code", "text", "about")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    code: ErrorCode
    text: str
    about: str
    def __init__(self, code: _Optional[_Union[ErrorCode, str]] = ..., text: _Optional[str] = ..., about: _Optional[str] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Status(_message.Message):
    __slots__ = ("role", "name", "version", "pid", "uptime_s", "values", "peers")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    UPTIME_S_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    PEERS_FIELD_NUMBER: _ClassVar[int]
    role: _common_pb2.Role
    name: str
    version: str
    pid: int
    uptime_s: float
    values: _containers.ScalarMap[str, float]
    peers: _containers.RepeatedCompositeFieldContainer[Status]
    def __init__(self, role: _Optional[_Union[_common_pb2.Role, str]] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., pid: _Optional[int] = ..., uptime_s: _Optional[float] = ..., values: _Optional[_Mapping[str, float]] = ..., peers: _Optional[_Iterable[_Union[Status, _Mapping]]] = ...) -> None: ...

class TraceRequest(_message.Message):
    __slots__ = ("about", "limit")
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    about: str
    limit: int
    def __init__(self, about: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class Trace(_message.Message):
    __slots__ = ("messages", "left_out")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[TracedMessage]
    left_out: int
    def __init__(self, messages: _Optional[_Iterable[_Union[TracedMessage, _Mapping]]] = ..., left_out: _Optional[int] = ...) -> None: ...

class TracedMessage(_message.Message):
    __slots__ = ("at", "sent", "transport", "local", "remote", "data", "sip_call_id", "media")
    AT_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    SIP_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    MEDIA_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    sent: bool
    transport: str
    local: _common_pb2.Endpoint
    remote: _common_pb2.Endpoint
    data: bytes
    sip_call_id: str
    media: TracedMedia
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sent: _Optional[bool] = ..., transport: _Optional[str] = ..., local: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., data: _Optional[bytes] = ..., sip_call_id: _Optional[str] = ..., media: _Optional[_Union[TracedMedia, _Mapping]] = ...) -> None: ...

class TracedMedia(_message.Message):
    __slots__ = ("worker", "channel_id", "message")
    WORKER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    worker: str
    channel_id: str
    message: Envelope
    def __init__(self, worker: _Optional[str] = ..., channel_id: _Optional[str] = ..., message: _Optional[_Union[Envelope, _Mapping]] = ...) -> None: ...

class LogLine(_message.Message):
    __slots__ = ("event", "level", "keys")
    class KeysEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    event: str
    level: str
    keys: _containers.ScalarMap[str, str]
    def __init__(self, event: _Optional[str] = ..., level: _Optional[str] = ..., keys: _Optional[_Mapping[str, str]] = ...) -> None: ...
