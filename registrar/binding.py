"""A binding: where one device of an address of record is reached, until when, and how it got there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from switchroom.v1.registrar_pb2 import Binding as BindingMessage

EXPIRED: Final = "expired"
UNREGISTERED: Final = "unregistered"
REPLACED: Final = "replaced"


@dataclass(frozen=True, slots=True)
class Flow:
    """How the device is reached again. *connection* means something to *frontend* only, while it lives."""

    transport: str = ""
    local: tuple[str, int] = ("", 0)
    remote: tuple[str, int] = ("", 0)
    connection: int = 0
    frontend: str = ""


NO_FLOW: Final = Flow()


@dataclass(frozen=True, slots=True)
class Binding:
    """Times are UNIX seconds: they must mean the same after a restart."""

    aor: str
    contact: str
    expires_at: int
    call_id: str
    cseq: int
    registered_at: int
    q: float = 1.0
    path: tuple[str, ...] = ()
    instance_id: str = ""
    reg_id: int = 0
    user_agent: str = ""
    allow: str = ""
    display: str = ""
    flow: Flow = NO_FLOW

    def to_message(self) -> BindingMessage:
        message = BindingMessage(
            aor=self.aor,
            contact=self.contact,
            q=self.q,
            sip_call_id=self.call_id,
            cseq=self.cseq,
            path=self.path,
            instance_id=self.instance_id,
            reg_id=self.reg_id,
            user_agent=self.user_agent,
            allow=self.allow,
            display=self.display,
        )
        message.expires_at.seconds = self.expires_at
        message.registered_at.seconds = self.registered_at
        flow, ours = message.flow, self.flow
        flow.transport, flow.connection, flow.frontend = ours.transport, ours.connection, ours.frontend
        flow.local.address, flow.local.port = ours.local
        flow.remote.address, flow.remote.port = ours.remote
        return message

    @classmethod
    def from_message(cls, message: BindingMessage) -> Binding:
        flow = message.flow
        return cls(
            aor=message.aor,
            contact=message.contact,
            expires_at=message.expires_at.seconds,
            call_id=message.sip_call_id,
            cseq=message.cseq,
            registered_at=message.registered_at.seconds,
            q=message.q,
            path=tuple(message.path),
            instance_id=message.instance_id,
            reg_id=message.reg_id,
            user_agent=message.user_agent,
            allow=message.allow,
            display=message.display,
            flow=Flow(
                flow.transport,
                (flow.local.address, flow.local.port),
                (flow.remote.address, flow.remote.port),
                flow.connection,
                flow.frontend,
            ),
        )


@dataclass(slots=True)
class Changes:
    """What a request does to the bindings: all of it, or nothing (RFC 3261 section 10.3)."""

    saved: list[Binding]
    removed: list[tuple[Binding, str]]
    """Each with its reason."""

    def __bool__(self) -> bool:
        return bool(self.saved or self.removed)
