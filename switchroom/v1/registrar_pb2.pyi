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

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_ACCEPTED: _ClassVar[Verdict]
    VERDICT_STALE: _ClassVar[Verdict]
    VERDICT_WRONG: _ClassVar[Verdict]
    VERDICT_UNKNOWN_USER: _ClassVar[Verdict]
    VERDICT_REPLAYED: _ClassVar[Verdict]
    VERDICT_MALFORMED: _ClassVar[Verdict]
    VERDICT_NO_CREDENTIALS: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_ACCEPTED: Verdict
VERDICT_STALE: Verdict
VERDICT_WRONG: Verdict
VERDICT_UNKNOWN_USER: Verdict
VERDICT_REPLAYED: Verdict
VERDICT_MALFORMED: Verdict
VERDICT_NO_CREDENTIALS: Verdict

class Challenge(_message.Message):
    __slots__ = ("realm", "host", "stale")
    REALM_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    realm: str
    host: str
    stale: bool
    def __init__(self, realm: _Optional[str] = ..., host: _Optional[str] = ..., stale: _Optional[bool] = ...) -> None: ...

class Challenged(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...

class Verify(_message.Message):
    __slots__ = ("credentials", "method", "body_hash_input", "source", "host")
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    BODY_HASH_INPUT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    credentials: _containers.RepeatedScalarFieldContainer[str]
    method: str
    body_hash_input: bytes
    source: _common_pb2.Endpoint
    host: str
    def __init__(self, credentials: _Optional[_Iterable[str]] = ..., method: _Optional[str] = ..., body_hash_input: _Optional[bytes] = ..., source: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., host: _Optional[str] = ...) -> None: ...

class Verified(_message.Message):
    __slots__ = ("verdict", "entity", "challenges")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    CHALLENGES_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    entity: _common_pb2.Entity
    challenges: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ..., entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., challenges: _Optional[_Iterable[str]] = ...) -> None: ...

class Register(_message.Message):
    __slots__ = ("aor", "credentials", "contacts", "expires", "sip_call_id", "cseq", "path", "supported", "user_agent", "allow", "flow", "host", "from_uri", "require")
    AOR_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_FIELD_NUMBER: _ClassVar[int]
    SIP_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CSEQ_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    USER_AGENT_FIELD_NUMBER: _ClassVar[int]
    ALLOW_FIELD_NUMBER: _ClassVar[int]
    FLOW_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    FROM_URI_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_FIELD_NUMBER: _ClassVar[int]
    aor: str
    credentials: _containers.RepeatedScalarFieldContainer[str]
    contacts: _containers.RepeatedScalarFieldContainer[str]
    expires: str
    sip_call_id: str
    cseq: int
    path: _containers.RepeatedScalarFieldContainer[str]
    supported: _containers.RepeatedScalarFieldContainer[str]
    user_agent: str
    allow: str
    flow: Flow
    host: str
    from_uri: str
    require: str
    def __init__(self, aor: _Optional[str] = ..., credentials: _Optional[_Iterable[str]] = ..., contacts: _Optional[_Iterable[str]] = ..., expires: _Optional[str] = ..., sip_call_id: _Optional[str] = ..., cseq: _Optional[int] = ..., path: _Optional[_Iterable[str]] = ..., supported: _Optional[_Iterable[str]] = ..., user_agent: _Optional[str] = ..., allow: _Optional[str] = ..., flow: _Optional[_Union[Flow, _Mapping]] = ..., host: _Optional[str] = ..., from_uri: _Optional[str] = ..., require: _Optional[str] = ...) -> None: ...

class Flow(_message.Message):
    __slots__ = ("transport", "local", "remote", "connection", "frontend")
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    FRONTEND_FIELD_NUMBER: _ClassVar[int]
    transport: str
    local: _common_pb2.Endpoint
    remote: _common_pb2.Endpoint
    connection: int
    frontend: str
    def __init__(self, transport: _Optional[str] = ..., local: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_common_pb2.Endpoint, _Mapping]] = ..., connection: _Optional[int] = ..., frontend: _Optional[str] = ...) -> None: ...

class Registered(_message.Message):
    __slots__ = ("status", "reason", "headers", "entity")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    status: int
    reason: str
    headers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Header]
    entity: _common_pb2.Entity
    def __init__(self, status: _Optional[int] = ..., reason: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[_common_pb2.Header, _Mapping]]] = ..., entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ...) -> None: ...

