"""Whether somebody listens at a UDP port."""

from __future__ import annotations

import asyncio
import socket

import pytest

from sip_frontend.message import Uri
from sip_frontend.phone.agent import CallFailed, Identity
from sip_frontend.phone.call import Call, Wish
from sip_frontend.phone.refusal import RefusalProbe
from sip_frontend.phone.sound import echo_test_tone

pytestmark = pytest.mark.asyncio


def _closed_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        return int(closed.getsockname()[1])


async def test_a_call_to_a_closed_port_fails_at_once() -> None:
    port = _closed_port()
    wish = Wish(Uri.parse(f"sip:600@127.0.0.1:{port}"), Identity("1001", "x"), "", None, 0.0, test=True)
    call = Call(wish, echo_test_tone(), "127.0.0.1")
    try:
        call.start(("127.0.0.1", port), "UDP")
        with pytest.raises(CallFailed, match=f"nobody listens at 127.0.0.1:{port}"):
            await asyncio.wait_for(call.run(), 5)
    finally:
        await call.stop()


async def test_who_takes_the_probe_hears_a_keep_alive_and_nothing_is_said() -> None:
    refused: list[bool] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        probe = RefusalProbe(asyncio.get_running_loop(), peer.getsockname(), lambda: refused.append(True))
        data, source = peer.recvfrom(100)
        assert data == b"\r\n\r\n"
        peer.sendto(b"\r\n", source)
        await asyncio.sleep(0)
        probe.close()
    assert refused == []
