"""A small SIP phone for end-to-end tests: registers, calls, is called. One user, one transport, many calls.

It shares the parser with the product and nothing else: transactions, dialogs, offers and digest are its own and simple.
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

from sip_frontend.message import Request, Response, build_request, build_response, new_branch, new_call_id, new_tag
from tests.support.digest import authorization
from tests.support.phone_call import PhoneCall
from tests.support.wire import TcpWire, UdpWire, Wire

TIMEOUT_S = 10.0
_CHALLENGES = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


def host_port(host: str, port: int) -> str:
    """As it stands in a URI: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Phone:
    """``async with Phone(exchange, "1001", "secret1001") as phone: ...``"""

    def __init__(
        self,
        exchange: tuple[str, int],
        user: str = "tester",
        password: str = "",
        *,
        transport: str = "UDP",
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.exchange, self.user, self.password, self.address = exchange, user, password, address
        self.described = ""
        """The address that its descriptions name, where it is another one: behind a NAT."""
        self._port = port
        self.incoming: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self.calls: list[PhoneCall] = []
        self.wire: Wire = (UdpWire if transport == "UDP" else TcpWire)(self._on_message, exchange)
        self.domain = host_port(*exchange)
        self._answers: dict[str, asyncio.Queue[Response]] = {}
        self._replies: dict[tuple[str, str], bytes] = {}
        self._register_call_id, self._register_tag, self._cseq = new_call_id(), new_tag(), 0
        self._bound = False

    async def __aenter__(self) -> Phone:
        await self.wire.open(self.address, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for call in self.calls:
            await call.close()
        if self._bound:
            with contextlib.suppress(TimeoutError):
                await self.register(expires=0)
        await self.wire.close()

    # -- what a phone does -------------------------------------------------------------------------------------

    async def register(self, expires: int = 60, contact: str | None = None) -> Response:
        """REGISTER, with credentials when challenged; the final response."""
        value = contact or f"<{self.contact}>"
        headers = [("Contact", value), ("Expires", str(expires))]
        response = await self.request("REGISTER", f"sip:{self.domain}", headers, to=f"<sip:{self.user}@{self.domain}>")
        if response.status == 200:
            self._bound = expires > 0
        return response

    async def request(
        self, method: str, uri: str, headers: list[tuple[str, str]], body: bytes = b"", *, to: str = ""
    ) -> Response:
        """One request outside any dialog, again with credentials when challenged; the final response."""
        response = await self._once(method, uri, headers, body, to or f"<{uri}>")
        if response.status in _CHALLENGES and self.password:
            asked, given = _CHALLENGES[response.status]
            credentials = self.credentials(response.get(asked) or "", method, uri)
            response = await self._once(method, uri, [*headers, (given, credentials)], body, to or f"<{uri}>")
        return response

    async def call(self, to: str, *, offer: bool = True, acknowledge: bool = True, codecs: str = "0") -> PhoneCall:
        """Send an INVITE to a number of the exchange or a whole URI; the call goes on by itself.

        *codecs* are the payload types offered, whatever they are; audio is always PCMU.
        """
        uri = to if ":" in to else f"sip:{to}@{self.domain}"
        call = PhoneCall(self, uri)
        call.acknowledges, call.codecs = acknowledge, codecs
        self.calls.append(call)
        call.start_outbound(offer=offer)
        return call

    async def answered_call(self, to: str) -> PhoneCall:
        """A call that must be answered."""
        call = await self.call(to)
        response = await call.final()
        assert response.status == 200, f"{to}: {response.status} {response.reason}"
        return call

    async def next_call(self, timeout_s: float = TIMEOUT_S) -> PhoneCall:
        """The next INVITE that reaches this phone."""
        return await asyncio.wait_for(self.incoming.get(), timeout_s)

    # -- pieces ------------------------------------------------------------------------------------------------

    @property
    def contact(self) -> str:
        where = host_port(*self.wire.local)
        transport = "" if self.wire.name == "UDP" else f";transport={self.wire.name.lower()}"
        return f"sip:{self.user}@{where}{transport}"

    def via(self, branch: str) -> str:
        """A top Via of ours."""
        return f"SIP/2.0/{self.wire.name} {host_port(*self.wire.local)};branch={branch};rport"

    def credentials(self, challenge: str, method: str, uri: str) -> str:
        """The answer to a challenge."""
        return authorization(challenge, user=self.user, password=self.password, method=method, uri=uri)

    def expect(self, branch: str) -> asyncio.Queue[Response]:
        """Where the responses of a transaction will arrive."""
        return self._answers.setdefault(branch, asyncio.Queue())

    async def settle(self, data: bytes, branch: str, timeout_s: float = TIMEOUT_S) -> Response:
        """Send until there is a response, wait for the final one."""
        answers, pause = self.expect(branch), 0.5
        deadline = asyncio.get_running_loop().time() + timeout_s
        self.wire.send(data)
        while True:
            left = deadline - asyncio.get_running_loop().time()
            try:
                response = await asyncio.wait_for(answers.get(), min(pause, left) if left > 0 else 0)
            except TimeoutError:
                if left <= pause:
                    raise
                if not self.wire.reliable:
                    self.wire.send(data)
                pause = min(2 * pause, 4.0)
                continue
            if response.status >= 200:
                del self._answers[branch]
                return response
            pause = timeout_s

    def reply(self, request: Request, status: int, **parts: object) -> None:
        """Answer a request, and its repetitions with the same bytes."""
        data = build_response(request, status, **parts)  # type: ignore[arg-type]
        self._replies[(request.via.branch, request.method)] = data
        self.wire.send(data)

    async def _once(self, method: str, uri: str, headers: list[tuple[str, str]], body: bytes, to: str) -> Response:
        branch = new_branch()
        self._cseq += 1
        lines = [
            ("Via", self.via(branch)),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{self.user}@{self.domain}>;tag={self._register_tag}"),
            ("To", to),
            ("Call-ID", self._register_call_id),
            ("CSeq", f"{self._cseq} {method}"),
            *headers,
        ]
        return await self.settle(build_request(method, uri, lines, body), branch)

    def _on_message(self, message: Request | Response) -> None:
        if isinstance(message, Response):
            waiting = self._answers.get(message.via.branch)
            if waiting:
                waiting.put_nowait(message)
            return
        repeated = self._replies.get((message.via.branch, message.method))
        if repeated:
            self.wire.send(repeated)
            return
        for call in self.calls:
            if call.call_id == message.call_id:
                call.on_request(message)
                return
        if message.method == "INVITE":
            call = PhoneCall(self, message.uri, message)
            self.calls.append(call)
            self.incoming.put_nowait(call)
        elif message.method == "OPTIONS":
            self.reply(message, 200, to_tag=new_tag())
        elif message.method != "ACK":
            self.reply(message, 481, to_tag=new_tag())
