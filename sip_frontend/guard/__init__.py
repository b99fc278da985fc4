"""Who may speak to us, how often, and who is turned away before anything is spent on him. No I/O, no clock.

Every message passes ``Guard.judge`` as bytes, before it is parsed.
"""

from __future__ import annotations

from sip_frontend.guard.drops import Drops, Verdict
from sip_frontend.guard.guard import Fault, Guard
from sip_frontend.guard.networks import Networks
from sip_frontend.guard.overload import Overload
from sip_frontend.guard.policy import Policy

__all__ = ["Drops", "Fault", "Guard", "Networks", "Overload", "Policy", "Verdict"]
