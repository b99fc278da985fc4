"""What real phones sent, sent again: every press of a digit is told, and told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_workers.engine.rig import Rig
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


@pytest.mark.covers("EN-047")
@pytest.mark.parametrize("path", [*material_files("rtp-pcap/dtmf*.pcap"), *material_files("rtp-pcap/sipp/dtmf*.pcap")])
def test_digits_of_real_calls(rig: Rig, path: Path) -> None:
    wanted, digits = pressed(path)
    peer = rig.peer()
    handle, port = rig.open(peer, event_receive=101, event_send=101)
    sent = 0
    for source, _, payload in datagrams(path):
        if wanted in ("", f"{source[0]}:{source[1]}") and len(payload) >= 12 and payload[0] >> 6 == 2:
            peer.send(port, payload)
            sent += 1
            if sent % 50 == 0:  # no more than a socket holds
                rig.until(handle, lambda stats: stats.packets_received + stats.packets_dropped >= sent)  # noqa: B023
    rig.until(handle, lambda stats: stats.packets_received + stats.packets_dropped >= sent)
    assert "".join(text for _, text, _ in rig.told(handle, "digit")) == digits
