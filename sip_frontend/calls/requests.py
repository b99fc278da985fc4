"""Requests inside a dialog that we send: BYE, INFO, UPDATE, NOTIFY, PRACK, re-INVITE; and the way they take."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sip_frontend.calls import size
from sip_frontend.calls.actions import Locate
from sip_frontend.calls.call import Call
from sip_frontend.dialog import Dialog
from sip_frontend.location import Hop, is_address
from sip_frontend.message import Header, Response, new_branch
from sip_frontend.transaction import Flow
from switchroom.errors import SwitchroomError

if TYPE_CHECKING:
    from sip_frontend.auth.digest_client import DigestSession
    from sip_frontend.calls.exchange import Exchange

AUTH_ROUNDS: Final = 3
"""Challenges to one request that are answered: a proxy's, the server's behind it, and a nonce gone stale."""

Done = Callable[[Response | None], None]


# -- the way -----------------------------------------------------------------------------------------------------------


class NamedHop:
    """Where the named next hop of a dialog leads; looked up once, and again when a request to it fails."""

    __slots__ = ("flow", "uri", "waiting")

    def __init__(self, uri: str, first: Callable[[Flow], None]) -> None:
        self.uri = uri
        self.flow: Flow | None = None
        self.waiting = [first]


def along(ex: Exchange, call: Call, dialog: Dialog, use: Callable[[Flow], None]) -> None:
    """Hand *use* the way of our requests inside *dialog*: at once, unless a name must be looked up first.

    Along the connection a stream peer came on. Over UDP to the first route or the remote target, where that is an
    address of the machine that spoke to us; else back to the source, behind which there is a NAT (DR-016).
    """
    flow = dialog.flow
    if flow.reliable:
        use(flow)
        return
    hop = dialog.next_hop()
    host = hop.params.get("maddr") or hop.host
    if not is_address(host):
        _along_named(ex, call, dialog, use)
        return
    remote = (host, hop.port or 5060)
    if flow.remote != remote and (dialog.route_set.routes or host == flow.remote[0]):
        flow = Flow(flow.transport, flow.local, remote)
    use(flow)


def _along_named(ex: Exchange, call: Call, dialog: Dialog, use: Callable[[Flow], None]) -> None:
    hop = dialog.next_hop()
    text = str(hop)
    named = call.named_hop
    if named is None or named.uri != text:
        named = call.named_hop = NamedHop(text, use)
        routed = bool(dialog.route_set.routes)
        ex.actions.append(Locate(hop, lambda hops: _located(ex, dialog.flow, named, hops, routed)))
    elif named.flow is None:
        named.waiting.append(use)
    else:
        use(named.flow)


def _located(ex: Exchange, source: Flow, named: NamedHop, hops: list[Hop], routed: bool) -> None:
    """The name was looked up: everything that waited goes out, in order."""
    flow = named.flow = _choose(ex, source, ex.dead.last(hops, ex.now), routed)
    waiting, named.waiting = named.waiting, []
    for use in waiting:
        use(flow)


def _choose(ex: Exchange, source: Flow, hops: list[Hop], routed: bool) -> Flow:
    """The first hop there is a way to; *source* when there is none, or when the name means something else here.

    A phone that calls itself ``localhost``, or by a name of its own network, is behind the address it spoke from.
    """
    for hop in hops:
        if hop.remote == source.remote and hop.transport == source.transport:
            return source
    for hop in hops:
        if routed or _reach(hop.address) >= _reach(source.remote[0]):
            try:
                return ex.connect(hop.transport, hop.remote, server_name=hop.name)
            except SwitchroomError:
                continue
    return source


def _reach(address: str) -> int:
    """How far an address is valid: 0 this machine, 1 a private network, 2 everywhere."""
    parsed = ipaddress.ip_address(address)
    return 0 if parsed.is_loopback or parsed.is_unspecified else 1 if parsed.is_private else 2


# -- requests ----------------------------------------------------------------------------------------------------------


class Exchanged:
    """Owner of a client transaction that is not a call.

    ``answered`` gets every final response, None on time-out or failure. What can be mended by sending the request
    once more, in another way or with credentials, is tried by *mend* first; the rest goes to *done*.
    """

    __slots__ = ("_done", "mend")

    def __init__(self, done: Done) -> None:
        self._done = done
        self.mend: Mend | None = None

    def answered(self, response: Response | None) -> None:
        """A final response came, or none ever will."""
        if self.mend is None or not self.mend.tried(self, response):
            self._done(response)


class Mend:
    """What is needed to send one request of a dialog again."""

    __slots__ = ("_ex", "_request", "_rounds", "by_tcp")

    def __init__(self, ex: Exchange, request: _Request) -> None:
        self._ex = ex
        self._request = request
        self._rounds = 0
        self.by_tcp: tuple[bytes, Flow, Flow] | None = None

    def tried(self, exchanged: Exchanged, response: Response | None) -> bool:
        """Whether the request was sent again, so that this is not its end."""
        ex, request = self._ex, self._request
        if response is None:
            return self._by_udp(exchanged) or self._look_up_anew()
        self.by_tcp = None
        digest = request.digest
        if digest is None:
            return False
        if response.status not in (401, 407):
            digest.accepted(response)
            return False
        self._rounds += 1
        if self._rounds > AUTH_ROUNDS or not digest.challenged(response):
            return False
        along(ex, request.call, request.dialog, lambda flow: _send(ex, request, flow, exchanged))
        return True

    def _by_udp(self, exchanged: Exchanged) -> bool:
        if self.by_tcp is None:
            return False
        ex, (data, tcp, udp) = self._ex, self.by_tcp
        self.by_tcp = None
        size.refused(ex, tcp)
        again, branch = size.readdressed(ex, data, udp)
        ex.transactions.request(again, self._request.method, branch, udp, ex.now, exchanged)
        return True

    def _look_up_anew(self) -> bool:
        """The next request of the dialog shall not go where this one was lost; this one is not sent again."""
        call = self._request.call
        named, call.named_hop = call.named_hop, None
        if named is not None and named.flow is not None:
            self._ex.dead.add(named.flow.transport, named.flow.remote, self._ex.now)
        return False


class _Request:
    """One request of a dialog, before it has a CSeq."""

    __slots__ = ("body", "call", "dialog", "digest", "headers", "method")

    def __init__(self, call: Call, dialog: Dialog, method: str, headers: Sequence[Header], body: bytes) -> None:
        self.call = call
        self.dialog = dialog
        self.digest: DigestSession | None = call.digest
        self.method = method
        self.headers = headers
        self.body = body


def send(
    ex: Exchange,
    call: Call,
    method: str,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    done: Done | None = None,
    dialog: Dialog | None = None,
) -> Exchanged | None:
    """Send *method* in the dialog of *call*, or in *dialog*; None when it has none.

    Challenges are answered where the call has credentials; *done* gets what comes after that.
    """
    dialog = dialog or call.dialog
    if dialog is None:
        return None
    request = _Request(call, dialog, method, headers, body)
    exchanged = Exchanged(done or _ignore)
    if call.digest is not None:
        exchanged.mend = Mend(ex, request)
    along(ex, call, dialog, lambda flow: _send(ex, request, flow, exchanged))
    return exchanged


def _send(ex: Exchange, request: _Request, flow: Flow, exchanged: Exchanged) -> None:
    dialog, method, body = request.dialog, request.method, request.body
    headers: list[Header] = [("User-Agent", ex.settings.server), *request.headers]
    if request.digest is not None:
        credentials = request.digest.headers(method, dialog.request_uri, body)
        headers += credentials
        if method == "INVITE":
            request.call.authorization = tuple(credentials)
    if request.call.named_hop is not None:
        exchanged.mend = exchanged.mend or Mend(ex, request)
    branch = new_branch()
    data = dialog.request(method, headers, body, sent_by=ex.sent_by(flow), branch=branch, transport=flow.transport)
    tcp = size.by_tcp(ex, data, flow) if len(data) > ex.settings.udp_limit and _is_direct(dialog, flow) else None
    if tcp is not None:
        exchanged.mend = exchanged.mend or Mend(ex, request)
        exchanged.mend.by_tcp = (data, tcp, flow)
        data, branch = size.readdressed(ex, data, tcp)
    ex.transactions.request(data, method, branch, tcp or flow, ex.now, exchanged)


def _is_direct(dialog: Dialog, flow: Flow) -> bool:
    """Whether *flow* leads where the dialog says, and not back through a NAT, which takes no connections."""
    if flow.transport != "UDP":
        return False
    hop = dialog.next_hop()
    return hop.host == flow.remote[0] or not is_address(hop.host)


def _ignore(response: Response | None) -> None:
    """For requests whose outcome changes nothing: a BYE is over whatever the peer says to it."""
