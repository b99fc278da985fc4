import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from switchroom.v1 import call_pb2 as _call_pb2
from switchroom.v1 import common_pb2 as _common_pb2
from switchroom.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Strategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRATEGY_UNSPECIFIED: _ClassVar[Strategy]
    STRATEGY_RING_ALL: _ClassVar[Strategy]
    STRATEGY_HUNT: _ClassVar[Strategy]
    STRATEGY_FIRST: _ClassVar[Strategy]
STRATEGY_UNSPECIFIED: Strategy
STRATEGY_RING_ALL: Strategy
STRATEGY_HUNT: Strategy
STRATEGY_FIRST: Strategy

class Activation(_message.Message):
    __slots__ = ("run_id", "lease", "at", "events", "calls", "log")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    at: _timestamp_pb2.Timestamp
    events: _containers.RepeatedCompositeFieldContainer[_call_pb2.CallEvent]
    calls: _containers.RepeatedCompositeFieldContainer[_call_pb2.Call]
    log: _containers.RepeatedCompositeFieldContainer[LogEntry]
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., events: _Optional[_Iterable[_Union[_call_pb2.CallEvent, _Mapping]]] = ..., calls: _Optional[_Iterable[_Union[_call_pb2.Call, _Mapping]]] = ..., log: _Optional[_Iterable[_Union[LogEntry, _Mapping]]] = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("event", "command")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    event: _call_pb2.CallEvent
    command: Command
    def __init__(self, event: _Optional[_Union[_call_pb2.CallEvent, _Mapping]] = ..., command: _Optional[_Union[Command, _Mapping]] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("run_id", "lease", "commands")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    lease: int
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    def __init__(self, run_id: _Optional[str] = ..., lease: _Optional[int] = ..., commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("command_id", "call_id", "authenticate", "ring", "answer", "hangup", "dial", "cancel_dial", "mix", "unmix", "adopt", "detach", "bond", "disown", "pick", "hold", "unhold", "update", "refer", "set_entity", "send_message", "send_request", "set_mailbox", "play", "play_record", "stop_media", "record", "record_control", "echo", "send_dtmf", "set_direction", "read_stats", "listen", "speak", "conference", "leave_conference", "take_part", "play_control", "detect_tones", "start_timer", "cancel_timer", "set_var", "record_step", "publish_event", "send_custom", "finish", "fail")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATE_FIELD_NUMBER: _ClassVar[int]
    RING_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    HANGUP_FIELD_NUMBER: _ClassVar[int]
    DIAL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_DIAL_FIELD_NUMBER: _ClassVar[int]
    MIX_FIELD_NUMBER: _ClassVar[int]
    UNMIX_FIELD_NUMBER: _ClassVar[int]
    ADOPT_FIELD_NUMBER: _ClassVar[int]
    DETACH_FIELD_NUMBER: _ClassVar[int]
    BOND_FIELD_NUMBER: _ClassVar[int]
    DISOWN_FIELD_NUMBER: _ClassVar[int]
    PICK_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    UNHOLD_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    REFER_FIELD_NUMBER: _ClassVar[int]
    SET_ENTITY_FIELD_NUMBER: _ClassVar[int]
    SEND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SEND_REQUEST_FIELD_NUMBER: _ClassVar[int]
    SET_MAILBOX_FIELD_NUMBER: _ClassVar[int]
    PLAY_FIELD_NUMBER: _ClassVar[int]
    PLAY_RECORD_FIELD_NUMBER: _ClassVar[int]
    STOP_MEDIA_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    RECORD_CONTROL_FIELD_NUMBER: _ClassVar[int]
    ECHO_FIELD_NUMBER: _ClassVar[int]
    SEND_DTMF_FIELD_NUMBER: _ClassVar[int]
    SET_DIRECTION_FIELD_NUMBER: _ClassVar[int]
    READ_STATS_FIELD_NUMBER: _ClassVar[int]
    LISTEN_FIELD_NUMBER: _ClassVar[int]
    SPEAK_FIELD_NUMBER: _ClassVar[int]
    CONFERENCE_FIELD_NUMBER: _ClassVar[int]
    LEAVE_CONFERENCE_FIELD_NUMBER: _ClassVar[int]
    TAKE_PART_FIELD_NUMBER: _ClassVar[int]
    PLAY_CONTROL_FIELD_NUMBER: _ClassVar[int]
    DETECT_TONES_FIELD_NUMBER: _ClassVar[int]
    START_TIMER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_TIMER_FIELD_NUMBER: _ClassVar[int]
    SET_VAR_FIELD_NUMBER: _ClassVar[int]
    RECORD_STEP_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_EVENT_FIELD_NUMBER: _ClassVar[int]
    SEND_CUSTOM_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    FAIL_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    call_id: str
    authenticate: Authenticate
    ring: Ring
    answer: Answer
    hangup: Hangup
    dial: Dial
    cancel_dial: CancelDial
    mix: Mix
    unmix: Unmix
    adopt: Adopt
    detach: Detach
    bond: Bond
    disown: Disown
    pick: Pick
    hold: Hold
    unhold: Unhold
    update: Update
    refer: Refer
    set_entity: SetEntity
    send_message: SendMessage
    send_request: SendRequest
    set_mailbox: SetMailbox
    play: Play
    play_record: PlayRecord
    stop_media: StopMedia
    record: Record
    record_control: RecordControl
    echo: Echo
    send_dtmf: SendDtmf
    set_direction: SetDirection
    read_stats: ReadStats
    listen: Listen
    speak: Speak
    conference: Conference
    leave_conference: LeaveConference
    take_part: TakePart
    play_control: PlayControl
    detect_tones: DetectTones
    start_timer: StartTimer
    cancel_timer: CancelTimer
    set_var: SetVar
    record_step: RecordStep
    publish_event: PublishEvent
    send_custom: SendCustom
    finish: Finish
    fail: Fail
    def __init__(self, command_id: _Optional[int] = ..., call_id: _Optional[str] = ..., authenticate: _Optional[_Union[Authenticate, _Mapping]] = ..., ring: _Optional[_Union[Ring, _Mapping]] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., hangup: _Optional[_Union[Hangup, _Mapping]] = ..., dial: _Optional[_Union[Dial, _Mapping]] = ..., cancel_dial: _Optional[_Union[CancelDial, _Mapping]] = ..., mix: _Optional[_Union[Mix, _Mapping]] = ..., unmix: _Optional[_Union[Unmix, _Mapping]] = ..., adopt: _Optional[_Union[Adopt, _Mapping]] = ..., detach: _Optional[_Union[Detach, _Mapping]] = ..., bond: _Optional[_Union[Bond, _Mapping]] = ..., disown: _Optional[_Union[Disown, _Mapping]] = ..., pick: _Optional[_Union[Pick, _Mapping]] = ..., hold: _Optional[_Union[Hold, _Mapping]] = ..., unhold: _Optional[_Union[Unhold, _Mapping]] = ..., update: _Optional[_Union[Update, _Mapping]] = ..., refer: _Optional[_Union[Refer, _Mapping]] = ..., set_entity: _Optional[_Union[SetEntity, _Mapping]] = ..., send_message: _Optional[_Union[SendMessage, _Mapping]] = ..., send_request: _Optional[_Union[SendRequest, _Mapping]] = ..., set_mailbox: _Optional[_Union[SetMailbox, _Mapping]] = ..., play: _Optional[_Union[Play, _Mapping]] = ..., play_record: _Optional[_Union[PlayRecord, _Mapping]] = ..., stop_media: _Optional[_Union[StopMedia, _Mapping]] = ..., record: _Optional[_Union[Record, _Mapping]] = ..., record_control: _Optional[_Union[RecordControl, _Mapping]] = ..., echo: _Optional[_Union[Echo, _Mapping]] = ..., send_dtmf: _Optional[_Union[SendDtmf, _Mapping]] = ..., set_direction: _Optional[_Union[SetDirection, _Mapping]] = ..., read_stats: _Optional[_Union[ReadStats, _Mapping]] = ..., listen: _Optional[_Union[Listen, _Mapping]] = ..., speak: _Optional[_Union[Speak, _Mapping]] = ..., conference: _Optional[_Union[Conference, _Mapping]] = ..., leave_conference: _Optional[_Union[LeaveConference, _Mapping]] = ..., take_part: _Optional[_Union[TakePart, _Mapping]] = ..., play_control: _Optional[_Union[PlayControl, _Mapping]] = ..., detect_tones: _Optional[_Union[DetectTones, _Mapping]] = ..., start_timer: _Optional[_Union[StartTimer, _Mapping]] = ..., cancel_timer: _Optional[_Union[CancelTimer, _Mapping]] = ..., set_var: _Optional[_Union[SetVar, _Mapping]] = ..., record_step: _Optional[_Union[RecordStep, _Mapping]] = ..., publish_event: _Optional[_Union[PublishEvent, _Mapping]] = ..., send_custom: _Optional[_Union[SendCustom, _Mapping]] = ..., finish: _Optional[_Union[Finish, _Mapping]] = ..., fail: _Optional[_Union[Fail, _Mapping]] = ...) -> None: ...

class Authenticate(_message.Message):
    __slots__ = ("realm", "as_registrar")
    REALM_FIELD_NUMBER: _ClassVar[int]
    AS_REGISTRAR_FIELD_NUMBER: _ClassVar[int]
    realm: str
    as_registrar: bool
    def __init__(self, realm: _Optional[str] = ..., as_registrar: _Optional[bool] = ...) -> None: ...

class Ring(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Answer(_message.Message):
    __slots__ = ("early", "codecs", "headers")
    EARLY_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    early: bool
    codecs: _containers.RepeatedScalarFieldContainer[str]
    headers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Header]
    def __init__(self, early: _Optional[bool] = ..., codecs: _Optional[_Iterable[str]] = ..., headers: _Optional[_Iterable[_Union[_common_pb2.Header, _Mapping]]] = ...) -> None: ...

class Hangup(_message.Message):
    __slots__ = ("cause", "tone", "text", "contact", "headers")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TONE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    cause: _common_pb2.Cause
    tone: bool
    text: str
    contact: str
    headers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Header]
    def __init__(self, cause: _Optional[_Union[_common_pb2.Cause, str]] = ..., tone: _Optional[bool] = ..., text: _Optional[str] = ..., contact: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_common_pb2.Header, _Mapping]]] = ...) -> None: ...

