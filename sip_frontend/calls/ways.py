"""The way that our requests inside a dialog take: RFC 3261 section 12.2.1.1, RFC 3263, and what NATs make of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.calls.actions import Locate
from sip_frontend.calls.sender import Sender
from sip_frontend.dialog import Dialog
from sip_frontend.location import Hop, is_address, located_at_once
from sip_frontend.message import Uri
from sip_frontend.transaction import Flow
from switchroom.errors import SwitchroomError

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

Use = Callable[[Flow], None]
Lost = Callable[[], None]


def nothing() -> None:
    """For requests that nobody misses when there is no way to the peer."""


class NamedHop:
    """Where the named next hop of a dialog leads: looked up once, and again when all that it led to has failed."""

    __slots__ = ("flow", "left", "uri", "waiting")

    def __init__(self, uri: str, first: tuple[Use, Lost]) -> None:
        self.uri = uri
        self.flow: Flow | None = None
        self.left: list[Hop] = []
        """Places not tried yet (RFC 3263 section 4.3)."""
        self.waiting = [first]


def along(ex: Exchange, sender: Sender, dialog: Dialog, use: Use, lost: Lost = nothing) -> None:
    """Hand *use* the way of our requests inside *dialog*: at once, unless a name must be looked up first.

    Along the connection a stream peer came on; when that is gone a new one is opened, and where that cannot be
    *lost* is called. Over UDP to the first route or the remote target, where that is an address of the machine that
    spoke to us; else back to the source, behind which there is a NAT (DR-016).
    """
    flow = dialog.flow
    if flow.reliable:
        if ex.is_open(flow):
            use(flow)
        else:
            _anew(ex, sender, dialog, use, lost)
        return
    hop = dialog.next_hop()
    host = hop.params.get("maddr") or hop.host
    if not is_address(host):
        _along_named(ex, sender, dialog, hop, use, lost)
        return
    remote = (host, hop.port or 5060)
    if flow.remote != remote and (dialog.route_set.routes or host == flow.remote[0]):
        flow = Flow(flow.transport, flow.local, remote)
    use(flow)


def heard(ex: Exchange, sender: Sender, dialog: Dialog, flow: Flow) -> None:
    """The peer spoke along *flow*: where the connection it was reached on is gone, this one takes its place."""
    if flow.connection and flow.connection != dialog.flow.connection and not ex.is_open(dialog.flow):
        _move(sender, dialog, flow)


def next_place(ex: Exchange, sender: Sender, dialog: Dialog, failed: Flow) -> Flow | None:
    """A request along the named hop was lost at *failed*: the next place it leads to; None when all were tried."""
    named = sender.named_hop
    if named is None or named.flow is None:
        return None
    if named.flow != failed:
        return named.flow  # another request was lost there before this one, and has moved on
    ex.dead.add(named.flow.transport, named.flow.remote, ex.now)
    named.flow = _first(ex, named.left)
    if named.flow is None:
        sender.named_hop = None  # the next request looks it up anew
    elif named.flow.reliable:
        _move(sender, dialog, named.flow)
    return named.flow


# -- a connection that is gone -----------------------------------------------------------------------------------------


def _anew(ex: Exchange, sender: Sender, dialog: Dialog, use: Use, lost: Lost) -> None:
    """Open a connection to the first route or the remote target. A browser can only come back by itself (RFC 7118)."""
    transport = dialog.flow.transport
    if transport in ("WS", "WSS"):
        lost()
        return
    hop = dialog.next_hop()
    if not hop.transport:
        # Contacts often do not say what their phone came by; what it came by it takes again.
        params = {**hop.params, "transport": transport.lower()}
        hop = Uri(hop.scheme, hop.user, hop.password, hop.host, hop.port, params)
    place = located_at_once(hop)
    if place is None:
        _along_named(ex, sender, dialog, hop, use, lost)
        return
    reachable = dialog.route_set.routes or _reach(place.address) >= _reach(dialog.flow.remote[0])
    flow = _first(ex, [place]) if reachable else None
    if flow is None:
        lost()
        return
    _move(sender, dialog, flow)
    use(flow)


def _move(sender: Sender, dialog: Dialog, flow: Flow) -> None:
    dialog.flow = flow
    if dialog is sender.dialog:
        sender.move_to(flow)


# -- names -------------------------------------------------------------------------------------------------------------


def _along_named(ex: Exchange, sender: Sender, dialog: Dialog, hop: Uri, use: Use, lost: Lost) -> None:
    named = sender.named_hop
    usable = named is not None and (named.flow is None or not named.flow.connection or ex.is_open(named.flow))
    if named is None or named.uri != str(hop) or not usable:
        _look_up(ex, sender, dialog, hop, (use, lost))
    elif named.flow is None:
        named.waiting.append((use, lost))
    else:
        use(named.flow)


def _look_up(ex: Exchange, sender: Sender, dialog: Dialog, hop: Uri, first: tuple[Use, Lost]) -> None:
    named = sender.named_hop = NamedHop(str(hop), first)

    def located(hops: list[Hop]) -> None:
        """Everything that waited goes out, in order."""
        flow = named.flow = _choose(ex, dialog, named, ex.dead.last(hops, ex.now))
        waiting, named.waiting = named.waiting, []
        if flow is not None and flow.reliable and flow != dialog.flow:
            _move(sender, dialog, flow)
        for use, lost in waiting:
            if flow is None:
                lost()
            else:
                use(flow)

    ex.actions.append(Locate(hop, located))


def _choose(ex: Exchange, dialog: Dialog, named: NamedHop, hops: list[Hop]) -> Flow | None:
    """The first hop there is a way to; the source when there is none, or when the name means something else here.

    A phone that calls itself ``localhost``, or by a name of its own network, is behind the address it spoke from.
    """
    source = dialog.flow
    there = ex.is_open(source)
    routed = bool(dialog.route_set.routes)
    here = [hop for hop in hops if hop.remote == source.remote and hop.transport == source.transport]
    near = _reach(source.remote[0])
    named.left = [hop for hop in hops if hop not in here and (routed or _reach(hop.address) >= near)]
    if there and here:
        return source
    named.left[:0] = here
    flow = _first(ex, named.left)
    return source if flow is None and there else flow


def _first(ex: Exchange, left: list[Hop]) -> Flow | None:
    """A flow to the first of *left* that there is a way to; what was tried is taken off the list."""
    while left:
        hop = left.pop(0)
        try:
            return ex.connect(hop.transport, hop.remote, server_name=hop.name)
        except SwitchroomError:
            continue
    return None


def _reach(address: str) -> int:
    """How far an address is valid: 0 this machine, 1 a private network, 2 everywhere."""
    parsed = ipaddress.ip_address(address)
    return 0 if parsed.is_loopback or parsed.is_unspecified else 1 if parsed.is_private else 2