class Binding(_message.Message):
    __slots__ = ("aor", "contact", "q", "expires_at", "sip_call_id", "cseq", "path", "instance_id", "reg_id", "user_agent", "allow", "flow", "registered_at", "display")
    AOR_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    Q_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    SIP_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CSEQ_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    REG_ID_FIELD_NUMBER: _ClassVar[int]
    USER_AGENT_FIELD_NUMBER: _ClassVar[int]
    ALLOW_FIELD_NUMBER: _ClassVar[int]
    FLOW_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_AT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    aor: str
    contact: str
    q: float
    expires_at: _timestamp_pb2.Timestamp
    sip_call_id: str
    cseq: int
    path: _containers.RepeatedScalarFieldContainer[str]
    instance_id: str
    reg_id: int
    user_agent: str
    allow: str
    flow: Flow
    registered_at: _timestamp_pb2.Timestamp
    display: str
    def __init__(self, aor: _Optional[str] = ..., contact: _Optional[str] = ..., q: _Optional[float] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sip_call_id: _Optional[str] = ..., cseq: _Optional[int] = ..., path: _Optional[_Iterable[str]] = ..., instance_id: _Optional[str] = ..., reg_id: _Optional[int] = ..., user_agent: _Optional[str] = ..., allow: _Optional[str] = ..., flow: _Optional[_Union[Flow, _Mapping]] = ..., registered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., display: _Optional[str] = ...) -> None: ...

class BindingDelta(_message.Message):
    __slots__ = ("saved", "removed", "snapshot", "snapshot_end")
    SAVED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_END_FIELD_NUMBER: _ClassVar[int]
    saved: _containers.RepeatedCompositeFieldContainer[Binding]
    removed: _containers.RepeatedCompositeFieldContainer[BindingKey]
    snapshot: bool
    snapshot_end: bool
    def __init__(self, saved: _Optional[_Iterable[_Union[Binding, _Mapping]]] = ..., removed: _Optional[_Iterable[_Union[BindingKey, _Mapping]]] = ..., snapshot: _Optional[bool] = ..., snapshot_end: _Optional[bool] = ...) -> None: ...

class BindingKey(_message.Message):
    __slots__ = ("aor", "contact", "reason")
    AOR_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    aor: str
    contact: str
    reason: str
    def __init__(self, aor: _Optional[str] = ..., contact: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Lookup(_message.Message):
    __slots__ = ("user", "host")
    USER_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    user: str
    host: str
    def __init__(self, user: _Optional[str] = ..., host: _Optional[str] = ...) -> None: ...

class LookedUp(_message.Message):
    __slots__ = ("known", "entity", "bindings")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    BINDINGS_FIELD_NUMBER: _ClassVar[int]
    known: bool
    entity: _common_pb2.Entity
    bindings: _containers.RepeatedCompositeFieldContainer[Binding]
    def __init__(self, known: _Optional[bool] = ..., entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., bindings: _Optional[_Iterable[_Union[Binding, _Mapping]]] = ...) -> None: ...

class Query(_message.Message):
    __slots__ = ("realm", "user")
    REALM_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    realm: str
    user: str
    def __init__(self, realm: _Optional[str] = ..., user: _Optional[str] = ...) -> None: ...

class QueryResult(_message.Message):
    __slots__ = ("realms", "users")
    REALMS_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    realms: _containers.RepeatedScalarFieldContainer[str]
    users: _containers.RepeatedCompositeFieldContainer[UserRecord]
    def __init__(self, realms: _Optional[_Iterable[str]] = ..., users: _Optional[_Iterable[_Union[UserRecord, _Mapping]]] = ...) -> None: ...

class UserRecord(_message.Message):
    __slots__ = ("entity", "bindings")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    BINDINGS_FIELD_NUMBER: _ClassVar[int]
    entity: _common_pb2.Entity
    bindings: _containers.RepeatedCompositeFieldContainer[Binding]
    def __init__(self, entity: _Optional[_Union[_common_pb2.Entity, _Mapping]] = ..., bindings: _Optional[_Iterable[_Union[Binding, _Mapping]]] = ...) -> None: ...
