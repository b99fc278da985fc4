"""STUN binding requests on the SIP port: the keep-alive of RFC 5626 section 4.4.2 over UDP (STUN itself: RFC 5389)."""

from __future__ import annotations

import ipaddress
import struct
from typing import Final

_HEADER: Final = struct.Struct("!HHI12s")
_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_XOR_MAPPED_ADDRESS: Final = 0x0020
_MAGIC: Final = 0x2112A442


def answer_binding(data: bytes, source: tuple[str, int]) -> bytes | None:
    """The answer to a binding request from *source*; None if *data* is not one. Attributes are not looked at."""
    if len(data) < _HEADER.size:
        return None
    kind, length, magic, transaction = _HEADER.unpack_from(data)
    if kind != _BINDING_REQUEST or magic != _MAGIC or length != len(data) - _HEADER.size:
        return None
    address = ipaddress.ip_address(source[0].partition("%")[0]).packed
    mask = _HEADER.pack(0, 0, _MAGIC, transaction)[4:]
    masked = bytes(byte ^ key for byte, key in zip(address, mask, strict=False))
    family = 1 if len(address) == 4 else 2
    value = struct.pack("!BBH", 0, family, source[1] ^ (_MAGIC >> 16)) + masked
    attribute = struct.pack("!HH", _XOR_MAPPED_ADDRESS, len(value)) + value
    return _HEADER.pack(_BINDING_SUCCESS, len(attribute), _MAGIC, transaction) + attribute
