"""The folder of what was fetched, kept within a bound: what was played longest ago goes first.

A file's time of access says when it was last asked for (set here, because disks are mounted without it), its time of
change how old the original is. So every worker of the folder knows the same, after a restart too. What was asked for
lately is about to be read by an engine, of this process or another one, and stays whatever the bound; what plays is in
memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

IN_USE_S = 60.0
"""So long after it was asked for a file stays."""
UNFINISHED = ".fetching"
"""Behind the name of a file while it is fetched; one that is old was left by a process that died."""


class _File(NamedTuple):
    used_at: float
    size: int
    path: str


def mark_used(path: str, unix: float) -> None:
    """It is asked for now. It may be gone: another worker has removed it."""
    try:
        os.utime(path, (unix, os.stat(path).st_mtime))
    except FileNotFoundError:
        return


def clean(folder: Path, most_bytes: int, unix: float) -> tuple[int, bool]:
    """Remove what is too much. How many files went, and whether what is in use is still too much by itself."""
    files = sorted(_files(str(folder)))
    left = sum(file.size for file in files)
    removed = 0
    for file in files:
        if file.used_at > unix - IN_USE_S:
            break
        if left > most_bytes or file.path.endswith(UNFINISHED):
            Path(file.path).unlink(missing_ok=True)
            left -= file.size
            removed += 1
    return removed, left > most_bytes


def _files(folder: str) -> Iterator[_File]:
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            yield _File(status.st_atime, status.st_size, path)
