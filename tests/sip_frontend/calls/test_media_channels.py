"""What a leg's channel is told of the network: how its packets are marked, and whose it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip_frontend.calls.settings import Trunk
from switchroom.v1 import worker_pb2 as pb
from tests.sip_frontend.calls.harness import CARRIER, Frontend, command, invite, sdp


def networks(frontend: Frontend, trunk: Trunk) -> dict[str, tuple[int, list[str]]]:
    """DSCP and sources of a leg by the trunk, and of one of a phone of ours."""
    frontend.receive(invite("1002"))
    run, _ = frontend.activations[0]
    target = pb.DialTarget(contact="sip:bob@127.0.0.1:6000")
    frontend.decide(run, command("dial", run.first_call, targets=[target], leg_prefix="leg"))
    frontend.decide(run, command("answer", run.first_call))
    told = {}
    for call in run.calls.values():
        assert call.channel is not None
        spec = call.channel.spec
        told["trunk" if call.view.trunk == trunk.name else "phone"] = (spec.dscp, list(spec.allowed_sources))
    return told


@pytest.mark.parametrize(
    ("own", "by_trunk"),
    [
        ({}, (46, ["10.0.0.0/8"])),
        ({"rtp_dscp": 0, "rtp_sources": ()}, (0, [])),
        ({"rtp_dscp": 34, "rtp_sources": ("192.0.2.0/24",)}, (34, ["192.0.2.0/24"])),
    ],
)
def test_a_trunk_may_have_marks_and_sources_of_its_own(
    own: dict[str, int | tuple[str, ...]], by_trunk: tuple[int, list[str]]
) -> None:
    trunk = replace(CARRIER, **own)  # type: ignore[arg-type]
    frontend = Frontend(trunks=(trunk,), rtp_dscp=46, rtp_sources=("10.0.0.0/8",))
    assert networks(frontend, trunk) == {"trunk": by_trunk, "phone": (46, ["10.0.0.0/8"])}


def test_what_the_peer_says_of_a_codec_reaches_the_channel() -> None:
    frontend = Frontend(codecs=("OPUS", "PCMU"))
    offered = sdp(40000, "111 0") + "a=rtpmap:111 opus/48000/2\na=fmtp:111 maxaveragebitrate=20000; useinbandfec=1\n"
    frontend.receive(invite("1002", body=offered + "a=ptime:120\n"))
    run, _ = frontend.activations[0]
    frontend.decide(run, command("answer", run.first_call))
    (spec,) = frontend.channels.values()
    assert spec.formats[0].fmtp == "maxaveragebitrate=20000; useinbandfec=1"
    assert spec.ptime_ms == 60, "the longest that a media worker takes"
