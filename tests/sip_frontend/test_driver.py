"""The driver: a fault with one message does not reach the others."""

from __future__ import annotations

import asyncio

import pytest

from sip_frontend.calls import intake
from sip_frontend.driver import Driver
from sip_frontend.message import Response, parse_message
from sip_frontend.transaction import Flow
from switchroom.clock import ManualClock
from switchroom.logs import get_logger
from tests.sip_frontend.calls.harness import ALICE, US, Frontend, invite


class Wire:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Response] = []

    def send(self, flow: Flow, data: bytes) -> bool:
        message = parse_message(data)
        assert isinstance(message, Response)
        self.sent.append(message)
        return True


@pytest.mark.asyncio
async def test_a_fault_with_one_request_gets_500_and_the_next_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    frontend, wire = Frontend(), Wire()
    clock = ManualClock(1000.0)
    loop = asyncio.get_running_loop()
    driver = Driver(loop, clock, frontend.transactions, frontend.exchange, get_logger("test"))
    driver.transports = wire  # type: ignore[assignment]
    real = intake.request_received

    def faulty(ex: object, transaction: object, request: object, flow: object) -> None:
        if getattr(request, "call_id", "") == "bad":
            raise ValueError("a fault of ours")
        real(ex, transaction, request, flow)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "request_received", faulty)
    for call_id in ("bad", "good"):
        text = invite(call_id=call_id).replace("INVITE", "OPTIONS").replace("\n\n", "\nContent-Length: 0\n\n", 1)
        head = text.split("\n\n")[0].replace("Content-Type: application/sdp\n", "").replace("\n", "\r\n")
        driver.message_received(parse_message(f"{head}\r\n\r\n".encode()), Flow("UDP", US, ALICE))
    driver.pump()
    assert [(one.call_id, one.status) for one in wire.sent] == [("bad", 500), ("good", 200)]
    assert frontend.exchange.counters["faults"] == 1
