"""``call.dial``: place calls as children of this one; the first that answers wins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from call_workers.answering import write_headers
from call_workers.call_view import CallView, Hook
from call_workers.callbacks import hook
from call_workers.errors import CommandRejected, dial_error
from call_workers.values import CallState, Credentials, Direction, Entity, Party, set_duration
from switchroom.v1 import worker_pb2

if TYPE_CHECKING:
    from call_workers.call import Call


class Strategy(Enum):
    """In which order the targets ring."""

    RING_ALL = worker_pb2.STRATEGY_RING_ALL
    HUNT = worker_pb2.STRATEGY_HUNT
    """One after the other."""
    FIRST = worker_pb2.STRATEGY_FIRST
    """Of each entity only the registration that lives longest."""


class Dial:
    """A dial that is under way: what its legs need to know of it."""

    __slots__ = ("bridges", "command_id", "direction", "early", "fail", "future", "legs", "parent")

    def __init__(self, command_id: int, parent: Call | None, future: asyncio.Future[Call | None]) -> None:
        self.command_id = command_id
        self.parent = parent
        self.future = future
        self.early: Hook | None = None
        self.fail: Hook | None = None
        self.direction: Direction | None = None
        self.legs: list[Call] = []
        self.bridges = True


class Dialling(CallView):
    """Verbs that place calls."""

    __slots__ = ()

    async def dial(
        self,
        *,
        contact: str | Sequence[str] = (),
        entity: str | Entity | Sequence[str | Entity] = (),
        trunk: str = "",
        number: str = "",
        timeout_s: float = 0.0,
        timeout_reason: str = "",
        strategy: Strategy = Strategy.RING_ALL,
        first: bool = False,
        follow_redirects: bool = False,
        must_answer: bool = False,
        bridge: bool = True,
        orphan: bool = False,
        bond: Call | None = None,
        late: bool = False,
        codecs: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        contact_params: str = "",
        auth: Credentials | None = None,
        caller_id: Party | None = None,
        called_id: Party | None = None,
        privacy: bool = False,
        party_called: bool = False,
        party_calling: bool = False,
        click_to_call: bool = False,
        auto_answer: bool | int = False,
        max_forwards: int = 0,
        telephone_events: bool = True,
        ring_tone: str = "",
        hangup_children_on_hangup: bool = True,
        hangup_parent_on_hangup: bool = False,
        continue_on_other_hangup: bool = False,
        early: Hook | None = None,
        prebridge: Hook | None = None,
        confirm: Any = None,
        fail: Hook | None = None,
        onconnect: Hook | None = None,
    ) -> Call | None:
        """Ring somebody; when a leg answers, this call is answered too and the two are mixed.

        Say whom with *contact* (SIP URIs), *entity* (users, on all their devices) or *trunk* and *number*; several
        targets ring at once unless *strategy* says otherwise. Every option is told in docs/call-scripts.md.

        Args:
            timeout_s: after that it counts as 408; 0 is 32 s.
            must_answer: raise DialFailed instead of returning None.
            bridge: False leaves this call as it is when a leg answers.
            early, prebridge, confirm, fail, onconnect: told of the legs as they come, just before and after they are
                mixed; ``confirm(leg, cookie)`` gets what *prebridge* returned. Their errors are logged and ignored.

        Returns:
            The leg that answered, or None; then ``dial_cause`` says why.
        """
        self._check()
        command = self._command("dial")
        dial = command.dial
        _write_targets(dial, contact, entity, trunk, number, contact_params)
        dial.leg_prefix = f"{self.id}.{command.command_id}"
        set_duration(dial.timeout, timeout_s)
        dial.timeout_reason = timeout_reason
        dial.strategy = (Strategy.FIRST if first else strategy).value
        dial.follow_redirects = follow_redirects
        dial.no_bridge = not bridge
        dial.orphan = orphan
        dial.bond_call_id = bond.id if bond is not None else ""
        dial.late = late
        dial.codecs.extend(codecs)
        write_headers({**(self._exported or {}), **(headers or {})}, dial.headers)
        _write_identity(dial, auth, caller_id, called_id)
        dial.privacy = privacy
        dial.party_called = party_called
        dial.party_calling = party_calling or click_to_call
        dial.click_to_call = click_to_call
        if auto_answer is not False or click_to_call:
            dial.auto_answer_s = int(auto_answer) if auto_answer is not True else 0
        dial.max_forwards = max_forwards
        dial.no_telephone_events = not telephone_events
        dial.ring_tone = ring_tone
        dial.policy.keep_children = not hangup_children_on_hangup
        dial.policy.hangup_parent = hangup_parent_on_hangup
        dial.policy.continue_on_other_hangup = continue_on_other_hangup
        hooked = bridge and (prebridge is not None or self._preconnect is not None)
        dial.hold_mix_for_hooks = hooked

        pending = Dial(command.command_id, None if orphan else self._self(), self._run.loop.create_future())
        pending.early, pending.fail = early, fail
        pending.direction = _turned(party_called, dial.party_calling)
        pending.bridges = bridge and not hooked
        self._run.dials[dial.leg_prefix] = pending
        del pending  # see CallView._wait
        leg = await self._outcome(dial.leg_prefix)
        if leg is None:
            if must_answer and self.dial_cause is not None:
                raise dial_error(self.dial_cause)
            return None
        if bridge:
            await self._bridged(leg, hooked, prebridge, confirm, onconnect)
        return leg

    def export(self, headers: Mapping[str, str]) -> None:
        """Put *headers* onto every leg that this call places from now on; those given to the dial itself win."""
        self._exported = {**(self._exported or {}), **headers}

    def preconnect(self, fn: Hook) -> None:
        """Run *fn* with the leg just before this call is mixed with one that it dialled; once."""
        self._preconnect = fn

    def postconnect(self, fn: Hook) -> None:
        """Run *fn* with the leg just after this call was mixed with one that it dialled; once."""
        self._postconnect = fn

    def _self(self) -> Call:
        return self._run.calls[self.id]

    async def _outcome(self, prefix: str) -> Call | None:
        run = self._run
        command_id = run.dials[prefix].command_id
        run.results[command_id] = run.dials[prefix].future
        try:
            leg: Call | None = await self._wait(run.dials[prefix].future)
        except BaseException:
            if self.state is not CallState.ENDED and not _refused(run.dials[prefix].future):
                run.command(self.id, "cancel_dial").cancel_dial.dial_command_id = command_id
            raise
        finally:
            run.results.pop(command_id, None)
        return leg

    async def _bridged(self, leg: Call, hooked: bool, prebridge: Hook | None, confirm: Any, onconnect: Any) -> None:
        run = self._run
        cookie = None
        if hooked:
            cookie = await hook(run, prebridge, leg)
            await hook(run, self._take("_preconnect"), leg)
            if self.state is not CallState.ESTABLISHED:
                await self._self().answer()
            await self._self().mix(leg)
        await hook(run, self._take("_postconnect"), leg)
        await hook(run, confirm, leg, cookie)
        await hook(run, onconnect, leg)

    def _take(self, name: str) -> Hook | None:
        fn: Hook | None = getattr(self, name)
        setattr(self, name, None)
        return fn


def _write_targets(
    dial: worker_pb2.Dial,
    contact: str | Sequence[str],
    entity: str | Entity | Sequence[str | Entity],
    trunk: str,
    number: str,
    contact_params: str,
) -> None:
    for uri in [contact] if isinstance(contact, str) else contact:
        dial.targets.add(contact=uri, contact_parameters=contact_params)
    for one in [entity] if isinstance(entity, (str, Entity)) else entity:
        user = Entity.parse(one) if isinstance(one, str) else one
        target = dial.targets.add(contact_parameters=contact_params)
        user.write(target.entity)
    if trunk:
        dial.targets.add(trunk=worker_pb2.TrunkTarget(trunk=trunk, number=number), contact_parameters=contact_params)
    if not dial.targets:
        raise ValueError("dial() needs contact, entity or trunk")


def _write_identity(
    dial: worker_pb2.Dial, auth: Credentials | None, caller_id: Party | None, called_id: Party | None
) -> None:
    if auth is not None:
        dial.credentials.username = auth.username
        dial.credentials.password = auth.password
    if caller_id is not None:
        caller_id.write(dial.caller)
    if called_id is not None:
        called_id.write(dial.called)


def _turned(party_called: bool, party_calling: bool) -> Direction | None:
    if party_called:
        return Direction.OUTBOUND
    return Direction.INBOUND if party_calling else None


def _refused(future: asyncio.Future[Call | None]) -> bool:
    return future.done() and not future.cancelled() and isinstance(future.exception(), CommandRejected)
