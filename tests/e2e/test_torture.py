"""RFC 4475 and RFC 5118, every message over UDP and TCP: the answers are those of docs/torture.md."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import torture
from tests.support.exchange import ROOT, Exchange

PAGE = ROOT / "docs" / "torture.md"
NOBODY = Path(torture.__file__).parent / "scripts" / "nobody.py"


class Row(NamedTuple):
    """A line of the page."""

    section: str
    name: str
    what: str
    udp: str
    tcp: str
    why: str


def _rows() -> list[tuple[str, Row]]:
    found: list[tuple[str, Row]] = []
    folder = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## RFC "):
            folder = f"rfc{line.split()[-1]}"
        elif re.match(r"\| [34]\.", line):
            found.append((folder, Row(*[cell.strip() for cell in line.strip("|").split("|")])))
    return found


ROWS = _rows()
_each = pytest.mark.parametrize(("folder", "row"), ROWS, ids=[row.name for _, row in ROWS])


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """One for all of them; nothing may be left of any, and no line of its log tells of a fault."""
    with Exchange(call_workers=1, scripts=[NOBODY]) as running:
        yield running
        asyncio.run(running.settled())


def test_every_message_has_its_row() -> None:
    files = {(path.parent.name, path.stem) for path in torture.DATA.glob("rfc*/*.dat")}
    assert {(folder, row.name) for folder, row in ROWS} == files
    assert len(ROWS) == 49 + 11


@_each
def test_by_udp(exchange: Exchange, folder: str, row: Row) -> None:
    answered = torture.by_udp(torture.message(folder, row.name), exchange.sip, _count(row.udp))
    assert str(answered) == row.udp


@_each
def test_by_tcp(exchange: Exchange, folder: str, row: Row) -> None:
    answered = torture.by_tcp(torture.message(folder, row.name), exchange.sip, _count(row.tcp))
    assert str(answered) == row.tcp


def test_what_answers_must_carry(exchange: Exchange) -> None:
    """Accept with 415 (RFC 3261 section 21.4.13), Unsupported with 420, Allow with 405, all 34 Vias in order."""
    text = {
        name: torture.by_tcp(torture.message("rfc4475", name), exchange.sip).text
        for name in ("invut", "bext01", "mpart01", "longreq")
    }
    assert "\r\nAccept: application/sdp" in text["invut"]
    assert "\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n" in text["bext01"]
    assert "\r\nAllow: " in text["mpart01"]
    hops = [int(number) for number in re.findall(r"SIP/2.0/TCP sip(\d+)\.example\.com", text["longreq"])]
    assert hops == list(range(33, 0, -1))
    assert len(re.findall(r"SIP/2.0/[A-Z]+ ", text["longreq"])) == 34


def _count(expected: str) -> int:
    return len(re.findall(r"\d{3}", expected))
