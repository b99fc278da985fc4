"""Reading a SIP message and answering it, beside sipmessage: ``python -m benchmarks [--quick] sip_parse``.

*parse* reads the message and its key fields (top Via branch, Call-ID, CSeq, both tags); *answer* builds a 200 from it;
*validate* is the strict half. sipmessage parses on access, so its *parse* is given with and without the key fields, and
it builds no answers of its own. Best of many short runs, so that a busy neighbour does not count; microseconds.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Final

import sipmessage

import sip_frontend.message.parser as parser_module
from benchmarks.report import Result
from sip_frontend.message import Message, Request, StreamParser, build_response, parse_message, validate

_SDP: Final = (
    "v=0\r\no=- 3747 3747 IN IP4 192.0.2.17\r\ns=pjmedia\r\nc=IN IP4 192.0.2.17\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 0 101\r\na=rtcp:4001 IN IP4 192.0.2.17\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    "a=ssrc:1411295724 cname:1c6f7f3b2e5a4d90\r\na=ice-ufrag:0a4f113b\r\na=ice-pwd:6a5f0b7c6d5e4f3a2b1c0d9e\r\n"
    "a=candidate:Hc0a80111 1 UDP 2130706431 192.0.2.17 4000 typ host\r\n"
)
_DIALOG: Final = (
    "Via: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bKPj7a5f1c0e6b;rport\r\n"
    "Max-Forwards: 70\r\n"
    'From: "Alice Liddell" <sip:1001@pbx.test>;tag=9fxced76sl\r\n'
    "To: <sip:600@pbx.test>{to}\r\n"
    "Call-ID: 3848276298220188511-7a5f@192.0.2.17\r\n"
    "CSeq: {cseq}\r\n"
)
_CONTACT: Final = "Contact: <sip:1001@192.0.2.17:5060;ob>\r\n"


def _message(start: str, cseq: str, extra: str = "", body: str = "", to: str = "") -> bytes:
    head = f"{start}\r\n{_DIALOG.format(to=to, cseq=cseq)}{extra}Content-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


MESSAGES: Final = {
    "INVITE with SDP": _message(
        "INVITE sip:600@pbx.test SIP/2.0",
        "1 INVITE",
        "Via: SIP/2.0/UDP 198.51.100.4;branch=z9hG4bK5b2.1;received=198.51.100.4\r\n"
        "Record-Route: <sip:198.51.100.4;lr>\r\n" + _CONTACT + "Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO,"
        " SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS\r\n"
        "Supported: replaces, 100rel, timer, norefersub\r\nSession-Expires: 1800\r\nMin-SE: 90\r\n"
        "User-Agent: PJSUA v2.14 Linux-6.1/x86_64\r\nX-Trace: 6b2f0c\r\n"
        "Content-Type: application/sdp\r\n",
        _SDP,
        "",
    ),
    "200 with SDP": _message(
        "SIP/2.0 200 OK", "1 INVITE", _CONTACT + "Content-Type: application/sdp\r\n", _SDP, ";tag=as2c5d"
    ),
    "BYE": _message("BYE sip:600@192.0.2.1 SIP/2.0", "2 BYE", to=";tag=as2c5d"),
    "REGISTER with digest": _message(
        "REGISTER sip:pbx.test SIP/2.0",
        "7 REGISTER",
        _CONTACT + 'Authorization: Digest username="1001", realm="pbx.test", nonce="6a5f0b7c6d5e4f3a2b1c", '
        'uri="sip:pbx.test", response="d41d8cd98f00b204e9800998ecf8427e", algorithm=MD5, cnonce="0a4f113b", '
        "qop=auth, nc=00000001\r\nExpires: 300\r\n",
    ),
}


def best_us(action: Callable[[], object], quick: bool) -> float:
    """The fastest of many short runs, per call."""
    number = 200
    return min(timeit.repeat(action, number=number, repeat=50 if quick else 400)) / number * 1e6


def measure(quick: bool = False) -> Result:
    """All messages, one line each, and framing on a stream."""
    compiled = not (parser_module.__file__ or "").endswith(".py")
    name, kind = ("sip_parse_compiled", "compiled") if compiled else ("sip_parse", "interpreted")
    result = Result(name, f"Microseconds per SIP message, {kind}")
    for name, data in MESSAGES.items():
        result.add(f"{name}, {len(data)} B", _figures(data, quick))
    stream = MESSAGES["INVITE with SDP"]
    framed = best_us(lambda: StreamParser().feed(stream), quick)
    result.add("INVITE off a stream", {"framed_us": round(framed, 2)})
    return result


def _figures(data: bytes, quick: bool) -> dict[str, object]:
    message = parse_message(data)
    parse = best_us(lambda: _keys(parse_message(data)), quick)
    answer = check = 0.0
    if isinstance(message, Request):
        request = message
        answer = best_us(lambda: build_response(request, 200, to_tag="as2c5d6f"), quick)
        check = best_us(lambda: validate(request), quick)
    theirs = best_us(lambda: sipmessage.Message.parse(data), quick)
    theirs_keys = best_us(lambda: _their_keys(sipmessage.Message.parse(data)), quick)
    return {
        "parse_us": round(parse, 2),
        "answer_us": round(answer, 2),
        "both_us": round(parse + answer, 2),
        "validate_us": round(check, 2),
        "sipmessage_parse_us": round(theirs, 2),
        "sipmessage_keys_us": round(theirs_keys, 2),
        "times_faster": round(theirs_keys / parse, 1),
    }


def _keys(message: Message) -> tuple[str, str, int, str, str]:
    return message.via.branch, message.call_id, message.cseq, message.from_tag, message.to_tag


def _their_keys(message: sipmessage.Message) -> tuple[object, ...]:
    sender, to = message.from_address, message.to_address
    return (
        message.via[0].parameters.get("branch"),
        message.call_id,
        message.cseq.sequence,
        sender.parameters.get("tag"),
        to.parameters.get("tag"),
    )
