"""Two parsers, one opinion: what sipmessage reads, ours reads the same.

Messages are drawn from what both must know: sipmessage has no folding, and splits credentials at commas in quotes.
"""

from __future__ import annotations

import pytest
import sipmessage
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.message import Address, Request, Uri, Via, parse_message
from sip_frontend.message.headers import AuthParams, MediaType
from tests.sip_frontend.message.samples import SDP, request_bytes

_TOKEN = st.from_regex(r"[A-Za-z0-9!_~-][A-Za-z0-9.!_~-]{0,8}", fullmatch=True)
_USER = st.from_regex(r"[A-Za-z0-9_.!~*+&=$;?/,-]{1,10}", fullmatch=True)
_HOST = st.sampled_from(["example.com", "192.0.2.4", "[2001:db8::9:1]", "a-b.c1.test", "localhost"])
_PORT = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))
_PARAMS = st.lists(
    st.tuples(_TOKEN, st.one_of(st.just(""), _TOKEN)), max_size=3, unique_by=lambda pair: pair[0].lower()
).map(lambda pairs: "".join([f";{name}={value}" if value else f";{name}" for name, value in pairs]))


@st.composite
def uris(draw: st.DrawFn) -> str:
    user = draw(st.one_of(st.just(""), _USER.map(lambda user: user + "@")))
    return draw(st.sampled_from(["sip:", "sips:"])) + user + draw(_HOST) + draw(_PORT) + draw(_PARAMS)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    quoted = st.text(st.sampled_from("ab ,;<>@:é"), max_size=8).map(lambda text: f'"{text}" ')
    display = draw(st.one_of(st.just(""), _TOKEN.map(lambda word: word + " "), quoted))
    return f"{display}<{draw(uris())}>{draw(_PARAMS)}"


def host_of(theirs: str) -> str:
    return theirs.strip("[]")


@given(uris())
def test_property_uris(text: str) -> None:
    ours, theirs = Uri.parse(text), sipmessage.URI.parse(text)
    assert (ours.scheme, ours.user, ours.port) == (theirs.scheme, theirs.user or "", theirs.port)
    assert ours.host == host_of(theirs.host)
    assert ours.params == {name.lower(): value or "" for name, value in theirs.parameters.items()}


@given(addresses())
def test_property_addresses(text: str) -> None:
    ours, theirs = Address.parse(text), sipmessage.Address.parse(text)
    assert ours.display == theirs.name
    assert ours.params == {name.lower(): value or "" for name, value in theirs.parameters.items()}
    assert (ours.uri.user, ours.uri.host) == (theirs.uri.user or "", host_of(theirs.uri.host))


@given(_TOKEN, _HOST, _PORT, _TOKEN)
def test_property_vias(transport: str, host: str, port: str, branch: str) -> None:
    text = f"SIP/2.0/{transport.upper()} {host}{port};branch=z9hG4bK{branch}"
    ours, (theirs,) = Via.parse(text), sipmessage.Via.parse_many(text)
    assert (ours.transport, ours.host, ours.port) == (theirs.transport, host_of(theirs.host), theirs.port)
    assert ours.branch == theirs.parameters["branch"]


@given(st.integers(0, 2**31), _TOKEN, _TOKEN, addresses(), st.binary(max_size=40))
def test_property_whole_requests(cseq: int, method: str, call_id: str, sender: str, body: bytes) -> None:
    data = request_bytes(f"{method} sip:a@b SIP/2.0", cseq=f"{cseq} {method}", call_id=call_id, from_=sender, body=body)
    ours, theirs = parse_message(data), sipmessage.Message.parse(data)
    assert isinstance(ours, Request)
    assert isinstance(theirs, sipmessage.Request)
    assert (ours.method, ours.call_id, ours.body) == (theirs.method, theirs.call_id, theirs.body)
    assert (ours.cseq, ours.cseq_method) == (theirs.cseq.sequence, theirs.cseq.method)
    assert ours.from_tag == (theirs.from_address.parameters.get("tag") or "")
    assert ours.max_forwards == theirs.max_forwards


@given(
    st.dictionaries(st.sampled_from(["realm", "nonce", "opaque", "username", "uri"]), st.text("ab =\\;c", max_size=6))
)
def test_property_credentials(params: dict[str, str]) -> None:
    params = {"username": "u", "realm": "r", "nonce": "n", "uri": "sip:x", **params, "response": "f"}
    text = str(AuthParams("Digest", params))
    theirs = sipmessage.AuthCredentials.parse(text)
    assert theirs.parameters is not None
    assert dict(theirs.parameters.items()) == AuthParams.parse(text).params == params


@pytest.mark.parametrize("text", ["application/sdp", "multipart/mixed;boundary=x", "text/plain;charset=utf-8"])
def test_media_types(text: str) -> None:
    ours, theirs = MediaType.parse(text), sipmessage.MediaType.parse(text)
    assert ours.type == theirs.mime_type
    assert ours.params == dict(theirs.parameters.items())


def test_invite_with_sdp() -> None:
    data = request_bytes(extra=("Content-Type: application/sdp", "Supported: timer, 100rel"), body=SDP)
    ours, theirs = parse_message(data), sipmessage.Message.parse(data)
    assert isinstance(theirs, sipmessage.Request)
    assert ours.values("Supported") == theirs.supported
    assert [str(Via.parse(value)) for value in ours.values("Via")] == [str(ours.via)]
    assert ours.contact == Address.parse(str(theirs.contact[0]))
