"""All trunks of an exchange at work: registered, pinged, their names looked up; and how they are."""

from __future__ import annotations

from collections.abc import Callable
from secrets import randbelow
from typing import TYPE_CHECKING, Final, final

from sip_frontend.calls.trunk_table import TrunkPeer, TrunkState
from sip_frontend.location import Hop, is_address
from sip_frontend.message import Uri
from sip_frontend.transaction import Flow
from sip_frontend.trunks import sending
from sip_frontend.trunks.pinging import Pinger
from sip_frontend.trunks.registration import Registration

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange
    from sip_frontend.calls.timers import Timer

LOOK_UP_S: Final = 60.0
"""How often the names of peers are looked up, so that calls from them are known by their address."""


def _chance() -> float:
    return randbelow(1_000_000) / 1_000_000


@final
class Trunks:
    """``start``, ``stop``, ``status``. *chance* gives numbers from 0 to 1, for times that must not march in step."""

    def __init__(self, ex: Exchange, chance: Callable[[], float] = _chance) -> None:
        self._ex = ex
        self._states = list(ex.trunks.states.values())
        self._registrations = [Registration(ex, trunk, chance) for trunk in self._states if trunk.config.register]
        self._pingers = [
            Pinger(ex, trunk, peer, chance) for trunk in self._states if trunk.config.ping_s for peer in trunk.peers
        ]
        self._named = [(trunk, peer) for trunk in self._states for peer in trunk.peers if not is_address(peer.host)]
        self._look_up_due: Timer | None = None

    def start(self) -> None:
        """Begin; the transports must be there."""
        for registration in self._registrations:
            registration.start()
        for pinger in self._pingers:
            pinger.start()
        if self._named:
            self._look_up(0.0)

    def stop(self, done: Callable[[], None]) -> None:
        """Stop, and take back what is registered; *done* is called once, at the end of it."""
        if self._look_up_due is not None:
            self._look_up_due.cancel()
        for pinger in self._pingers:
            pinger.stop()
        left = len(self._registrations)
        if not left:
            done()

        def one_gone() -> None:
            nonlocal left
            left -= 1
            if not left:
                done()

        for registration in self._registrations:
            registration.stop(one_gone)

    def flow_failed(self, flow: Flow) -> None:
        """A connection broke."""
        for registration in self._registrations:
            registration.flow_failed(flow)

    def status(self) -> dict[str, float]:
        """For ``switchroom status``: peers that are up, whether it is registered, calls in and out."""
        values: dict[str, float] = {}
        for trunk in self._states:
            name = f"trunk.{trunk.config.name}"
            values[f"{name}.up"] = sum(peer.up for peer in trunk.peers)
            values[f"{name}.calls"] = trunk.calls
            if trunk.config.register:
                values[f"{name}.registered"] = trunk.registered
        return values

    def _look_up(self, now: float) -> None:
        for trunk, peer in self._named:
            self._find(trunk, peer)
        self._look_up_due = self._ex.timer(LOOK_UP_S, self._look_up)

    def _find(self, trunk: TrunkState, peer: TrunkPeer) -> None:
        def found(hops: list[Hop]) -> None:
            self._ex.trunks.learn(peer, {hop.remote for hop in hops})

        sending.find(self._ex, Uri.parse(trunk.uri_of(peer)), found)
