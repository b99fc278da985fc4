"""Recordings that outlive their media worker: in parts.

A channel that a new worker is told of may have recorders that began long ago at one that died. What that one wrote is
given its name, the one asked for, when it lies on this machine; the recording goes on in a new part, named after the
moment of the recording at which it begins:

    605/call.wav                        what the first worker wrote
    605/call.at-000012480ms.wav         from 12.48 s on, by the next one

So parts sort by time and say where they belong, and no two workers ever write the same file, not even on two machines.
"""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass

import rtp_engine

from switchroom.v1 import media_pb2 as pb

_LONGEST_MS = 10**9 - 1
_PART = re.compile(r"\.at-\d{9}ms(\.[^./]*)?$")
# A recorder that began longer ago than this began at another worker.
_TAKEN_OVER_S = 1.0
UNFINISHED = ".part"
"""What stands behind the name of a file that is being written, or was when its writer died."""


@dataclass(slots=True)
class Continued:
    """A recording that began at another worker."""

    offset_ms: int
    """How long ago it was asked for when this worker heard of it."""
    began: bool = True
    """Its gate had opened: what it left behind says so."""
    spent_ms: int = 0
    """How much of its longest and shortest duration is over."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A part that has its name now."""

    path: str
    size_bytes: int
    duration_ms: int


def taken_over(recorder: pb.RecorderSpec, unix_now: float) -> Continued | None:
    """What is known of a recorder that a new channel comes with; nothing when it begins here."""
    began_s = recorder.started_at.seconds + recorder.started_at.nanos / 1e9
    elapsed_s = unix_now - began_s
    if not began_s or elapsed_s <= _TAKEN_OVER_S or recorder.finished:
        return None
    return Continued(min(round(elapsed_s * 1000), _LONGEST_MS))


def part_name(path: str, offset_ms: int) -> str:
    """The file that a recording goes on in."""
    stem, ending = os.path.splitext(path)
    return f"{stem}.at-{offset_ms:09d}ms{ending}"


def is_part(path: str) -> bool:
    """Whether a file is a later part of a recording."""
    return _PART.search(path) is not None


def salvage(path: str, continued: Continued, *, gated: bool) -> list[Salvaged]:
    """Give what was left of the recording *path* its names, and find out how far it had come. Blocks.

    Without a gate or a prompt before it the time since its beginning counts; with one, what was written of it.
    """
    stem, ending = os.path.splitext(path)
    later = glob.glob(f"{glob.escape(stem)}.at-*ms{glob.escape(ending)}{UNFINISHED}")
    left = [name.removesuffix(UNFINISHED) for name in sorted(later)]
    if os.path.exists(path + UNFINISHED):
        left.insert(0, path)
    continued.began = bool(left) or not gated
    parts = [part for one in left if (part := salvage_file(one)) is not None]
    continued.spent_ms = sum(part.duration_ms for part in parts) if gated else continued.offset_ms
    return parts


def salvage_file(path: str) -> Salvaged | None:
    """The same for one file; nothing when somebody still writes it, or when no sound is in it. Raises ``OSError``."""
    kept = rtp_engine.salvage(path)
    return Salvaged(path, *kept) if kept is not None else None


def find_unfinished(folder: str) -> list[str]:
    """The names, without the ending, of all files below *folder* that are being written or were left. Blocks."""
    return [
        os.path.join(where, name.removesuffix(UNFINISHED))
        for where, _, names in os.walk(folder)
        for name in sorted(names)
        if name.endswith(UNFINISHED)
    ]
