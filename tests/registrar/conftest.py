"""Registrations to play with."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.binding import Binding
from registrar.lookup import Bindings
from registrar.save import Policy, Reply, save
from switchroom.v1.registrar_pb2 import Register

AOR = "1001@pbx.test"
NOW = 1_700_000_000


def register(
    *contacts: str, expires: str | None = None, call_id: str = "call-1", cseq: int = 1, transport: str = "UDP"
) -> Register:
    asked = Register(aor="sip:1001@pbx.test", contacts=contacts, sip_call_id=call_id, cseq=cseq, user_agent="phone")
    if expires is not None:
        asked.expires = expires
    asked.flow.transport = transport
    asked.flow.remote.address, asked.flow.remote.port = "192.0.2.7", 5070
    return asked


class Phonebook:
    """An address of record, its bindings, and a clock."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy if policy is not None else Policy()
        self.bindings = Bindings([], NOW)
        self.now = float(NOW)

    def send(self, request: Register) -> Reply:
        reply, changes = save(request, AOR, self.bindings.of(AOR), self.now, self.policy)
        self.bindings.apply(changes)
        return reply

    @property
    def stored(self) -> Sequence[Binding]:
        return self.bindings.of(AOR)

    @property
    def contacts(self) -> list[str]:
        return [binding.contact for binding in self.stored]


def values(reply: Reply, name: str) -> list[str]:
    return [value for key, value in reply.headers if key == name]
