"""Runs a target under atheris, whose coverage feedback finds what random bytes do not.

``make fuzz`` runs all of them, a minute each; ``make fuzz FUZZ_S=600`` ten. Arguments are libFuzzer's, such as
``-max_total_time=600 var/fuzz/message``; what it finds stays there as the corpus of the next run.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable


def run(name: str) -> None:
    """Fuzz the target *name* of ``tests.fuzz.targets`` until libFuzzer's limits or a crash end it."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["sip_frontend.message", "sip_frontend.sdp", "media_workers"]):
        targets = importlib.import_module("tests.fuzz.targets")
    target: Callable[[bytes], None] = getattr(targets, name)
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
