"""Who sees every message that comes in or goes out, as bytes."""

from __future__ import annotations

from typing import Protocol

from sip_frontend.transaction.flow import Flow


class Tap(Protocol):
    """Called for each message that the gate let in, and each that was sent."""

    def received(self, data: bytes, flow: Flow) -> None:
        """A message came in."""

    def sent(self, data: bytes, flow: Flow) -> None:
        """A message went out."""
