"""What goes into a negotiation, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sip_frontend.sdp.media import Attribute, Format
from sip_frontend.sdp.profile import Security

PLAIN_ONLY: Final = frozenset((Security.PLAIN,))


@dataclass(slots=True)
class LocalMedia:
    """Our side of the audio stream."""

    address: str
    port: int
    session_id: int
    version: int
    codecs: tuple[str, ...]
    """Names, the one we like best first."""
    telephone_event: bool = True
    ptime_ms: int = 20
    direction: str = "sendrecv"
    """What we want, whatever the peer wants: ``sendonly`` while we hold it."""
    rtcp_mux: bool = True
    """Whether we take RTCP on the RTP port when the peer offers it."""
    profile: str = "RTP/AVP"
    """Of our own offers. An answer takes the profile of the offer."""
    securities: frozenset[Security] = PLAIN_ONLY
    attributes: tuple[Attribute, ...] = ()
    """Further lines of the audio section: keys, fingerprints, candidates."""
    session_attributes: tuple[Attribute, ...] = ()
    origin: str = ""
    """The address of the first description, when it was another one: ``o=`` stays (RFC 3264 section 8)."""

    @property
    def family(self) -> str:
        return "IP6" if ":" in self.address else "IP4"

    def move_to(self, address: str, *, described: bool) -> None:
        """Our media is at another address; *described*: the peer has had a description."""
        if address != self.address:
            self.origin = (self.origin or self.address) if described else ""
            self.address = address


@dataclass(slots=True)
class AgreedMedia:
    """What an offer and its answer come to, as we must carry it out."""

    remote_address: str
    """Literal or name; the wildcard address when the peer gave a black hole."""
    remote_port: int
    remote_rtcp_address: str
    remote_rtcp_port: int
    """0: the peer wants no RTCP."""
    rtcp_mux: bool
    formats: tuple[Format, ...]
    """What we may send, by the numbers the peer wants to receive; the first is what we send."""
    receive_formats: tuple[Format, ...]
    """The same encodings by the numbers the peer sends them with."""
    telephone_event_send: int | None
    telephone_event_receive: int | None
    telephone_event_rate: int
    send: bool
    receive: bool
    held: bool
    """The peer holds us: it takes no audio."""
    ptime_ms: int
    profile: str
    security: Security
    line: int
    """Index of the audio section among the ``m=`` lines."""
    attributes: tuple[Attribute, ...]
    """All of the peer's: those of the section, then those of the session."""
