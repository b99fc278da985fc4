"""Who is asked before a message is read, and before a connection is taken."""

from __future__ import annotations

from typing import Protocol

from sip_frontend.guard import Verdict
from sip_frontend.transaction.flow import Flow


class Gate(Protocol):
    """The way in. Of the verdicts only ``DROP`` means anything more to a transport than "not this one"."""

    def judges(self, data: bytes, flow: Flow) -> Verdict:
        """What becomes of a message; it is handed up on PASS alone."""

    def admits_peer(self, host: str) -> bool:
        """Whether anything at all is taken of an address."""

    def malformed(self, flow: Flow) -> None:
        """Something that cannot be read came along *flow*."""
