"""The codecs that can be named."""

from __future__ import annotations

import pytest

from sip_frontend.sdp import Format
from sip_frontend.sdp.codecs import answering, known
from switchroom.codec_names import NAMED
from switchroom.errors import LocalProtocolError


@pytest.mark.parametrize("name", NAMED)
def test_the_settings_take_the_codecs_that_can_be_described(name: str) -> None:
    assert known(name.lower()) == known(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("L16/16000", Format("L16", 99, 16000)),
        ("AMR/8000", Format("AMR", 99, 8000)),
        ("AMR-WB/16000/1 octet-align=1; mode-set=0,2", Format("AMR-WB", 99, 16000, 1, "octet-align=1; mode-set=0,2")),
        ("PCMU/8000", known("PCMU")),
    ],
)
def test_any_other_is_named_as_in_its_rtpmap(name: str, meant: Format) -> None:
    assert known(name) == meant


@pytest.mark.parametrize("name", ["AMR", "AMR/", "AMR/8000/1/1", "A R/8000", "AMR/8000\r\na=x"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(LocalProtocolError, match="NAME/RATE"):
        known(name)


def test_what_is_passed_on_is_answered_with_the_parameters_of_the_peer() -> None:
    theirs = Format("AMR", 112, 8000, 1, "octet-align=1")
    assert answering(known("AMR/8000"), theirs) == theirs
    assert answering(known("PCMA"), Format("PCMA", 8, 8000, 1, "x=1")) == known("PCMA")
