"""Errors of a media worker; each knows the code that refuses a request with it.

MediaError(code)
 ├ PortsExhausted      no block of ports is left, or a port cannot be bound
 ├ CodecUnsupported    none of the formats can be handled
 ├ SessionUnknown      no such channel
 ├ FileRefused         a path that leaves its root
 ├ SpecInvalid         a field of a spec cannot be used
 ├ NotBuilt            the contract knows it, this worker does not yet
 ├ MediaFull           a limit is reached
 └ StoreFailed         a store of prompts or recordings did not do what it was asked
"""

from __future__ import annotations

from typing import ClassVar

from switchroom.errors import SwitchroomError
from switchroom.v1 import envelope_pb2 as pb


class MediaError(SwitchroomError):
    """A request of a frontend that cannot be done; *code* goes into the Refusal."""

    code: ClassVar[pb.ErrorCode] = pb.ERROR_CODE_INTERNAL


class PortsExhausted(MediaError):
    """No ports are left, or a port cannot be bound."""

    code = pb.ERROR_CODE_NO_PORTS


class CodecUnsupported(MediaError):
    """None of the formats can be handled."""

    code = pb.ERROR_CODE_NO_CODEC


class SessionUnknown(MediaError):
    """No such channel."""

    code = pb.ERROR_CODE_UNKNOWN_CHANNEL


class FileRefused(MediaError):
    """A path that leaves its root."""

    code = pb.ERROR_CODE_NO_FILE


class SpecInvalid(MediaError):
    """A field of a spec cannot be used."""

    code = pb.ERROR_CODE_MALFORMED


class NotBuilt(MediaError):
    """The contract knows it, this worker does not yet."""

    code = pb.ERROR_CODE_NOT_SUPPORTED


class MediaFull(MediaError):
    """A limit is reached: channels, or a queue of the engine."""

    code = pb.ERROR_CODE_FULL


class StoreFailed(MediaError):
    """A store of prompts or recordings did not do what it was asked."""
