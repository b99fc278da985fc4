"""Offers to negotiate with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sip_frontend.sdp import LocalMedia

MakeLocal = Callable[..., LocalMedia]


@pytest.fixture
def local() -> LocalMedia:
    return LocalMedia("192.0.2.1", 12000, 77, 1, ("PCMU", "PCMA"))


def describe(
    *sections: str, session: str = "c=IN IP4 198.51.100.7\n", origin: str = "- 1 1 IN IP4 198.51.100.7"
) -> bytes:
    """A description with these lines; sections may hold several, split by new lines."""
    text = f"v=0\no={origin}\ns=-\n{session}t=0 0\n" + "\n".join(sections) + "\n"
    return text.replace("\n", "\r\n").encode()
