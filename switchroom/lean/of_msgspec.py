"""msgspec without typing_extensions."""

from __future__ import annotations

from switchroom.lean import without

with without("typing_extensions"):
    import msgspec

__all__ = ["msgspec"]
