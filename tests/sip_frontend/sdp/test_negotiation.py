"""The offer/answer state of a dialog (RFC 3264 section 4 and 8, RFC 6337)."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sip_frontend.sdp import (
    LocalMedia,
    Negotiation,
    NegotiationState,
    NotAcceptable,
    OfferCollision,
    SdpError,
    SessionDescription,
)
from switchroom.errors import LocalProtocolError
from tests.sip_frontend.sdp.conftest import describe

AUDIO = describe("m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000")
MOVED = describe("m=audio 4100 RTP/AVP 8", origin="- 1 2 IN IP4 198.51.100.7")
G729 = describe("m=audio 4000 RTP/AVP 18")


@pytest.fixture
def negotiation(local: LocalMedia) -> Negotiation:
    return Negotiation(local)


def version(body: bytes) -> str:
    return SessionDescription.parse(body).origin.version


def established(negotiation: Negotiation) -> Negotiation:
    negotiation.receive_offer(AUDIO)
    negotiation.make_answer()
    return negotiation


class TestAnswering:
    def test_offer_then_answer_agrees(self, negotiation: Negotiation) -> None:
        established(negotiation)
        assert negotiation.agreed is not None
        assert negotiation.agreed.remote_port == 4000
        assert negotiation.state is NegotiationState.IDLE

    @pytest.mark.covers("CM-125")
    def test_new_address_and_codec_in_mid_call_are_taken(self, negotiation: Negotiation) -> None:
        established(negotiation).receive_offer(MOVED)
        negotiation.make_answer()
        assert negotiation.agreed is not None
        assert (negotiation.agreed.remote_port, negotiation.agreed.formats[0].name) == (4100, "PCMA")

    def test_what_cannot_be_accepted_leaves_all_as_it_was(self, negotiation: Negotiation) -> None:
        before = established(negotiation).agreed
        negotiation.receive_offer(G729)
        with pytest.raises(NotAcceptable):
            negotiation.make_answer(direction="inactive")
        assert negotiation.agreed is before
        assert negotiation.local.direction == "sendrecv"
        assert negotiation.state is NegotiationState.IDLE

    def test_a_cancelled_offer_leaves_all_as_it_was(self, negotiation: Negotiation) -> None:
        before = established(negotiation).agreed
        negotiation.receive_offer(MOVED)
        negotiation.drop_offer()
        assert (negotiation.agreed, negotiation.state) == (before, NegotiationState.IDLE)

    def test_unreadable_offer_opens_nothing(self, negotiation: Negotiation) -> None:
        with pytest.raises(SdpError):
            negotiation.receive_offer(b"v=0")
        assert negotiation.state is NegotiationState.IDLE


class TestOffering:
    def test_offerless_invite_offer_in_2xx_answer_in_ack(self, negotiation: Negotiation) -> None:
        negotiation.make_offer()
        assert negotiation.receive_answer(AUDIO).remote_port == 4000
        assert negotiation.state is NegotiationState.IDLE

    def test_same_answer_again_is_ignored(self, negotiation: Negotiation) -> None:
        negotiation.make_offer()
        first = negotiation.receive_answer(AUDIO)
        assert negotiation.receive_answer(MOVED) is first

    def test_tentative_answer_gives_way_to_the_final_one(self, negotiation: Negotiation) -> None:
        negotiation.make_offer()
        assert negotiation.receive_answer(AUDIO, tentative=True).remote_port == 4000
        assert negotiation.receive_answer(MOVED).remote_port == 4100

    def test_refused_hold_is_as_if_never_asked(self, negotiation: Negotiation) -> None:
        before = established(negotiation).agreed
        negotiation.make_offer(direction="sendonly")
        negotiation.offer_failed()
        assert negotiation.agreed is before
        assert negotiation.local.direction == "sendrecv"
        assert b"a=sendrecv" in negotiation.make_offer()

    @pytest.mark.covers("CM-124")
    def test_hold_and_unhold(self, negotiation: Negotiation) -> None:
        established(negotiation)
        assert b"a=sendonly" in negotiation.make_offer(direction="sendonly")
        held = negotiation.receive_answer(describe("m=audio 4000 RTP/AVP 0\na=recvonly"))
        assert (held.send, held.receive) == (True, False)
        assert b"a=sendrecv" in negotiation.make_offer(direction="sendrecv")
        assert negotiation.receive_answer(AUDIO).receive

    def test_our_hold_outlives_an_offer_of_the_peer(self, negotiation: Negotiation) -> None:
        established(negotiation).make_offer(direction="sendonly")
        negotiation.receive_answer(AUDIO)
        negotiation.receive_offer(MOVED)
        assert b"a=sendonly" in negotiation.make_answer()

    def test_sections_and_numbers_of_the_session_stay(self, negotiation: Negotiation) -> None:
        negotiation.receive_offer(
            describe(
                "m=video 5000 RTP/AVP 99\na=mid:v",
                "m=audio 4000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\na=mid:a",
            )
        )
        negotiation.make_answer()
        body = SessionDescription.parse(negotiation.make_offer())
        assert [(media.kind, media.port, media.get("mid")) for media in body.media] == [
            ("video", 0, "v"),
            ("audio", 12000, "a"),
        ]
        assert body.media[1].formats == ["0", "8", "96"]
        reply = describe("m=video 0 RTP/AVP 99", "m=audio 4000 RTP/AVP 0")
        assert negotiation.receive_answer(reply).line == 1

    def test_each_early_dialog_has_its_own_answer(self, negotiation: Negotiation) -> None:
        negotiation.make_offer()
        twin = negotiation.fork()
        negotiation.receive_answer(AUDIO)
        late = negotiation.fork()
        assert twin.receive_answer(MOVED).remote_port == 4100
        assert late.receive_answer(MOVED).remote_port == 4100
        assert negotiation.agreed is not None
        assert negotiation.agreed.remote_port == 4000
        twin.make_offer(direction="sendonly")
        assert negotiation.local.version == 1


class TestVersion:
    """RFC 3264 section 8: the version grows by one when the description changes, and only then (DE-049)."""

    @pytest.mark.covers("CM-142")
    def test_changes_count(self, negotiation: Negotiation) -> None:
        negotiation.receive_offer(AUDIO)
        assert version(negotiation.make_answer()) == "1"
        negotiation.receive_offer(AUDIO)
        assert version(negotiation.make_answer()) == "1"
        assert version(negotiation.make_offer(direction="sendonly")) == "2"
        negotiation.receive_answer(AUDIO)
        assert version(negotiation.make_offer()) == "2"
        negotiation.receive_answer(AUDIO)
        negotiation.local.port = 12002
        negotiation.receive_offer(AUDIO)
        assert version(negotiation.make_answer()) == "3"


class TestGlare:
    @pytest.mark.covers("DR-010")
    def test_an_offer_while_ours_is_open_is_491(self, negotiation: Negotiation) -> None:
        established(negotiation).make_offer()
        with pytest.raises(OfferCollision) as caught:
            negotiation.receive_offer(MOVED)
        assert caught.value.status_hint == 491
        assert negotiation.state is NegotiationState.LOCAL_OFFER

    def test_an_offer_before_the_last_one_is_answered_is_500(self, negotiation: Negotiation) -> None:
        negotiation.receive_offer(AUDIO)
        with pytest.raises(OfferCollision) as caught:
            negotiation.receive_offer(MOVED)
        assert caught.value.status_hint == 500

    def test_our_own_mistakes_are_ours(self, negotiation: Negotiation) -> None:
        for mistake in (
            negotiation.make_answer,
            negotiation.offer_failed,
            negotiation.drop_offer,
            lambda: negotiation.receive_answer(AUDIO),
        ):
            with pytest.raises(LocalProtocolError):
                mistake()
        negotiation.receive_offer(AUDIO)
        with pytest.raises(LocalProtocolError):
            negotiation.make_offer()


class TwoParties(RuleBasedStateMachine):
    """Two negotiations play against each other: both always agree, and at most one offer is open."""

    def __init__(self) -> None:
        super().__init__()
        self.sides = [Negotiation(LocalMedia(f"192.0.2.{host}", 10000, host, 1, ("PCMU", "PCMA"))) for host in (1, 2)]

    def exchange(self, asker: int, direction: str | None) -> None:
        ours, theirs = self.sides[asker], self.sides[1 - asker]
        theirs.receive_offer(ours.make_offer(direction=direction))
        ours.receive_answer(theirs.make_answer())

    @rule()
    def first_offers(self) -> None:
        self.exchange(0, None)

    @rule()
    def second_offers(self) -> None:
        self.exchange(1, None)

    @rule()
    def first_holds(self) -> None:
        self.exchange(0, "sendonly")

    @rule()
    def second_holds(self) -> None:
        self.exchange(1, "inactive")

    @rule()
    def both_resume(self) -> None:
        self.exchange(0, "sendrecv")
        self.exchange(1, "sendrecv")

    @rule()
    def first_moves(self) -> None:
        self.sides[0].local.port += 2
        self.exchange(0, None)

    @invariant()
    def both_see_the_same(self) -> None:
        first, second = self.sides[0].agreed, self.sides[1].agreed
        if first is None or second is None:
            return
        assert (first.send, first.receive) == (second.receive, second.send)
        assert first.remote_port == self.sides[1].local.port
        assert second.remote_port == self.sides[0].local.port
        assert first.formats == second.formats


TestTwoParties = TwoParties.TestCase
TestTwoParties.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