class Dial(_message.Message):
    __slots__ = ("targets", "leg_prefix", "timeout", "timeout_reason", "orphan", "no_bridge", "late", "codecs", "headers", "caller", "called", "privacy", "party_called", "party_calling", "click_to_call", "auto_answer_s", "credentials", "policy", "strategy", "follow_redirects", "bond_call_id", "hold_mix_for_hooks", "max_forwards", "no_telephone_events", "ring_tone")
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    LEG_PREFIX_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_REASON_FIELD_NUMBER: _ClassVar[int]
    ORPHAN_FIELD_NUMBER: _ClassVar[int]
    NO_BRIDGE_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CALLED_FIELD_NUMBER: _ClassVar[int]
    PRIVACY_FIELD_NUMBER: _ClassVar[int]
    PARTY_CALLED_FIELD_NUMBER: _ClassVar[int]
    PARTY_CALLING_FIELD_NUMBER: _ClassVar[int]
    CLICK_TO_CALL_FIELD_NUMBER: _ClassVar[int]
    AUTO_ANSWER_S_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_REDIRECTS_FIELD_NUMBER: _ClassVar[int]
    BOND_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    HOLD_MIX_FOR_HOOKS_FIELD_NUMBER: _ClassVar[int]
    MAX_FORWARDS_FIELD_NUMBER: _ClassVar[int]
    NO_TELEPHONE_EVENTS_FIELD_NUMBER: _ClassVar[int]
    RING_TONE_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedCompositeFieldContainer[DialTarget]
    leg_prefix: str
    timeout: _duration_pb2.Duration
    timeout_reason: str
    orphan: bool
    no_bridge: bool
    late: bool
    codecs: _containers.RepeatedScalarFieldContainer[str]
    headers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Header]
    caller: _common_pb2.Party
    called: _common_pb2.Party
    privacy: bool
    party_called: bool
    party_calling: bool
    click_to_call: bool
    auto_answer_s: int
    credentials: Credentials
    policy: HangupPolicy
    strategy: Strategy
    follow_redirects: bool
    bond_call_id: str
    hold_mix_for_hooks: bool
    max_forwards: int
    no_telephone_events: bool
    ring_tone: str
    def __init__(self, targets: _Optional[_Iterable[_Union[DialTarget, _Mapping]]] = ..., leg_prefix: _Optional[str] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., timeout_reason: _Optional[str] = ..., orphan: _Optional[bool] = ..., no_bridge: _Optional[bool] = ..., late: _Optional[bool] = ..., codecs: _Optional[_Iterable[str]] = ..., headers: _Optional[_Iterable[_Union[_common_pb2.Header, _Mapping]]] = ..., caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., called: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., privacy: _Optional[bool] = ..., party_called: _Optional[bool] = ..., party_calling: _Optional[bool] = ..., click_to_call: _Optional[bool] = ..., auto_answer_s: _Optional[int] = ..., credentials: _Optional[_Union[Credentials, _Mapping]] = ..., policy: _Optional[_Union[HangupPolicy, _Mapping]] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., follow_redirects: _Optional[bool] = ..., bond_call_id: _Optional[str] = ..., hold_mix_for_hooks: _Optional[bool] = ..., max_forwards: _Optional[int] = ..., no_telephone_events: _Optional[bool] = ..., ring_tone: _Optional[str] = ...) -> None: ...

