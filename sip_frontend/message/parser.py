"""One message from bytes: RFC 3261 sections 7 and 18.3.

The straight path splits the head into lines and indexes them. Whatever is out of the ordinary (folding, stray line
breaks, lines that are no header) shows in that index, and only then is the head looked at more closely.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from sip_frontend.message.address import Address
from sip_frontend.message.cseq import parse_cseq
from sip_frontend.message.grammar import is_digits, is_token, parse_uint, split_list
from sip_frontend.message.message import Message, Request, Response
from sip_frontend.message.methods import KNOWN_METHODS
from sip_frontend.message.names import CANONICAL, canonical
from sip_frontend.message.via import Via
from switchroom.errors import SipParseError

MAX_HEADERS: Final = 256
"""Most header lines in a message; a PBX sees thirty. More is an attempt to make us work."""
MAX_HEAD: Final = 65536
"""Most bytes in a head: as much as one datagram can hold."""
_LOOKED_AT: Final = 2048
"""Lines of a head over these limits that are searched for what its refusal needs."""
_REFUSED_WITH: Final = frozenset(("Via", "From", "To", "Call-ID", "CSeq"))


def parse_message(data: bytes) -> Request | Response:
    """Read one datagram.

    Content-Length is honoured: surplus bytes are cut, missing ones are an error. Without it the body goes to the end.
    Raises SipParseError; if its ``request`` is set, that request can be answered with ``status_hint``.
    """
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank or head[:1] in b"\r\n":
        head, body = _find_head(data)
    message = parse_head(head, body, data)
    line = message.index.get("Content-Length")
    if line is None:
        return message
    digits = line.strip()
    if len(digits) < 6 and digits.isdigit() and digits.isascii():
        size = int(digits)
        if size == len(body):
            return message
    else:
        size = _length(digits, message)
    if size > len(body):
        text = f"Content-Length: {size} told, {len(body)} received"
        raise attach_request(SipParseError(text, header="Content-Length"), message)
    message.body = body[:size]
    return message


def parse_head(head: bytes, body: bytes, raw: bytes) -> Request | Response:
    """Read start line and headers from *head*, which ends before the empty line. Content-Length is not looked at."""
    text = head.decode("utf-8", "surrogateescape")
    lines = text.splitlines()
    if not lines or sum(map(len, lines)) + 2 * len(lines) - 2 != len(text):  # some line does not end with CRLF
        lines = _tidy(text)
    if len(lines) > MAX_HEADERS or len(text) > MAX_HEAD:
        raise _oversized(lines)
    start = lines.pop(0)
    index, repeated = _index(lines)
    if "" in index:
        lines = _tidy(text)
        start = lines.pop(0)
        index, repeated = _index(lines)
    if start[:4] == "SIP/":
        return _read_response(start, Response(lines, index, repeated, body, raw))
    return _read_request(start, Request(lines, index, repeated, body, raw))


def _index(lines: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    index: dict[str, str] = {}
    repeated: list[tuple[str, str]] = []
    known = CANONICAL
    for line in lines:
        name, _, value = line.partition(":")
        if name not in known:
            name = canonical(name)
        if name in index:
            repeated.append((name, value))
        else:
            index[name] = value
    return index, repeated


def _length(digits: str, message: Request | Response) -> int:
    try:
        return parse_uint(digits, "Content-Length")
    except SipParseError as error:
        attach_request(error, message)
        raise


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
        try:
            raise problem
        finally:
            del problem  # else error, traceback and this frame would hold each other
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
    index = message.index
    try:
        via = index["Via"]
        call_id = index["Call-ID"].strip()
        cseq = index["CSeq"]
        from_value = index["From"].strip()
        to_value = index["To"].strip()
    except KeyError as error:
        name = str(error.args[0])
        raise SipParseError(f"{name}: missing", header=name) from None
    if not call_id or " " in call_id:
        raise SipParseError(f"Call-ID: empty or with spaces: {call_id[:60]!r}", header="Call-ID")
    message.via = Via.parse(via if "," not in via else split_list(via)[0])
    message.call_id = call_id
    message.cseq, message.cseq_method = parse_cseq(cseq)
    message.from_value = from_value
    message.to_value = to_value
    message.from_tag = find_tag(from_value, "From")
    message.to_tag = find_tag(to_value, "To")


def find_tag(value: str, header: str) -> str:
    """The tag of a From or To value without reading the address; "" if it has none (RFC 2543 peers)."""
    head, found, tag = value.rpartition(";tag=")
    if found and head[-1:] == ">" and ";" not in tag and '"' not in tag:
        return tag.strip()
    if "tag" not in value[value.rfind(">") + 1 :].lower():
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


def _tidy(text: str) -> list[str]:
    """Start line and header lines of a head with folded lines, stray line breaks or lines that are no header.

    A CR or LF alone is white space. Were it the end of a line, it could smuggle a header past a proxy that reads it
    otherwise; only where a head has no CR at all does LF end its lines. A line that is no header is ignored, as RFC
    3261 section 8.2.2 wants for malformed headers nobody needs.
    """
    if "\r" not in text:
        text = text.replace("\n", "\r\n")
    text = text.replace("\r\n ", " ").replace("\r\n\t", " ")
    start, *candidates = text.split("\r\n")
    lines = [start.replace("\r", " ").replace("\n", " ")]
    for line in candidates:
        name, colon, _ = line.partition(":")
        if colon and canonical(name):
            lines.append(line.replace("\r", " ").replace("\n", " "))
    return lines


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
    index = request.index
    request.via = Via()
    request.call_id = index.get("Call-ID", "").strip()
    request.cseq = 0
    request.cseq_method = ""
    request.from_value = index.get("From", "").strip()
    request.to_value = index.get("To", "").strip()
    request.from_tag = request.to_tag = ""
    with suppress(SipParseError):
        via = split_list(index.get("Via", ""))[0]
        request.via = Via.parse(via.partition(";")[0])  # who is to be told, if its parameters cannot be read
        request.via = Via.parse(via)
    with suppress(SipParseError):
        request.cseq, request.cseq_method = parse_cseq(index.get("CSeq", ""))
    with suppress(SipParseError):
        request.to_tag = find_tag(request.to_value, "To")
    with suppress(SipParseError):
        request.from_tag = find_tag(request.from_value, "From")


def oversized_head(head: bytes) -> SipParseError:
    """The error for a head over ``MAX_HEAD`` of which *head* is the beginning."""
    return _oversized(_tidy(head[: head.rfind(b"\r\n")].decode("utf-8", "surrogateescape")))


def _oversized(lines: list[str]) -> SipParseError:
    """The error for too large a head, with the request so far as its refusal needs it: 513, section 21.5.7."""
    error = SipParseError("too many headers", status_hint=513)
    method, _, rest = lines[0].partition(" ")
    if lines[0][:4] == "SIP/" or not is_token(method):
        return error
    kept = [line for line in lines[1:_LOOKED_AT] if canonical(line.partition(":")[0]) in _REFUSED_WITH]
    index, repeated = _index(kept)
    request = Request(kept, index, repeated, b"", b"")
    request.method, request.uri = method, rest.partition(" ")[0]
    try:
        _read_key_headers(request)
    except SipParseError:
        _salvage(request)
    return attach_request(error, request)


def content_lengths(head: bytes) -> list[str]:
    """The values of Content-Length in a head that ``parse_head`` refused."""
    _, *lines = _tidy(head.decode("utf-8", "surrogateescape"))
    pairs = [line.partition(":") for line in lines]
    return [value.strip() for name, _, value in pairs if canonical(name) == "Content-Length"]


def attach_request(error: SipParseError, message: Message) -> SipParseError:
    """Let *error* carry the request it was found in, so that it can be answered."""
    if isinstance(message, Request) and message.answerable:
        error.request = message
    return error
