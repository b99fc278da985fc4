"""What must hold for any bytes at all: each target takes them and raises only if a promise is broken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from google.protobuf.message import DecodeError

from media_workers.errors import MediaError
from media_workers.files import Prompts, Root
from media_workers.parts import taken_over
from media_workers.spec import Roots, engine_spec
from sip_frontend.message import (
    KeepAlive,
    Message,
    Request,
    SipParseError,
    StreamParser,
    build_response,
    parse_message,
    validate,
)
from sip_frontend.message.bodies import body_of, parse_dtmf, parse_sipfrag, parts_of
from sip_frontend.message.headers import (
    AuthParams,
    ContactList,
    DialogId,
    Event,
    MediaType,
    RAck,
    ReferTo,
    RetryAfter,
    SessionExpires,
    SubscriptionState,
    WarningValue,
    answer_after_s,
    diversions,
    parse_reasons,
)
from sip_frontend.message.stream_parser import StreamEvent
from sip_frontend.sdp import LocalMedia, Negotiation, SdpError, SessionDescription
from switchroom.errors import RemoteProtocolError
from switchroom.v1 import media_pb2

_ROOTS = Roots(Prompts(Root("/nowhere/prompts")), Root("/nowhere/recordings"))
_TYPED: dict[str, Callable[[str], object]] = {
    "Authorization": AuthParams.parse,
    "WWW-Authenticate": AuthParams.parse_all,
    "Replaces": DialogId.parse,
    "Event": Event.parse,
    "Content-Type": MediaType.parse,
    "RAck": RAck.parse,
    "Refer-To": ReferTo.parse,
    "Retry-After": RetryAfter.parse,
    "Session-Expires": SessionExpires.parse,
    "Subscription-State": SubscriptionState.parse,
    "Warning": WarningValue.parse,
}


def message_target(data: bytes) -> None:
    """A datagram is read or refused; what can be answered is answered with lines that hold no stray line end."""
    try:
        message = parse_message(data)
    except SipParseError as error:
        if isinstance(error.request, Request):
            _answer(error.request, error.status_hint)
        return
    _look_at_all(message)
    if isinstance(message, Request):
        problem = validate(message)
        _answer(message, 200 if problem is None else problem.status_hint)


def stream_target(data: bytes) -> None:
    """Where a stream is cut makes no difference. The first byte picks the size of the pieces."""
    size, stream = (data[0] % 64 + 1, data[1:]) if data else (1, b"")
    whole, pieces = StreamParser(max_head=4096, max_body=4096), StreamParser(max_head=4096, max_body=4096)
    expected = whole.feed(stream)
    found: list[StreamEvent] = []
    for at in range(0, len(stream), size):
        found += pieces.feed(stream[at : at + size])
    messages = [event.raw for event in expected if isinstance(event, Message)]
    assert [event.raw for event in found if isinstance(event, Message)] == messages
    assert pieces.broken == whole.broken
    pings = [event for event in expected if event == KeepAlive(ping=True)]
    assert [event for event in found if event == KeepAlive(ping=True)] == pings


def sdp_target(data: bytes) -> None:
    """A description is read or refused with an error of ours, as an offer too; what we write we read the same."""
    try:
        session = SessionDescription.parse(data)
    except SdpError:
        return
    again = SessionDescription.parse(session.build())
    assert [(one.kind, one.port, one.formats) for one in again.media] == [
        (one.kind, one.port, one.formats) for one in session.media
    ]
    negotiation = Negotiation(LocalMedia("192.0.2.1", 4000, 1, 1, ("PCMU", "PCMA")))
    with suppress(RemoteProtocolError):
        negotiation.receive_offer(data)
        SessionDescription.parse(negotiation.make_answer())


def spec_target(data: bytes) -> None:
    """A spec from the bus becomes one of the engine, or is refused with an error of ours."""
    try:
        spec = media_pb2.ChannelSpec.FromString(data)
    except DecodeError:
        return
    for new in (True, False):
        with suppress(MediaError):
            engine_spec(spec, _ROOTS, 1_800_000_000.0, new=new)
    for recorder in spec.recorders:
        taken_over(recorder, 1_800_000_000.0)


def _answer(request: Request, status: int) -> None:
    request.note_source("192.0.2.7", 5060)
    answer = build_response(request, status, to_tag="t")
    assert answer.count(b"\r") == answer.count(b"\n") == answer.count(b"\r\n")


def _look_at_all(message: Message) -> None:
    for name, value in message.headers:
        message.values(name)
        with suppress(SipParseError):
            message.addresses(name)
        parse = _TYPED.get(name)
        if parse is not None:
            with suppress(SipParseError):
                str(parse(value))
    for read in (diversions, answer_after_s, ContactList.of, parts_of):
        with suppress(SipParseError):
            read(message)
    with suppress(SipParseError):
        body_of(message, "application/sdp")
    parse_reasons(message.get_all("Reason"))
    parse_dtmf(message.content_type, message.body)
    parse_sipfrag(message.body)
