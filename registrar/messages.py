"""Between the messages of the bus and the values the registrar thinks in."""

from __future__ import annotations

from collections.abc import Iterable

from registrar.aor import Domain, aor_of
from registrar.binding import Changes, Flow
from registrar.save import Registration
from registrar.users import User
from switchroom.v1.registrar_pb2 import BindingDelta, Register


def registration(asked: Register, user: User, domain: Domain) -> Registration:
    flow = asked.flow
    return Registration(
        aor=aor_of(user.name, domain),
        contacts=asked.contacts,
        expires=asked.expires if asked.HasField("expires") else None,
        call_id=asked.sip_call_id,
        cseq=asked.cseq,
        path=tuple(asked.path),
        supported=_tags(asked.supported),
        required=_tags((asked.require,)),
        user_agent=asked.user_agent,
        allow=asked.allow,
        display=user.display,
        flow=Flow(
            flow.transport,
            (flow.local.address, flow.local.port),
            (flow.remote.address, flow.remote.port),
            flow.connection,
            flow.frontend,
        ),
    )


def _tags(values: Iterable[str]) -> frozenset[str]:
    return frozenset(tag for value in values for tag in value.lower().replace(",", " ").split())


def delta_of(changes: Changes) -> BindingDelta:
    delta = BindingDelta()
    for binding, reason in changes.removed:
        delta.removed.add(aor=binding.aor, contact=binding.contact, reason=reason)
    delta.saved.extend(binding.to_message() for binding in changes.saved)
    return delta
