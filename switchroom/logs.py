"""Logs: one dotted event a line, everything variable in keys. The events are listed in docs/logging.md.

INFO is a call's milestones, DEBUG its messages, WARNING a peer's fault, ERROR ours.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, cast

from google.protobuf.message import Message

from switchroom.config.sections import LogSection
from switchroom.lean.of_msgspec import msgspec
from switchroom.lean.of_structlog import structlog
from switchroom.redact import MASK, PERSON_KEYS, SECRET_KEYS, redact_message, redact_text, redact_uri

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor

EventDict = MutableMapping[str, Any]
_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure(section: LogSection, process: str) -> None:
    """Set up logging for this process; *process* stands in every line. Call once, before the first line."""
    console = section.format == "console" or (section.format == "auto" and sys.stdout.isatty())
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    if console:
        processors.append(structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()))
    else:
        processors.append(_render_json)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, section.level)),
        logger_factory=structlog.PrintLoggerFactory() if console else structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    _process_of[0] = process


def get_logger(area: str) -> FilteringBoundLogger:
    """A logger for the events ``area.*``; may be made before :func:`configure`, and then used after it."""
    return cast("FilteringBoundLogger", structlog.get_logger(area))


# The name of this process, in every line; a list so that cached loggers see a later configure.
_process_of = [""]


def redact(_: object, __: str, event: EventDict) -> EventDict:
    """Mask secrets, shorten numbers, open up bus messages."""
    event["process"] = _process_of[0]
    for key, value in event.items():
        if key != "event":
            event[key] = _redacted(key, value)
    return event


def _redacted(key: str, value: object) -> object:
    """*value* as it may be shown under *key*, whatever it is made of."""
    if key in SECRET_KEYS:
        return MASK
    if isinstance(value, str):
        return redact_uri(value) if key in PERSON_KEYS else redact_text(value)
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace"))
    if isinstance(value, Message):
        return redact_message(value)
    if isinstance(value, dict):
        return {name: _redacted(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(key, inner) for inner in value]
    return redact_text(str(value)) if isinstance(value, BaseException) else value


def _render_json(_: object, __: str, event: EventDict) -> bytes:
    return _encode(event)
