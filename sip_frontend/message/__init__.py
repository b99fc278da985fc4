"""SIP messages: a lazy parser, a builder, and the types of header values. No input or output, no clock."""

from __future__ import annotations

from sip_frontend.message.address import Address
from sip_frontend.message.builder import build_request, build_response
from sip_frontend.message.cseq import CSeq
from sip_frontend.message.ids import new_branch, new_call_id, new_tag
from sip_frontend.message.message import Header, Message, Request, Response
from sip_frontend.message.methods import KNOWN_METHODS, reason_phrase
from sip_frontend.message.parser import parse_message
from sip_frontend.message.stream_parser import KeepAlive, StreamEvent, StreamParser
from sip_frontend.message.uri import Uri
from sip_frontend.message.validation import refusal_reason, validate
from sip_frontend.message.via import Via
from switchroom.errors import SipParseError

__all__ = [
    "KNOWN_METHODS",
    "Address",
    "CSeq",
    "Header",
    "KeepAlive",
    "Message",
    "Request",
    "Response",
    "SipParseError",
    "StreamEvent",
    "StreamParser",
    "Uri",
    "Via",
    "build_request",
    "build_response",
    "new_branch",
    "new_call_id",
    "new_tag",
    "parse_message",
    "reason_phrase",
    "refusal_reason",
    "validate",
]
