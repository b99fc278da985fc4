"""Bytes of requests and responses.

A response is joined from the lines of its request (RFC 3261 section 8.2.6.2), so nothing a peer wrote is rewritten
on its way back. No value may carry a line break: what is built has exactly the lines it was meant to have. (The parser
leaves none in what it read.)
"""

from __future__ import annotations

from collections.abc import Sequence

from sip_frontend.message.message import Header, Request
from sip_frontend.message.methods import REASONS, reason_phrase
from switchroom.errors import LocalProtocolError


def build_request(method: str, uri: str, headers: Sequence[Header], body: bytes = b"") -> bytes:
    """A request with *headers* in the given order and Content-Length last."""
    parts = [f"{method} {_checked(uri)} SIP/2.0\r\n"]
    _add(parts, headers)
    return _finish(parts, body)


def build_response(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str = "",
    headers: Sequence[Header] = (),
    body: bytes = b"",
) -> bytes:
    """A response to *request*.

    Via, From, To, Call-ID, CSeq are copied, as are Timestamp (into a 100) and Record-Route (into 101 to 299, section
    12.1.1). *to_tag* is added when the request had none, but for a 100. A request that was refused by the parser lacks
    some of these, its answer then too.
    """
    first = request.index
    parts = [f"SIP/2.0 {status} {_checked(reason) if reason else REASONS.get(status) or reason_phrase(status)}\r\n"]
    if not request.repeated and "Via" in first:
        parts.append(f"Via:{first['Via']}\r\n")
    else:
        for via in request.raw_values("Via"):
            parts.append(f"Via:{via}\r\n")
    if "From" in first:
        parts.append(f"From:{first['From']}\r\n")
    if "To" in first:
        parts.append(
            f"To:{first['To']};tag={to_tag}\r\n"
            if to_tag and status != 100 and not request.to_tag
            else f"To:{first['To']}\r\n"
        )
    if "Call-ID" in first:
        parts.append(f"Call-ID:{first['Call-ID']}\r\n")
    if "CSeq" in first:
        parts.append(f"CSeq:{first['CSeq']}\r\n")
    if status == 100:
        if "Timestamp" in first:
            parts.append(f"Timestamp:{first['Timestamp']}\r\n")
    elif status < 300 and "Record-Route" in first:
        for route in request.raw_values("Record-Route"):
            parts.append(f"Record-Route:{route}\r\n")
    _add(parts, headers)
    return _finish(parts, body)


def _add(parts: list[str], headers: Sequence[Header]) -> None:
    for name, value in headers:
        if "\n" in value or "\r" in value:
            raise LocalProtocolError(f"{name}: a header value holds a line break")
        parts.append(f"{name}: {value}\r\n")


def _checked(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise LocalProtocolError("a start line holds a line break")
    return text


def _finish(parts: list[str], body: bytes) -> bytes:
    parts.append(f"Content-Length: {len(body)}\r\n\r\n")
    head = "".join(parts).encode("utf-8", "surrogateescape")
    return head + body if body else head
