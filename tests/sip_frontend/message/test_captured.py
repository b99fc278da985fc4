"""Captured oddities, hostile datagrams and streams: read, or refused without harm."""

from __future__ import annotations

# ruff: noqa: SIM905
import contextlib
import time
from pathlib import Path
from typing import Final

import pytest

from sip_frontend.message import Request, SipParseError, StreamParser, parse_message, validate
from tests.support.material import material_files


def read(data: bytes) -> None:
    """Whatever happens to a message in the user agent core, short of an answer."""
    message = parse_message(data)
    if isinstance(message, Request):
        validate(message)
    for name, _ in message.headers:
        message.values(name)


GOOD: Final = frozenset(
    """
    bc2 bye_chris invite01 invite03 invite05 long ms-invite-00-rpl ms-invite-01-rpl nmr pingtel register02 route sg
    """.split()
)
"""The others lack a key header, or their request line is broken."""


@pytest.mark.parametrize("path", material_files("field-messages/*/*") + material_files("protos-c07/*.bin"))
def test_datagrams(path: Path) -> None:
    start = time.process_time()
    with contextlib.suppress(SipParseError):
        read(path.read_bytes())
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("path", material_files("field-messages/*/*"))
def test_with_the_line_ends_they_had_on_the_wire(path: Path) -> None:
    data = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if path.stem in GOOD:
        read(data)
        return
    with contextlib.suppress(SipParseError):
        read(data)


@pytest.mark.parametrize("path", material_files("streams/*") + material_files("field-messages/*/*"))
def test_streams(path: Path) -> None:
    data = path.read_bytes()
    start = time.process_time()
    StreamParser().feed(data)
    parser = StreamParser()
    for line in data.splitlines():
        parser.feed(line + b"\r\n")
    assert time.process_time() - start < 2.0
