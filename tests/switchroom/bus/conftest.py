"""A frontend's listener and whoever dials it, over real sockets, on both event loops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop

from tests.switchroom.bus.exchange import Office


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every test of the bus runs on both loops: the socket's descriptor is where they differ."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Short: a socket's path has room for 107 bytes."""
    return f"ipc://{tmp_path_factory.mktemp('b')}/f"


@pytest_asyncio.fixture
async def office(endpoint: str, tmp_path: Path) -> AsyncIterator[Office]:
    """A started listener; everything dialled through it is closed at the end."""
    built = Office(endpoint)
    built.listener.start()
    try:
        yield built
    finally:
        await built.close()
        assert built.late_finds() == 0, "only the safety tick found a message"
