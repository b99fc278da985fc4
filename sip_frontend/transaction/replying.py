"""The way back: where responses to a request go, also when its connection is gone, and what its top Via says.

RFC 3261 sections 18.2.1 and 18.2.2, RFC 3581.
"""

from __future__ import annotations

from typing import Final

from sip_frontend.message import Request, build_response, parse_message
from sip_frontend.message.hosts import same_host
from sip_frontend.message.via import Via
from sip_frontend.transaction.flow import UDP, Flow

_DEFAULT_PORT: Final = 5060
_DEFAULT_TLS_PORT: Final = 5061
_TAG_MASK: Final = 0xFFFFFFFF


def mark_source(request: Request, flow: Flow, *, force_rport: bool) -> Flow:
    """Note the source of *request* in its top Via and return the flow of its responses.

    Over a connection they go back along it. Over UDP they go to the source address; to the source port when the
    peer asked so (``rport``), else to the port of its sent-by. *force_rport* treats every peer as if it had asked,
    for phones behind NAT that do not know RFC 3581. ``maddr`` is disregarded on purpose: obeying it would let
    anybody aim our responses at anybody (section 18.2.2 means it for multicast, which we do not do).
    """
    host, port = flow.remote
    request.note_source(host, port)
    via = request.via
    if flow.transport != UDP or via.rport is not None or force_rport:
        return flow
    reply_port = via.port or _DEFAULT_PORT
    return flow if reply_port == port else Flow(UDP, flow.local, (host, reply_port))


def listening_port(via: Via, transport: str) -> int:
    """Where the sender of *via* listens: the port of its sent-by, or the default of *transport*."""
    return via.port or (_DEFAULT_TLS_PORT if transport == "TLS" else _DEFAULT_PORT)


def way_anew(response: bytes, flow: Flow) -> tuple[tuple[str, int], str]:
    """Address, and name for a certificate, to open a connection to for *response* when that of *flow* is gone.

    RFC 3261 section 18.2.2: the address it came from (``received``), the port of the sent-by. ``rport`` is that of the
    connection which is gone; nobody listens there.
    """
    via = parse_message(response).via
    host = flow.remote[0]
    return (host, listening_port(via, flow.transport)), "" if same_host(via.host, host) else via.host


def build_refusal(request: Request, status: int, retry_after_s: int = 0) -> bytes:
    """A response that leaves no state behind: its To tag is the same for each repetition (section 8.2.7)."""
    headers = (("Retry-After", str(retry_after_s)),) if retry_after_s else ()
    tag = f"{hash((request.via.branch, request.call_id, request.cseq)) & _TAG_MASK:08x}"
    return build_response(request, status, to_tag=tag, headers=headers)
