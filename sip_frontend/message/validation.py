"""What makes a readable request invalid: the strict half of parsing, run once by the user agent core.

The parser takes what it needs and leaves the rest alone; before a request is acted upon, these checks refuse what
RFC 4475 calls invalid. A plain request passes on patterns that accept the usual shapes at once; only what they do not
know is read in full. Nothing here decides policy: 416, 420, 415, 405, 483 are the core's own.
"""

from __future__ import annotations

import re
from typing import Final

from sip_frontend.message.address import Address
from sip_frontend.message.grammar import is_digits, split_list
from sip_frontend.message.message import Request
from sip_frontend.message.methods import KNOWN_METHODS
from sip_frontend.message.names import SINGLE_VALUED
from sip_frontend.message.uri import Uri
from switchroom.errors import SipParseError

_URI: Final = (
    r"sips?:(?:[A-Za-z0-9._+*#~!&=$-]+@)?[A-Za-z0-9._-]+(?::\d{1,4}|:[1-5]\d{4})?"
    r"(?:;[A-Za-z0-9._-]+(?:=[A-Za-z0-9._+~*-]+)?)*"
)
_DISPLAY: Final = r"""(?:"[^"\\<>]*"[ ]?|[A-Za-z0-9._!%*+`'~ -]*)"""
_PARAMS: Final = r"""(?:;[A-Za-z0-9._+-]+(?:=(?:[A-Za-z0-9._+~*-]+|"[^"\\]*"))?)*"""
_plain_uri: Final = re.compile(_URI).fullmatch
_plain_address: Final = re.compile(f"{_DISPLAY}<{_URI}>{_PARAMS}").fullmatch
_ROUTES: Final = ("Route", "Record-Route")


def validate(request: Request) -> SipParseError | None:
    """The first thing that makes *request* invalid, fit to be answered with its ``status_hint``; None if it is good."""
    try:
        check(request)
    except SipParseError as error:
        error.request = request if request.answerable else None
        return error.with_traceback(None)
    return None


def check(request: Request) -> None:
    """As ``validate``, but raising."""
    if request.cseq_method != request.method:
        status = 400 if request.method in KNOWN_METHODS else 501
        raise SipParseError("CSeq: not the method of the request line", header="CSeq", status_hint=status)
    if request.repeated:
        _check_repeated(request)
    index = request.index
    hops = index.get("Max-Forwards")
    if hops is not None and hops != " 70":
        _check_max_forwards(hops.strip())
    if _plain_uri(request.uri) is None:
        _check_request_uri(request.uri)
    if _plain_address(request.from_value) is None:
        Address.parse(request.from_value, "From")
    if _plain_address(request.to_value) is None:
        Address.parse(request.to_value, "To")
    contact = index.get("Contact")
    if contact is not None and _plain_address(contact.strip()) is None:
        _check_contacts(request)
    if len(request.via.branch) == 7 and not request.via.is_rfc3261 and request.via.branch.lower() == "z9hg4bk":
        raise SipParseError("Via: a branch that is nothing but the cookie", header="Via")
    for name in _ROUTES:
        line = index.get(name)
        if line is not None and (request.repeated or _plain_address(line.strip()) is None):
            _check_addresses(request, name)


def refusal_reason(error: SipParseError) -> str | None:
    """A reason phrase that names the header at fault; None where the status says it all."""
    if error.status_hint == 400 and error.header:
        return f"Bad Request - {error.header}"
    return None


def _check_repeated(request: Request) -> None:
    for name, _ in request.repeated:
        if name in SINGLE_VALUED and (name != "Content-Length" or len(set(request.get_all(name))) > 1):
            raise SipParseError(f"{name}: more than one", header=name)


def _check_max_forwards(value: str) -> None:
    if not is_digits(value) or len(value) > 9 or int(value) > 255:
        raise SipParseError(f"Max-Forwards: not a number from 0 to 255: {value[:40]!r}", header="Max-Forwards")


def _check_request_uri(text: str) -> None:
    uri = Uri.parse(text)
    if uri.headers:  # RFC 3261 section 19.1.1, table 1
        raise SipParseError("Request-URI: headers are not allowed here")


def _check_contacts(request: Request) -> None:
    values = [value for line in request.get_all("Contact") for value in split_list(line)]
    if values == ["*"]:
        if request.method != "REGISTER":
            raise SipParseError("Contact: * outside a REGISTER", header="Contact")
        return
    for value in values:
        Address.parse(value, "Contact")


def _check_addresses(request: Request, name: str) -> None:
    for line in request.get_all(name):
        if _plain_address(line) is None:
            for value in split_list(line):
                Address.parse(value, name)
