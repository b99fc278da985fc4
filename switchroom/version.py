"""Which Switchroom this is."""

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    """The installed version; of a checkout that is not installed, ``0+source``."""
    from importlib import metadata

    try:
        return metadata.version("switchroom")
    except metadata.PackageNotFoundError:
        return "0+source"
