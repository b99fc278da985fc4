"""What a call costs in memory while nothing happens in it: ``python -m benchmarks idle_calls``.

Five thousand calls are set up and stay: each has its dialog, its channel with bound ports, its log of the run, and a
script that waits. Then: what goes back when they have hung up, and what finished transactions hold under load.
"""

from __future__ import annotations

import re
import select
import time
import uuid
from collections.abc import Iterator

from benchmarks.phones import Phones
from benchmarks.processes import memory_mb
from benchmarks.report import Result
from benchmarks.running import SCRIPT, pids, pinned
from benchmarks.sip import find
from tests.support.exchange import Exchange

CALLS, WARM_UP_CALLS = 5_000, 500
QUIET_S = 36
"""Longer than 64 T1, so that no transaction is left."""
RATE, LOAD_S = 500, 40
_AT_ONCE = 40
_LOST_S = 20.0
_SETTINGS = {
    "frontend": {"media_idle_s": 0, "max_calls": 2 * CALLS},
    "media": {"max_channels": 2 * CALLS},
}


class WaitingPhones(Phones):
    """Some calls under way at once."""

    __slots__ = ()

    def call(self, count: int) -> None:
        """Calls more, each answered and acknowledged; one that comes before its ports is tried again."""
        refused = 0
        while count:
            wanted = {(call_id := uuid.uuid4().hex): self.packet.invite(self.uri, call_id) for _ in range(count)}
            for call_id, answer in self._ask(wanted):
                contact = re.search(r"<([^>]+)>", find(answer, "Contact"))
                if answer.startswith("SIP/2.0 200") and contact is not None:
                    self.calls[call_id] = (find(answer, "To"), contact[1])
                    count -= 1
                else:
                    refused += 1
                self.link.sendto(self.within("ACK", call_id, 1, find(answer, "To")), self.target)
            if refused > CALLS:
                raise RuntimeError("the exchange refuses calls")

    def hang_up(self) -> None:
        """All of them."""
        for call_id, _ in self._ask({call_id: self.within("BYE", call_id, 2) for call_id in self.calls}):
            del self.calls[call_id]

    def churn(self, rate: int, seconds: float) -> None:
        """So many calls a second, hung up at once."""
        began, step = time.monotonic(), 0.1
        for number in range(round(seconds / step)):
            # An even pace, as a generator keeps it.
            time.sleep(max(0.0, began + number * step - time.monotonic()))
            self.call(round(rate * step))
            self.hang_up()

    def _ask(self, requests: dict[str, bytes]) -> Iterator[tuple[str, str]]:
        """Call-ID and final answer of each, as they come; sent again twice a second while none does."""
        left, waiting = list(requests), dict[str, float]()
        until = time.monotonic() + _LOST_S + len(requests) / 100
        while left or waiting:
            now = time.monotonic()
            if now > until:
                raise RuntimeError(f"{len(left) + len(waiting)} of {len(requests)} requests got no answer")
            while left and len(waiting) < _AT_ONCE:
                waiting[left.pop()] = 0.0
            for call_id, sent in waiting.items():
                if now - sent > 0.5:
                    self.link.sendto(requests[call_id], self.target)
                    waiting[call_id] = now
            while select.select([self.link], [], [], 0.0 if left and len(waiting) < _AT_ONCE else 0.1)[0]:
                text = self.link.recv(65_536).decode()
                call_id = find(text, "Call-ID")
                if text.startswith("SIP/2.0 ") and text[8] != "1" and call_id in waiting:
                    del waiting[call_id]
                    yield call_id, text
                if (left and len(waiting) < _AT_ONCE // 2) or not waiting:
                    break


def measure(quick: bool) -> Result:
    """Resident memory by process at each step; the first line per call is what a call costs."""
    result = Result("idle_calls", f"memory of {CALLS} calls that wait, and of what was finished; KiB, resident")
    with pinned(_SETTINGS, script=SCRIPT.with_name("answer_wait.py"), rtp_ports=2 * CALLS + 1_000) as exchange:
        phones = WaitingPhones(exchange.sip)
        phones.call(WARM_UP_CALLS)
        phones.hang_up()
        time.sleep(QUIET_S)  # here and below: memory is read when nothing has happened for a while
        empty = _kib(exchange)
        result.add("without calls", dict[str, object](empty))
        phones.call(CALLS)
        result.add("a call, just answered", _per_call(exchange, empty))
        time.sleep(QUIET_S)
        result.add("a call, waiting", _per_call(exchange, empty))
        phones.hang_up()
        time.sleep(QUIET_S)
        result.add("left of a call", _per_call(exchange, empty))
        if not quick:
            before = _kib(exchange)
            phones.churn(RATE, LOAD_S)
            at_rate = f"at {RATE} calls/s"
            result.add(f"{at_rate}, for each call of the last 32 s", _grown(exchange, before, RATE * 32))
            time.sleep(QUIET_S)
            result.add(f"the same {QUIET_S} s later", _grown(exchange, before, RATE * 32))
    return result


def _per_call(exchange: Exchange, empty: dict[str, float]) -> dict[str, object]:
    return _grown(exchange, empty, CALLS)


def _grown(exchange: Exchange, before: dict[str, float], count: int) -> dict[str, object]:
    now = _kib(exchange)
    return {name: round((now[name] - before[name]) / count, 2) for name in now}


def _kib(exchange: Exchange) -> dict[str, float]:
    return {name: memory_mb(pid)["rss"] * 1024 for name, pid in pids(exchange).items()}
