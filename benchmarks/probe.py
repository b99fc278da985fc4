"""One call, or registration, at a time beside the load, timed in microseconds: SIPp's clock moves in ticks of 4 ms."""

from __future__ import annotations

import re
import socket
import threading
import time
import uuid
from collections.abc import Sequence
from types import TracebackType

from benchmarks.sip import Packet, authorization, find

PACE_S = 0.05
LOST_S = 2.0
"""What a call counts that was refused or not answered: the time its answer is waited for."""


class Refused(Exception):
    """Answered, and not with 200."""


class Probe(threading.Thread):
    """Runs until it is left; *users* makes it register instead of call."""

    def __init__(self, target: tuple[str, int], users: Sequence[str] = ()) -> None:
        super().__init__(daemon=True)
        self._target, self._users = target, users
        self._samples: list[float] = []
        self._ended = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(LOST_S)
        self._me: tuple[str, int] = self._socket.getsockname()
        self._packet = Packet(self._me, target)

    def __enter__(self) -> Probe:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self.join()
        self._socket.close()

    def clear(self) -> None:
        """Forget what was measured until now."""
        self._samples.clear()

    def taken(self) -> list[float]:
        """Milliseconds, one for each."""
        return list(self._samples)

    def run(self) -> None:
        """One after the other; what is lost counts LOST_S."""
        number = 0
        while not self._ended.wait(PACE_S):
            number += 1
            try:
                took = self._register(number) if self._users else self._call()
            except (TimeoutError, Refused):
                took = LOST_S
            self._samples.append(1_000 * took)

    def _call(self) -> float:
        call_id, uri = uuid.uuid4().hex, f"sip:600@{self._target[0]}:{self._target[1]}"
        began = time.perf_counter()
        self._send(self._packet.invite(uri, call_id))
        answer = self._final(call_id, "INVITE")
        took = time.perf_counter() - began
        to, contact = find(answer, "To"), re.search(r"<([^>]+)>", find(answer, "Contact"))
        if contact is None:
            raise Refused(f"the probe's call failed: {answer.splitlines()[0]}")
        self._send(self._packet.request("ACK", contact[1], call_id, 1, to=to))
        self._send(self._packet.request("BYE", contact[1], call_id, 2, to=to))
        self._final(call_id, "BYE")
        return took

    def _register(self, number: int) -> float:
        user = self._users[number % len(self._users)]
        uri, call_id = f"sip:{self._target[0]}", uuid.uuid4().hex
        began = time.perf_counter()
        self._send(self._packet.register(user, uri, call_id, 1))
        challenge = find(self._final(call_id, "REGISTER"), "WWW-Authenticate")
        credentials = authorization(challenge, user, f"secret{user}", "REGISTER", uri)
        self._send(self._packet.register(user, uri, call_id, 2, credentials))
        answer = self._final(call_id, "REGISTER", 2)
        if not answer.startswith("SIP/2.0 200"):
            raise Refused(f"the probe's registration failed: {answer.splitlines()[0]}")
        return time.perf_counter() - began

    def _send(self, data: bytes) -> None:
        self._socket.sendto(data, self._target)

    def _final(self, call_id: str, method: str, cseq: int | None = None) -> str:
        while True:
            text = self._socket.recv(65_536).decode()
            if call_id not in text or int(text[8:11]) < 200:
                continue
            number, _, found = find(text, "CSeq").partition(" ")
            if found == method and cseq in (None, int(number)):
                return text


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many are below; 0 when there is none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0
