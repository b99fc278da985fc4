"""What logs may not show: credentials never, telephone numbers and addresses of record only in part."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

MASK = "[redacted]"

# Keys of log lines whose values never appear.
SECRET_KEYS = frozenset(
    {
        *("password", "secret", "token", "nonce", "cnonce", "response", "ha1"),
        *("authorization", "proxy_authorization", "credentials", "key_salt", "private_key"),
    }
)
# Keys whose values are numbers, addresses of record, or URIs.
PERSON_KEYS = frozenset(
    {
        *("aor", "number", "caller", "called", "caller_number", "called_number"),
        *("from_uri", "to_uri", "from_value", "to_value", "contact", "target", "uri"),
    }
)
# Extensions of an exchange name a socket in the wall rather than a person, and a log without them is of no use.
LONGEST_EXTENSION = 6

_DIGEST = re.compile(
    r"(?i)\b((?:next|c)?nonce|response|rspauth|opaque|password|ha1)(\s*=\s*)(\"(?:[^\"\\]|\\.)*\"?|'[^']*'|[^\s,;]+)"
)
# What a quick look must find before the expression is tried.
_HINTS = ("nonce", "response", "rspauth", "opaque", "password", "ha1", "basic", "bearer")
_TOKEN = re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/._~-]{8,}=*")
_URI_PASSWORD = re.compile(r"(?i)\b(sips?:[^@:>;\s]*):[^@>;\s]*@")


def redact_number(text: str) -> str:
    """``+442071234567`` becomes ``+44…67``; what is no longer than an extension stays."""
    if len(text) <= LONGEST_EXTENSION:
        return text
    head = 3 if text.startswith("+") else 2
    return f"{text[:head]}…{text[-2:]}"


def redact_uri(text: str) -> str:
    """The user part of a SIP URI, tel URI, AOR or bare number, shortened; the host stays."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.strip("<").lower() not in ("sip", "sips", "tel"):
        scheme, colon, rest = "", "", text
    user, at, host = rest.partition("@")
    if not at and not colon.strip() and not _is_number(user):
        return text  # a host or a word
    if not at and scheme.strip("<").lower() in ("sip", "sips"):
        return text  # a host alone
    user, semicolon, parameters = user.partition(";")
    user, _, _ = user.partition(":")  # a password in a URI (RFC 3261 section 19.1.1) goes altogether
    return f"{scheme}{colon}{redact_number(user)}{semicolon}{parameters}{at}{host}"


def redact_text(text: str) -> str:
    """Digest secrets, tokens and passwords in free text, such as a whole message at DEBUG."""
    if "=" not in text and " " not in text and "@" not in text:
        return text  # a word: every secret we know of stands behind one of these
    lowered = text.lower()
    if "@" in lowered and ("sip:" in lowered or "sips:" in lowered):
        text = _URI_PASSWORD.sub(rf"\1:{MASK}@", text)
    if not any(hint in lowered for hint in _HINTS):
        return text
    text = _TOKEN.sub(rf"\1 {MASK}", text)
    return _DIGEST.sub(lambda match: f"{match[1]}={MASK}", text)


def redact_message(message: Message) -> dict[str, Any]:
    """A message of the bus as a dict, with every field marked ``debug_redact`` masked."""
    shown: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    if _holds_secrets(message.DESCRIPTOR):
        _mask(shown, message.DESCRIPTOR)
    return shown


def mask_message(message: Message) -> None:
    """Mask every field of *message* that is marked ``debug_redact``, in its place."""
    if not _holds_secrets(message.DESCRIPTOR):
        return
    for field, value in message.ListFields():
        if field.GetOptions().debug_redact:
            mask = MASK.encode() if field.type == field.TYPE_BYTES else MASK
            if isinstance(value, str | bytes):
                setattr(message, field.name, mask)
            else:
                value[:] = [mask] * len(value)
        elif field.message_type is not None and _holds_secrets(field.message_type):
            if isinstance(value, Message):
                mask_message(value)
            else:
                for each in value.values() if field.message_type.GetOptions().map_entry else value:
                    mask_message(each)


def _mask(shown: dict[str, Any], descriptor: Any) -> None:
    for field in descriptor.fields:
        if field.name not in shown:
            continue
        if field.GetOptions().debug_redact:
            shown[field.name] = MASK
        elif field.message_type is not None and _holds_secrets(field.message_type):
            value = shown[field.name]
            for each in _messages_within(value):
                _mask(each, field.message_type)


def _messages_within(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


@cache
def _holds_secrets(descriptor: Any) -> bool:
    return _search(descriptor, set())


def _search(descriptor: Any, seen: set[str]) -> bool:
    if descriptor.full_name in seen:
        return False
    seen.add(descriptor.full_name)
    return any(
        field.GetOptions().debug_redact or (field.message_type is not None and _search(field.message_type, seen))
        for field in descriptor.fields
    )


def _is_number(text: str) -> bool:
    return text.lstrip("+").isdecimal()
