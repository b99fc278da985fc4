"""What makes two messages belong to one transaction (RFC 3261 sections 17.1.3, 17.2.3 and 8.2.2.2)."""

from __future__ import annotations

from sip_frontend.message import Request


def client_key(branch: str, method: str) -> str:
    """The key of a client transaction. A CANCEL has the branch of its INVITE, so the method is part of it."""
    return f"{branch} {method}"


def server_key(request: Request, method: str) -> str:
    """The key of the server transaction of *method* that *request* belongs to.

    ACK and CANCEL find their INVITE with *method* ``INVITE``. Beyond section 17.2.3 Call-ID and CSeq number
    count too: they are the same in all of INVITE, ACK and CANCEL, and they keep apart the requests of peers that reuse
    a branch; and so does the transport, because a request sent again along another one wants its answer there. Where
    no ACK and no CANCEL has to fit, so does the Request-URI.
    """
    via = request.via
    uri = "" if method == "INVITE" or method == "CANCEL" else request.uri
    if via.is_rfc3261:
        sent_by = f"{via.transport} {via.host}:{via.port}"
        return f"{via.branch} {sent_by} {request.call_id} {request.cseq} {method} {uri}"
    return _key_without_cookie(request, method, uri)


def _key_without_cookie(request: Request, method: str, uri: str) -> str:
    """RFC 2543 matching: Request-URI, From tag, Call-ID, CSeq number and the top Via.

    The To tag is left out: only the ACK to a failed INVITE differs from its INVITE there, and the CSeq number
    already tells the requests of one dialog apart. So is the Request-URI of an INVITE: old peers write another one
    into their ACK, and would get the failure again and again.
    """
    via = request.via
    return (
        f"\x00{uri} {request.from_tag} {request.call_id} {request.cseq} {method} "
        f"{via.transport} {via.host}:{via.port} {via.branch}"
    )


def merge_id(request: Request) -> int:
    """Equal for copies of one request that came along two paths (RFC 3261 section 8.2.2.2).

    Paths that end in different transports are not compared: a client that tries again by TCP wants an answer there.
    A hash in place of the values: one is kept for every transaction, and Python keys it afresh in every process.
    """
    return hash((request.from_tag, request.call_id, request.cseq, request.method, request.via.transport))
