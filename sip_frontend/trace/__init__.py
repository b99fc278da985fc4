"""Messages as they came and went, for people: a mirror to Homer, and the last ones kept for ``switchroom trace``."""

from __future__ import annotations

from sip_frontend.trace.channels import ChannelWatch
from sip_frontend.trace.hep import HepMirror, encode_hep
from sip_frontend.trace.masking import masked
from sip_frontend.trace.ring import OfChannel, Ring, Traced
from sip_frontend.trace.watch import Watch

__all__ = ["ChannelWatch", "HepMirror", "OfChannel", "Ring", "Traced", "Watch", "encode_hep", "masked"]