class DialTarget(_message.Message):
    __slots__ = ("contact", "entity", "trunk", "contact_parameters", "delay")
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    CONTACT_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    contact: str
    entity: _common_pb2.Entity
    trunk: TrunkTarget
    contact_parameters: str
    delay: _duration_pb2.Duration
    def __init__(self, contact: _Optional[str] = ..., entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., trunk: _Optional[_Union[TrunkTarget, _Mapping]] = ..., contact_parameters: _Optional[str] = ..., delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TrunkTarget(_message.Message):
    __slots__ = ("trunk", "number")
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    trunk: str
    number: str
    def __init__(self, trunk: _Optional[str] = ..., number: _Optional[str] = ...) -> None: ...

class Credentials(_message.Message):
    __slots__ = ("username", "password")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    username: str
    password: str
    def __init__(self, username: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class HangupPolicy(_message.Message):
    __slots__ = ("keep_children", "hangup_parent", "continue_on_other_hangup")
    KEEP_CHILDREN_FIELD_NUMBER: _ClassVar[int]
    HANGUP_PARENT_FIELD_NUMBER: _ClassVar[int]
    CONTINUE_ON_OTHER_HANGUP_FIELD_NUMBER: _ClassVar[int]
    keep_children: bool
    hangup_parent: bool
    continue_on_other_hangup: bool
    def __init__(self, keep_children: _Optional[bool] = ..., hangup_parent: _Optional[bool] = ..., continue_on_other_hangup: _Optional[bool] = ...) -> None: ...

class CancelDial(_message.Message):
    __slots__ = ("dial_command_id", "cause")
    DIAL_COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    dial_command_id: int
    cause: _common_pb2.Cause
    def __init__(self, dial_command_id: _Optional[int] = ..., cause: _Optional[_Union[_common_pb2.Cause, str]] = ...) -> None: ...

class Mix(_message.Message):
    __slots__ = ("with_call_id",)
    WITH_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    with_call_id: str
    def __init__(self, with_call_id: _Optional[str] = ...) -> None: ...

class Unmix(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Adopt(_message.Message):
    __slots__ = ("child_call_id", "mix")
    CHILD_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    MIX_FIELD_NUMBER: _ClassVar[int]
    child_call_id: str
    mix: bool
    def __init__(self, child_call_id: _Optional[str] = ..., mix: _Optional[bool] = ...) -> None: ...

class Detach(_message.Message):
    __slots__ = ("unmix",)
    UNMIX_FIELD_NUMBER: _ClassVar[int]
    unmix: bool
    def __init__(self, unmix: _Optional[bool] = ...) -> None: ...

class Bond(_message.Message):
    __slots__ = ("with_call_id",)
    WITH_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    with_call_id: str
    def __init__(self, with_call_id: _Optional[str] = ...) -> None: ...

class Disown(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Pick(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Hold(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Unhold(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Update(_message.Message):
    __slots__ = ("caller",)
    CALLER_FIELD_NUMBER: _ClassVar[int]
    caller: _common_pb2.Party
    def __init__(self, caller: _Optional[_Union[_common_pb2.Party, _Mapping]] = ...) -> None: ...

class Refer(_message.Message):
    __slots__ = ("to", "replaces_call_id")
    TO_FIELD_NUMBER: _ClassVar[int]
    REPLACES_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    to: str
    replaces_call_id: str
    def __init__(self, to: _Optional[str] = ..., replaces_call_id: _Optional[str] = ...) -> None: ...

class SetEntity(_message.Message):
    __slots__ = ("entity",)
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    entity: _common_pb2.Entity
    def __init__(self, entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ...) -> None: ...

class SendMessage(_message.Message):
    __slots__ = ("method", "headers", "content_type", "body")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    method: str
    headers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Header]
    content_type: str
    body: bytes
    def __init__(self, method: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_common_pb2.Header, _Mapping]]] = ..., content_type: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class SendRequest(_message.Message):
    __slots__ = ("contact", "entity", "method", "headers", "content_type", "body", "credentials")
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    contact: str
    entity: _common_pb2.Entity
    method: str
    headers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Header]
    content_type: str
    body: bytes
    credentials: Credentials
    def __init__(self, contact: _Optional[str] = ..., entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., method: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_common_pb2.Header, _Mapping]]] = ..., content_type: _Optional[str] = ..., body: _Optional[bytes] = ..., credentials: _Optional[_Union[Credentials, _Mapping]] = ...) -> None: ...

