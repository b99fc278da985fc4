"""Requests inside a dialog that we send: BYE, INFO, UPDATE, NOTIFY, PRACK, re-INVITE; and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sip_frontend.calls import size, ways
from sip_frontend.calls.sender import Sender
from sip_frontend.dialog import Dialog
from sip_frontend.location import is_address
from sip_frontend.message import Header, Response, new_branch
from sip_frontend.transaction import Flow

if TYPE_CHECKING:
    from sip_frontend.auth.digest_client import DigestSession
    from sip_frontend.calls.exchange import Exchange

AUTH_ROUNDS: Final = 3
"""Challenges to one request that are answered: a proxy's, the server's behind it, and a nonce gone stale."""

Done = Callable[[Response | None], None]


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

    __slots__ = ("_ex", "_request", "_rounds", "by_tcp", "data", "flow")

    def __init__(self, ex: Exchange, request: _Request) -> None:
        self._ex = ex
        self._request = request
        self._rounds = 0
        self.by_tcp: tuple[bytes, Flow, Flow] | None = None
        self.data = b""
        self.flow: Flow | None = None
        """Along the named hop: where it went last."""

    def tried(self, exchanged: Exchanged, response: Response | None) -> bool:
        """Whether the request was sent again, so that this is not its end."""
        ex, request = self._ex, self._request
        if response is None:
            return self._by_udp(exchanged) or self._elsewhere(exchanged)
        self.by_tcp = None
        if response.status == 503:
            return self._elsewhere(exchanged)
        digest = request.digest
        if digest is None:
            return False
        if response.status not in (401, 407):
            digest.accepted(response)
            return False
        self._rounds += 1
        if self._rounds > AUTH_ROUNDS or not digest.challenged(response):
            return False
        _on_its_way(ex, request, exchanged)
        return True

    def _by_udp(self, exchanged: Exchanged) -> bool:
        if self.by_tcp is None:
            return False
        ex, (data, tcp, udp) = self._ex, self.by_tcp
        self.by_tcp = None
        size.refused(ex, tcp)
        self._again(exchanged, data, udp)
        return True

    def _elsewhere(self, exchanged: Exchanged) -> bool:
        """RFC 3263 section 4.3: no answer, no way, or 503; the same request to the next place of the name."""
        request = self._request
        flow = ways.next_place(self._ex, request.sender, request.dialog, self.flow) if self.flow is not None else None
        if flow is None:
            return False
        self.flow = flow
        self._again(exchanged, self.data, flow)
        return True

    def _again(self, exchanged: Exchanged, data: bytes, flow: Flow) -> None:
        ex = self._ex
        again, branch = size.readdressed(ex, data, flow)
        ex.transactions.request(again, self._request.method, branch, flow, ex.now, exchanged)


class _Request:
    """One request of a dialog, before it has a CSeq."""

    __slots__ = ("body", "dialog", "digest", "headers", "method", "sender")

    def __init__(self, sender: Sender, dialog: Dialog, method: str, headers: Sequence[Header], body: bytes) -> None:
        self.sender = sender
        self.dialog = dialog
        self.digest: DigestSession | None = sender.digest
        self.method = method
        self.headers = headers
        self.body = body


def send(
    ex: Exchange,
    sender: Sender,
    method: str,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    done: Done | None = None,
    dialog: Dialog | None = None,
) -> Exchanged | None:
    """Send *method* in the dialog of *sender*, or in *dialog*; None when it has none.

    Challenges are answered where there are credentials; *done* gets what comes after that.
    """
    dialog = dialog or sender.dialog
    if dialog is None:
        return None
    request = _Request(sender, dialog, method, headers, body)
    exchanged = Exchanged(done or _ignore)
    if sender.digest is not None:
        exchanged.mend = Mend(ex, request)
    _on_its_way(ex, request, exchanged)
    return exchanged


def _on_its_way(ex: Exchange, request: _Request, exchanged: Exchanged) -> None:
    """Find the way. Without one the request has failed, and with it the dialog: told soon, but not while it is sent."""

    def lost() -> None:
        exchanged.mend = None
        ex.count("requests.unreachable")
        ex.timer(0.0, lambda now: _unreachable(ex, request, exchanged))

    ways.along(ex, request.sender, request.dialog, lambda flow: _send(ex, request, flow, exchanged), lost)


def _unreachable(ex: Exchange, request: _Request, exchanged: Exchanged) -> None:
    exchanged.answered(None)
    if request.method != "BYE" and request.dialog is request.sender.dialog:
        request.sender.unreachable(ex)


def _send(ex: Exchange, request: _Request, flow: Flow, exchanged: Exchanged) -> None:
    dialog, method, body = request.dialog, request.method, request.body
    headers: list[Header] = [("User-Agent", ex.settings.server), *request.headers]
    if request.digest is not None:
        credentials = request.digest.headers(method, dialog.request_uri, body)
        headers += credentials
        if method == "INVITE":
            request.sender.authorization = tuple(credentials)
    branch = new_branch()
    data = dialog.request(method, headers, body, sent_by=ex.sent_by(flow), branch=branch, transport=flow.transport)
    named = request.sender.named_hop
    if named is not None and named.flow == flow:
        exchanged.mend = exchanged.mend or Mend(ex, request)
        exchanged.mend.data, exchanged.mend.flow = data, flow
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
