"""`switchroom trace`: the ladder, and what is printed around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchroom.cli import trace
from switchroom.cli.trace import ladder, show_trace, summary
from switchroom.config import Config, load_config
from switchroom.errors import BusError, PeerLost
from switchroom.v1.envelope_pb2 import Envelope, Trace, TracedMessage

SDP = b"v=0\r\n"


def message(
    start: str, port: int, *, sent: bool, at: float = 0.0, method: str = "INVITE", sdp: bool = False
) -> TracedMessage:
    data = f"{start}\r\nCSeq: 1 {method}\r\n\r\n".encode() + (SDP if sdp else b"")
    made = TracedMessage(sent=sent, transport="UDP", data=data)
    made.remote.address, made.remote.port = "127.0.0.1", port
    made.at.seconds, made.at.nanos = 1_700_000_000 + int(at), int(at % 1 * 1e9)
    return made


def bridged() -> list[TracedMessage]:
    """A caller at 5061, a called phone at 6000."""
    return [
        message("INVITE sip:600@h SIP/2.0", 5061, sent=False, sdp=True),
        message("INVITE sip:bob@h SIP/2.0", 6000, sent=True, at=0.002, sdp=True),
        message("SIP/2.0 200 OK", 6000, sent=False, at=1.5, sdp=True),
        message("SIP/2.0 200 OK", 5061, sent=True, at=1.501),
    ]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"INVITE sip:x@h SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n", "INVITE sdp"),
        (b"BYE sip:x@h SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n", "BYE"),
        (b"SIP/2.0 183 Session Progress\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n", "183 Session Progress (INVITE) sdp"),
        (b"SIP/2.0 404 Not Found\r\n\r\n", "404 Not Found ()"),
    ],
)
def test_a_message_in_a_word(data: bytes, text: str) -> None:
    assert summary(data) == text


def test_a_column_for_each_party_with_us_in_the_middle() -> None:
    head, *rungs = ladder(bridged())
    assert head.split() == ["UDP", "127.0.0.1:5061", "switchroom", "UDP", "127.0.0.1:6000"]
    caller, us, phone = (head.index(word) for word in ("127.0.0.1:5061", "switchroom", "127.0.0.1:6000"))
    arrows = [("<" in rung, ">" in rung, rung.index("INVITE")) for rung in rungs]
    assert [(left, right) for left, right, _ in arrows] == [(False, True), (False, True), (True, False), (True, False)]
    assert caller < arrows[0][2] < us < arrows[1][2] < phone


def test_arrows_end_at_the_columns() -> None:
    _, *rungs = ladder(bridged())
    assert len({rung.rindex("|") for rung in rungs[::3]}) == 1
    assert all(rung.count("|") >= 1 for rung in rungs)


class TestPrinted:
    def asked(self, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Trace | BusError]) -> None:
        async def ask_all(config: Config, question: Envelope, answer_s: float) -> dict[str, Envelope | BusError]:
            assert question.trace_request.about == "600"
            return {at: one if isinstance(one, BusError) else Envelope(trace=one) for at, one in answers.items()}

        monkeypatch.setattr(trace, "ask_all", ask_all)

    def test_two_frontends_are_put_into_the_order_of_time(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        messages = bridged()
        self.asked(monkeypatch, {"a": Trace(messages=messages[1:]), "b": Trace(messages=messages[:1], left_out=3)})
        assert show_trace(Config(), "600", whole=False) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "3 older messages are left out"
        assert lines[1].split()[:2] == ["UDP", "127.0.0.1:5061"]

    def test_whole_messages_are_printed_when_asked_for(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.asked(monkeypatch, {"a": Trace(messages=bridged())})
        assert show_trace(Config(), "600", whole=True) == 0
        text = capsys.readouterr().out
        assert "from UDP 127.0.0.1:5061\nINVITE sip:600@h SIP/2.0" in text
        assert "to UDP 127.0.0.1:6000\nINVITE sip:bob@h" in text

    def test_nothing_known_is_said_and_is_a_failure(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.asked(monkeypatch, {"a": Trace()})
        assert show_trace(Config(), "600", whole=False) == 1
        assert "no message of 600 is kept" in capsys.readouterr().out

    def test_a_frontend_without_an_answer_is_named(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.asked(monkeypatch, {"ipc://a": PeerLost("frontend"), "b": Trace(messages=bridged())})
        assert show_trace(Config(), "600", whole=False) == 1
        assert capsys.readouterr().out.startswith("no answer from ipc://a")


def test_a_frontend_that_is_not_there_does_not_hang_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.toml"
    file.write_text(f'[bus]\nfrontends = ["ipc://{tmp_path}/nobody"]\n')
    assert show_trace(load_config(file, {}), "600", whole=False) == 1
    assert "no answer from" in capsys.readouterr().out
