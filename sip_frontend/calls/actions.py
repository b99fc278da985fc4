"""What the call core asks the driver to do. SIP itself goes out as the transaction layer's ``Send``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sip_frontend.location import Hop
from sip_frontend.message import Uri
from switchroom.errors import BusError
from switchroom.v1 import envelope_pb2 as wire

if TYPE_CHECKING:
    from sip_frontend.calls.call import Call
    from sip_frontend.calls.run import Run

Reply = Callable[[wire.Envelope | BusError], None]


class Activate:
    """Bring the pending events of *run* to its worker, or to one if it has none."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run: Final = run


class AskMedia:
    """A request to the media worker named *worker*; *reply* gets the answer or the error."""

    __slots__ = ("envelope", "reply", "worker")

    def __init__(self, worker: str, envelope: wire.Envelope, reply: Reply) -> None:
        self.worker: Final = worker
        self.envelope: Final = envelope
        self.reply: Final = reply


class TellMedia:
    """An event to the media worker named *worker*."""

    __slots__ = ("envelope", "worker")

    def __init__(self, worker: str, envelope: wire.Envelope) -> None:
        self.worker: Final = worker
        self.envelope: Final = envelope


class AskRegistrar:
    """A request to any registrar; *reply* gets the answer or the error."""

    __slots__ = ("envelope", "reply")

    def __init__(self, envelope: wire.Envelope, reply: Reply) -> None:
        self.envelope: Final = envelope
        self.reply: Final = reply


class Locate:
    """Find where *uri* leads (RFC 3263); *reply* gets the hops, best first, [] when it leads nowhere."""

    __slots__ = ("reply", "uri")

    def __init__(self, uri: Uri, reply: Callable[[list[Hop]], None]) -> None:
        self.uri: Final = uri
        self.reply: Final = reply


class Publish:
    """Tell the watchers: an event of a call, or of the application with its JSON *payload*."""

    __slots__ = ("call", "name", "payload")

    def __init__(self, name: str, call: Call | None, payload: str = "") -> None:
        self.name: Final = name
        self.call: Final = call
        self.payload: Final = payload


class Log:
    """One line of the log."""

    __slots__ = ("event", "keys", "level")

    def __init__(self, level: str, event: str, keys: dict[str, object]) -> None:
        self.level: Final = level
        self.event: Final = event
        self.keys: Final = keys


Action = Activate | AskMedia | TellMedia | AskRegistrar | Locate | Publish | Log
