"""The sockets of SIP: UDP, TCP and what runs over TCP."""

from __future__ import annotations

from sip_frontend.transport.limits import Counters, Limits
from sip_frontend.transport.transports import Listener, Transports

__all__ = ["Counters", "Limits", "Listener", "Transports"]
