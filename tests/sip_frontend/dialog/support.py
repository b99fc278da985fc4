"""INVITEs and their responses, as the dialog tests need them."""

from __future__ import annotations

from sip_frontend.message import Request, Response, build_request, build_response, parse_message
from sip_frontend.transaction import Flow

FLOW = Flow("UDP", ("192.0.2.1", 5060), ("192.0.2.9", 5060))
TLS = Flow("TLS", ("192.0.2.1", 5061), ("192.0.2.9", 40000), connection=3)
SENT_BY = "192.0.2.1:5060"
BRANCH = "z9hG4bKnext"
OUR_CONTACT = "<sip:us@192.0.2.1:5060>"
PROXIES = ("<sip:p1.test;lr>", "<sip:p2.test;lr>")


def request(
    method: str = "INVITE",
    *,
    cseq: int = 10,
    contact: str = "<sip:peer@192.0.2.9:5060>",
    record_route: tuple[str, ...] = (),
    from_tag: str = ";tag=far",
    to_tag: str = "",
    uri: str = "sip:us@192.0.2.1",
) -> Request:
    headers = [("Via", "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1")]
    headers += [("Record-Route", route) for route in record_route]
    headers += [
        ("From", f'"Peer" <sip:peer@far.test>{from_tag}'),
        ("To", f"<sip:us@near.test>{to_tag}"),
        ("Call-ID", "call-1"),
        ("CSeq", f"{cseq} {method}"),
    ]
    if contact:
        headers.append(("Contact", contact))
    parsed = parse_message(build_request(method, uri, headers))
    assert isinstance(parsed, Request)
    return parsed


def our_invite(uri: str = "sip:peer@far.test") -> bytes:
    headers = [
        ("Via", f"SIP/2.0/UDP {SENT_BY};branch=z9hG4bKours"),
        ("From", "<sip:us@near.test>;tag=near"),
        ("To", "<sip:peer@far.test>"),
        ("Call-ID", "call-2"),
        ("CSeq", "7 INVITE"),
        ("Contact", OUR_CONTACT),
    ]
    return build_request("INVITE", uri, headers)


def response(
    status: int,
    *,
    invite: bytes = b"",
    to_tag: str = "far",
    contact: str = "<sip:peer@192.0.2.9:5060>",
    record_route: tuple[str, ...] = (),
) -> Response:
    sent = parse_message(invite or our_invite())
    assert isinstance(sent, Request)
    headers = [("Record-Route", route) for route in record_route]
    if contact:
        headers.append(("Contact", contact))
    parsed = parse_message(build_response(sent, status, to_tag=to_tag, headers=headers))
    assert isinstance(parsed, Response)
    return parsed


def parsed(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message
