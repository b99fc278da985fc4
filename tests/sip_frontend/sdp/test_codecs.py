"""The codecs that can be named."""

from __future__ import annotations

from sip_frontend.sdp.codecs import KNOWN
from switchroom.config.checks import CODECS


def test_the_settings_take_the_codecs_that_can_be_described() -> None:
    assert set(CODECS) == set(KNOWN)