class SetMailbox(_message.Message):
    __slots__ = ("entity", "new", "old", "new_urgent", "old_urgent")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    NEW_FIELD_NUMBER: _ClassVar[int]
    OLD_FIELD_NUMBER: _ClassVar[int]
    NEW_URGENT_FIELD_NUMBER: _ClassVar[int]
    OLD_URGENT_FIELD_NUMBER: _ClassVar[int]
    entity: _common_pb2.Entity
    new: int
    old: int
    new_urgent: int
    old_urgent: int
    def __init__(self, entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., new: _Optional[int] = ..., old: _Optional[int] = ..., new_urgent: _Optional[int] = ..., old_urgent: _Optional[int] = ...) -> None: ...

class Play(_message.Message):
    __slots__ = ("soup", "wait", "player_id", "over", "for_group", "gain_db")
    SOUP_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    OVER_FIELD_NUMBER: _ClassVar[int]
    FOR_GROUP_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    soup: _media_pb2.Soup
    wait: bool
    player_id: str
    over: bool
    for_group: bool
    gain_db: int
    def __init__(self, soup: _Optional[_Union[_media_pb2.Soup, _Mapping]] = ..., wait: _Optional[bool] = ..., player_id: _Optional[str] = ..., over: _Optional[bool] = ..., for_group: _Optional[bool] = ..., gain_db: _Optional[int] = ...) -> None: ...

