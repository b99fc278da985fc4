"""Offers that real clients made, with what has to come of them. The set is third-party data and stays outside."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from sip_frontend.sdp import LocalMedia, NotAcceptable, SdpError, SessionDescription, answer, find_description

ROOT = Path(os.environ.get("SWITCHROOM_MATERIAL", Path(__file__).parents[4] / "shared" / "material"))
FILE = ROOT / "sdp" / "offers.json"


def offers() -> list[Any]:
    if not FILE.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="sdp/offers.json is not here (SWITCHROOM_MATERIAL)"))]
    every: list[dict[str, Any]] = json.loads(FILE.read_text())["offers"]
    return [pytest.param(case, id=case["id"]) for case in every if "sdp" in case or "body" in case]


def play(case: dict[str, Any], local: LocalMedia) -> tuple[int, str]:
    """The status and the text that a user agent which answers every call sends."""
    if "sdp" in case:
        description: bytes | None = case["sdp"].encode()
    else:
        content_type = case["extra_headers"].partition("Content-Type: ")[2]
        description = find_description(content_type, case["body"].encode())
    if description is None:
        return 415, ""
    try:
        body, _ = answer(SessionDescription.parse(description), local)
    except (NotAcceptable, SdpError) as error:
        return error.status_hint, f"Warning: {error.warning}"
    return 200, "Content-Type: application/sdp\r\n\r\n" + body.decode()


@pytest.mark.parametrize("case", offers())
def test_offer(case: dict[str, Any], local: LocalMedia) -> None:
    status, text = play(case, local)
    if case["policy_dependent"]:
        assert status < 500
        if status == 200:
            kinds = re.findall(r"^m=(\w+)", case.get("sdp", ""), re.M)
            assert re.findall(r"^m=(\w+)", text, re.M) == kinds
        return
    if "Replaces" in case["extra_headers"]:
        pytest.skip("the Replaces header decides, not the offer")
    assert status in case["accept_codes"]
    for pattern in case["answer_must_match"]:
        assert re.search(pattern, text), pattern
    for pattern in case["answer_must_not_match"]:
        assert not re.search(pattern, text), pattern
