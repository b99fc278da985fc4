"""No credential, nonce or digest response reaches a log, whichever way a line is made."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import structlog

from switchroom.logs import redact
from switchroom.redact import redact_text
from switchroom.v1.envelope_pb2 import Envelope
from tests.sip_frontend.calls.harness import Frontend, command, invite

SECRET = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
HEADER = (
    f'Digest username="alice", realm="pbx.test", nonce="{SECRET}", uri="sip:a", response="{SECRET}", cnonce={SECRET}'
)


def shown(**keys: Any) -> str:
    """A line as it is written."""
    event = {"event": "x", **keys}
    structlog.processors.format_exc_info(None, "", event)
    return msgspec.json.Encoder(enc_hook=str).encode(redact(None, "", event)).decode()


def failed(text: str) -> BaseException:
    """An error with a traceback, as an except clause has it."""
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    "keys",
    [
        {"header": HEADER},
        {"raw": f"REGISTER sip:a SIP/2.0\r\nAuthorization: {HEADER}\r\n".encode()},
        {"headers": [("Authorization", HEADER)]},
        {"headers": {"Authorization": HEADER, "other": [{"nonce": SECRET}]}},
        {"nonce": SECRET},
        {"response": SECRET},
        {"password": SECRET},
        {"authorization": HEADER},
        {"credentials": [HEADER]},
        {"text": f"Authentication-Info: nextnonce={SECRET}, rspauth = '{SECRET}'"},
        {"text": f"Authorization: Basic {SECRET}=="},
        {"text": f'NONCE="{SECRET}'},
        {"text": f"to sip:alice:{SECRET}@pbx.test"},
        {"from_uri": f"sip:alice:{SECRET}@pbx.test"},
        {"error": failed(HEADER)},
        {"exc_info": failed(HEADER)},
        {"what": (HEADER, {HEADER})},
    ],
    ids=str,
)
def test_it_is_masked_wherever_it_stands(keys: dict[str, Any]) -> None:
    assert SECRET not in shown(**keys)


def test_messages_of_the_bus_are_masked() -> None:
    verify, register = Envelope(), Envelope()
    verify.verify.credentials.append(HEADER)
    register.register.credentials.append(HEADER)
    assert SECRET not in shown(asked=verify, told=register)


def test_other_text_is_left_alone() -> None:
    for text in ("response in 20 ms", "nonce of 300 s", "sip:600@127.0.0.1:5060;transport=tcp", "a basic answer"):
        assert redact_text(text) == text


@pytest.mark.parametrize("status", [200, 403, 401])
def test_a_call_with_credentials_logs_none_of_them(status: int) -> None:
    frontend = Frontend()

    def judge(asked: Envelope) -> Envelope:
        reply = Envelope()
        if asked.HasField("challenge"):
            reply.challenged.values.append(HEADER)
        else:
            reply.verified.verdict = {200: 1, 403: 3, 401: 2}[status]  # type: ignore[assignment]
            if status == 401:
                reply.verified.challenges.append(HEADER)
        return reply

    frontend.registrar = judge
    frontend.receive(invite(extra=f"Proxy-Authorization: {HEADER}\n", port=5099), ("127.0.0.1", 5099))
    run, _ = frontend.activations[0]
    call = run.first_call
    frontend.decide(run, command("authenticate", call))
    frontend.advance(60)
    assert frontend.logged
    for line in frontend.logged:
        assert SECRET not in shown(**{key: value for key, value in line.keys.items() if key != "event"})
