"""What the bytes of a message tell before it is parsed: enough to turn it away, and no more.

Mistakes here cost little: a message that looks like something else is parsed and judged by the layers above.
"""

from __future__ import annotations

from typing import Final, final

_HEAD: Final = 4096
"""How far into a message a scanner is looked for: what it is known by stands at the top."""
_AGENTS_SEEN: Final = 1024
OPENING: Final = frozenset((b"INVITE ", b"REGISTE", b"OPTIONS"))
"""First seven bytes of the requests that make work: these are shed in overload."""


def in_dialog(data: bytes) -> bool:
    """Whether the To of a request has a tag, so that it claims to belong to something that is there already."""
    return b"tag=" in _line(data, _TO)


@final
class Scanners:
    """Known by their *agents* (parts of the User-Agent) and *tricks* (what start line, From or To hold); any case."""

    __slots__ = ("_agents", "_seen", "_tricks")

    def __init__(self, agents: tuple[str, ...], tricks: tuple[str, ...]) -> None:
        self._agents = tuple(text.lower() for text in agents if text)
        self._tricks = tuple(text.lower() for text in tricks if text)
        self._seen: dict[bytes, bool] = {}

    def recognise(self, data: bytes) -> bool:
        """Whether *data* comes from a scanner."""
        line = _line(data, _AGENT)
        known = self._seen.get(line)
        if known is None:
            known = self._judge(line)
        return known or self._is_trick(data)

    def _judge(self, line: bytes) -> bool:
        """Look at a User-Agent for the first time; there are few of them, but a stranger may invent more."""
        agent = line.decode("latin-1").lower()
        if len(self._seen) >= _AGENTS_SEEN:
            self._seen.clear()
        known = self._seen[line] = any(name in agent for name in self._agents)
        return known

    def _is_trick(self, data: bytes) -> bool:
        start = data[: data.find(b"\n", 0, _HEAD)]
        addresses = (start + _line(data, _FROM) + _line(data, _TO)).decode("latin-1").lower()
        return any(trick in addresses for trick in self._tricks)


def _line(data: bytes, names: tuple[bytes, ...]) -> bytes:
    """The first header line that begins with one of *names*, the commonest spelling first; b"" if none does."""
    for name in names:
        at = data.find(name, 0, _HEAD)
        if at >= 0:
            return data[at : data.find(b"\n", at + 1)]
    at = data[:_HEAD].lower().find(names[-1])
    return data[at : data.find(b"\n", at + 1)] if at >= 0 else b""


_TO: Final = (b"\nTo:", b"\nt:", b"\nto:")
_FROM: Final = (b"\nFrom:", b"\nf:", b"\nfrom:")
_AGENT: Final = (b"\nUser-Agent:", b"\nuser-agent:")
