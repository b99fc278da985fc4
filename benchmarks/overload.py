"""What a flood does to established calls: ``python -m benchmarks overload``.

Calls are established; then a stranger sends new INVITEs at ten times what the exchange can take, without ever
acknowledging an answer, while every established call goes on speaking: OPTIONS in its dialog, repeated as a phone
repeats (T1 500 ms, doubling), at last BYE. A call has lost something when a request of it finds no 200.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import select
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from benchmarks.phones import Phones, roomy_socket
from benchmarks.probe import percentile
from benchmarks.report import Result
from benchmarks.running import pinned
from benchmarks.sip import Packet, find

_CALLS = 200
_REQUESTS_PER_S = 50.0
_REPEATS_S = (0.5, 1.5, 3.5, 7.5)
"""When a request is sent again: timer E."""
_GIVE_UP_S = 15.0


@dataclass(slots=True)
class _SpeakingPhones(Phones):
    """Established calls, one request after the other."""

    took_ms: list[float] = field(default_factory=list)
    repeated: int = 0
    lost: int = 0
    cseq: int = 1

    def establish(self) -> None:
        """One call more, answered and acknowledged."""
        call_id = uuid.uuid4().hex
        answer = self._ask(self.packet.invite(self.uri, call_id), call_id, 1)
        contact = re.search(r"<([^>]+)>", find(answer, "Contact"))
        if contact is None:
            raise RuntimeError(f"no call before the flood: {answer.splitlines()[:1]}")
        self.calls[call_id] = (find(answer, "To"), contact[1])
        self.link.sendto(self.within("ACK", call_id, 1), self.target)

    def speak(self, seconds: float) -> None:
        """OPTIONS in one call after the other."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.cseq += 1
            for call_id in self.calls:
                due = time.monotonic() + 1 / _REQUESTS_PER_S
                self._time("OPTIONS", call_id, self.cseq)
                # An even pace, as a generator keeps it.
                time.sleep(max(0.0, due - time.monotonic()))
                if time.monotonic() >= until:
                    break

    def hang_up(self) -> None:
        """BYE in every call."""
        for call_id in self.calls:
            self._time("BYE", call_id, 1_000_000)

    def _time(self, method: str, call_id: str, cseq: int) -> None:
        began = time.perf_counter()
        answer = self._ask(self.within(method, call_id, cseq), call_id, cseq)
        self.took_ms.append(1000 * (time.perf_counter() - began))
        self.lost += not answer.startswith("SIP/2.0 200")

    def _ask(self, data: bytes, call_id: str, cseq: int) -> str:
        """The final answer to *data*, "" when none comes."""
        began = time.monotonic()
        self.link.sendto(data, self.target)
        for wait in (*_REPEATS_S, _GIVE_UP_S):
            while (left := began + wait - time.monotonic()) > 0 and select.select([self.link], [], [], left)[0]:
                text = self.link.recv(65_536).decode()
                own = find(text, "CSeq").partition(" ")[0] == str(cseq) and call_id in text
                if own and text.startswith("SIP/2.0 ") and int(text[8:11]) >= 200:
                    return text
            if wait != _GIVE_UP_S:
                self.link.sendto(data, self.target)
                self.repeated += 1
        return ""


def _flood(target: tuple[str, int], rate: float, seconds: float, told: Connection) -> None:
    """Send INVITEs in steps of 2 ms and count what comes back, by status."""
    link = roomy_socket()
    link.setblocking(False)
    packet = Packet(link.getsockname(), target)
    uri = f"sip:600@{target[0]}:{target[1]}"
    statuses: Counter[str] = Counter()
    calls: set[bytes] = set()
    sent, began = 0, time.monotonic()
    while (now := time.monotonic()) < began + seconds + 1:
        while sent < rate * min(now - began, seconds):
            try:
                link.sendto(packet.invite(uri, uuid.uuid4().hex), target)
            except BlockingIOError:
                break
            sent += 1
        while select.select([link], [], [], 0)[0]:
            data = link.recv(65_536)
            call = data[data.find(b"Call-ID:") :].partition(b"\r\n")[0]
            if data[8:9] != b"1" and call not in calls:
                calls.add(call)
                statuses[data[8:11].decode()] += 1
        time.sleep(0.002)  # the pace of the flood
    told.send((sent, dict(statuses)))


def measure(quick: bool) -> Result:
    """The same calls without a flood and under it."""
    result = Result("overload", "established calls under a flood of new ones, ten times what the exchange can take")
    seconds = 5.0 if quick else 20.0
    rate = float(os.environ.get("FLOOD_PER_S", "4000"))
    with pinned({"frontend": {"max_calls": 1500}, "media": {"max_channels": 2000}}) as exchange:
        phones = _SpeakingPhones(exchange.sip)
        for _ in range(_CALLS):
            phones.establish()
        phones.speak(seconds / 4)
        result.add("before", _figures(phones))
        phones.took_ms, phones.repeated, phones.lost = [], 0, 0
        ours, theirs = multiprocessing.Pipe()
        flood = multiprocessing.Process(target=_flood, args=(exchange.sip, rate, seconds, theirs))
        flood.start()
        phones.speak(seconds)
        sent, statuses = ours.recv()
        flood.join()
        result.add("under the flood", _figures(phones))
        phones.took_ms, phones.repeated, phones.lost = [], 0, 0
        phones.hang_up()
        result.add("hanging up", _figures(phones))
        result.add(
            "the flood", {"sent_per_s": round(sent / seconds), **{f"got_{key}": n for key, n in statuses.items()}}
        )
        time.sleep(1)  # the last line of the log is on its way
        ended = Counter(
            f"{line['cause']} by {line['by']}"
            for line in exchange.lines("frontend-1")
            if line["event"] == "call.ended" and line.get("sip_call_id") in phones.calls
        )
        result.add("how the calls ended", dict[str, object](ended))
        values = asyncio.run(exchange.status()).values
        result.add(
            "the frontend",
            dict[str, object]({name: int(n) for name, n in values.items() if name.startswith("guard.") and n})
            | {"kernel_drops": int(values.get("drops.udp", 0))},
        )
    return result


def _figures(phones: _SpeakingPhones) -> dict[str, object]:
    return {
        "requests": len(phones.took_ms),
        "lost": phones.lost,
        "repeated": phones.repeated,
        "p50_ms": percentile(phones.took_ms, 0.5),
        "p99_ms": percentile(phones.took_ms, 0.99),
        "max_ms": round(max(phones.took_ms, default=0.0), 1),
    }
