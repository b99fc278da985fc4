"""structlog without rich."""

from __future__ import annotations

from switchroom.lean import without

with without("rich"):
    import structlog

__all__ = ["structlog"]
