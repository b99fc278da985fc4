"""Messages as they came and went, for people: a mirror to Homer, and the last ones kept for ``switchroom trace``."""

from __future__ import annotations

from sip_frontend.trace.hep import HepMirror, encode_hep
from sip_frontend.trace.masking import masked
from sip_frontend.trace.ring import Ring, Traced
from sip_frontend.trace.watch import Watch

__all__ = ["HepMirror", "Ring", "Traced", "Watch", "encode_hep", "masked"]
