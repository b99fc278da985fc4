"""What the bytes of a message tell before it is parsed: enough to turn it away, and no more.

Mistakes here cost little: a message that looks like something else is parsed and judged by the layers above.
"""

from __future__ import annotations

from typing import Final

_HEAD: Final = 4096
"""How far into a message a scanner is looked for: what it is known by stands at the top."""
OPENING: Final = frozenset((b"INVITE ", b"REGISTE", b"OPTIONS"))
"""First seven bytes of the requests that make work: these are shed in overload."""


def in_dialog(data: bytes) -> bool:
    """Whether the To of a request has a tag, so that it claims to belong to something that is there already."""
    at = data.find(b"\nTo:")
    if at < 0:
        at = _find_any(data, (b"\nt:", b"\nTO:", b"\nto:", b"\nTo ", b"\nt "))
        if at < 0:
            return False
    return data.find(b"tag=", at, data.find(b"\n", at + 1)) >= 0


def is_scanner(data: bytes, agents: tuple[bytes, ...], tricks: tuple[bytes, ...]) -> bool:
    """Whether the User-Agent holds one of *agents*, or the start line, From or To one of *tricks*; all lower case."""
    head = data[:_HEAD].lower()
    at = head.find(b"\nuser-agent:")
    if at >= 0:
        agent = head[at : head.find(b"\n", at + 1)]
        for name in agents:
            if name in agent:
                return True
    for trick in tricks:
        at = head.find(trick)
        if at >= 0 and _stands_in_address(head, at):
            return True
    return False


def _stands_in_address(head: bytes, at: int) -> bool:
    """Whether *at* lies in the start line, From or To. Elsewhere the same text is somebody's business."""
    begin = head.rfind(b"\n", 0, at) + 1
    return begin == 0 or head.startswith((b"from", b"to:", b"f:", b"t:", b"to "), begin)


def _find_any(data: bytes, names: tuple[bytes, ...]) -> int:
    for name in names:
        at = data.find(name)
        if at >= 0:
            return at
    return -1
