"""Bodies: the parts of a multipart body, and the small types a call needs. SDP has its own package."""

from __future__ import annotations

from sip_frontend.message.bodies.dtmf import DtmfSignal, build_dtmf_relay, parse_dtmf
from sip_frontend.message.bodies.multipart import Part, body_of, build_multipart, parts_of
from sip_frontend.message.bodies.sipfrag import build_sipfrag, parse_sipfrag

__all__ = [
    "DtmfSignal",
    "Part",
    "body_of",
    "build_dtmf_relay",
    "build_multipart",
    "build_sipfrag",
    "parse_dtmf",
    "parse_sipfrag",
    "parts_of",
]
