"""STUN binding answers, against the sample values of RFC 5769 sections 2.2 and 2.3."""

from __future__ import annotations

import pytest

from sip_frontend.transport.stun import answer_binding

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
REQUEST = bytes.fromhex("000100002112a442") + TRANSACTION


@pytest.mark.parametrize(
    ("source", "attribute"),
    [
        (("192.0.2.1", 32853), "002000080001a147e112a643"),
        (("2001:db8:1234:5678:11:2233:4455:6677", 32853), "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
    ],
)
def test_mapped_address_is_that_of_rfc_5769(source: tuple[str, int], attribute: str) -> None:
    answer = answer_binding(REQUEST, source)
    assert answer is not None
    assert answer[20:].hex() == attribute
    assert answer[:2] == b"\x01\x01"
    assert answer[4:20] == REQUEST[4:20]
    assert int.from_bytes(answer[2:4]) == len(answer) - 20


@pytest.mark.parametrize(
    "data",
    [b"", REQUEST[:-1], b"\x01\x01" + REQUEST[2:], REQUEST + b"x", REQUEST[:4] + b"\0\0\0\0" + REQUEST[8:]],
)
def test_anything_else_is_none(data: bytes) -> None:
    assert answer_binding(data, ("192.0.2.1", 1)) is None