class PlayControl(_message.Message):
    __slots__ = ("player_id", "paused", "gain_db", "seek_ms")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    SEEK_MS_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    paused: bool
    gain_db: int
    seek_ms: int
    def __init__(self, player_id: _Optional[str] = ..., paused: _Optional[bool] = ..., gain_db: _Optional[int] = ..., seek_ms: _Optional[int] = ...) -> None: ...

class PlayRecord(_message.Message):
    __slots__ = ("soup", "record", "interrupt", "barge_in_power", "barge_in_packets", "player_id")
    SOUP_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    INTERRUPT_FIELD_NUMBER: _ClassVar[int]
    BARGE_IN_POWER_FIELD_NUMBER: _ClassVar[int]
    BARGE_IN_PACKETS_FIELD_NUMBER: _ClassVar[int]
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    soup: _media_pb2.Soup
    record: _media_pb2.RecorderSpec
    interrupt: bool
    barge_in_power: int
    barge_in_packets: int
    player_id: str
    def __init__(self, soup: _Optional[_Union[_media_pb2.Soup, _Mapping]] = ..., record: _Optional[_Union[_media_pb2.RecorderSpec, _Mapping]] = ..., interrupt: _Optional[bool] = ..., barge_in_power: _Optional[int] = ..., barge_in_packets: _Optional[int] = ..., player_id: _Optional[str] = ...) -> None: ...

