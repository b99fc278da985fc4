"""What real phones sent, sent again: every press of a digit is told, and told once."""

from __future__ import annotations

from pathlib import Path

import pytest
import rtp_engine

from tests.media_workers.engine.rig import Peer, Rig
from tests.media_workers.engine.test_digits import EVENTS
from tests.media_workers.engine.test_playing import tone
from tests.support.material import material_files, material_json
from tests.support.pcap import datagrams

EXPECTED = material_json("rtp-pcap/expectations.json") or {}


def pressed(path: Path) -> tuple[str, str]:
    """The source whose stream to replay (empty: all of it), and the digits in it."""
    known = EXPECTED.get(path.name) or EXPECTED[f"sipp/{path.name}"]
    if isinstance(known["dtmf"], str):
        return "", known["dtmf"]
    ((stream, what),) = known["dtmf"].items()
    return stream.partition(">")[0], what["digits"]


def replay(rig: Rig, peer: Peer, handle: int, port: int, path: Path) -> None:
    """Send the stream with the digits, no faster than a socket holds."""
    wanted, _ = pressed(path)
    sent = 0
    for source, _, payload in datagrams(path):
        if wanted in ("", f"{source[0]}:{source[1]}") and len(payload) >= 12 and payload[0] >> 6 == 2:
            peer.send(port, payload)
            sent += 1
            if sent % 50 == 0:
                rig.until(handle, lambda stats: stats.packets_received + stats.packets_dropped >= sent)  # noqa: B023
    rig.until(handle, lambda stats: stats.packets_received + stats.packets_dropped >= sent)


@pytest.mark.covers("EN-047")
@pytest.mark.parametrize("path", [*material_files("rtp-pcap/dtmf*.pcap"), *material_files("rtp-pcap/sipp/dtmf*.pcap")])
def test_digits_of_real_calls(rig: Rig, path: Path) -> None:
    peer = rig.peer()
    handle, port = rig.open(peer, **EVENTS)
    replay(rig, peer, handle, port, path)
    assert "".join(text for _, text, _ in rig.told(handle, "digit")) == pressed(path)[1]


@pytest.mark.covers("EN-019", "EN-021", "EN-046")
@pytest.mark.parametrize("path", material_files("rtp-pcap/dtmfcapture1.pcap"))
def test_a_real_press_ends_a_prompt_and_all_is_told_in_order(rig: Rig, path: Path) -> None:
    peer = rig.peer()
    prompt = rtp_engine.PlayerSpec("p", [tone("400:60000")], interruptible=True)
    handle, port = rig.open(peer, player=prompt, **EVENTS)
    rig.wait(lambda e: e.kind == "play_started")
    replay(rig, peer, handle, port, path)
    rig.close(handle)
    # The digit comes before the end that it causes: a script that waits for the end finds the digit there.
    assert rig.told(handle, "play_started", "play_ended", "digit", "closed") == [
        ("play_started", "p", ""),
        ("digit", "2", ""),
        ("play_ended", "p", "telephone-event"),
        ("closed", "requested", ""),
    ]
