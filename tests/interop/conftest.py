"""One exchange for all third-party phones of a module; skipped where they are not installed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import pytest

from tests.interop.pjsua import PYTHON
from tests.support.exchange import Exchange


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs what tests/interop/setup.sh installs, and has its own mark."""
    missing = [tool for tool in ("sipp", "sipsak", "baresip") if shutil.which(tool) is None]
    missing += [] if PYTHON.exists() else ["pjsua2"]
    for item in items:
        if "tests/interop" in item.nodeid:
            item.add_marker(pytest.mark.interop)
            item.add_marker(pytest.mark.timeout(180))
            if missing:
                item.add_marker(
                    pytest.mark.skip(reason=f"not installed: {', '.join(missing)}; make test-interop does it")
                )


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """T1 is 100 ms: strangers may take longer than our own phone."""
    with Exchange(settings={"frontend": {"t1_ms": 100}}) as exchange:
        yield exchange
        asyncio.run(exchange.settled())
