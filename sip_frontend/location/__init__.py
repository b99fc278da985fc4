"""Where a URI leads: RFC 3263, from NAPTR, SRV and address records to transports, addresses and ports, best first."""

from __future__ import annotations

from sip_frontend.location.dead import Dead
from sip_frontend.location.records import Answer, Naptr, Question, Srv
from sip_frontend.location.targets import Able, Hop, is_address, locate, located_at_once

__all__ = ["Able", "Answer", "Dead", "Hop", "Naptr", "Question", "Srv", "is_address", "locate", "located_at_once"]
