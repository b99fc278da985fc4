"""Reading what can be read of a frame that cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.bus.frames import read_stranger, refusal, refused, request_of_broken_frame
from switchroom.v1.envelope_pb2 import (
    ERROR_CODE_FULL,
    KIND_EVENT,
    KIND_REQUEST,
    KIND_RESPONSE,
    Envelope,
    Refusal,
)


@given(st.integers(min_value=1, max_value=2**64 - 1))
def test_the_correlation_id_survives_a_broken_body(correlation_id: int) -> None:
    head = Envelope(kind=KIND_REQUEST, correlation_id=correlation_id).SerializeToString()
    assert request_of_broken_frame(head + b"\xff\xff\xff") == correlation_id


@given(st.binary(max_size=200))
def test_no_bytes_raise(frame: bytes) -> None:
    assert 0 <= request_of_broken_frame(frame) < 2**64
    correlation_id, _ = read_stranger(frame)
    assert 0 <= correlation_id < 2**64


def test_only_requests_have_one() -> None:
    head = Envelope(kind=KIND_RESPONSE, correlation_id=9).SerializeToString()
    assert request_of_broken_frame(head + b"\xff") == 0


@pytest.mark.parametrize(("correlation_id", "kind"), [(0, KIND_EVENT), (4, KIND_RESPONSE)])
def test_a_refusal_is_a_response_only_to_a_request(correlation_id: int, kind: int) -> None:
    envelope = refusal(correlation_id, ERROR_CODE_FULL, "no room")
    assert (envelope.kind, envelope.refusal.text) == (kind, "no room")


def test_a_code_of_a_later_contract_keeps_its_number() -> None:
    answer = Refusal.FromString(b"\x08\xe7\x07")  # code 999
    assert refused(answer).code == "999"
