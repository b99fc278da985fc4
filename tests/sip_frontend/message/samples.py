"""Messages the tests start from, and a way to bend one header of them."""

from __future__ import annotations

from sip_frontend.message import Request, Response, SipParseError, parse_message, validate

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

HEADERS = (
    ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK74bf9;rport"),
    ("Max-Forwards", "70"),
    ("From", '"Alice" <sip:alice@example.com>;tag=9fxced76sl'),
    ("To", "Bob <sip:600@pbx.test>"),
    ("Call-ID", "3848276298220188511@192.0.2.1"),
    ("CSeq", "1 INVITE"),
    ("Contact", "<sip:alice@192.0.2.1:5060;transport=udp>"),
)


def request_bytes(
    start: str = "INVITE sip:600@pbx.test SIP/2.0",
    *,
    body: bytes = b"",
    without: tuple[str, ...] = (),
    extra: tuple[str, ...] = (),
    **changed: str,
) -> bytes:
    """An INVITE.

    Keyword arguments replace headers (``call_id=`` for Call-ID, ``from_=`` for From); *extra* are lines for the end.
    """
    lines = [start]
    for name, value in HEADERS:
        if name not in without:
            key = "from_" if name == "From" else name.lower().replace("-", "_")
            lines.append(f"{name}: {changed.pop(key, value)}")
    if changed:
        raise KeyError(*changed)
    lines += extra
    if "Content-Length" not in without:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def verdict(data: bytes) -> int | None:
    """What parser and validation say of a datagram: None if it is good, else the status to refuse it with.

    0 stands for what cannot be answered, such as a bad response.
    """
    try:
        message = parse_message(data)
        error = validate(message) if isinstance(message, Request) else None
    except SipParseError as caught:
        error = caught
    if error is None:
        return None
    return error.status_hint if isinstance(error.request, Request) else 0


def parse_request(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def parse_response(data: bytes) -> Response:
    message = parse_message(data)
    assert isinstance(message, Response)
    return message
