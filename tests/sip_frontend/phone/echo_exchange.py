"""An exchange of a few lines on loopback: challenges, rings, answers, sends the audio back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from sip_frontend.message import Request, build_request, build_response, parse_message
from switchroom.digest import Challenge, Credentials, user_hash

Address = tuple[str, int]
LOOPBACK = "127.0.0.1"
CHALLENGE = Challenge("pbx.test", "n0nce")


class EchoExchange:
    """*change* gets each audio packet and gives what goes back, None for nothing."""

    def __init__(
        self, change: Callable[[bytes], bytes | None] = bytes, *, status: int = 200, host: str = LOOPBACK
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._change = change
        self._status = status
        self._sip = self._bind(host)
        self._rtp = self._bind(host)
        self.port: int = self._sip.getsockname()[1]
        self.requests: list[Request] = []
        self.packets: list[bytes] = []
        self.answer_sdp = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\n"
        ).encode()
        self.hang_up_after: int | None = None
        self._caller: Address = ("", 0)
        self._loop.add_reader(self._sip, self._on_sip)
        self._loop.add_reader(self._rtp, self._on_rtp)

    def close(self) -> None:
        for bound in (self._sip, self._rtp):
            self._loop.remove_reader(bound)
            bound.close()

    def methods(self) -> list[str]:
        return [request.method for request in self.requests]

    @staticmethod
    def _bind(host: str) -> socket.socket:
        bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        bound.setblocking(False)
        bound.bind((host, 0))
        return bound

    def _on_sip(self) -> None:
        data, self._caller = self._sip.recvfrom(65536)
        request = parse_message(data)
        if not isinstance(request, Request):
            return
        self.requests.append(request)
        if request.method == "INVITE":
            self._invited(request)
        elif request.method != "ACK":
            self._reply(request, 200)

    def _invited(self, request: Request) -> None:
        given = request.get("Proxy-Authorization")
        ha1 = user_hash("MD5", "1001", "pbx.test", "secret1001")
        if given is None or not Credentials.parse(given).matches(ha1, "INVITE"):
            self._reply(request, 407, [("Proxy-Authenticate", str(CHALLENGE))])
            return
        self._reply(request, 180)
        contact = ("Contact", f"<sip:127.0.0.1:{self.port}>")
        if self._status == 200:
            self._reply(request, 200, [contact, ("Content-Type", "application/sdp")], self.answer_sdp)
        elif self._status > 200:
            self._reply(request, self._status)

    def refuse_invite(self, status: int) -> None:
        """The final response to the last INVITE, late."""
        self._reply([request for request in self.requests if request.method == "INVITE"][-1], status)

    def _reply(
        self, request: Request, status: int, headers: list[tuple[str, str]] | None = None, body: bytes = b""
    ) -> None:
        data = build_response(request, status, to_tag="there", headers=headers or [], body=body)
        self._sip.sendto(data, self._caller)

    def _on_rtp(self) -> None:
        packet, source = self._rtp.recvfrom(2048)
        self.packets.append(packet)
        if len(self.packets) == self.hang_up_after:
            self._say_bye()
        back = self._change(packet)
        if back is not None and packet[1] & 0x7F == 8:
            self._rtp.sendto(back, source)

    def _say_bye(self) -> None:
        invite = self.requests[-1]
        headers = [
            ("Via", f"SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bKbye"),
            ("Max-Forwards", "70"),
            ("From", f"{invite.to_value.partition(';')[0]};tag=there"),
            ("To", invite.from_value),
            ("Call-ID", invite.call_id),
            ("CSeq", "1 BYE"),
        ]
        self._sip.sendto(build_request("BYE", "sip:1001@127.0.0.1", headers), self._caller)
