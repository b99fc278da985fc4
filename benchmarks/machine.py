"""What the figures were taken on."""

from __future__ import annotations

import platform
from pathlib import Path

from switchroom.version import version


def describe() -> dict[str, str]:
    """Processor, memory, kernel, Python and our version: figures of two machines are not compared without them."""
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": str(sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "switchroom": version(),
        "socket receive limit": Path("/proc/sys/net/core/rmem_max").read_text().strip(),
    }


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"
