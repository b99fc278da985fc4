import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from switchroom.v1 import common_pb2 as _common_pb2
from switchroom.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CallType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALL_TYPE_UNSPECIFIED: _ClassVar[CallType]
    CALL_TYPE_UAS: _ClassVar[CallType]
    CALL_TYPE_UAC: _ClassVar[CallType]

class CallState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALL_STATE_UNSPECIFIED: _ClassVar[CallState]
    CALL_STATE_TRYING: _ClassVar[CallState]
    CALL_STATE_RINGING: _ClassVar[CallState]
    CALL_STATE_EARLY: _ClassVar[CallState]
    CALL_STATE_ESTABLISHED: _ClassVar[CallState]
    CALL_STATE_ENDED: _ClassVar[CallState]

class DigitSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIGIT_SOURCE_UNSPECIFIED: _ClassVar[DigitSource]
    DIGIT_SOURCE_RTP: _ClassVar[DigitSource]
    DIGIT_SOURCE_SIP_INFO: _ClassVar[DigitSource]
    DIGIT_SOURCE_IN_BAND: _ClassVar[DigitSource]
CALL_TYPE_UNSPECIFIED: CallType
CALL_TYPE_UAS: CallType
CALL_TYPE_UAC: CallType
CALL_STATE_UNSPECIFIED: CallState
CALL_STATE_TRYING: CallState
CALL_STATE_RINGING: CallState
CALL_STATE_EARLY: CallState
CALL_STATE_ESTABLISHED: CallState
CALL_STATE_ENDED: CallState
DIGIT_SOURCE_UNSPECIFIED: DigitSource
DIGIT_SOURCE_RTP: DigitSource
DIGIT_SOURCE_SIP_INFO: DigitSource
DIGIT_SOURCE_IN_BAND: DigitSource

class Call(_message.Message):
    __slots__ = ("call_id", "type", "state", "held", "authenticated", "entity", "caller", "called", "destination", "vars", "parent_id", "child_ids", "mixed_with", "started_at", "answered_at", "ended_at", "hangup_cause", "network", "sip_call_id", "local_tag", "remote_tag", "media_open", "picked", "referred_by", "trusted", "trunk", "diversions", "answer_after_s")
    class VarsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATED_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CALLED_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    VARS_FIELD_NUMBER: _ClassVar[int]
    PARENT_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_IDS_FIELD_NUMBER: _ClassVar[int]
    MIXED_WITH_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    HANGUP_CAUSE_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SIP_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    LOCAL_TAG_FIELD_NUMBER: _ClassVar[int]
    REMOTE_TAG_FIELD_NUMBER: _ClassVar[int]
    MEDIA_OPEN_FIELD_NUMBER: _ClassVar[int]
    PICKED_FIELD_NUMBER: _ClassVar[int]
    REFERRED_BY_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    DIVERSIONS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    type: CallType
    state: CallState
    held: bool
    authenticated: bool
    entity: _common_pb2.Entity
    caller: _common_pb2.Party
    called: _common_pb2.Party
    destination: str
    vars: _containers.ScalarMap[str, str]
    parent_id: str
    child_ids: _containers.RepeatedScalarFieldContainer[str]
    mixed_with: str
    started_at: _timestamp_pb2.Timestamp
    answered_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    hangup_cause: _common_pb2.HangupCause
    network: Network
    sip_call_id: str
    local_tag: str
    remote_tag: str
    media_open: bool
    picked: bool
    referred_by: str
    trusted: bool
    trunk: str
    diversions: _containers.RepeatedCompositeFieldContainer[Diversion]
    answer_after_s: int
    def __init__(self, call_id: _Optional[str] = ..., type: _Optional[_Union[CallType, str]] = ..., state: _Optional[_Union[CallState, str]] = ..., held: _Optional[bool] = ..., authenticated: _Optional[bool] = ..., entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., called: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., destination: _Optional[str] = ..., vars: _Optional[_Mapping[str, str]] = ..., parent_id: _Optional[str] = ..., child_ids: _Optional[_Iterable[str]] = ..., mixed_with: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hangup_cause: _Optional[_Union[_common_pb2.HangupCause, _Mapping]] = ..., network: _Optional[_Union[Network, _Mapping]] = ..., sip_call_id: _Optional[str] = ..., local_tag: _Optional[str] = ..., remote_tag: _Optional[str] = ..., media_open: _Optional[bool] = ..., picked: _Optional[bool] = ..., referred_by: _Optional[str] = ..., trusted: _Optional[bool] = ..., trunk: _Optional[str] = ..., diversions: _Optional[_Iterable[_Union[Diversion, _Mapping]]] = ..., answer_after_s: _Optional[int] = ...) -> None: ...

