"""Messages made from the bytes of another: ACK and CANCEL from their INVITE, and the tag a response carried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_COPIED: Final = frozenset((b"from", b"f", b"call-id", b"i", b"route"))
"""Headers that an ACK and a CANCEL take from the INVITE as they stand."""


def build_ack(invite: bytes, to_value: str) -> bytes:
    """The ACK to a final response other than 2xx (RFC 3261 section 17.1.1.3).

    It is the INVITE's hop alone that gets it: same Request-URI, same single Via, same Route. *to_value* is the To
    of the response, whose tag the INVITE did not have.
    """
    return _derive(invite, b"ACK", to_value.encode("utf-8", "surrogateescape"), ())


def build_cancel(invite: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The CANCEL of an INVITE (RFC 3261 section 9.1); *headers* are ours to add, a Reason (RFC 3326) for example."""
    return _derive(invite, b"CANCEL", None, headers)


def _derive(invite: bytes, method: bytes, to_value: bytes | None, headers: Sequence[tuple[str, str]]) -> bytes:
    lines = invite[: invite.index(b"\r\n\r\n")].split(b"\r\n")
    derived = [method + lines[0][lines[0].index(b" ") :]]
    via_seen = False
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name in (b"via", b"v"):
            if not via_seen:
                derived.append(line)
            via_seen = True
        elif name in (b"to", b"t"):
            derived.append(line if to_value is None else b"To: " + to_value)
        elif name == b"cseq":
            derived.append(b"CSeq: " + value.split()[0] + b" " + method)
        elif name in _COPIED:
            derived.append(line)
    derived.append(b"Max-Forwards: 70")
    derived.extend(f"{name}: {value}".encode("utf-8", "surrogateescape") for name, value in headers)
    derived.append(b"Content-Length: 0\r\n\r\n")
    return b"\r\n".join(derived)


def to_tag_of(response: bytes) -> str:
    """The To tag in a response of our own making, "" if it has none."""
    start = response.find(b"\r\nTo:")
    if start < 0:
        return ""
    line = response[start + 2 : response.find(b"\r\n", start + 2)]
    _, _, parameters = line[line.rfind(b">") + 1 :].partition(b";tag=")
    return parameters.partition(b";")[0].strip().decode("ascii", "replace")
