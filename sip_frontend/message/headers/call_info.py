"""``answer-after`` and its relatives: a request that the phone answer by itself.

There is no RFC for them. Snom and many others read ``Call-Info: <…>;answer-after=0``, Polycom and Grandstream
``Alert-Info: info=alert-autoanswer``; RFC 5373 has ``Answer-Mode: Auto``.
"""

from __future__ import annotations

from sip_frontend.message.grammar import split_parameters
from sip_frontend.message.headers.delta import parse_delta_s
from sip_frontend.message.message import Message


def answer_after_s(message: Message) -> int | None:
    """Seconds after which the caller wants an automatic answer; None if it does not."""
    for value in message.values("Call-Info"):
        for part in split_parameters(value):
            name, _, seconds = part.partition("=")
            if name.strip().lower() == "answer-after":
                return parse_delta_s(seconds.strip(' \t"'), 0)
    for value in message.values("Alert-Info"):
        text = value.lower()
        if "alert-autoanswer" in text or "ring answer" in text or "info=auto answer" in text:
            return 0
    mode = message.get("Answer-Mode") or message.get("Priv-Answer-Mode") or ""
    return 0 if mode.partition(";")[0].strip().lower() == "auto" else None
