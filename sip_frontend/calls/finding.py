"""Who is to ring: the contacts behind a target of a Dial, be it a URI, a user with devices, or a number at a trunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.calls import devices
from sip_frontend.calls.actions import AskRegistrar
from sip_frontend.calls.attempt import Attempt, Target
from switchroom.errors import BusError
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as registrar_pb
from switchroom.v1 import worker_pb2 as worker_pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

Proceed = Callable[["Exchange", Attempt], None]
"""Rings what waits."""


def find_later(ex: Exchange, attempt: Attempt, target: worker_pb.DialTarget, proceed: Proceed) -> None:
    """Look for a target that is to ring after a while."""
    attempt.later += 1

    def due(now: float) -> None:
        attempt.later -= 1
        if not attempt.done:
            find(ex, attempt, target, proceed)
            proceed(ex, attempt)

    ex.timer(target.delay.seconds + target.delay.nanos / 1e9, due)


def find(ex: Exchange, attempt: Attempt, target: worker_pb.DialTarget, proceed: Proceed) -> None:
    """Add the contacts that *target* stands for to those that wait; *proceed* is called when that takes a while."""
    kind = target.WhichOneof("target")
    if kind == "contact":
        attempt.waiting.append(Target(target.contact, parameters=target.contact_parameters))
    elif kind == "trunk":
        _find_trunk(ex, attempt, target.trunk)
    elif kind == "entity":
        find_user(ex, attempt, target, proceed)


def _find_trunk(ex: Exchange, attempt: Attempt, target: worker_pb.TrunkTarget) -> None:
    trunk = ex.trunks.named(target.trunk)
    if trunk is None:
        attempt.note(502, common.CAUSE_DESTINATION_OUT_OF_ORDER)
        return
    ways = trunk.ways(target.number)
    if not ways:
        attempt.note(503, common.CAUSE_SERVICE_UNAVAILABLE)
        return
    attempt.waiting.append(Target(ways[0][1], path=trunk.service_route, trunk=trunk, dialled=target.number))


def find_user(ex: Exchange, attempt: Attempt, target: worker_pb.DialTarget, proceed: Proceed) -> None:
    """Every device of a user: from the cache, else from the registrar, which also knows who exists."""
    entity = target.entity
    realm = entity.realm or ex.settings.realm
    if ex.settings.is_ours(realm):
        realm = ex.settings.realm
    uri = f"{entity.username}@{realm}"
    if entity.max_calls and ex.entity_calls.get(uri, 0) >= entity.max_calls:
        attempt.note(486, common.CAUSE_USER_BUSY)
        return
    bindings = ex.locations.find(uri, ex.unix)
    if bindings:
        whom = common.Entity(username=entity.username, realm=realm, uri=uri, display=bindings[0].display)
        _add_bindings(ex, attempt, target, whom, bindings)
        return
    envelope = wire.Envelope()
    envelope.lookup.user, envelope.lookup.host = entity.username, realm
    attempt.looking += 1

    def found(reply: wire.Envelope | BusError) -> None:
        attempt.looking -= 1
        if isinstance(reply, BusError):
            attempt.note(480, common.CAUSE_TEMPORARILY_UNAVAILABLE)
        elif not reply.looked_up.known:
            attempt.note(404, common.CAUSE_UNALLOCATED_NUMBER)
        elif not reply.looked_up.bindings:
            attempt.note(480, common.CAUSE_USER_NOT_REGISTERED)
        else:
            _add_bindings(ex, attempt, target, reply.looked_up.entity, list(reply.looked_up.bindings))
        proceed(ex, attempt)

    ex.actions.append(AskRegistrar(envelope, found))


def _add_bindings(
    ex: Exchange,
    attempt: Attempt,
    target: worker_pb.DialTarget,
    entity: common.Entity,
    bindings: list[registrar_pb.Binding],
) -> None:
    reached = [way for way in (devices.way_to(ex, binding) for binding in bindings) if way is not None]
    parent = attempt.parent
    if parent is not None and parent.dialog is not None and parent.dialog.secure:
        # Who calls sips: is promised TLS all the way (RFC 3261 section 26.2.2, RFC 5630 section 3.1).
        reached = [way for way in reached if devices.is_secure(way)]
    if not reached:
        attempt.note(480, common.CAUSE_TEMPORARILY_UNAVAILABLE)
    elif attempt.options.strategy == worker_pb.STRATEGY_FIRST:
        reached = [max(reached, key=lambda way: (way.binding.expires_at.seconds, way.binding.expires_at.nanos))]
    for binding, flow in reached:
        path = tuple(binding.path)
        attempt.waiting.append(Target(binding.contact, flow, entity, target.contact_parameters, path))
