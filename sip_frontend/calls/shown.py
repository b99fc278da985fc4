"""What the INVITE of a leg tells the phone beside From and To: who it is, and that it shall answer by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import identity
from sip_frontend.message import Header

if TYPE_CHECKING:
    from sip_frontend.calls.call import Call
    from sip_frontend.calls.exchange import Exchange
    from switchroom.v1 import worker_pb2 as worker_pb


def headers(ex: Exchange, call: Call, options: worker_pb.Dial) -> list[Header]:
    """The headers of CM-105, CM-110 and CM-111."""
    found = identity.identity_headers(call)
    if call.trunk is None and not call.view.caller.privacy:
        found.append(("Remote-Party-ID", identity.remote_party(call, turned=options.party_calling)))
    if options.HasField("auto_answer_s"):
        found += auto_answer(ex, options.auto_answer_s)
    return found


def auto_answer(ex: Exchange, after_s: int) -> list[Header]:
    """The two ways that phones understand: Call-Info of Snom and most others, Alert-Info of Polycom and Grandstream."""
    return [
        ("Call-Info", f"<sip:{ex.settings.realm}>;answer-after={after_s}"),
        ("Alert-Info", f"<http://{ex.settings.realm}>;info=alert-autoanswer;delay={after_s}"),
    ]
