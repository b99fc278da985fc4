"""One exchange for each test module, and after each test the proof that nothing is left of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.exchange import Exchange


@pytest.fixture(scope="module")
def shared_exchange() -> Iterator[Exchange]:
    """Started once; a test that breaks processes starts its own."""
    with Exchange() as exchange:
        yield exchange


@pytest_asyncio.fixture
async def exchange(shared_exchange: Exchange) -> AsyncIterator[Exchange]:
    """The module's exchange, with nothing of this test in it at the end."""
    yield shared_exchange
    await shared_exchange.settled()
