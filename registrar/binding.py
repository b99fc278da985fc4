"""A binding: where one device of an address of record is reached, until when, and how it got there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from switchroom.v1.registrar_pb2 import Binding as BindingMessage

EXPIRED: Final = "expired"
UNREGISTERED: Final = "unregistered"
REPLACED: Final = "replaced"


@dataclass(slots=True)
class Binding:
    """What the rules read of a binding, and all of it as the bus and the store carry it. Nobody changes one.

    Times are UNIX seconds: they must mean the same after a restart.
    """

    aor: str
    contact: str
    expires_at: int
    call_id: str
    cseq: int
    registered_at: int
    q: float
    instance_id: str
    reg_id: int
    message: BindingMessage

    @classmethod
    def from_message(cls, message: BindingMessage) -> Binding:
        return cls(
            message.aor,
            message.contact,
            message.expires_at.seconds,
            message.sip_call_id,
            message.cseq,
            message.registered_at.seconds,
            message.q,
            message.instance_id,
            message.reg_id,
            message,
        )


@dataclass(slots=True)
class Changes:
    """What a request does to the bindings: all of it, or nothing (RFC 3261 section 10.3)."""

    saved: list[Binding]
    removed: list[tuple[Binding, str]]
    """Each with its reason."""

    def __bool__(self) -> bool:
        return bool(self.saved or self.removed)
