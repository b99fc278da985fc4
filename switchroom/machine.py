"""Which machine this is, as far as its processes can see and signal each other."""

from __future__ import annotations

import functools
import os
import platform
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@functools.cache
def machine_id() -> str:
    """Equal in two processes exactly when each sees the other's process ids: one boot of one host, one pid namespace.

    Only the host's name where the kernel does not tell more; then nobody's death is watched (see ``DeathWatch``).
    """
    try:
        return f"{platform.node()}/{_BOOT_ID.read_text().strip()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return platform.node()
