"""The phone against an exchange of a few lines, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest

from sip_frontend.message import Uri
from sip_frontend.phone.agent import CallFailed, Identity
from sip_frontend.phone.call import Call, Wish
from sip_frontend.phone.g711 import encode
from sip_frontend.phone.sound import echo_test_tone
from switchroom import tones
from tests.sip_frontend.phone.echo_exchange import EchoExchange

pytestmark = pytest.mark.asyncio
# One mark in the tone lies at 1.0 s.
LONG_ENOUGH_S = 1.3


async def place(
    exchange: EchoExchange, *, password: str = "secret1001", digits: str = "", record: Path | None = None,
    duration_s: float = LONG_ENOUGH_S, interrupt_after_s: float | None = None,
) -> bool:  # fmt: skip
    uri = Uri.parse(f"sip:600@127.0.0.1:{exchange.port}")
    wish = Wish(uri, Identity("1001", password), digits, record, duration_s, test=not digits)
    call = Call(wish, echo_test_tone(), "127.0.0.1")
    try:
        call.start(("127.0.0.1", exchange.port), "UDP")
        if interrupt_after_s is not None:
            asyncio.get_running_loop().call_later(interrupt_after_s, call.interrupt)
        return await call.run()
    finally:
        await call.stop()
        exchange.close()


@pytest.mark.covers("EN-088")
async def test_an_echo_is_heard(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    exchange = EchoExchange()
    recording = tmp_path / "heard.wav"
    assert await place(exchange, record=recording)
    said = capsys.readouterr().out.splitlines()
    _, answered, heard = said[said.index("ringing") :][:3]
    assert answered.startswith("answered after 0.")
    assert answered.endswith("(PCMA)")
    assert heard.startswith("echo heard: 1000 Hz, round trip ")
    assert heard.endswith("packets lost")
    assert float(said[3].split("round trip ")[1].split(" ms")[0]) < 100
    assert exchange.methods() == ["INVITE", "ACK", "INVITE", "ACK", "BYE"]
    with wave.open(str(recording)) as file:
        assert file.getnframes() >= 8000


async def test_lost_packets_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    seen = 0

    def every_fourth_goes_missing(packet: bytes) -> bytes | None:
        nonlocal seen
        seen += 1
        return None if seen % 4 == 0 else packet

    assert await place(EchoExchange(every_fourth_goes_missing))
    lost, _, sent = capsys.readouterr().out.splitlines()[-1].split(", ")[-1].split()[:3]
    assert 0.2 < int(lost) / int(sent) < 0.3


async def test_another_tone_is_no_echo(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = encode("PCMA", tones.samples("450*0.3:20"))

    def replace(packet: bytes) -> bytes:
        return packet[:12] + wrong

    assert not await place(EchoExchange(replace))
    assert capsys.readouterr().out.splitlines()[-1] == "failed: 1000 Hz was played, 450 Hz came back"


async def test_no_audio_is_no_echo(capsys: pytest.CaptureFixture[str]) -> None:
    assert not await place(EchoExchange(lambda packet: None), duration_s=0.2)
    assert capsys.readouterr().out.splitlines()[-1] == "failed: no audio came back"


@pytest.mark.parametrize(("status", "reason"), [(404, "404 Not Found"), (486, "486 Busy Here")])
async def test_a_refusal_is_the_reason(status: int, reason: str) -> None:
    with pytest.raises(CallFailed, match=reason):
        await place(EchoExchange(status=status))


async def test_a_wrong_password_is_said() -> None:
    with pytest.raises(CallFailed, match="wrong password for 1001"):
        await place(EchoExchange(), password="guess")


async def test_digits_go_as_telephone_events() -> None:
    exchange = EchoExchange()
    assert await place(exchange, digits="7#", duration_s=1.6)
    events = [packet[12:] for packet in exchange.packets if packet[1] & 0x7F == 101]
    assert [payload[0] for payload in events[:8]] == [7] * 8
    assert {payload[0] for payload in events} == {7, 11}
    assert [payload[1] >> 7 for payload in events[:8]] == [0, 0, 0, 0, 0, 1, 1, 1]


async def test_ctrl_c_before_the_answer_cancels() -> None:
    exchange = EchoExchange(status=100)
    asyncio.get_running_loop().call_later(1.0, exchange.refuse_invite, 487)
    with pytest.raises(CallFailed, match="487"):
        await place(exchange, interrupt_after_s=0.2)
    assert "CANCEL" in exchange.methods()


async def test_an_ipv6_address_is_in_brackets_wherever_it_is_said() -> None:
    exchange = EchoExchange(status=486, host="::1")
    wish = Wish(Uri.parse(f"sip:600@[::1]:{exchange.port}"), Identity("1001", "secret1001"))
    call = Call(wish, echo_test_tone(), "::1")
    try:
        call.start(("::1", exchange.port), "UDP")
        with pytest.raises(CallFailed, match="486"):
            await call.run()
    finally:
        await call.stop()
        exchange.close()
    invite = exchange.requests[0]
    assert invite.from_value.startswith("<sip:1001@[::1]>;tag=")
    assert str(invite.contact).startswith("<sip:1001@[::1]:")
    assert invite.via.host == "::1"


async def test_the_other_side_hangs_up(capsys: pytest.CaptureFixture[str]) -> None:
    exchange = EchoExchange()
    exchange.hang_up_after = 60
    assert await place(exchange, duration_s=30.0)
    assert "the other side hung up" in capsys.readouterr().out
    assert "BYE" not in exchange.methods()