class StopMedia(_message.Message):
    __slots__ = ("player_id",)
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    def __init__(self, player_id: _Optional[str] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ("recorder", "room")
    RECORDER_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    recorder: _media_pb2.RecorderSpec
    room: bool
    def __init__(self, recorder: _Optional[_Union[_media_pb2.RecorderSpec, _Mapping]] = ..., room: _Optional[bool] = ...) -> None: ...

class RecordControl(_message.Message):
    __slots__ = ("recorder_id", "action")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[RecordControl.Action]
        ACTION_PAUSE: _ClassVar[RecordControl.Action]
        ACTION_RESUME: _ClassVar[RecordControl.Action]
        ACTION_FINISH: _ClassVar[RecordControl.Action]
    ACTION_UNSPECIFIED: RecordControl.Action
    ACTION_PAUSE: RecordControl.Action
    ACTION_RESUME: RecordControl.Action
    ACTION_FINISH: RecordControl.Action
    RECORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    recorder_id: str
    action: RecordControl.Action
    def __init__(self, recorder_id: _Optional[str] = ..., action: _Optional[_Union[RecordControl.Action, str]] = ...) -> None: ...

class Echo(_message.Message):
    __slots__ = ("off",)
    OFF_FIELD_NUMBER: _ClassVar[int]
    off: bool
    def __init__(self, off: _Optional[bool] = ...) -> None: ...

class SendDtmf(_message.Message):
    __slots__ = ("digits", "duration_ms")
    DIGITS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    digits: str
    duration_ms: int
    def __init__(self, digits: _Optional[str] = ..., duration_ms: _Optional[int] = ...) -> None: ...

class DetectTones(_message.Message):
    __slots__ = ("off",)
    OFF_FIELD_NUMBER: _ClassVar[int]
    off: bool
    def __init__(self, off: _Optional[bool] = ...) -> None: ...

class SetDirection(_message.Message):
    __slots__ = ("direction",)
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    direction: _common_pb2.Direction
    def __init__(self, direction: _Optional[_Union[_common_pb2.Direction, _Mapping]] = ...) -> None: ...

class ReadStats(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Listen(_message.Message):
    __slots__ = ("endpoint", "direction", "rate_hz")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    direction: str
    rate_hz: int
    def __init__(self, endpoint: _Optional[str] = ..., direction: _Optional[str] = ..., rate_hz: _Optional[int] = ...) -> None: ...

class Speak(_message.Message):
    __slots__ = ("endpoint", "rate_hz")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    rate_hz: int
    def __init__(self, endpoint: _Optional[str] = ..., rate_hz: _Optional[int] = ...) -> None: ...

class Conference(_message.Message):
    __slots__ = ("room", "muted", "deaf", "gain_db", "heard_by")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    MUTED_FIELD_NUMBER: _ClassVar[int]
    DEAF_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    HEARD_BY_FIELD_NUMBER: _ClassVar[int]
    room: str
    muted: bool
    deaf: bool
    gain_db: int
    heard_by: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, room: _Optional[str] = ..., muted: _Optional[bool] = ..., deaf: _Optional[bool] = ..., gain_db: _Optional[int] = ..., heard_by: _Optional[_Iterable[str]] = ...) -> None: ...

class LeaveConference(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TakePart(_message.Message):
    __slots__ = ("muted", "deaf", "gain_db", "heard_by")
    MUTED_FIELD_NUMBER: _ClassVar[int]
    DEAF_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    HEARD_BY_FIELD_NUMBER: _ClassVar[int]
    muted: bool
    deaf: bool
    gain_db: int
    heard_by: HeardBy
    def __init__(self, muted: _Optional[bool] = ..., deaf: _Optional[bool] = ..., gain_db: _Optional[int] = ..., heard_by: _Optional[_Union[HeardBy, _Mapping]] = ...) -> None: ...

class HeardBy(_message.Message):
    __slots__ = ("call_ids",)
    CALL_IDS_FIELD_NUMBER: _ClassVar[int]
    call_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, call_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class StartTimer(_message.Message):
    __slots__ = ("timer_id", "after")
    TIMER_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    timer_id: int
    after: _duration_pb2.Duration
    def __init__(self, timer_id: _Optional[int] = ..., after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CancelTimer(_message.Message):
    __slots__ = ("timer_id",)
    TIMER_ID_FIELD_NUMBER: _ClassVar[int]
    timer_id: int
    def __init__(self, timer_id: _Optional[int] = ...) -> None: ...

class SetVar(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class RecordStep(_message.Message):
    __slots__ = ("step_id", "value", "error", "after_seq")
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQ_FIELD_NUMBER: _ClassVar[int]
    step_id: int
    value: str
    error: str
    after_seq: int
    def __init__(self, step_id: _Optional[int] = ..., value: _Optional[str] = ..., error: _Optional[str] = ..., after_seq: _Optional[int] = ...) -> None: ...

class PublishEvent(_message.Message):
    __slots__ = ("name", "payload")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    name: str
    payload: str
    def __init__(self, name: _Optional[str] = ..., payload: _Optional[str] = ...) -> None: ...

class SendCustom(_message.Message):
    __slots__ = ("to_call_id", "name", "payload")
    TO_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    to_call_id: str
    name: str
    payload: str
    def __init__(self, to_call_id: _Optional[str] = ..., name: _Optional[str] = ..., payload: _Optional[str] = ...) -> None: ...

class Finish(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Fail(_message.Message):
    __slots__ = ("reason", "diverged")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DIVERGED_FIELD_NUMBER: _ClassVar[int]
    reason: str
    diverged: bool
    def __init__(self, reason: _Optional[str] = ..., diverged: _Optional[bool] = ...) -> None: ...

class Originate(_message.Message):
    __slots__ = ("script", "parameters")
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    script: str
    parameters: str
    def __init__(self, script: _Optional[str] = ..., parameters: _Optional[str] = ...) -> None: ...

class Originated(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...
