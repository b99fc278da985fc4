"""One process, several frontends: a dialler for each, all saying the same Hello."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from switchroom.bus.curve import ClientKeys
from switchroom.bus.dialler import Dialler
from switchroom.v1.envelope_pb2 import Envelope, Heartbeat, Hello, Status, Welcome


class Mesh:
    """The callbacks tell which dialler, and so which frontend, they are about."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        endpoints: Sequence[str],
        hello: Hello,
        *,
        keys: ClientKeys | None = None,
        insecure: bool = False,
        on_welcome: Callable[[Dialler, Welcome], None],
        on_message: Callable[[Dialler, Envelope], None],
        on_lost: Callable[[Dialler, str], None],
        heartbeat: Callable[[], Heartbeat] | None = None,
        status: Callable[[], Status] | None = None,
    ) -> None:
        self.diallers = [
            Dialler(
                loop,
                endpoint,
                hello,
                keys=keys,
                insecure=insecure,
                on_welcome=on_welcome,
                on_message=on_message,
                on_lost=on_lost,
                heartbeat=heartbeat,
                status=status,
            )
            for endpoint in endpoints
        ]

    def start(self) -> None:
        for dialler in self.diallers:
            dialler.start()

    @property
    def joined(self) -> list[Dialler]:
        """Those whose frontend is there now."""
        return [dialler for dialler in self.diallers if dialler.joined]

    def drain(self, reason: str) -> None:
        for dialler in self.diallers:
            dialler.drain(reason)

    async def close(self, reason: str = "closing") -> None:
        await asyncio.gather(*(dialler.close(reason) for dialler in self.diallers))
