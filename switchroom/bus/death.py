"""Seeing a local process die at the moment it does, instead of a heartbeat later.

The kernel tells through a descriptor for the process (``pidfd_open``, Linux 5.3); where it cannot, silence tells.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from switchroom.machine import machine_id


class DeathWatch:
    """The processes of this machine that a listener's peers run in."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._descriptors: dict[object, int] = {}

    def watch(self, who: object, host: str, pid: int, died: Callable[[], None]) -> None:
        """Call *died* when process *pid* of *host* ends; nothing when it is not of this machine."""
        if host != machine_id() or "/" not in host or not pid or not hasattr(os, "pidfd_open"):
            return
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self._loop.call_soon(died)
            return
        except OSError:
            return  # an old kernel, or no descriptor left: heartbeats still tell
        self.forget(who)
        self._descriptors[who] = descriptor
        self._loop.add_reader(descriptor, died)

    def forget(self, who: object) -> None:
        """Watch *who* no longer."""
        descriptor = self._descriptors.pop(who, None)
        if descriptor is not None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)

    def close(self) -> None:
        for who in list(self._descriptors):
            self.forget(who)
