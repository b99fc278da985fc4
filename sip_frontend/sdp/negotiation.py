"""The offer/answer state of one dialog: RFC 3264 section 4, RFC 6337 section 2.

State         On                    Next          Do
IDLE          make_offer            LOCAL_OFFER   version + 1 if anything differs from our last description
IDLE          receive_offer         REMOTE_OFFER  keep it
IDLE          receive_answer        IDLE          nothing: the same answer again, in a later response
LOCAL_OFFER   receive_answer        IDLE          agree; a tentative answer agrees and stays in LOCAL_OFFER
LOCAL_OFFER   offer_failed          IDLE          as it was before
LOCAL_OFFER   receive_offer         LOCAL_OFFER   OfferCollision, 491
REMOTE_OFFER  make_answer           IDLE          agree; NotAcceptable drops the offer, as it was before
REMOTE_OFFER  drop_offer            IDLE          as it was before
REMOTE_OFFER  receive_offer         REMOTE_OFFER  OfferCollision, 500
*             anything else         *             LocalProtocolError

An INVITE without an offer is make_offer for its 2xx, and receive_answer for the ACK.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from sip_frontend.sdp import negotiate
from sip_frontend.sdp.agreement import AgreedMedia, LocalMedia
from sip_frontend.sdp.errors import NotAcceptable, OfferCollision
from sip_frontend.sdp.session import SessionDescription
from sip_frontend.sdp.writing import Layout, refused_section, with_version
from switchroom.errors import LocalProtocolError


class NegotiationState(Enum):
    """Whose offer is open."""

    IDLE = "idle"
    LOCAL_OFFER = "local-offer"
    REMOTE_OFFER = "remote-offer"


class Negotiation:
    """Offers and answers of one dialog. :attr:`local` may be changed between them; the next description tells."""

    __slots__ = ("_before", "_layout", "_mid", "_numbers", "_offered", "agreed", "local", "remote", "sent", "state")

    def __init__(self, local: LocalMedia) -> None:
        self.local = local
        self.state = NegotiationState.IDLE
        self.agreed: AgreedMedia | None = None
        """What holds now; None before the first answer."""
        self.remote: SessionDescription | None = None
        """The peer's half of what holds now."""
        self.sent = b""
        """Our last description."""
        self._offered: SessionDescription | None = None
        self._before = (local.direction, local.codecs)
        self._numbers: dict[tuple[str, int], int] = {}
        self._layout: Layout = (None,)
        self._mid: str | None = None

    def make_offer(self, *, direction: str | None = None, codecs: Sequence[str] | None = None) -> bytes:
        """An offer of :attr:`local`; *direction* and *codecs* are written into it first. Hold is ``sendonly``."""
        self._want(NegotiationState.IDLE, "make an offer")
        self._prefer(direction, codecs)
        self._learn_numbers()
        self._send(negotiate.offer(self.local, numbers=self._numbers, layout=self._layout, mid=self._mid))
        self.state = NegotiationState.LOCAL_OFFER
        return self.sent

    def receive_offer(self, body: bytes) -> SessionDescription:
        """Take the peer's offer.

        Raises:
            OfferCollision: another offer is open; its ``status_hint`` is what to answer.
            SdpError: it cannot be read.
        """
        if self.state is NegotiationState.LOCAL_OFFER:
            raise OfferCollision("our offer is open", 491)
        if self.state is NegotiationState.REMOTE_OFFER:
            raise OfferCollision("an earlier offer has no answer yet", 500)
        offered = self._offered = SessionDescription.parse(body)
        self.state = NegotiationState.REMOTE_OFFER
        return offered

    def make_answer(self, *, direction: str | None = None, codecs: Sequence[str] | None = None) -> bytes:
        """Answer the open offer.

        Raises:
            NotAcceptable: 488; what was agreed before still holds.
        """
        offered = self._offered
        if offered is None or self.state is not NegotiationState.REMOTE_OFFER:
            raise LocalProtocolError("there is no offer to answer")
        self._prefer(direction, codecs)
        try:
            body, agreed = negotiate.answer(offered, self.local)
        except NotAcceptable:
            self._revert()
            raise
        self.state = NegotiationState.IDLE
        self._offered = None
        self._send(body)
        self.remote, self.agreed = offered, agreed
        self._mid = offered.media[agreed.line].get("mid")
        self._layout = tuple(
            [None if line == agreed.line else refused_section(media) for line, media in enumerate(offered.media)]
        )
        return self.sent

    def receive_answer(self, body: bytes, *, tentative: bool = False) -> AgreedMedia:
        """Take the peer's answer.

        An answer in an unreliable provisional response is *tentative*: RFC 3261 section 13.2.1 wants later ones
        ignored, but gateways send early media from elsewhere, so for us the last one holds.

        Raises:
            NotAcceptable: it refuses what we offered. The offer stays open.
            SdpError: it cannot be read, or is no answer to our offer.
        """
        if self.state is NegotiationState.IDLE and self.agreed is not None:
            return self.agreed
        self._want(NegotiationState.LOCAL_OFFER, "take an answer")
        remote = SessionDescription.parse(body)
        agreed = negotiate.read_answer(self.sent, remote, self.local)
        self.remote, self.agreed = remote, agreed
        if not tentative:
            self.state = NegotiationState.IDLE
        return agreed

    def offer_failed(self) -> None:
        """The peer refused our offer: what was agreed before still holds (RFC 3264 section 8)."""
        self._want(NegotiationState.LOCAL_OFFER, "give up an offer")
        self._revert()

    def drop_offer(self) -> None:
        """We refuse the peer's offer, or the peer took it back with CANCEL."""
        self._want(NegotiationState.REMOTE_OFFER, "drop an offer")
        self._revert()

    def fork(self) -> Negotiation:
        """Our open offer in another early dialog of the same INVITE: each dialog gets its own answer."""
        twin = Negotiation(replace(self.local))
        twin.state, twin.sent = NegotiationState.LOCAL_OFFER, self.sent
        twin._numbers, twin._layout, twin._mid = dict(self._numbers), self._layout, self._mid
        return twin

    def _want(self, state: NegotiationState, what: str) -> None:
        if self.state is not state:
            raise LocalProtocolError(f"cannot {what} while the negotiation is {self.state.value}")

    def _prefer(self, direction: str | None, codecs: Sequence[str] | None) -> None:
        local = self.local
        self._before = (local.direction, local.codecs)
        if direction is not None:
            local.direction = direction
        if codecs is not None:
            local.codecs = tuple(codecs)

    def _revert(self) -> None:
        self.local.direction, self.local.codecs = self._before
        self._offered = None
        self.state = NegotiationState.IDLE

    def _send(self, body: bytes) -> None:
        """Keep *body* as what we sent, under the next version if it differs (RFC 3264 section 8)."""
        if self.sent and body != self.sent:
            self.local.version += 1
            body = with_version(body, self.local)
        self.sent = body

    def _learn_numbers(self) -> None:
        """Payload numbers keep their meaning: ours first, then whatever else the peer uses a number for."""
        agreed = self.agreed
        if agreed is None or self.remote is None:
            return
        for payload in agreed.receive_formats:
            self._numbers[payload.name.upper(), payload.clock_rate] = payload.payload_type
        if agreed.telephone_event_receive is not None:
            self._numbers["TELEPHONE-EVENT", agreed.telephone_event_rate] = agreed.telephone_event_receive
        for payload in self.remote.media[agreed.line].payload_formats():
            self._numbers.setdefault((payload.name.upper(), payload.clock_rate), payload.payload_type)
