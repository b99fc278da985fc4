"""What was counted of the channel of a call, and how its peer is heard."""

from __future__ import annotations

from switchroom.lean.of_msgspec import msgspec
from switchroom.v1 import media_pb2


class ChannelStats(msgspec.Struct, frozen=True, kw_only=True):
    """``ChannelStats`` of the contract. Shares are 0 to 1, milliseconds end in ``_ms``."""

    channel_id: str = ""
    packets_received: int = 0
    packets_sent: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    packets_lost: int = 0
    """Never came."""
    packets_late: int = 0
    """Came behind a newer one."""
    packets_duplicate: int = 0
    packets_dropped: int = 0
    """Came and were of no use; why is in ``drops``."""
    drops: dict[str, int] = msgspec.field(default_factory=dict)
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0
    """0 until the peer's reports tell it."""
    remote_loss: float = 0.0
    """Share of our packets that the peer has lost lately."""
    remote_jitter_ms: float = 0.0
    remote_mos: float = 0.0
    """How the peer hears us, if it says so in an extended report (RFC 3611)."""
    mos: float = 0.0
    """Mean opinion score of a conversation, 1 to 4.5, by the E-model (ITU-T G.107); 0 before anything was heard."""
    mos_listening: float = 0.0
    """The same without the delay: how it sounds."""
    rating: float = 0.0
    """The E-model's R, 0 to 100."""
    packets_discarded: int = 0
    """Came too late for the jitter buffer. This and the next three are of sound that was decoded: mixed, recorded,
    listened to; what is only passed on is buffered and concealed by the phone that hears it."""
    concealed_ms: int = 0
    """Sound that was made up."""
    concealed: float = 0.0
    """Share that it is of all sound."""
    buffer_ms: float = 0.0
    """Mean delay of the jitter buffer."""
    burst_density: float = 0.0
    """Share of packets lost within bursts (RFC 3611 section 4.7.2)."""
    burst_ms: int = 0
    gap_density: float = 0.0
    """Share lost between bursts."""
    gap_ms: int = 0
    codec_in: str = ""
    codec_out: str = ""
    ssrc_in: int = 0
    ssrc_out: int = 0

    @property
    def loss(self) -> float:
        """Share of the packets to us that never came."""
        sent = self.packets_received + self.packets_lost
        return self.packets_lost / sent if sent else 0.0

    @classmethod
    def from_json(cls, text: str) -> ChannelStats:
        """From the ``value`` of a command's result, where 64-bit numbers are strings."""
        return msgspec.json.decode(text, type=cls, strict=False)

    @classmethod
    def from_wire(cls, stats: media_pb2.ChannelStats) -> ChannelStats:
        fields = {name: getattr(stats, name) for name in cls.__struct_fields__ if name != "drops"}
        return cls(**fields, drops=dict(stats.drops))

    def write(self, stats: media_pb2.ChannelStats) -> None:
        """Copy into the message *stats*."""
        for name in self.__struct_fields__:
            if name == "drops":
                stats.drops.update(self.drops)
            else:
                setattr(stats, name, getattr(self, name))
