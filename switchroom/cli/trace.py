"""`switchroom trace CALL|NUMBER`: the messages of a call as a ladder, one column for each party and media worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime

from switchroom.cli.asking import ask_all
from switchroom.cli.trace_channels import Telling
from switchroom.config import Config
from switchroom.errors import BusError
from switchroom.redact import redact_message
from switchroom.v1.envelope_pb2 import Envelope, TracedMessage

_ANSWER_S = 3.0
_COLUMN = 36


def show_trace(config: Config, about: str, whole: bool) -> int:
    """Print it; 1 when nothing is known or a frontend does not answer."""
    question = Envelope()
    question.trace_request.about = about
    answers = asyncio.run(ask_all(config, question, _ANSWER_S))
    messages: list[TracedMessage] = []
    for endpoint, answer in answers.items():
        if isinstance(answer, BusError):
            print(f"no answer from {endpoint}: {answer}")
            continue
        messages += answer.trace.messages
        if answer.trace.left_out:
            print(f"{answer.trace.left_out} older messages are left out")
    if not messages:
        print(f"no message of {about} is kept; a call's id is in the log, [frontend] trace_messages sets how many are")
        return 1
    messages.sort(key=lambda one: (one.at.seconds, one.at.nanos))
    print("\n".join(ladder(messages)))
    if whole:
        for message in messages:
            print(f"\n{_time(message)} {_arrow(message)}\n{_whole(message)}")
    return 1 if any(isinstance(answer, BusError) for answer in answers.values()) else 0


def ladder(messages: list[TracedMessage]) -> Iterator[str]:
    """A line a message: time, and an arrow between the columns of who sent and who got it. We are right of who began,
    media workers right of all; what is said about a channel stands behind its arrow.
    """
    sip = dict.fromkeys(_peer(message) for message in messages if not message.HasField("media"))
    media = dict.fromkeys(_peer(message) for message in messages if message.HasField("media"))
    left, right = list(sip)[:1], [*list(sip)[1:], *media]
    columns = [*left, "switchroom", *right]
    us, telling = len(left), Telling()
    yield " " * 13 + "".join(name.center(_COLUMN) for name in columns)
    for message in messages:
        if message.HasField("media"):
            text, said = telling.words(message.media)
        else:
            text, said = summary(message.data), ""
        line = _rung(message.sent, text, us, columns.index(_peer(message)), len(columns))
        yield f"{_time(message)} {line}  {said}".rstrip()


def _rung(sent: bool, text: str, us: int, them: int, count: int) -> str:
    begin, end = sorted((us, them))
    to_right = sent == (them > us)
    width = (end - begin) * _COLUMN - 1
    line = f" {text} "[: width - 2].center(width - 1, "-")
    line = f"{line}>" if to_right else f"<{line}"
    row = [" "] * (count * _COLUMN)
    for column in range(count):
        row[column * _COLUMN + _COLUMN // 2] = "|"
    at = begin * _COLUMN + _COLUMN // 2 + 1
    row[at : at + len(line)] = line
    return "".join(row).rstrip()


def summary(data: bytes) -> str:
    """``INVITE sdp`` or ``200 OK (INVITE) sdp``."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    start = lines[0].split(" ", 2)
    described = " sdp" if body.startswith(b"v=0") else ""
    if start[0] != "SIP/2.0":
        return start[0] + described
    cseq = next((line for line in lines if line.lower().startswith("cseq")), "")
    return f"{' '.join(start[1:])} ({cseq.rpartition(' ')[2]}){described}"


def _time(message: TracedMessage) -> str:
    at = datetime.fromtimestamp(message.at.seconds)
    return f"{at:%H:%M:%S}.{message.at.nanos // 1_000_000:03}"


def _peer(message: TracedMessage) -> str:
    if message.HasField("media"):
        return message.media.worker
    return f"{message.transport} {message.remote.address}:{message.remote.port}"


def _whole(message: TracedMessage) -> str:
    if message.HasField("media"):
        return json.dumps(redact_message(message.media.message), indent=2)
    return message.data.decode("utf-8", "replace").rstrip()


def _arrow(message: TracedMessage) -> str:
    return f"{'to' if message.sent else 'from'} {_peer(message)}"
