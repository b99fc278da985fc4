from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_CALL_WORKER: _ClassVar[Role]
    ROLE_MEDIA_WORKER: _ClassVar[Role]
    ROLE_REGISTRAR: _ClassVar[Role]
    ROLE_TOOL: _ClassVar[Role]

class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAUSE_UNSPECIFIED: _ClassVar[Cause]
    CAUSE_NORMAL_CLEARING: _ClassVar[Cause]
    CAUSE_ORIGINATOR_CANCEL: _ClassVar[Cause]
    CAUSE_USER_NOT_REGISTERED: _ClassVar[Cause]
    CAUSE_BLIND_TRANSFER: _ClassVar[Cause]
    CAUSE_ATTENDED_TRANSFER: _ClassVar[Cause]
    CAUSE_LOSE_RACE: _ClassVar[Cause]
    CAUSE_PICKED_OFF: _ClassVar[Cause]
    CAUSE_MANAGER_REQUEST: _ClassVar[Cause]
    CAUSE_REQUEST_TERMINATED: _ClassVar[Cause]
    CAUSE_MOVED_PERMANENTLY: _ClassVar[Cause]
    CAUSE_MOVED_TEMPORARILY: _ClassVar[Cause]
    CAUSE_PAYMENT_REQUIRED: _ClassVar[Cause]
    CAUSE_FORBIDDEN: _ClassVar[Cause]
    CAUSE_OUTGOING_CALL_BARRED: _ClassVar[Cause]
    CAUSE_INCOMING_CALL_BARRED: _ClassVar[Cause]
    CAUSE_UNALLOCATED_NUMBER: _ClassVar[Cause]
    CAUSE_NOT_ALLOWED: _ClassVar[Cause]
    CAUSE_NOT_ACCEPTABLE: _ClassVar[Cause]
    CAUSE_PROXY_AUTHENTICATION: _ClassVar[Cause]
    CAUSE_REQUEST_TIMEOUT: _ClassVar[Cause]
    CAUSE_USER_GONE: _ClassVar[Cause]
    CAUSE_TEMPORARILY_UNAVAILABLE: _ClassVar[Cause]
    CAUSE_CALL_DOES_NOT_EXIST: _ClassVar[Cause]
    CAUSE_LOOP_DETECTED: _ClassVar[Cause]
    CAUSE_TOO_MANY_HOPS: _ClassVar[Cause]
    CAUSE_INVALID_NUMBER_FORMAT: _ClassVar[Cause]
    CAUSE_AMBIGUOUS: _ClassVar[Cause]
    CAUSE_USER_BUSY: _ClassVar[Cause]
    CAUSE_INCOMPATIBLE_DESTINATION: _ClassVar[Cause]
    CAUSE_SERVER_ERROR: _ClassVar[Cause]
    CAUSE_FACILITY_REJECTED: _ClassVar[Cause]
    CAUSE_DESTINATION_OUT_OF_ORDER: _ClassVar[Cause]
    CAUSE_SERVICE_UNAVAILABLE: _ClassVar[Cause]
    CAUSE_SERVER_TIMEOUT: _ClassVar[Cause]
    CAUSE_MESSAGE_TOO_LARGE: _ClassVar[Cause]
    CAUSE_BUSY_EVERYWHERE: _ClassVar[Cause]
    CAUSE_DECLINED: _ClassVar[Cause]
    CAUSE_DOES_NOT_EXIST_ANYWHERE: _ClassVar[Cause]
    CAUSE_UNWANTED: _ClassVar[Cause]
    CAUSE_REJECTED: _ClassVar[Cause]

class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_UNSPECIFIED: _ClassVar[Source]
    SOURCE_US: _ClassVar[Source]
    SOURCE_WIRE: _ClassVar[Source]
