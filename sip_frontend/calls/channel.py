"""The media side of a leg: what its channel should be, and where it lives."""

from __future__ import annotations

from typing import NamedTuple

from sip_frontend.sdp import AgreedMedia
from switchroom.v1 import media_pb2 as media


class Place(NamedTuple):
    """Where a socket is, and what peers are told instead."""

    local: str
    advertised: str

    @property
    def family(self) -> str:
        return family_of(self.advertised)


class Port:
    """One granted RTP port (its RTCP port is the next), at an address of one family or at one of each."""

    __slots__ = ("block_id", "life", "number", "places")

    def __init__(self, block_id: int, places: tuple[Place, ...], number: int, life: int = 0) -> None:
        self.block_id = block_id
        self.life = life
        """Which life of which worker granted it: block ids begin anew with each."""
        self.places = places
        self.number = number

    def at(self, family: str) -> Place | None:
        """Where it is in this address family (``IP4`` or ``IP6``), if it is."""
        for place in self.places:
            if place.family == family:
                return place
        return None


def family_of(address: str) -> str:
    """The address family of a literal, as descriptions name it."""
    return "IP6" if ":" in address else "IP4"


class Channel:
    """A media channel as the frontend wants it. ``spec`` is sent whole whenever it has changed (``dirty``)."""

    __slots__ = (
        "_agreed",
        "_wanted",
        "call_id",
        "closing",
        "dirty",
        "former",
        "heard_by",
        "moves",
        "port",
        "spec",
        "worker",
    )

    def __init__(
        self, channel_id: str, call_id: str, worker: str, port: Port, idle_after_s: int, dscp: int = 0
    ) -> None:
        self.call_id = call_id
        self.worker = worker
        self.port = port
        self.closing = False
        self.heard_by: tuple[str, ...] = ()
        """The calls that alone hear it; none: all of its group do."""
        self.dirty = False
        self._wanted = self._agreed = (True, True)
        self.former = ""
        """The worker that had it, until the one that is to have it has answered."""
        self.moves = 0
        """How often it got another port."""
        spec = media.ChannelSpec(channel_id=channel_id, local_address=port.places[0].local, local_port=port.number)
        spec.direction.send = spec.direction.receive = True
        spec.idle_after_s = idle_after_s
        spec.dscp = dscp
        self.spec = spec

    @property
    def channel_id(self) -> str:
        return self.spec.channel_id

    def house(self, port: Port) -> None:
        """It is at *port* now."""
        place = port.at(family_of(self.spec.local_address)) or port.places[0]
        self.port = port
        self.spec.local_address, self.spec.local_port = place.local, port.number

    def apply(self, agreed: AgreedMedia) -> None:
        """Take over what offer and answer agreed on."""
        spec = self.spec
        remote = spec.remote
        remote.rtp.address = agreed.remote_address
        remote.rtp.port = agreed.remote_port
        remote.rtcp.address = agreed.remote_rtcp_address
        remote.rtcp.port = agreed.remote_rtcp_port
        remote.rtcp_mux = agreed.rtcp_mux
        remote.latch = True
        place = self.port.at(family_of(agreed.remote_address))
        if place is not None:
            spec.local_address = place.local
        del spec.formats[:]
        for form in agreed.formats:
            spec.formats.add(
                name=form.name,
                payload_type=form.payload_type,
                clock_rate=form.clock_rate,
                channels=form.channels,
                fmtp=form.fmtp,
            )
        self._events(agreed)
        self._agreed = (agreed.send, agreed.receive)
        self._direct()
        spec.ptime_ms = agreed.ptime_ms

    def want(self, *, send: bool, receive: bool) -> None:
        """What the script wants of both directions; it outlives new offers, and never goes beyond what was agreed."""
        self._wanted = (send, receive)
        self._direct()

    def _direct(self) -> None:
        direction = self.spec.direction
        direction.send = self._wanted[0] and self._agreed[0]
        direction.receive = self._wanted[1] and self._agreed[1]

    def _events(self, agreed: AgreedMedia) -> None:
        spec = self.spec
        if agreed.telephone_event_send is None:
            spec.ClearField("telephone_event_send_pt")
        else:
            spec.telephone_event_send_pt = agreed.telephone_event_send
        # Who cannot tell digits by events presses them all the same.
        spec.detect_in_band = agreed.telephone_event_receive is None
        if agreed.telephone_event_receive is None:
            spec.ClearField("telephone_event_receive_pt")
        else:
            spec.telephone_event_receive_pt = agreed.telephone_event_receive
        spec.telephone_event_rate = agreed.telephone_event_rate
