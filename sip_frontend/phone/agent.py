"""A user agent for one call: RFC 3261 over the frontend's own layers, with asyncio around them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sip_frontend.dialog import Dialog
from sip_frontend.message import (
    Request,
    Response,
    SipParseError,
    Uri,
    build_request,
    build_response,
    new_branch,
    new_call_id,
    new_tag,
)
from sip_frontend.phone.refusal import RefusalProbe
from sip_frontend.transaction import (
    CancelReceived,
    ClientTransaction,
    Flow,
    RequestReceived,
    ResponseReceived,
    Send,
    TransactionFailed,
    TransactionLayer,
    host_port,
)
from sip_frontend.transport import Listener, Transports
from switchroom import digest
from switchroom.errors import SwitchroomError

# What the exchange may send us within a call, and what the answer is.
_SIMPLE_ANSWERS = {"OPTIONS": 200, "INFO": 200, "NOTIFY": 200, "UPDATE": 200}
_CHALLENGES = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
_GOODBYE_S = 2.0


class CallFailed(SwitchroomError):
    """The call was not answered; the text is what to tell the user."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Identity({self.user!r})"


class Agent:
    """Places one call. *on_progress* gets the status and reason of each provisional response, and its body."""

    def __init__(self, identity: Identity, on_progress: Callable[[Response], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._identity = identity
        self._on_progress = on_progress
        self._layer = TransactionLayer()
        self._transports = Transports(
            self._loop, on_message=self._receive, on_failed=self._flow_failed, on_malformed=_ignore
        )
        self._timer: asyncio.TimerHandle | None = None
        self._flow: Flow | None = None
        self._dialog: Dialog | None = None
        self._invite: ClientTransaction | None = None
        self._final: asyncio.Future[Response] | None = None
        self._said_bye: asyncio.Future[int] | None = None
        self._ack = b""
        self._probe: RefusalProbe | None = None
        self._contact = ""
        self._sdp = b""
        self.hung_up = asyncio.Event()
        """Set when the other side ended the call."""

    def start(self, local_host: str, remote: tuple[str, int], transport: str) -> None:
        """Open the way to *remote*."""
        self._transports.start([Listener("UDP", local_host, 0), Listener("TCP", local_host, 0)])
        self._flow = self._transports.connect(transport, remote)
        suffix = "" if transport == "UDP" else f";transport={transport.lower()}"
        self._contact = f"<sip:{self._identity.user}@{host_port(*self._flow.local)}{suffix}>"

    async def call(self, uri: Uri, sdp: bytes) -> Response:
        """INVITE, once more with credentials if asked for them; the 2xx. Raises CallFailed for everything else."""
        self._sdp = sdp
        call_id, tag = new_call_id(), new_tag()
        response = await self._send_invite(uri, call_id, tag, 1, [])
        if response.status in _CHALLENGES:
            credentials = self._credentials(response, str(uri))
            response = await self._send_invite(uri, call_id, tag, 2, [credentials])
        if response.status in _CHALLENGES:
            raise CallFailed(f"{response.status} {response.reason}: wrong password for {self._identity.user}?")
        if response.status >= 300:
            warning = response.get("Warning")
            raise CallFailed(f"{response.status} {response.reason}" + (f" ({warning})" if warning else ""))
        return response

    def cancel(self) -> None:
        """Give up a call that is not answered yet."""
        if self._invite is not None and self._dialog is None:
            self._layer.cancel(self._invite, self._now())
            self._perform()

    async def hang_up(self) -> None:
        """BYE, and a moment for its answer."""
        if self._dialog is None or self.hung_up.is_set() or self._flow is None:
            return
        branch = new_branch()
        data = self._dialog.request("BYE", sent_by=host_port(*self._flow.local), branch=branch)
        self._said_bye = self._loop.create_future()
        self._layer.request(data, "BYE", branch, self._flow, self._now())
        self._perform()
        await asyncio.wait([self._said_bye], timeout=_GOODBYE_S)

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._probe is not None:
            self._probe.close()
        await self._transports.stop()

    # -- out ---------------------------------------------------------------------------------------------------

    async def _send_invite(self, uri: Uri, call_id: str, tag: str, cseq: int, extra: list[tuple[str, str]]) -> Response:
        flow = self._flow
        if flow is None:
            raise CallFailed("not started")
        branch = new_branch()
        headers = [
            ("Via", f"SIP/2.0/{flow.transport} {host_port(*flow.local)};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<{Uri('sip', user=self._identity.user, host=uri.host)}>;tag={tag}"),
            ("To", f"<{uri}>"),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} INVITE"),
            ("Contact", self._contact),
            ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"),
            *extra,
            ("Content-Type", "application/sdp"),
        ]
        data = build_request("INVITE", str(uri), headers, self._sdp)
        self._final = self._loop.create_future()
        if flow.transport == "UDP" and self._probe is None:
            self._probe = RefusalProbe(self._loop, flow.remote, lambda: self._refused(flow.remote))
        self._invite = self._layer.request(data, "INVITE", branch, flow, self._now())
        self._perform()
        return await self._final

    def _credentials(self, response: Response, uri: str) -> tuple[str, str]:
        asked, answered = _CHALLENGES[response.status]
        for value in response.get_all(asked):
            try:
                challenge = digest.Challenge.parse(value)
                credentials = digest.answer(
                    challenge, self._identity.user, self._identity.password, "INVITE", uri, cnonce=secrets.token_hex(8)
                )
            except digest.DigestError:
                continue  # an algorithm that we do not have: the next may be one we do
            return answered, str(credentials)
        raise CallFailed(f"{response.status}: no challenge that this phone can answer")

    # -- in ----------------------------------------------------------------------------------------------------

    def _receive(self, message: Request | Response, flow: Flow) -> None:
        self._layer.receive(message, flow, self._now())
        self._perform()

    def _perform(self) -> None:
        """Do what the layer asks, until it asks for nothing more; then set its timer."""
        while actions := self._layer.take_actions():
            for action in actions:
                if isinstance(action, Send):
                    if not self._transports.send(action.flow, action.data):
                        self._layer.send_failed(action, self._now())
                elif isinstance(action, ResponseReceived):
                    self._on_response(action.transaction, action.response)
                elif isinstance(action, TransactionFailed):
                    self._on_failure(action)
                elif isinstance(action, RequestReceived):
                    self._on_request(action)
                elif isinstance(action, CancelReceived):
                    continue  # of a re-INVITE that is answered already
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._layer.next_timeout()
        if due is not None:
            self._timer = self._loop.call_later(max(due - self._now(), 0.0), self._expire)

    def _expire(self) -> None:
        self._timer = None
        self._layer.expire(self._now())
        self._perform()

    def _on_response(self, transaction: ClientTransaction, response: Response) -> None:
        if transaction is not self._invite:
            if response.status >= 200 and self._said_bye is not None and not self._said_bye.done():
                self._said_bye.set_result(response.status)
            return
        if response.status < 200:
            self._on_progress(response)
            return
        if response.status < 300:
            self._acknowledge(response)
        if self._final is not None and not self._final.done():
            self._final.set_result(response)

    def _acknowledge(self, response: Response) -> None:
        """ACK every 2xx, also a repeated one (RFC 3261 section 13.2.2.4)."""
        flow = self._flow
        if flow is None or self._invite is None:
            return
        if self._dialog is None:
            try:
                self._dialog = Dialog.uac(self._invite.data, response, flow, self._contact)
            except SipParseError as error:
                self._fail(CallFailed(f"the answer cannot be used: {error}"))
                return
            self._ack = self._dialog.ack(response.cseq, sent_by=host_port(*flow.local), branch=new_branch())
        self._transports.send(flow, self._ack)

    def _on_failure(self, action: TransactionFailed) -> None:
        if action.transaction is self._invite:
            self._fail(CallFailed("no answer" if action.failure == 408 else "the exchange cannot be reached"))
        elif self._said_bye is not None and not self._said_bye.done():
            self._said_bye.set_result(int(action.failure))

    def _on_request(self, action: RequestReceived) -> None:
        request = action.request
        mine = self._dialog is not None and request.call_id == self._dialog.call_id
        body, headers = b"", [("Contact", self._contact)]
        if request.method == "BYE" and mine:
            status = 200
            self.hung_up.set()
        elif request.method == "INVITE" and mine:  # session refresh or a move of the audio: ours stays as it is
            status, body = 200, self._sdp
            headers.append(("Content-Type", "application/sdp"))
        elif mine or request.method == "OPTIONS":
            status = _SIMPLE_ANSWERS.get(request.method, 405)
        else:
            status = 481
        answer = build_response(request, status, headers=headers, body=body)
        self._layer.respond(action.transaction, answer, status, self._now())

    def _flow_failed(self, flow: Flow) -> None:
        self._layer.transport_failed(flow, self._now())
        self._perform()

    def _refused(self, remote: tuple[str, int]) -> None:
        self._fail(CallFailed(f"nobody listens at {host_port(*remote)} (UDP)"))

    def _fail(self, error: CallFailed) -> None:
        if self._final is not None and not self._final.done():
            self._final.set_exception(error)

    @staticmethod
    def _now() -> float:
        return time.monotonic()


def _ignore(error: SipParseError, flow: Flow) -> None:
    """A message that cannot be read is no answer; the transaction's own timer tells the rest."""
