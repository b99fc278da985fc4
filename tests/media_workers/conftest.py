"""Fixtures of the media worker's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.media_workers.engine.rig import Rig, engine_rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    """An engine with one packet thread."""
    with engine_rig() as rig:
        yield rig


@pytest.fixture
def rig2() -> Iterator[Rig]:
    """An engine with two packet threads."""
    with engine_rig(threads=2) as rig:
        yield rig
