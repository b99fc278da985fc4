"""structlog and msgspec without what they would import beside themselves.

structlog imports rich, where it is installed, to draw tracebacks on a terminal, and msgspec typing_extensions, for
types that Python 3.11 has. Our command line uses both, the processes neither: they would cost each of them a third of
its start-up and 10 MB. Import structlog and msgspec by way of this package.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """An import of *name* fails in here, as if it were not installed."""
    there = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if there is None:
            del sys.modules[name]
        else:
            sys.modules[name] = there