ROLE_UNSPECIFIED: Role
ROLE_CALL_WORKER: Role
ROLE_MEDIA_WORKER: Role
ROLE_REGISTRAR: Role
ROLE_TOOL: Role
CAUSE_UNSPECIFIED: Cause
CAUSE_NORMAL_CLEARING: Cause
CAUSE_ORIGINATOR_CANCEL: Cause
CAUSE_USER_NOT_REGISTERED: Cause
CAUSE_BLIND_TRANSFER: Cause
CAUSE_ATTENDED_TRANSFER: Cause
CAUSE_LOSE_RACE: Cause
CAUSE_PICKED_OFF: Cause
CAUSE_MANAGER_REQUEST: Cause
CAUSE_REQUEST_TERMINATED: Cause
CAUSE_MOVED_PERMANENTLY: Cause
CAUSE_MOVED_TEMPORARILY: Cause
CAUSE_PAYMENT_REQUIRED: Cause
CAUSE_FORBIDDEN: Cause
CAUSE_OUTGOING_CALL_BARRED: Cause
CAUSE_INCOMING_CALL_BARRED: Cause
CAUSE_UNALLOCATED_NUMBER: Cause
CAUSE_NOT_ALLOWED: Cause
CAUSE_NOT_ACCEPTABLE: Cause
CAUSE_PROXY_AUTHENTICATION: Cause
CAUSE_REQUEST_TIMEOUT: Cause
CAUSE_USER_GONE: Cause
CAUSE_TEMPORARILY_UNAVAILABLE: Cause
CAUSE_CALL_DOES_NOT_EXIST: Cause
CAUSE_LOOP_DETECTED: Cause
CAUSE_TOO_MANY_HOPS: Cause
CAUSE_INVALID_NUMBER_FORMAT: Cause
CAUSE_AMBIGUOUS: Cause
CAUSE_USER_BUSY: Cause
CAUSE_INCOMPATIBLE_DESTINATION: Cause
CAUSE_SERVER_ERROR: Cause
CAUSE_FACILITY_REJECTED: Cause
CAUSE_DESTINATION_OUT_OF_ORDER: Cause
CAUSE_SERVICE_UNAVAILABLE: Cause
CAUSE_SERVER_TIMEOUT: Cause
CAUSE_MESSAGE_TOO_LARGE: Cause
CAUSE_BUSY_EVERYWHERE: Cause
CAUSE_DECLINED: Cause
CAUSE_DOES_NOT_EXIST_ANYWHERE: Cause
CAUSE_UNWANTED: Cause
CAUSE_REJECTED: Cause
SOURCE_UNSPECIFIED: Source
SOURCE_US: Source
SOURCE_WIRE: Source

class Header(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Endpoint(_message.Message):
    __slots__ = ("address", "port")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    address: str
    port: int
    def __init__(self, address: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class HangupCause(_message.Message):
    __slots__ = ("source", "cause", "sip_status", "text")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    SIP_STATUS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    source: Source
    cause: Cause
    sip_status: int
    text: str
    def __init__(self, source: _Optional[_Union[Source, str]] = ..., cause: _Optional[_Union[Cause, str]] = ..., sip_status: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class Entity(_message.Message):
    __slots__ = ("username", "realm", "uri", "display", "max_calls", "current_calls")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    REALM_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    MAX_CALLS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_CALLS_FIELD_NUMBER: _ClassVar[int]
    username: str
    realm: str
    uri: str
    display: str
    max_calls: int
    current_calls: int
    def __init__(self, username: _Optional[str] = ..., realm: _Optional[str] = ..., uri: _Optional[str] = ..., display: _Optional[str] = ..., max_calls: _Optional[int] = ..., current_calls: _Optional[int] = ...) -> None: ...

class Party(_message.Message):
    __slots__ = ("name", "user", "host", "privacy")
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PRIVACY_FIELD_NUMBER: _ClassVar[int]
    name: str
    user: str
    host: str
    privacy: bool
    def __init__(self, name: _Optional[str] = ..., user: _Optional[str] = ..., host: _Optional[str] = ..., privacy: _Optional[bool] = ...) -> None: ...

class Direction(_message.Message):
    __slots__ = ("send", "receive")
    SEND_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_FIELD_NUMBER: _ClassVar[int]
    send: bool
    receive: bool
    def __init__(self, send: _Optional[bool] = ..., receive: _Optional[bool] = ...) -> None: ...
