"""Loaded by every Python process that finds this folder on its path: what each garbage collection took.

``GC_WATCH`` is the folder to write into, a file for each process: generation and milliseconds of CPU, a line each.
``GC_SETTING`` has the three thresholds in the place of the product's, ``0,0,0`` for no collection at all.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable


def _watch(folder: str) -> None:
    output = open(os.path.join(folder, str(os.getpid())), "w", buffering=1)  # noqa: SIM115 - as long as the process
    began = 0.0

    def noted(phase: str, info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.thread_time()
        else:
            output.write(f"{info['generation']} {1000 * (time.thread_time() - began):.3f}\n")

    gc.callbacks.append(noted)


def _set(wanted: str) -> None:
    """What the product asks for later changes nothing any more."""
    thresholds = [int(word) for word in wanted.split(",")]
    really: Callable[..., None] = gc.set_threshold
    gc.set_threshold = lambda *_: really(*thresholds)


if os.environ.get("GC_WATCH"):
    _watch(os.environ["GC_WATCH"])
if os.environ.get("GC_SETTING"):
    _set(os.environ["GC_SETTING"])
