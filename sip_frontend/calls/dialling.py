"""Placing calls: one Dial may ring many contacts; the first that answers wins, the others are cancelled.

A Dial is an ``Attempt``: a list of targets still to ring, the legs that ring, and the best failure so far. Targets
are found here (contact, registered devices, trunk); one leg's INVITE and its responses live in ``outbound.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.calls import bridging, causes, devices, ending, hunting, media_channels, transfer
from sip_frontend.calls.actions import AskRegistrar
from sip_frontend.calls.call import Call, Policy
from sip_frontend.calls.run import Run
from sip_frontend.location import Hop
from sip_frontend.message import SipParseError, Uri
from switchroom.errors import BusError
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import registrar_pb2 as registrar_pb
from switchroom.v1 import worker_pb2 as worker_pb

Found = Callable[[list[Hop]], None]
"""What takes the places that a URI leads to."""

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.timers import Timer
    from sip_frontend.calls.trunk_table import TrunkState
    from sip_frontend.transaction import Flow

MOST_LEGS = 64
"""Legs of one Dial at most (DE-068: a fork without bound)."""
REDIRECTS = 5
"""Redirections followed in one Dial at most."""
LOOKUP_S = 2.0
"""How long the registrar may take to say where a user is."""

# RFC 3261 section 16.7: which failure of a fork is told; 6xx first, then what the caller can do something about.
_RANK = (600, 603, 604, 401, 407, 415, 420, 484, 486, 480, 404, 408)


class Target:
    """One contact to ring: a URI, the flow its device registered on if it did, and the user it belongs to."""

    __slots__ = ("dialled", "entity", "flow", "number", "path", "trunk", "uri")

    def __init__(
        self,
        uri: str,
        flow: Flow | None = None,
        entity: common.Entity | None = None,
        parameters: str = "",
        path: tuple[str, ...] = (),
        trunk: TrunkState | None = None,
        dialled: str = "",
    ) -> None:
        self.uri = uri if not parameters else f"{uri};{parameters.removeprefix(';')}"
        self.trunk = trunk
        self.dialled = dialled
        """The number, as it was before the rules of the trunk."""
        self.number = 0
        self.flow = flow
        self.entity = entity
        self.path = path


class Attempt:
    """One Dial while it lasts."""

    __slots__ = (
        "answered",
        "command_id",
        "done",
        "failure",
        "later",
        "legs",
        "looking",
        "options",
        "parent",
        "policy",
        "redirects",
        "run",
        "started",
        "timer",
        "waiting",
    )

    def __init__(self, run: Run, command_id: int, options: worker_pb.Dial, parent: Call | None) -> None:
        self.run = run
        self.command_id = command_id
        self.options = options
        self.parent = parent
        self.policy = Policy(
            keep_children=options.policy.keep_children,
            hangup_parent=options.policy.hangup_parent,
            continue_on_other_hangup=options.policy.continue_on_other_hangup,
        )
        self.waiting: list[Target] = []
        self.legs: list[Call] = []
        self.looking = 0
        self.started = 0
        self.redirects = 0
        self.failure: tuple[int, common.Cause] = (0, common.CAUSE_UNSPECIFIED)
        self.later = 0
        """Targets that are to ring after a while."""
        self.answered: Call | None = None
        self.timer: Timer | None = None
        self.done = False

    @property
    def one_after_the_other(self) -> bool:
        return self.options.strategy == worker_pb.STRATEGY_HUNT


def dial(ex: Exchange, run: Run, parent: Call | None, command: worker_pb.Command) -> None:
    """Begin a Dial: find every target, then ring."""
    options = command.dial
    attempt = Attempt(run, command.command_id, options, None if options.orphan else parent)
    seconds = options.timeout.seconds + options.timeout.nanos / 1e9
    limit = min(seconds or ex.settings.answer_timeout_s, ex.settings.longest_timeout_s)
    attempt.timer = ex.timer(limit, lambda now: _nobody_answered(ex, attempt))
    _raise_ring_limit(ex, parent, limit)
    attempt.looking = 1
    if options.ring_tone and parent is not None and parent.established:
        media_channels.play_tone(ex, parent, options.ring_tone)
    for target in options.targets:
        if target.HasField("delay"):
            _find_later(ex, attempt, target)
        else:
            _find(ex, attempt, target)
    attempt.looking -= 1
    proceed(ex, attempt)


def _raise_ring_limit(ex: Exchange, parent: Call | None, limit: float) -> None:
    """CM-080: the caller is not given up while we still ring for it."""
    if parent is not None and parent.ring_timer is not None and parent.ring_timer.due < ex.now + limit:
        fire = parent.ring_timer.fire
        parent.ring_timer.cancel()
        if fire is not None:
            parent.ring_timer = ex.timer(limit + 1.0, fire)


def _find_later(ex: Exchange, attempt: Attempt, target: worker_pb.DialTarget) -> None:
    attempt.later += 1

    def due(now: float) -> None:
        attempt.later -= 1
        if not attempt.done:
            _find(ex, attempt, target)
            proceed(ex, attempt)

    ex.timer(target.delay.seconds + target.delay.nanos / 1e9, due)


def _find(ex: Exchange, attempt: Attempt, target: worker_pb.DialTarget) -> None:
    kind = target.WhichOneof("target")
    if kind == "contact":
        attempt.waiting.append(Target(target.contact, parameters=target.contact_parameters))
    elif kind == "trunk":
        _find_trunk(ex, attempt, target.trunk)
    elif kind == "entity":
        _find_entity(ex, attempt, target)


def _find_trunk(ex: Exchange, attempt: Attempt, target: worker_pb.TrunkTarget) -> None:
    trunk = ex.trunks.named(target.trunk)
    if trunk is None:
        _note(attempt, 502, common.CAUSE_DESTINATION_OUT_OF_ORDER)
        return
    ways = trunk.ways(target.number)
    if not ways:
        _note(attempt, 503, common.CAUSE_SERVICE_UNAVAILABLE)
        return
    attempt.waiting.append(Target(ways[0][1], path=trunk.service_route, trunk=trunk, dialled=target.number))


def _find_entity(ex: Exchange, attempt: Attempt, target: worker_pb.DialTarget) -> None:
    """Every device of a user: from the cache, else from the registrar, which also knows who exists."""
    entity = target.entity
    realm = entity.realm or ex.settings.realm
    if ex.settings.is_ours(realm):
        realm = ex.settings.realm
    uri = f"{entity.username}@{realm}"
    if entity.max_calls and ex.entity_calls.get(uri, 0) >= entity.max_calls:
        _note(attempt, 486, common.CAUSE_USER_BUSY)
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
            _note(attempt, 480, common.CAUSE_TEMPORARILY_UNAVAILABLE)
        elif not reply.looked_up.known:
            _note(attempt, 404, common.CAUSE_UNALLOCATED_NUMBER)
        elif not reply.looked_up.bindings:
            _note(attempt, 480, common.CAUSE_USER_NOT_REGISTERED)
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
    if not reached:
        _note(attempt, 480, common.CAUSE_TEMPORARILY_UNAVAILABLE)
    elif attempt.options.strategy == worker_pb.STRATEGY_FIRST:
        reached = [max(reached, key=lambda way: (way.binding.expires_at.seconds, way.binding.expires_at.nanos))]
    for binding, flow in reached:
        path = tuple(binding.path)
        attempt.waiting.append(Target(binding.contact, flow, entity, target.contact_parameters, path))


def proceed(ex: Exchange, attempt: Attempt) -> None:
    """Ring what waits; tell the script when nothing rings and nothing waits."""
    if attempt.done or attempt.looking:
        return
    while attempt.waiting and not (attempt.one_after_the_other and (attempt.legs or attempt.looking)):
        target = attempt.waiting.pop(0)
        if attempt.started >= MOST_LEGS:
            ex.log("warning", "dial.too_many_legs", run_id=attempt.run.run_id, most=MOST_LEGS)
            attempt.waiting.clear()
            break
        target.number = attempt.started
        attempt.started += 1
        hunting.begin(ex, attempt, target)
    if not attempt.legs and not attempt.waiting and not attempt.looking and not attempt.later:
        _finish(ex, attempt)


def note_failure(attempt: Attempt, status: int, cause: common.Cause) -> None:
    """A target failed before it had a leg."""
    _note(attempt, status, cause)


def _note(attempt: Attempt, status: int, cause: common.Cause) -> None:
    """Keep the failure that says most (RFC 3261 section 16.7 step 6)."""
    if not attempt.failure[0] or _rank(status) < _rank(attempt.failure[0]):
        attempt.failure = (status, cause)


def _rank(status: int) -> int:
    if status in _RANK:
        return _RANK.index(status)
    return len(_RANK) + (0 if status < 500 else 1)


def leg_answered(ex: Exchange, attempt: Attempt, leg: Call) -> None:
    """*leg* answered first: the others are told "completed elsewhere", the caller is answered, the two are mixed."""
    if attempt.done:
        ending.hangup(ex, leg, common.CAUSE_LOSE_RACE)
        return
    attempt.done = True
    attempt.answered = leg
    leg.attempt = None
    losers = [one for one in attempt.legs if one is not leg]
    attempt.legs.clear()
    attempt.waiting.clear()
    if attempt.timer is not None:
        attempt.timer.cancel()
    for loser in losers:
        loser.attempt = None
        ending.hangup(ex, loser, common.CAUSE_LOSE_RACE)
    if not attempt.options.no_bridge and not attempt.options.hold_mix_for_hooks:
        bridge(ex, attempt.parent, leg)
    transfer.succeeded(ex, attempt.run)
    _tell(ex, attempt)


def bridge(ex: Exchange, parent: Call | None, leg: Call) -> None:
    """CM-087: answer the caller if it is not answered yet, then mix the two."""
    from sip_frontend.calls import answering

    if parent is None:
        return
    if parent.ended:
        ending.hangup(ex, leg, common.CAUSE_USER_GONE)
        return
    if not parent.established and parent.is_uas and not answering.answer(ex, parent):
        if not leg.ended:
            ending.hangup(ex, leg, common.CAUSE_NOT_ACCEPTABLE)
        return
    if not bridging.mix(ex, parent, leg):
        ending.hangup(ex, leg, common.CAUSE_NOT_ACCEPTABLE)


def leg_ended(ex: Exchange, attempt: Attempt, leg: Call) -> None:
    """*leg* is over without an answer."""
    if leg in attempt.legs:
        attempt.legs.remove(leg)
    if attempt.done:
        return
    why = leg.view.hangup_cause
    _note(attempt, why.sip_status or causes.status_of(why.cause), why.cause)
    if 600 <= why.sip_status < 700:
        attempt.waiting.clear()
        cancel(ex, attempt, common.CAUSE_REQUEST_TERMINATED)
        return
    proceed(ex, attempt)


def redirect(ex: Exchange, attempt: Attempt, leg: Call, contacts: list[str]) -> None:
    """A 3xx of *leg*: its contacts take its place (RFC 3261 section 8.1.3.4); users of ours are looked up anew."""
    for text in contacts:
        if attempt.redirects >= REDIRECTS:
            ex.log("warning", "dial.too_many_redirects", run_id=attempt.run.run_id)
            return
        attempt.redirects += 1
        try:
            uri = Uri.parse(text)
        except SipParseError:
            continue
        if ex.settings.is_ours(uri.host) and uri.user:
            target = worker_pb.DialTarget()
            target.entity.username = uri.user
            _find_entity(ex, attempt, target)
        else:
            attempt.waiting.append(Target(text))


def cancel(ex: Exchange, attempt: Attempt, cause: common.Cause, reason: str = "") -> None:
    """Stop ringing everywhere; the script is told the best failure."""
    attempt.waiting.clear()
    for leg in list(attempt.legs):
        ending.hangup(ex, leg, cause, text=reason)
    if not attempt.legs and not attempt.done:
        _finish(ex, attempt)


def _nobody_answered(ex: Exchange, attempt: Attempt) -> None:
    if attempt.done:
        return
    attempt.failure = (408, common.CAUSE_REQUEST_TIMEOUT)
    attempt.waiting.clear()
    attempt.looking = 0
    for leg in list(attempt.legs):
        leg.attempt = None
        ending.hangup(ex, leg, common.CAUSE_REQUEST_TIMEOUT, text=attempt.options.timeout_reason)
    attempt.legs.clear()
    _finish(ex, attempt)


def _finish(ex: Exchange, attempt: Attempt) -> None:
    attempt.done = True
    if attempt.options.ring_tone and attempt.parent is not None:
        media_channels.stop_play(ex, attempt.parent)
    if attempt.timer is not None:
        attempt.timer.cancel()
    _tell(ex, attempt)


def _tell(ex: Exchange, attempt: Attempt) -> None:
    run = attempt.run
    if run.finished:
        return
    event = ex.run_event(run, attempt.parent.call_id if attempt.parent is not None else "")
    finished = event.dial_finished
    finished.command_id = attempt.command_id
    if attempt.answered is not None:
        finished.answered_call_id = attempt.answered.call_id
        return
    status, cause = attempt.failure
    finished.cause.source = common.SOURCE_WIRE if status != 408 else common.SOURCE_US
    finished.cause.cause = cause or common.CAUSE_TEMPORARILY_UNAVAILABLE
    finished.cause.sip_status = status or 480
