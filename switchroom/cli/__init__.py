"""The command line: ``switchroom run call check status tone keys worker``. Each imports what it needs itself."""

from __future__ import annotations

from switchroom.cli.app import main

__all__ = ["main"]
