"""Where an INVITE goes, and where it goes next: RFC 3263 section 4.3.

A target leads to one place or to several. The first that there is a way to gets the INVITE; on a transport error, a
503, or silence the next one gets the same INVITE with a new branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sip_frontend.calls import dialling, early, outbound, size
from sip_frontend.calls.actions import Locate
from sip_frontend.calls.call import Call
from sip_frontend.location import Hop, is_address, located_at_once
from sip_frontend.message import Address, Response, SipParseError, Uri
from sip_frontend.message.headers import RetryAfter
from sip_frontend.transaction import ClientTransaction, Flow
from switchroom.errors import SwitchroomError
from switchroom.v1 import common_pb2 as common

if TYPE_CHECKING:
    from sip_frontend.calls.attempt import Attempt, Target
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.timers import Timer

MOST_WAYS: Final = 16
"""Places that one INVITE is sent to at most."""


class Way(NamedTuple):
    """One place, and the Request-URI that it is sent."""

    hop: Hop
    uri: str


class Hunt:
    """The places one INVITE may still go to. Let go of when it is answered."""

    __slots__ = ("left", "patience", "uri")

    def __init__(self, ways: list[Way]) -> None:
        self.left = ways
        self.uri = ""
        self.patience: Timer | None = None

    def next_flow(self, ex: Exchange) -> Flow | None:
        """A flow to the next place there is a way to; None when there is none left."""
        while self.left:
            hop, self.uri = self.left.pop(0)
            try:
                return ex.connect(hop.transport, hop.remote, server_name=hop.name)
            except SwitchroomError as error:
                ex.log("warning", "sip.no_transport", transport=hop.transport, reason=str(error))
        return None

    def stop(self) -> None:
        """The place answered."""
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None


def _way(hop: Hop, uri: str) -> Way:
    """A TLS peer that is given as an address shows the certificate of the domain we ask it for, if we name one."""
    if hop.transport == "TLS" and not hop.name:
        host = Uri.parse(uri).host
        return Way(hop._replace(name="" if is_address(host) else host), uri)
    return Way(hop, uri)


class _Search:
    """The look-ups of one target: one for each of its URIs, the ways in their order."""

    __slots__ = ("_attempt", "_ex", "_open", "_target", "_ways")

    def __init__(self, ex: Exchange, attempt: Attempt, target: Target) -> None:
        self._ex = ex
        self._attempt = attempt
        self._target = target
        self._ways: list[list[Way]] = []
        self._open = 0

    def begin(self, uris: list[tuple[Uri, str]]) -> None:
        """Ring at once when every URI names an address, else when all are located."""
        for index, (uri, text) in enumerate(uris):
            hop = located_at_once(uri)
            self._ways.append([] if hop is None else [_way(hop, text)])
            if hop is None and (uri.host or "maddr" in uri.params):
                self._open += 1
                self._ex.actions.append(Locate(uri, self._reply(index, text)))
        if self._open:
            self._attempt.looking += 1
        else:
            self._ring()

    def _reply(self, index: int, text: str) -> dialling.Found:
        def found(hops: list[Hop]) -> None:
            self._ways[index] = [_way(hop, text) for hop in hops]
            self._open -= 1
            if not self._open:
                self._attempt.looking -= 1
                parent = self._attempt.parent
                if not self._attempt.done and (parent is None or not parent.ended):
                    self._ring()
                dialling.proceed(self._ex, self._attempt)

        return found

    def _ring(self) -> None:
        ex, attempt = self._ex, self._attempt
        ways = [way for ways in self._ways for way in ways]
        if not ways:
            attempt.note(502, common.CAUSE_DESTINATION_OUT_OF_ORDER)
            return
        ways.sort(key=lambda way: ex.dead.holds(way.hop.transport, way.hop.remote, ex.now))
        hunt = Hunt(ways[:MOST_WAYS])
        flow = hunt.next_flow(ex)
        if flow is None:
            attempt.note(503, common.CAUSE_SERVICE_UNAVAILABLE)
        else:
            outbound.invite(ex, attempt, self._target, flow, hunt)


def begin(ex: Exchange, attempt: Attempt, target: Target) -> None:
    """Ring one target: along the flow its device registered on, else wherever its URI leads."""
    if attempt.parent is not None and attempt.parent.ended:
        return
    trunk = target.trunk
    if trunk is not None and trunk.full:
        attempt.note(503, common.CAUSE_SERVICE_UNAVAILABLE)
        return
    ways = trunk.ways(target.dialled) if trunk is not None else ((target.uri, target.uri),)
    try:
        uris = [(_next_hop(target, where), text) for where, text in ways]
    except SipParseError:
        attempt.note(484, common.CAUSE_INVALID_NUMBER_FORMAT)
        return
    if target.flow is not None:
        outbound.invite(ex, attempt, target, target.flow, None)
    else:
        _Search(ex, attempt, target).begin(uris)


def _next_hop(target: Target, where: str) -> Uri:
    """With a Path or a Service-Route its first proxy gets the request (RFC 3327, RFC 3608)."""
    uri = Uri.parse(where)
    return Address.parse(target.path[0], "Route").uri if target.path else uri


def watch(ex: Exchange, call: Call) -> None:
    """The INVITE was sent: how long its place may be silent, if there is another one to try."""
    hunt = call.hunt
    if hunt is not None and hunt.left:
        branch = call.branch
        hunt.patience = ex.timer(ex.settings.next_target_s, lambda now: _too_silent(ex, call, branch))


def _too_silent(ex: Exchange, call: Call, branch: str) -> None:
    """Nothing was heard: give that INVITE up (a late answer is cancelled) and try the next place."""
    transaction = call.client_invite
    if call.ended or call.branch != branch or not isinstance(transaction, ClientTransaction):
        return
    _mark(ex, transaction.flow)
    if go_on(ex, call):
        ex.transactions.cancel(transaction, ex.now)


def heard(ex: Exchange, call: Call) -> None:
    """A response came from where the INVITE went."""
    if call.hunt is not None:
        call.hunt.stop()
        ex.dead.remove(call.flow.transport, call.flow.remote)


def failed(ex: Exchange, call: Call, transaction: ClientTransaction) -> bool:
    """No answer, or no way: whether the INVITE went out again."""
    flow = transaction.flow
    if flow.transport == "TCP" and call.flow.transport == "UDP":
        size.refused(ex, flow)
        outbound.send_again(ex, call, transaction)
        return True
    _mark(ex, flow)
    return go_on(ex, call)


def unavailable(ex: Exchange, call: Call, response: Response) -> bool:
    """503: leave that place alone for as long as it says; whether the INVITE went to another one."""
    if call.hunt is None:
        return False
    try:
        ex.dead.add(
            call.flow.transport, call.flow.remote, ex.now, RetryAfter.parse(response.get("Retry-After") or "").delay_s
        )
    except SipParseError:
        _mark(ex, call.flow)
    return go_on(ex, call)


def _mark(ex: Exchange, flow: Flow) -> None:
    ex.dead.add(flow.transport, flow.remote, ex.now)


def go_on(ex: Exchange, call: Call) -> bool:
    """Send the INVITE to the next place; False when there is none."""
    hunt = call.hunt
    if hunt is None:
        return False
    hunt.stop()
    flow = hunt.next_flow(ex)
    if flow is None:
        return False
    ex.count("calls.next_target")
    early.forget(call)
    call.move_to(flow)
    call.view.destination = hunt.uri
    outbound.send_invite(ex, call, call.invite_cseq)
    return True
