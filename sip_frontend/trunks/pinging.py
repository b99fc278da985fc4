"""OPTIONS to a peer of a trunk: is it there? (RFC 3261 section 11)

A peer that misses ``ping_misses`` in a row is down, and up again with the first answer. Any answer will do, a refusal
included, but 503 and 408: the first says that it takes no calls, the second that somebody else does not reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, final

from sip_frontend.calls.trunk_table import TrunkPeer, TrunkState
from sip_frontend.location import Hop
from sip_frontend.message import Header, Response, Uri, new_tag
from sip_frontend.trunks import sending

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.timers import Timer

_NOT_THERE: Final = (408, 503)


@final
class Pinger:
    """Asks one peer at the interval of its trunk. *chance* gives numbers from 0 to 1, so that not all ask at once."""

    __slots__ = ("_call_id", "_chance", "_cseq", "_ex", "_open", "_peer", "_tag", "_timer", "_trunk")

    def __init__(self, ex: Exchange, trunk: TrunkState, peer: TrunkPeer, chance: Callable[[], float]) -> None:
        self._ex = ex
        self._trunk = trunk
        self._peer = peer
        self._chance = chance
        self._call_id = f"{ex.new_id()}@{ex.settings.name}"
        self._tag = new_tag()
        self._cseq = 0
        self._open = 0
        """CSeq of the question that has no answer yet; 0 for none."""
        self._timer: Timer | None = None

    def start(self) -> None:
        """Ask for the first time, at some moment of the first interval."""
        self._timer = self._ex.timer(self._trunk.config.ping_s * self._chance(), self._due)

    def stop(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _due(self, now: float) -> None:
        if self._open:
            self._missed()
        self._cseq += 1
        self._open = self._cseq
        self._timer = self._ex.timer(self._trunk.config.ping_s, self._due)
        sending.find(self._ex, Uri.parse(self._trunk.uri_of(self._peer)), self._located)

    def _located(self, hops: list[Hop]) -> None:
        flow = sending.next_flow(self._ex, hops)
        if flow is None:
            return  # as a question without an answer
        ex, uri, number = self._ex, self._trunk.uri_of(self._peer), self._cseq
        who = f"<sip:{self._trunk.domain or ex.settings.realm}>"
        identity: list[Header] = [
            ("From", f"{who};tag={self._tag}"),
            ("To", f"<{uri}>"),
            ("Call-ID", self._call_id),
            ("CSeq", f"{number} OPTIONS"),
        ]
        rest: list[Header] = [("Contact", f"<sip:{ex.sent_by(flow)}>"), ("Accept", "application/sdp")]
        sending.send(ex, flow, "OPTIONS", uri, identity, rest, lambda response: self._answered(number, response))

    def _answered(self, number: int, response: Response | None) -> None:
        if response is None or response.status in _NOT_THERE:
            if number == self._open:
                self._missed()
            return
        self._open = 0
        peer = self._peer
        peer.misses = 0
        if not peer.up:
            peer.up = True
            self._ex.log("info", "trunk.peer_up", trunk=self._trunk.config.name, peer=peer.host_port)

    def _missed(self) -> None:
        self._open = 0
        peer = self._peer
        peer.misses += 1
        if peer.up and peer.misses >= self._trunk.config.ping_misses:
            peer.up = False
            self._ex.log("warning", "trunk.peer_down", trunk=self._trunk.config.name, peer=peer.host_port)
