"""What logs may not show."""

from __future__ import annotations

import pytest

from switchroom.redact import MASK, mask_message, redact_message, redact_number, redact_text, redact_uri
from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.worker_pb2 import Command


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+442071234567", "+44…67"), ("02071234567", "02…67"), ("1001", "1001"), ("600", "600"), ("112233", "112233")],
)
def test_long_numbers_are_shortened_and_extensions_are_not(number: str, shown: str) -> None:
    assert redact_number(number) == shown


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sip:+442071234567@carrier.example;user=phone", "sip:+44…67@carrier.example;user=phone"),
        ("sips:02071234567;phone-context=x@h", "sips:02…67;phone-context=x@h"),
        ("sip:margaret.jones@pbx.test", "sip:ma…es@pbx.test"),
        ("sip:1001@pbx.test", "sip:1001@pbx.test"),
        ("sip:pbx.test:5060", "sip:pbx.test:5060"),
        ("tel:+442071234567", "tel:+44…67"),
        ("02071234567", "02…67"),
        ("1001@pbx.test", "1001@pbx.test"),
        ("margaret.jones@pbx.test", "ma…es@pbx.test"),
        ("sip:1001:hunter2@pbx.test", "sip:1001@pbx.test"),
        ("worker-1", "worker-1"),
    ],
)
def test_the_user_part_is_shortened_and_the_host_stays(uri: str, shown: str) -> None:
    assert redact_uri(uri) == shown


def test_digest_secrets_in_a_message_are_masked() -> None:
    text = 'Digest username="1001", nonce="abc", response="00ff", cnonce=xyz, qop=auth, opaque="o"'
    shown = redact_text(text)
    for secret in ("abc", "00ff", "xyz"):
        assert secret not in shown
    assert 'username="1001"' in shown
    assert redact_text("nothing to hide") == "nothing to hide"


class TestMessages:
    def test_marked_fields_are_masked_at_any_depth(self) -> None:
        command = Command(command_id=1)
        command.dial.credentials.username = "trunk"
        command.dial.credentials.password = "hunter2"
        envelope = Envelope()
        envelope.decision.commands.append(command)
        shown = redact_message(envelope)
        dial = shown["decision"]["commands"][0]["dial"]
        assert dial["credentials"] == {"username": "trunk", "password": MASK}

    def test_marked_lists_and_bytes_are_masked(self) -> None:
        envelope = Envelope()
        envelope.verify.credentials.append('Digest response="00ff"')
        envelope.verify.method = "REGISTER"
        assert redact_message(envelope)["verify"] == {"credentials": MASK, "method": "REGISTER"}
        envelope = Envelope()
        envelope.set_channel.spec.sdes.local_key_salt = b"key"
        assert redact_message(envelope)["set_channel"]["spec"]["sdes"] == {"local_key_salt": MASK}

    def test_a_message_is_masked_in_its_place(self) -> None:
        envelope = Envelope()
        spec = envelope.trace.messages.add().media.message.set_channel.spec
        spec.sdes.suite, spec.sdes.local_key_salt, spec.ice.local_password = "AES", b"key", "hunter2"
        mask_message(envelope)
        assert (spec.sdes.suite, spec.sdes.local_key_salt) == ("AES", MASK.encode())
        assert spec.ice.local_password == MASK
        verify = Envelope()
        verify.verify.credentials.extend(["Digest a", "Digest b"])
        mask_message(verify)
        assert verify.verify.credentials == [MASK, MASK]

    def test_a_message_without_secrets_is_shown_whole(self) -> None:
        envelope = Envelope()
        envelope.goodbye.reason = "restart"
        assert redact_message(envelope) == {"goodbye": {"reason": "restart"}}
