"""Session descriptions, and the agreement that an offer and its answer come to (RFC 8866, 3264, 6337)."""

from __future__ import annotations

from sip_frontend.sdp.agreement import AgreedMedia, LocalMedia
from sip_frontend.sdp.body import find_description
from sip_frontend.sdp.errors import NotAcceptable, OfferCollision, SdpError
from sip_frontend.sdp.media import Connection, Format, MediaDescription
from sip_frontend.sdp.negotiate import answer, offer, read_answer
from sip_frontend.sdp.negotiation import Negotiation, NegotiationState
from sip_frontend.sdp.profile import Security
from sip_frontend.sdp.session import Origin, SessionDescription

__all__ = [
    "AgreedMedia",
    "Connection",
    "Format",
    "LocalMedia",
    "MediaDescription",
    "Negotiation",
    "NegotiationState",
    "NotAcceptable",
    "OfferCollision",
    "Origin",
    "SdpError",
    "Security",
    "SessionDescription",
    "answer",
    "find_description",
    "offer",
    "read_answer",
]
