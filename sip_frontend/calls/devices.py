"""How a registered device is reached: along the flow it registered on, or not at all where a NAT may be in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sip_frontend.message import SipParseError, Uri
from sip_frontend.transaction import Flow
from switchroom.v1 import registrar_pb2 as pb

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange


class Way(NamedTuple):
    """A device and the flow to it; no flow means that its contact says where it is."""

    binding: pb.Binding
    flow: Flow | None


def flow_of(flow: pb.Flow) -> Flow | None:
    """The flow a device registered on, None when the registrar noted none."""
    if not flow.transport:
        return None
    return Flow(
        flow.transport,
        (flow.local.address, flow.local.port),
        (flow.remote.address, flow.remote.port),
        flow.connection,
    )


def way_to(ex: Exchange, binding: pb.Binding) -> Way | None:
    """The way to a device; None when there is none from here.

    A flow ends with its connection, and is known to one frontend alone (RFC 5626 section 5). A device that registered
    from the very address that it names can be dialled instead; a browser, or whoever is behind a NAT, cannot.
    """
    flow = flow_of(binding.flow)
    if flow is None or (binding.flow.frontend in ("", ex.settings.name) and ex.is_open(flow)):
        return Way(binding, flow)
    try:
        contact = Uri.parse(binding.contact)
    except SipParseError:
        return None
    if flow.transport in ("WS", "WSS") or contact.host != flow.remote[0]:
        return None
    return Way(binding, None)


def is_secure(way: Way) -> bool:
    """Whether a call along *way* goes by TLS."""
    if way.flow is not None:
        return way.flow.secure
    contact = Uri.parse(way.binding.contact)
    return contact.scheme == "sips" or contact.transport.upper() == "TLS"


def ways_of(ex: Exchange, aor: str) -> list[Way]:
    """The ways to every device of *aor* (``user@realm``) that there is one to."""
    ways = (way_to(ex, binding) for binding in ex.locations.find(aor, ex.unix))
    return [way for way in ways if way is not None]
