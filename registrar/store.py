"""What a store of bindings is. Which one it is says the configuration: ``memory:`` or ``sqlite:PATH``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from registrar.binding import Binding
from switchroom.errors import ConfigError
from switchroom.v1.registrar_pb2 import BindingDelta

Done = Callable[[], None]


class Store(Protocol):
    """Keeps bindings over a restart. The memory of the registrar is what counts while it runs."""

    def start(self) -> list[Binding]:
        """Open it, and read all there is. What cannot be opened is told loudly and begun without."""

    @property
    def nonce_key(self) -> bytes:
        """The key of the nonces, the same in every life."""

    def write(self, delta: BindingDelta, done: Done) -> None:
        """Keep what *delta* saves, drop what it removes.

        *done* is called in the loop once that is safe, or once it is clear that it cannot be.
        """

    def status(self) -> dict[str, float]:
        """Counters and gauges by name."""

    async def close(self) -> None:
        """Write what is left, and close."""


def open_store(setting: str, loop: asyncio.AbstractEventLoop) -> Store:
    """The store that *setting* names."""
    from registrar.store_memory import MemoryStore
    from registrar.store_sqlite import SqliteStore

    kind, _, path = setting.partition(":")
    if kind == "memory":
        return MemoryStore()
    if kind == "sqlite" and path:
        return SqliteStore(Path(path), loop)
    raise ConfigError("registrar.store", "registrar.store", f"{setting!r} is no store; write memory: or sqlite:PATH")
