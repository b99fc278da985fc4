"""A store that keeps nothing: for tests, and for exchanges whose phones register again soon enough."""

from __future__ import annotations

import os

from registrar.binding import Binding
from registrar.nonces import KEY_SIZE
from registrar.store import Done
from switchroom.v1.registrar_pb2 import BindingDelta


class MemoryStore:
    """Everything is safe at once, and gone with the process."""

    def __init__(self) -> None:
        self._nonce_key = os.urandom(KEY_SIZE)

    def start(self) -> list[Binding]:
        return []

    @property
    def nonce_key(self) -> bytes:
        return self._nonce_key

    def write(self, delta: BindingDelta, done: Done) -> None:
        done()

    def status(self) -> dict[str, float]:
        return {}

    async def close(self) -> None:
        pass
