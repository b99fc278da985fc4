"""Messages counted by direction, method and status, from their bytes: one dictionary step each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, final

from sip_frontend.message.methods import KNOWN_METHODS

_KNOWN: Final = frozenset(method.encode() for method in KNOWN_METHODS)
_OTHER: Final = b"other"
"""A stranger may invent methods without end; a counter for each is not for him to have."""


@final
class Traffic:
    """Only ever counting up."""

    __slots__ = ("_requests", "_responses")

    def __init__(self) -> None:
        self._requests: dict[str, dict[bytes, int]] = {"in": {}, "out": {}}
        self._responses: dict[str, dict[tuple[bytes, bytes], int]] = {"in": {}, "out": {}}

    def count(self, data: bytes, direction: str) -> None:
        """One message, ``in`` or ``out``."""
        if data[:8] == b"SIP/2.0 ":
            at = data.find(b"\nCSeq:")
            method = data[at + 6 : data.find(b"\n", at + 6)].split()[-1:] if at > 0 else []
            key = (_status(data), method[0] if method and method[0] in _KNOWN else _OTHER)
            responses = self._responses[direction]
            responses[key] = responses.get(key, 0) + 1
        else:
            name = data[: data.find(b" ", 0, 20)]
            if name not in _KNOWN:
                name = _OTHER
            requests = self._requests[direction]
            requests[name] = requests.get(name, 0) + 1

    def requests(self) -> Iterator[tuple[str, str, int]]:
        """Direction, method, count."""
        for direction, counts in self._requests.items():
            for method, count in sorted(counts.items()):
                yield direction, method.decode(), count

    def responses(self) -> Iterator[tuple[str, str, str, int]]:
        """Direction, method, status, count."""
        for direction, counts in self._responses.items():
            for (status, method), count in sorted(counts.items()):
                yield direction, method.decode(), status.decode(), count

    def values(self) -> dict[str, int]:
        """All by dotted name, for ``switchroom status``."""
        found = {f"requests.{direction}.{method}": count for direction, method, count in self.requests()}
        for direction, method, status, count in self.responses():
            found[f"responses.{direction}.{method}.{status}"] = count
        return found


def _status(data: bytes) -> bytes:
    status = data[8:11]
    return status if status.isdigit() else b"000"
