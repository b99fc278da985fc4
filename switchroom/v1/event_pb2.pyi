import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from switchroom.v1 import call_pb2 as _call_pb2
from switchroom.v1 import registrar_pb2 as _registrar_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Notice(_message.Message):
    __slots__ = ("name", "at", "frontend", "call", "payload", "bindings")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    FRONTEND_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    BINDINGS_FIELD_NUMBER: _ClassVar[int]
    name: str
    at: _timestamp_pb2.Timestamp
    frontend: str
    call: _call_pb2.Call
    payload: str
    bindings: _registrar_pb2.BindingDelta
    def __init__(self, name: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., frontend: _Optional[str] = ..., call: _Optional[_Union[_call_pb2.Call, _Mapping]] = ..., payload: _Optional[str] = ..., bindings: _Optional[_Union[_registrar_pb2.BindingDelta, _Mapping]] = ...) -> None: ...
