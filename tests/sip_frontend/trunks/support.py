"""A frontend with trunks, and a carrier that answers what it is told to."""

from __future__ import annotations

from sip_frontend.calls.settings import Trunk
from sip_frontend.calls.trunk_table import TrunkState
from sip_frontend.message import Request
from sip_frontend.trunks.service import Trunks
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import Frontend, answering, command, invite, sdp

ONE, TWO = ("192.0.2.1", 5060), ("192.0.2.2", 5060)


class Carrier:
    """One trunk of a frontend on a clock that stands still; chance always says a half."""

    def __init__(self, **config: object) -> None:
        config.setdefault("name", "carrier")
        config.setdefault("peers", (ONE,))
        self.frontend = Frontend(trunks=(Trunk(**config),))  # type: ignore[arg-type]
        self.trunks = Trunks(self.frontend.exchange, lambda: 0.5)
        self.trunks.start()
        self.frontend.settle()

    @property
    def state(self) -> TrunkState:
        return self.frontend.exchange.trunks.states["carrier"]

    def sent(self, method: str, to: tuple[str, int] = ONE) -> list[Request]:
        return self.frontend.requests(method, to)

    def last(self, method: str, to: tuple[str, int] = ONE) -> Request:
        return self.sent(method, to)[-1]

    def answer(self, status: int, method: str = "REGISTER", frm: tuple[str, int] = ONE, extra: str = "") -> None:
        """Answer the last request."""
        self.frontend.receive(answering(self.last(method, frm), status, extra=extra), frm)

    def dial(self, number: str = "4711", **options: object) -> None:
        """Alice calls, and the script dials *number* by the trunk."""
        frontend = self.frontend
        frontend.receive(invite("1002", call_id=f"a{len(frontend.activations)}"))
        run = frontend.activations[-1][0]
        target = pb.DialTarget(trunk=pb.TrunkTarget(trunk="carrier", number=number))
        frontend.decide(run, command("dial", run.first_call, targets=[target], **options))

    def until(self, method: str, to: tuple[str, int] = ONE) -> float:
        """Let time pass until another *method* is sent; how long that took."""
        before, count = self.frontend.exchange.now, len(self.sent(method, to))
        while len(self.sent(method, to)) == count:
            self.frontend.advance(0.25)
        return self.frontend.exchange.now - before

    def call_in(self, to: str, frm: tuple[str, int] = ONE, call_id: str = "in1", extra: str = "") -> None:
        """The carrier calls."""
        self.frontend.receive(invite(to, sdp(), call_id=call_id, extra=extra), frm)

    def registered(self, extra: str = "Expires: 600\n") -> None:
        self.answer(200, extra=extra)
        assert self.state.registered