class Diversion(_message.Message):
    __slots__ = ("uri", "name", "user", "host", "reason")
    URI_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    uri: str
    name: str
    user: str
    host: str
    reason: str
    def __init__(self, uri: _Optional[str] = ..., name: _Optional[str] = ..., user: _Optional[str] = ..., host: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Network(_message.Message):
    __slots__ = ("transport", "local", "remote")
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    transport: str
    local: _common_pb2.Endpoint
    remote: _common_pb2.Endpoint
    def __init__(self, transport: _Optional[str] = ..., local: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ...) -> None: ...

class CallEvent(_message.Message):
    __slots__ = ("seq", "call_id", "at", "invited", "auth_started", "authenticated", "auth_failed", "ringing", "early_media", "answered", "updated", "mixed", "unmixed", "held", "unheld", "referred", "picked", "digit", "ended", "media", "dial_finished", "refer_progress", "message", "timer_fired", "command_result", "originating", "custom", "digit_released")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    INVITED_FIELD_NUMBER: _ClassVar[int]
    AUTH_STARTED_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATED_FIELD_NUMBER: _ClassVar[int]
    AUTH_FAILED_FIELD_NUMBER: _ClassVar[int]
    RINGING_FIELD_NUMBER: _ClassVar[int]
    EARLY_MEDIA_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    MIXED_FIELD_NUMBER: _ClassVar[int]
    UNMIXED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    UNHELD_FIELD_NUMBER: _ClassVar[int]
    REFERRED_FIELD_NUMBER: _ClassVar[int]
    PICKED_FIELD_NUMBER: _ClassVar[int]
    DIGIT_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    MEDIA_FIELD_NUMBER: _ClassVar[int]
    DIAL_FINISHED_FIELD_NUMBER: _ClassVar[int]
    REFER_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TIMER_FIRED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_RESULT_FIELD_NUMBER: _ClassVar[int]
    ORIGINATING_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_FIELD_NUMBER: _ClassVar[int]
    DIGIT_RELEASED_FIELD_NUMBER: _ClassVar[int]
    seq: int
    call_id: str
    at: _timestamp_pb2.Timestamp
    invited: Invited
    auth_started: AuthStarted
    authenticated: Authenticated
    auth_failed: AuthFailed
    ringing: Ringing
    early_media: EarlyMedia
    answered: Answered
    updated: Updated
    mixed: Mixed
    unmixed: Unmixed
    held: Held
    unheld: Unheld
    referred: Referred
    picked: Picked
    digit: DigitReceived
    ended: Ended
    media: _media_pb2.MediaEvent
    dial_finished: DialFinished
    refer_progress: ReferProgress
    message: MessageReceived
    timer_fired: TimerFired
    command_result: CommandResult
    originating: Originating
    custom: Custom
    digit_released: DigitReceived
    def __init__(self, seq: _Optional[int] = ..., call_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., invited: _Optional[_Union[Invited, _Mapping]] = ..., auth_started: _Optional[_Union[AuthStarted, _Mapping]] = ..., authenticated: _Optional[_Union[Authenticated, _Mapping]] = ..., auth_failed: _Optional[_Union[AuthFailed, _Mapping]] = ..., ringing: _Optional[_Union[Ringing, _Mapping]] = ..., early_media: _Optional[_Union[EarlyMedia, _Mapping]] = ..., answered: _Optional[_Union[Answered, _Mapping]] = ..., updated: _Optional[_Union[Updated, _Mapping]] = ..., mixed: _Optional[_Union[Mixed, _Mapping]] = ..., unmixed: _Optional[_Union[Unmixed, _Mapping]] = ..., held: _Optional[_Union[Held, _Mapping]] = ..., unheld: _Optional[_Union[Unheld, _Mapping]] = ..., referred: _Optional[_Union[Referred, _Mapping]] = ..., picked: _Optional[_Union[Picked, _Mapping]] = ..., digit: _Optional[_Union[DigitReceived, _Mapping]] = ..., ended: _Optional[_Union[Ended, _Mapping]] = ..., media: _Optional[_Union[_media_pb2.MediaEvent, _Mapping]] = ..., dial_finished: _Optional[_Union[DialFinished, _Mapping]] = ..., refer_progress: _Optional[_Union[ReferProgress, _Mapping]] = ..., message: _Optional[_Union[MessageReceived, _Mapping]] = ..., timer_fired: _Optional[_Union[TimerFired, _Mapping]] = ..., command_result: _Optional[_Union[CommandResult, _Mapping]] = ..., originating: _Optional[_Union[Originating, _Mapping]] = ..., custom: _Optional[_Union[Custom, _Mapping]] = ..., digit_released: _Optional[_Union[DigitReceived, _Mapping]] = ...) -> None: ...

class Invited(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: bytes
    def __init__(self, request: _Optional[bytes] = ...) -> None: ...

class AuthStarted(_message.Message):
    __slots__ = ("username",)
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    username: str
    def __init__(self, username: _Optional[str] = ...) -> None: ...

class Authenticated(_message.Message):
    __slots__ = ("entity", "caller", "previous_caller")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_CALLER_FIELD_NUMBER: _ClassVar[int]
    entity: _common_pb2.Entity
    caller: _common_pb2.Party
    previous_caller: _common_pb2.Party
    def __init__(self, entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., previous_caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ...) -> None: ...

class AuthFailed(_message.Message):
    __slots__ = ("sip_status", "reason")
    SIP_STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    sip_status: int
    reason: str
    def __init__(self, sip_status: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class Ringing(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EarlyMedia(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Answered(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Updated(_message.Message):
    __slots__ = ("caller", "called", "previous_caller", "previous_called")
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CALLED_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_CALLER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_CALLED_FIELD_NUMBER: _ClassVar[int]
    caller: _common_pb2.Party
    called: _common_pb2.Party
    previous_caller: _common_pb2.Party
    previous_called: _common_pb2.Party
    def __init__(self, caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., called: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., previous_caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., previous_called: _Optional[_Union[_common_pb2.Party, _Mapping]] = ...) -> None: ...

class Mixed(_message.Message):
    __slots__ = ("with_call_id",)
    WITH_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    with_call_id: str
    def __init__(self, with_call_id: _Optional[str] = ...) -> None: ...

class Unmixed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Held(_message.Message):
    __slots__ = ("by_us",)
    BY_US_FIELD_NUMBER: _ClassVar[int]
    by_us: bool
    def __init__(self, by_us: _Optional[bool] = ...) -> None: ...

class Unheld(_message.Message):
    __slots__ = ("by_us",)
    BY_US_FIELD_NUMBER: _ClassVar[int]
    by_us: bool
    def __init__(self, by_us: _Optional[bool] = ...) -> None: ...

class Referred(_message.Message):
    __slots__ = ("destination", "by_call_id", "previous_destination", "caller", "called", "previous_caller", "previous_called")
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    BY_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_DESTINATION_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CALLED_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_CALLER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_CALLED_FIELD_NUMBER: _ClassVar[int]
    destination: str
    by_call_id: str
    previous_destination: str
    caller: _common_pb2.Party
    called: _common_pb2.Party
    previous_caller: _common_pb2.Party
    previous_called: _common_pb2.Party
    def __init__(self, destination: _Optional[str] = ..., by_call_id: _Optional[str] = ..., previous_destination: _Optional[str] = ..., caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., called: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., previous_caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., previous_called: _Optional[_Union[_common_pb2.Party, _Mapping]] = ...) -> None: ...

class Picked(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DigitReceived(_message.Message):
    __slots__ = ("digit", "duration_ms", "source")
    DIGIT_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    digit: str
    duration_ms: int
    source: DigitSource
    def __init__(self, digit: _Optional[str] = ..., duration_ms: _Optional[int] = ..., source: _Optional[_Union[DigitSource, str]] = ...) -> None: ...

class Ended(_message.Message):
    __slots__ = ("cause", "stats")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    STATS_FIELD_NUMBER: _ClassVar[int]
    cause: _common_pb2.HangupCause
    stats: _media_pb2.ChannelStats
    def __init__(self, cause: _Optional[_Union[_common_pb2.HangupCause, _Mapping]] = ..., stats: _Optional[_Union[_media_pb2.ChannelStats, _Mapping]] = ...) -> None: ...

class DialFinished(_message.Message):
    __slots__ = ("command_id", "answered_call_id", "cause")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    answered_call_id: str
    cause: _common_pb2.HangupCause
    def __init__(self, command_id: _Optional[int] = ..., answered_call_id: _Optional[str] = ..., cause: _Optional[_Union[_common_pb2.HangupCause, _Mapping]] = ...) -> None: ...

class ReferProgress(_message.Message):
    __slots__ = ("command_id", "sip_status")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SIP_STATUS_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    sip_status: int
    def __init__(self, command_id: _Optional[int] = ..., sip_status: _Optional[int] = ...) -> None: ...

class MessageReceived(_message.Message):
    __slots__ = ("method", "content_type", "body")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    method: str
    content_type: str
    body: bytes
    def __init__(self, method: _Optional[str] = ..., content_type: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class TimerFired(_message.Message):
    __slots__ = ("timer_id",)
    TIMER_ID_FIELD_NUMBER: _ClassVar[int]
    timer_id: int
    def __init__(self, timer_id: _Optional[int] = ...) -> None: ...

class CommandResult(_message.Message):
    __slots__ = ("command_id", "ok", "error_code", "error", "value")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    ok: bool
    error_code: int
    error: str
    value: str
    def __init__(self, command_id: _Optional[int] = ..., ok: _Optional[bool] = ..., error_code: _Optional[int] = ..., error: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Originating(_message.Message):
    __slots__ = ("script", "parameters")
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    script: str
    parameters: str
    def __init__(self, script: _Optional[str] = ..., parameters: _Optional[str] = ...) -> None: ...

class Custom(_message.Message):
    __slots__ = ("name", "payload")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    name: str
    payload: str
    def __init__(self, name: _Optional[str] = ..., payload: _Optional[str] = ...) -> None: ...
