"""Dialogs: RFC 3261 section 12. What two user agents remember of each other between INVITE and BYE.

A dialog builds its requests and checks those of its peer; which responses and timers follow is for its users. One
INVITE may lead to several dialogs, one for each To tag (section 12.1.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, final

from sip_frontend.dialog.route_set import RouteSet, request_uri
from sip_frontend.message import Address, Message, Request, Response, Uri, build_request
from sip_frontend.transaction import Flow
from switchroom.errors import SipParseError

DialogId = tuple[str, str, str]
"""Call-ID, local tag, remote tag; a tag is "" where the peer has none (RFC 2543)."""

REFRESHES_TARGET: Final = frozenset(("INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"))
"""Methods whose Contact moves the remote target (RFC 3261 section 12.2, RFC 3311, RFC 6665, RFC 3515)."""

Record = dict[str, Any]
"""A dialog as JSON can hold it."""

_RECORDED: Final = (
    "call_id",
    "contact",
    "early",
    "invite_cseq",
    "local_cseq",
    "local_tag",
    "local_value",
    "remote_cseq",
    "remote_tag",
    "remote_target",
    "remote_value",
    "secure",
)

_MAX_FORWARDS: Final = ("Max-Forwards", "70")


@final
class Dialog:
    """One dialog. *local_value* and *remote_value* are the From and To of our requests, with their tags.

    *contact* is the Contact value our requests carry; *flow* is the way the peer was last heard on, for the driver
    to send along as long as it is usable, else it asks ``next_hop``.
    """

    __slots__ = (
        "call_id",
        "contact",
        "early",
        "flow",
        "invite_cseq",
        "local_cseq",
        "local_tag",
        "local_value",
        "remote_cseq",
        "remote_tag",
        "remote_target",
        "remote_value",
        "route_set",
        "secure",
    )

    def __init__(self, call_id: str, flow: Flow, contact: str) -> None:
        self.call_id = call_id
        self.flow = flow
        self.contact = contact
        self.local_tag = ""
        self.remote_tag = ""
        self.local_value = ""
        self.remote_value = ""
        self.remote_target = ""
        self.route_set = RouteSet()
        self.local_cseq = 0
        self.remote_cseq = -1
        self.invite_cseq = 0
        self.secure = False
        self.early = True

    @classmethod
    def uas(cls, request: Request, local_tag: str, flow: Flow, contact: str) -> Dialog:
        """The dialog of a request we answer with *local_tag* (section 12.1.1); early until ``confirm``.

        Raises SipParseError when its Contact or Record-Route cannot be read, and for want of a Contact.
        """
        dialog = cls(request.call_id, flow, contact)
        dialog.local_tag = local_tag
        dialog.remote_tag = request.from_tag
        dialog.local_value = request.to_value if request.to_tag else f"{request.to_value};tag={local_tag}"
        dialog.remote_value = request.from_value
        dialog.remote_target = _target_of(request)
        dialog.route_set = RouteSet.from_request(request)
        dialog.remote_cseq = dialog.invite_cseq = request.cseq
        dialog.secure = flow.secure and request.uri[:5].lower() == "sips:"
        return dialog

    @classmethod
    def uac(cls, invite: bytes, response: Response, flow: Flow, contact: str) -> Dialog:
        """The dialog that *response* opens for our request *invite* (section 12.1.2); early if it is a 1xx."""
        dialog = cls(response.call_id, flow, contact)
        uri = invite[: invite.index(b"\r\n")].split(b" ")[1].decode("utf-8", "surrogateescape")
        dialog.local_tag = response.from_tag
        dialog.remote_tag = response.to_tag
        dialog.local_value = response.from_value
        dialog.remote_value = response.to_value
        # Without a Contact, which a 1xx may lack, the peer is reached where the request went.
        dialog.remote_target = uri
        dialog.local_cseq = dialog.invite_cseq = response.cseq
        dialog.secure = uri[:5].lower() == "sips:"
        dialog.confirm(response)
        return dialog

    @classmethod
    def from_record(cls, record: Record) -> Dialog:
        """The dialog that ``to_record`` wrote down, perhaps in a process before this one.

        A connection of that process is gone: the flow has its addresses and no connection, and cannot be sent along.
        """
        transport, host, port, peer_host, peer_port = record["flow"]
        dialog = cls(record["call_id"], Flow(transport, (host, port), (peer_host, peer_port)), record["contact"])
        for name in _RECORDED:
            setattr(dialog, name, record[name])
        dialog.route_set = RouteSet.of(tuple(record["routes"]))
        return dialog

    def to_record(self) -> Record:
        """All of the dialog as plain values, for a journal."""
        flow = self.flow
        record: Record = {name: getattr(self, name) for name in _RECORDED}
        record["flow"] = [flow.transport, *flow.local, *flow.remote]
        record["routes"] = list(self.route_set.routes)
        return record

    @property
    def id(self) -> DialogId:
        """The key of this dialog."""
        return (self.call_id, self.local_tag, self.remote_tag)

    def confirm(self, response: Response | None = None) -> None:
        """Leave the early state; a UAC gives the response that does it.

        The 2xx decides about route set and target, whatever an earlier 1xx said (section 13.2.2.4).
        """
        if response is None:
            self.early = False
            return
        self.early = response.status < 200
        try:
            self.route_set = RouteSet.from_response(response)
        except SipParseError:
            # A response cannot be refused: what cannot be read is as if it were not there.
            self.route_set = RouteSet()
        self.refresh_target(response)

    def accepts(self, request: Request) -> int | None:
        """Check the CSeq of a request of the peer: None, or the status that refuses it (section 12.2.2).

        Gaps are allowed; ACK and CANCEL repeat the number of their INVITE and count nothing.
        """
        if request.method in ("ACK", "CANCEL"):
            return None
        if request.cseq < self.remote_cseq:
            return 500
        self.remote_cseq = request.cseq
        if request.method == "INVITE":
            self.invite_cseq = request.cseq
        return None

    def refresh_target(self, message: Message) -> None:
        """Take the Contact of a target refresh request, or of a response to ours (sections 12.2.1.2, 12.2.2).

        One that cannot be read changes nothing; a request with it was refused before it came here.
        """
        if message.cseq_method in REFRESHES_TARGET:
            try:
                contact = message.contact
            except SipParseError:
                return
            if contact is not None and contact.uri.is_sip:
                self.remote_target = request_uri(contact.uri)

    def request(
        self,
        method: str,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        *,
        sent_by: str,
        branch: str,
        transport: str = "",
    ) -> bytes:
        """Build the next request (section 12.2.1.1); it takes the next CSeq number.

        *sent_by* is the ``host:port`` of ours that the peer may answer at, *transport* what it goes by if not by
        ``flow``. A Contact is added where the method refreshes the target and *headers* has none.
        """
        self.local_cseq += 1
        if method == "INVITE":
            self.invite_cseq = self.local_cseq
        return self._build(method, self.local_cseq, headers, body, sent_by, branch, transport)

    def ack(
        self,
        cseq: int,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        *,
        sent_by: str,
        branch: str,
        transport: str = "",
    ) -> bytes:
        """Build the ACK to a 2xx of the INVITE with *cseq* (section 13.2.2.4); keep the bytes for repeated 2xx.

        *headers* must hold the credentials of that INVITE, if it had some.
        """
        return self._build("ACK", cseq, headers, body, sent_by, branch, transport)

    @property
    def request_uri(self) -> str:
        """The Request-URI of our next request, which its credentials must name."""
        return self.route_set.address(self.remote_target)[0]

    def next_hop(self) -> Uri:
        """Who gets the next request, for when ``flow`` cannot be used: the first route, else the remote target."""
        return self.route_set.next_hop(self.remote_target)

    def _build(
        self,
        method: str,
        cseq: int,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        sent_by: str,
        branch: str,
        transport: str,
    ) -> bytes:
        uri, routes = self.route_set.address(self.remote_target)
        lines = [("Via", f"SIP/2.0/{transport or self.flow.transport} {sent_by};branch={branch};rport")]
        lines.extend([("Route", route) for route in routes])
        lines.append(_MAX_FORWARDS)
        lines.append(("From", self.local_value))
        lines.append(("To", self.remote_value))
        lines.append(("Call-ID", self.call_id))
        lines.append(("CSeq", f"{cseq} {method}"))
        if method in REFRESHES_TARGET and self.contact and not any(name == "Contact" for name, _ in headers):
            lines.append(("Contact", self.contact))
        lines.extend(headers)
        return build_request(method, uri, lines, body)


def id_at_uas(request: Request) -> DialogId:
    """The id of the dialog a request of the peer belongs to (section 12.2.2)."""
    return (request.call_id, request.to_tag, request.from_tag)


def id_at_uac(response: Response) -> DialogId:
    """The id of the dialog a response to our request belongs to, or opens."""
    return (response.call_id, response.from_tag, response.to_tag)


def _target_of(request: Request) -> str:
    """Where the peer wants to be reached; peers of RFC 2543 may say it in From alone (its section 6.13)."""
    contact = request.contact
    if contact is None:
        if request.via.is_rfc3261:
            raise SipParseError("Contact: missing", header="Contact")
        contact = Address.parse(request.from_value, "From")
    return request_uri(contact.uri)
