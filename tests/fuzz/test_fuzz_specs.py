"""Specs of channels, every field of them anything the wire can carry."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st

from switchroom.v1 import media_pb2
from tests.fuzz.targets import spec_target

_WORDS = st.sampled_from(
    [
        "",
        "PCMU",
        "opus",
        "CN",
        "127.0.0.1",
        "::1",
        "10.0.0.0/33",
        "a.wav",
        "../a",
        "/etc/passwd",
        "a\0b",
        "400:20",
        "é" * 300,
    ]
)
_EDGES = {
    FieldDescriptor.TYPE_UINT32: (0, 1, 20, 101, 127, 128, 8000, 65_535, 2**31, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 1, 2**63, 2**64 - 1),
    FieldDescriptor.TYPE_SINT32: (0, -60, 31, -(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT32: (0, 999_999_999, -1, -(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (0, 1_700_000_000, -1, -(2**63), 2**63 - 1),
}


def _value(draw: st.DrawFn, field: FieldDescriptor) -> Any:
    if field.type in _EDGES:
        return draw(st.sampled_from(_EDGES[field.type]))
    if field.type == FieldDescriptor.TYPE_STRING:
        return draw(st.one_of(_WORDS, st.text(max_size=8)))
    if field.type == FieldDescriptor.TYPE_BYTES:
        return draw(st.binary(max_size=4))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return True
    return draw(st.integers(0, 3))  # an enumeration


def _fill(draw: st.DrawFn, message: Any) -> None:
    for field in message.DESCRIPTOR.fields:
        if draw(st.integers(0, 2)) == 0:
            continue
        name = field.name
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if field.is_repeated:
                for _ in range(draw(st.integers(0, 2))):
                    _fill(draw, getattr(message, name).add())
            else:
                getattr(message, name).SetInParent()
                _fill(draw, getattr(message, name))
        elif field.is_repeated:
            getattr(message, name).append(_value(draw, field))
        else:
            setattr(message, name, _value(draw, field))


@st.composite
def specs(draw: st.DrawFn) -> bytes:
    """Often one that would be refused for what is not built, so those fields are rarely left in."""
    spec = media_pb2.ChannelSpec()
    _fill(draw, spec)
    if draw(st.booleans()):
        for name in ("security", "taps", "ice"):
            spec.ClearField(name)
        del spec.member.heard_by[:]
        spec.formats.add(name="PCMU", clock_rate=8000)
    return spec.SerializeToString()


@given(specs())
def test_specs_fuzz(data: bytes) -> None:
    spec_target(data)


@given(specs(), st.integers(0, 400), st.binary(max_size=3))
def test_bent_specs_fuzz(data: bytes, at: int, piece: bytes) -> None:
    spec_target(data[:at] + piece + data[at + len(piece) :])
