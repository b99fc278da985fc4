"""One message from bytes: RFC 3261 sections 7 and 18.3.

The straight path splits the head into lines and indexes them. Whatever is out of the ordinary (folding, stray line
breaks, lines that are no header) shows in that index, and only then is the head looked at more closely.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from sip_frontend.message.address import Address
from sip_frontend.message.cseq import parse_cseq
from sip_frontend.message.grammar import is_digits, is_token, parse_uint
from sip_frontend.message.message import Message, Request, Response
from sip_frontend.message.methods import KNOWN_METHODS
from sip_frontend.message.names import SPELLINGS, canonical
from sip_frontend.message.via import Via
from switchroom.errors import SipParseError

MAX_HEADERS: Final = 256
"""Most header lines in a message; a PBX sees thirty. More is an attempt to make us work."""
MAX_HEAD: Final = 65536
"""Most bytes in a head: as much as one datagram can hold."""


def parse_message(data: bytes) -> Request | Response:
    """Read one datagram.

    Content-Length is honoured: surplus bytes are cut, missing ones are an error. Without it the body goes to the end.
    Raises SipParseError; if its ``request`` is set, that request can be answered with ``status_hint``.
    """
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank or head[:1] in b"\r\n":
        head, body = _find_head(data)
    message = parse_head(head, body, data)
    length = message.content_length_line()
    if length is not None:
        try:
            size = parse_uint(length, "Content-Length")
            if size > len(body):
                raise SipParseError(f"Content-Length: {size} told, {len(body)} received", header="Content-Length")
        except SipParseError as error:
            attach_request(error, message)
            raise
        if size < len(body):
            message.body = body[:size]
    return message


def parse_head(head: bytes, body: bytes, raw: bytes) -> Request | Response:
    """Read start line and headers from *head*, which ends before the empty line. Content-Length is not looked at."""
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\r\n")
    count = len(lines) - 1
    start = lines.pop(0)
    first: dict[str, str] = {}
    if count <= MAX_HEADERS:
        for line in reversed(lines):
            name, _, value = line.partition(":")
            first[SPELLINGS.get(name) or canonical(name)] = value
    if "" in first or text.count("\n") != count or text.count("\r") != count:
        start, lines, first = _index_untidy(text)
    if len(lines) > MAX_HEADERS or len(text) > MAX_HEAD:
        raise SipParseError("too many headers", status_hint=513)
    if start[:4] == "SIP/":
        return _read_response(start, Response(0, "", lines, first, body, raw))
    return _read_request(start, Request("", "", lines, first, body, raw))


def _read_request(start: str, request: Request) -> Request:
    method, _, rest = start.partition(" ")
    uri, _, version = rest.partition(" ")
    request.method = method
    request.uri = uri
    problem: SipParseError | None = None
    if version != "SIP/2.0" or method not in KNOWN_METHODS or not uri:
        problem = _request_line_problem(method, uri, version)
    try:
        _read_key_headers(request)
    except SipParseError as error:
        _salvage(request)
        problem = problem or error
    if problem is not None:
        attach_request(problem, request)
        raise problem
    return request


def _read_response(start: str, response: Response) -> Response:
    version, _, rest = start.partition(" ")
    code, _, reason = rest.partition(" ")
    if version != "SIP/2.0" and version.upper() != "SIP/2.0":
        raise SipParseError(f"not a SIP version we speak: {version[:40]!r}", status_hint=505)
    if len(code) != 3 or not is_digits(code) or not "100" <= code <= "699":
        raise SipParseError(f"not a status code: {code[:40]!r}")
    response.status = int(code)
    response.reason = reason
    _read_key_headers(response)
    return response


def _read_key_headers(message: Message) -> None:
    """Read what every layer needs of every message. Raises SipParseError, naming the header."""
    first = message.first_lines()
    try:
        via = first["Via"]
        call_id = first["Call-ID"].strip()
        cseq = first["CSeq"]
        from_value = first["From"].strip()
        to_value = first["To"].strip()
    except KeyError as error:
        name = str(error.args[0])
        if name != "Via" and "Via" in first:
            message.via = Via.parse_top(first["Via"])
        raise SipParseError(f"{name}: missing", header=name) from None
    message.via = Via.parse_top(via)
    if not call_id or " " in call_id:
        raise SipParseError(f"Call-ID: empty or with spaces: {call_id[:60]!r}", header="Call-ID")
    message.call_id = call_id
    message.cseq, message.cseq_method = parse_cseq(cseq)
    message.from_value = from_value
    message.to_value = to_value
    message.from_tag = find_tag(from_value, "From")
    message.to_tag = find_tag(to_value, "To")


def find_tag(value: str, header: str) -> str:
    """The tag of a From or To value without reading the address; "" if it has none (RFC 2543 peers)."""
    tail = value[value.rfind(">") + 1 :]
    if not tail:
        return ""
    at = tail.find(";tag=")
    if at >= 0 and '"' not in tail:
        end = tail.find(";", at + 5)
        return (tail[at + 5 :] if end < 0 else tail[at + 5 : end]).strip()
    if "tag" not in tail.lower():
        return ""
    return Address.parse(value, header).tag


def _request_line_problem(method: str, uri: str, version: str) -> SipParseError | None:
    """What is wrong with a request line that is not plain; None if it is good, such as one of an unknown method."""
    if not is_token(method):
        return SipParseError(f"not a method: {method[:40]!r}")
    if not uri:
        return SipParseError("no Request-URI, or more than one space before it")
    if version.upper() == "SIP/2.0":
        return None
    number = version[4:]
    if version[:4].upper() == "SIP/" and is_digits(number.replace(".", "", 1)):
        return SipParseError(f"not a SIP version we speak: {version[:40]!r}", status_hint=505)
    return SipParseError("the request line is not: method, one space, Request-URI, one space, SIP/2.0")


def _index_untidy(text: str) -> tuple[str, list[str], dict[str, str]]:
    """Start line, header lines and index of a head with folded lines, stray line breaks or lines that are no header.

    A lone LF ends a line as CRLF does, a lone CR is white space; a line that is no header is ignored, as RFC 3261
    section 8.2.2 wants for malformed headers nobody needs.
    """
    text = text.replace("\r\n", "\n").replace("\r", " ")
    if "\n\n" in text:
        raise SipParseError("an empty line among the headers")
    text = text.replace("\n ", " ").replace("\n\t", " ")
    start, *candidates = text.split("\n")
    lines: list[str] = []
    first: dict[str, str] = {}
    for line in candidates[: MAX_HEADERS + 1]:
        name, colon, value = line.partition(":")
        key = canonical(name)
        if colon and key:
            lines.append(line)
            first.setdefault(key, value)
    return start, lines, first


def _find_head(data: bytes) -> tuple[bytes, bytes]:
    """Head and body of a datagram that starts with line breaks, or whose lines end with LF alone."""
    data = data.lstrip(b"\r\n")
    head, blank, body = data.partition(b"\r\n\r\n")
    if blank:
        return head, body
    head, blank, body = data.partition(b"\n\n")
    if blank and b"\r" not in head:
        return head, body
    if not data:
        raise SipParseError("an empty datagram")
    return data.rstrip(b"\r\n"), b""


def _salvage(request: Request) -> None:
    """Fill in what a refusal can use of a request whose key headers are not all there or not all good."""
    first = request.first_lines()
    request.call_id = first.get("Call-ID", "").strip()
    request.from_value = first.get("From", "").strip()
    request.to_value = first.get("To", "").strip()
    with suppress(SipParseError):
        request.cseq, request.cseq_method = parse_cseq(first.get("CSeq", ""))
    with suppress(SipParseError):
        request.to_tag = find_tag(request.to_value, "To")
    with suppress(SipParseError):
        request.from_tag = find_tag(request.from_value, "From")


def content_lengths(head: bytes) -> list[str]:
    """The values of Content-Length in a head that ``parse_head`` refused."""
    _, lines, _ = _index_untidy(head.decode("utf-8", "surrogateescape"))
    pairs = [line.partition(":") for line in lines]
    return [value.strip() for name, _, value in pairs if canonical(name) == "Content-Length"]


def attach_request(error: SipParseError, message: Message) -> None:
    """Let *error* carry the request it was found in, so that it can be answered."""
    if isinstance(message, Request) and message.answerable:
        error.request = message
