"""One call of a test phone: INVITE either way, ACK, BYE, CANCEL, and its audio."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from sip_frontend.message import Request, Response, build_request, new_branch, new_call_id, new_tag
from tests.support.rtp import RtpEnd

if TYPE_CHECKING:
    from tests.support.phone import Phone

SDP = [("Content-Type", "application/sdp")]


class PhoneCall:
    """``statuses`` are those received, or sent; ``over`` is set when the dialog, or the try, is at its end."""

    def __init__(self, phone: Phone, uri: str, invite: Request | None = None) -> None:
        self.phone, self.uri, self.invite = phone, uri, invite
        self.call_id = invite.call_id if invite else new_call_id()
        self.local_tag, self.remote_tag = new_tag(), invite.from_tag if invite else ""
        self.local = invite.to_value if invite else f"<sip:{phone.user}@{phone.domain}>"
        self.remote = invite.from_value if invite else f"<{uri}>"
        self.target = _contact(invite) if invite else uri
        self.routes = invite.values("Record-Route") if invite else []
        self.statuses: list[int] = []
        self._seen: dict[int, asyncio.Event] = {}
        self.responses: list[Response] = []
        self.requests: list[Request] = []
        self.over, self.acknowledged, self.provisional = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.rtp = RtpEnd(phone.address)
        self.acknowledges, self.codecs = True, "0"
        self._cseq = 0
        self._branch = ""
        self._credentials: list[tuple[str, str]] = []
        self._loop = asyncio.get_running_loop()
        self._final: asyncio.Future[Response] = self._loop.create_future()
        self._tasks: list[asyncio.Task[None]] = []

    # -- calling -----------------------------------------------------------------------------------------------

    def start_outbound(self, *, offer: bool) -> None:
        """Send the INVITE and follow its responses, in the background."""
        self._tasks.append(self._loop.create_task(self._follow(self._description() if offer else b"")))

    async def final(self, timeout_s: float = 10.0) -> Response:
        """The final response to our INVITE, challenges answered."""
        return await asyncio.wait_for(asyncio.shield(self._final), timeout_s)

    async def progress(self, status: int, timeout_s: float = 5.0) -> None:
        """Wait for a response with this status."""
        try:
            await asyncio.wait_for(self._seen.setdefault(status, asyncio.Event()).wait(), timeout_s)
        except TimeoutError:
            raise AssertionError(f"no {status}, only {self.statuses}") from None

    async def cancel(self) -> Response:
        """CANCEL, once there was a provisional response; the response to the CANCEL."""
        await asyncio.wait_for(self.provisional.wait(), 5)
        lines = self._lines("CANCEL", self._branch, self._cseq, with_tag=False)
        return await self.phone.settle(build_request("CANCEL", self.uri, lines), self._branch + "-CANCEL")

    async def _follow(self, body: bytes) -> None:
        answers = self._send_invite(body)
        while True:
            response = await answers.get()
            if response.cseq_method == "CANCEL":
                self.phone.expect(self._branch + "-CANCEL").put_nowait(response)
                continue
            self.statuses.append(response.status)
            self.responses.append(response)
            self._seen.setdefault(response.status, asyncio.Event()).set()
            if response.status < 200:
                self._read_description(response)
                self.provisional.set()
            elif response.status < 300:
                self._on_answer(response)
            elif response.status in (401, 407) and self.phone.password and not self._credentials:
                self._acknowledge_refusal(response)
                asked, given = (
                    ("WWW-Authenticate", "Authorization")
                    if response.status == 401
                    else ("Proxy-Authenticate", "Proxy-Authorization")
                )
                challenge = response.get(asked) or ""
                self._credentials = [(given, self.phone.credentials(challenge, "INVITE", self.uri))]
                answers = self._send_invite(body)
            else:
                self._acknowledge_refusal(response)
                self.over.set()
                if not self._final.done():
                    self._final.set_result(response)

    def _send_invite(self, body: bytes) -> asyncio.Queue[Response]:
        self._cseq += 1
        self._branch = new_branch()
        lines = self._lines("INVITE", self._branch, self._cseq) + self._credentials + (SDP if body else [])
        answers = self.phone.expect(self._branch)
        self.phone.wire.send(build_request("INVITE", self.uri, lines, body))
        return answers

    def _on_answer(self, response: Response) -> None:
        self.remote_tag, self.target = response.to_tag, _contact(response)
        self.routes = response.values("Record-Route")[::-1]
        self._read_description(response)
        if self.acknowledges:
            lines = self._lines("ACK", new_branch(), response.cseq)
            self.phone.wire.send(build_request("ACK", self.target, lines))
        if not self._final.done():
            self._final.set_result(response)

    def _acknowledge_refusal(self, response: Response) -> None:
        lines = self._lines("ACK", self._branch, response.cseq, with_tag=False)
        lines = [(name, response.to_value if name == "To" else value) for name, value in lines]
        self.phone.wire.send(build_request("ACK", self.uri, lines))

    # -- being called ------------------------------------------------------------------------------------------

    def ring(self) -> None:
        """180."""
        self._respond(180)

    def refuse(self, status: int, headers: list[tuple[str, str]] | None = None) -> None:
        """A final response that is no answer."""
        self._respond(status, headers=headers or [])
        self.over.set()

    async def answer(self) -> None:
        """200 with a description, repeated until the ACK is there."""
        assert self.invite
        self._read_description(self.invite)
        self._respond(200, headers=SDP, body=self._description())
        if not self.phone.wire.reliable:
            self._tasks.append(self._loop.create_task(self._repeat()))
        await asyncio.wait_for(self.acknowledged.wait(), 5)

    async def _repeat(self) -> None:
        assert self.invite
        for pause in (0.5, 1, 2, 4):
            await asyncio.sleep(pause)
            if self.acknowledged.is_set():
                return
            self._respond(200, headers=SDP, body=self._description())

    def _respond(self, status: int, *, headers: list[tuple[str, str]] | None = None, body: bytes = b"") -> None:
        assert self.invite
        self.statuses.append(status)
        lines = [("Contact", f"<{self.phone.contact}>"), *(headers or [])]
        self.phone.reply(self.invite, status, to_tag=self.local_tag, headers=lines, body=body)

    # -- in the dialog -----------------------------------------------------------------------------------------

    async def hang_up(self) -> Response:
        """BYE; its final response."""
        response = await self.request("BYE")
        self.over.set()
        return response

    async def request(self, method: str, headers: list[tuple[str, str]] | None = None, body: bytes = b"") -> Response:
        """Any request inside the dialog; its final response."""
        self._cseq += 1
        branch = new_branch()
        lines = self._lines(method, branch, self._cseq) + (headers or [])
        return await self.phone.settle(build_request(method, self.target, lines, body), branch)

    async def reinvite(self, direction: str) -> Response:
        """A re-INVITE whose offer has this direction; its final response, acknowledged."""
        offer = self._description().replace(b"a=sendrecv", b"a=" + direction.encode())
        response = await self.request("INVITE", SDP, offer)
        if response.status == 200:
            self.phone.wire.send(build_request("ACK", self.target, self._lines("ACK", new_branch(), response.cseq)))
        return response

    def on_request(self, request: Request) -> None:
        """A request of this call."""
        self.requests.append(request)
        if request.method == "ACK":
            self.acknowledged.set()
        elif request.method == "BYE":
            self.phone.reply(request, 200)
            self.over.set()
        elif request.method == "CANCEL":
            self.phone.reply(request, 200, to_tag=self.local_tag)
            if not any(status >= 200 for status in self.statuses):
                self._respond(487)
                self.over.set()
        elif request.method == "INVITE":
            self._read_description(request)
            self.phone.reply(
                request, 200, headers=[("Contact", f"<{self.phone.contact}>"), *SDP], body=self._description()
            )
        else:
            self.phone.reply(request, 200)

    async def ended(self, timeout_s: float = 10.0) -> None:
        """Wait until the far end has hung up, cancelled or refused."""
        await asyncio.wait_for(self.over.wait(), timeout_s)

    async def close(self) -> None:
        """Free the port; a call that still stands is hung up."""
        answered = 200 in self.statuses
        if answered and not self.over.is_set():
            await self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.rtp.close()

    def _lines(self, method: str, branch: str, cseq: int, *, with_tag: bool = True) -> list[tuple[str, str]]:
        tag = f";tag={self.remote_tag}" if self.remote_tag and with_tag and "tag=" not in self.remote else ""
        return [
            ("Via", self.phone.via(branch)),
            ("Max-Forwards", "70"),
            ("From", f"{self.local};tag={self.local_tag}"),
            ("To", f"{self.remote}{tag}"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<{self.phone.contact}>"),
            *(("Route", route) for route in (self.routes if with_tag else ())),
        ]

    def _description(self) -> bytes:
        events = self.rtp.event_payload_type
        address = self.phone.described or self.phone.address
        where = f"IP6 {address}" if ":" in address else f"IP4 {address}"
        return (
            f"v=0\r\no=- 1 1 IN {where}\r\ns=-\r\nc=IN {where}\r\nt=0 0\r\n"
            f"m=audio {self.rtp.port} RTP/AVP {self.codecs} {events}\r\n"
            f"a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        ).encode()

    def _read_description(self, message: Request | Response) -> None:
        text = message.body.decode()
        port = re.search(r"^m=audio (\d+) ", text, re.MULTILINE)
        host = re.search(r"^c=IN IP[46] (\S+)", text, re.MULTILINE)
        if port and host:
            self.rtp.remote = (host[1], int(port[1]))


def _contact(message: Request | Response) -> str:
    address = message.contact
    assert address, "no Contact"
    return str(address.uri)
