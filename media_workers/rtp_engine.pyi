from collections.abc import Sequence
from typing import final

__all__ = ["ChannelSpec", "Engine", "EngineFull", "Event", "PlayerSpec", "RecorderSpec", "Stats", "salvage"]

class EngineFull(Exception):
    """A queue of the engine is full; try again later."""

def salvage(path: str) -> tuple[int, int] | None:
    """Give the recording that a process which died left behind its name: bytes and milliseconds of it, or nothing when
    there is nothing or somebody still writes it."""

@final
class PlayerSpec:
    """A playlist, and since when it plays. Items: (0 file, 1 tone, 2 file that must not be played; its name, start
    ms, stop ms, times, gain dB).

    A number of seeks that one which plays has not seen sends it to position_ms. The group is of one that plays over the
    rest. Voice that ends it: (shortest speech ms, margin in dB, softest level in dB below overload, power, frames
    averaged), 0 being the usual.
    """

    def __new__(
        cls,
        player_id: str,
        items: Sequence[tuple[int, str, int, int, int, int]],
        *,
        loop_: int = 0,
        interruptible: bool = False,
        paused: bool = False,
        elapsed_ms: int = 0,
        gain_db: int = 0,
        for_group: bool = False,
        seeks: int = 0,
        position_ms: int = 0,
        voice: tuple[int, int, int, int, int] | None = None,
    ) -> PlayerSpec: ...

@final
class RecorderSpec:
    """What to record (``both``, ``heard`` or ``said``), and when it begins and ends. Voice as in ``PlayerSpec``."""

    def __new__(
        cls,
        recorder_id: str,
        file: str,
        *,
        channels: int = 2,
        source: str = "both",
        after_player: str = "",
        pre_roll_ms: int = 0,
        max_wait_ms: int = 0,
        max_duration_ms: int = 0,
        min_duration_ms: int = 0,
        finish_after_silence_ms: int = 0,
        voice: tuple[int, int, int, int, int] | None = None,
        start_above_power: int = 0,
        finish_below_power: int = 0,
        average_frames: int = 0,
        paused: bool = False,
        finished: bool = False,
    ) -> RecorderSpec: ...

@final
class ChannelSpec:
    """All a channel should be.

    Formats: (name, payload type, clock rate, channels). fmtp: what the peer says of the first; None where nothing is
    known of it.
    """

    def __new__(
        cls,
        *,
        formats: Sequence[tuple[str, int, int, int]],
        remote: tuple[str, int] | None = None,
        rtcp: tuple[str, int] | None = None,
        rtcp_mux: bool = False,
        latch: bool = True,
        allowed_sources: Sequence[str] = ...,
        send: bool = True,
        receive: bool = True,
        event_receive: int | None = None,
        event_send: int | None = None,
        event_rate: int = 8000,
        echo: bool = False,
        group: str = "",
        muted: bool = False,
        deaf: bool = False,
        gain_db: int = 0,
        player: PlayerSpec | None = None,
        recorders: Sequence[RecorderSpec] = ...,
        detect_in_band: bool = False,
        detect_tones: bool = False,
        idle_after_s: int = 0,
        ptime_ms: int = 20,
        dscp: int = 0,
        name: str = "",
        heard_by: Sequence[str] | None = None,
        overlays: Sequence[PlayerSpec] = ...,
        fmtp: str | None = None,
    ) -> ChannelSpec: ...

@final
class Stats:
    """What was counted of a channel, and what follows from it."""

    @property
    def packets_received(self) -> int: ...
    @property
    def packets_sent(self) -> int: ...
    @property
    def bytes_received(self) -> int: ...
    @property
    def bytes_sent(self) -> int: ...
    @property
    def packets_lost(self) -> int: ...
    @property
    def packets_late(self) -> int: ...
    @property
    def packets_duplicate(self) -> int: ...
    @property
    def packets_dropped(self) -> int: ...
    @property
    def drops(self) -> dict[str, int]: ...
    @property
    def jitter_ms(self) -> float: ...
    @property
    def round_trip_ms(self) -> float: ...
    @property
    def remote_loss(self) -> float: ...
    @property
    def remote_jitter_ms(self) -> float: ...
    @property
    def mos(self) -> float: ...
    @property
    def mos_listening(self) -> float: ...
    @property
    def rating(self) -> float: ...
    @property
    def packets_discarded(self) -> int: ...
    @property
    def concealed_ms(self) -> int: ...
    @property
    def concealed(self) -> float: ...
    @property
    def buffer_ms(self) -> float: ...
    @property
    def burst_density(self) -> float: ...
    @property
    def burst_ms(self) -> int: ...
    @property
    def gap_density(self) -> float: ...
    @property
    def gap_ms(self) -> int: ...
    @property
    def remote_mos(self) -> float: ...
    @property
    def payload_type_in(self) -> int | None: ...
    @property
    def payload_type_out(self) -> int | None: ...
    @property
    def ssrc_in(self) -> int: ...
    @property
    def ssrc_out(self) -> int: ...

@final
class Event:
    """Something happened to a channel."""

    @property
    def kind(self) -> str: ...
    @property
    def handle(self) -> int: ...
    @property
    def unix_us(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def file(self) -> str: ...
    @property
    def duration_ms(self) -> int: ...
    @property
    def level_dbov(self) -> float: ...
    @property
    def stats(self) -> Stats | None: ...

@final
class Engine:
    """Packet threads, sockets and sounds."""

    def __new__(cls, *, threads: int = 1, sound_cache_bytes: int = ...) -> Engine: ...
    def events_fd(self) -> int: ...
    def take_events(self, limit: int = 256) -> list[Event]: ...
    def bind_block(self, address: str, first_port: int, pairs: int) -> None: ...
    def release_block(self, address: str, first_port: int, pairs: int) -> None: ...
    def set_channel(self, handle: int, address: str, port: int, spec: ChannelSpec) -> None: ...
    def close_channel(self, handle: int, reason: str) -> None: ...
    def send_digits(self, handle: int, digits: str, duration_ms: int = 0) -> None: ...
    def request_stats(self, handle: int, number: int) -> None: ...
    def flush(self) -> None: ...
    def load(self) -> tuple[int, float, int]: ...
    def shutdown(self) -> None: ...
