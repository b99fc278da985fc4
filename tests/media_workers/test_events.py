"""The engine's statistics in the contract's message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import rtp_engine

from media_workers.events import fill_stats
from switchroom.v1 import media_pb2 as pb

# In the one by payload type, in the other by name.
TOLD_OTHERWISE = {"payload_type_in": 0, "payload_type_out": 8}


def test_each_figure_of_the_engine_reaches_its_field() -> None:
    names = sorted(name for name in vars(rtp_engine.Stats) if not name.startswith("_"))
    counted: dict[str, object] = {name: number + 1 for number, name in enumerate(names)}
    counted |= {**TOLD_OTHERWISE, "drops": {"source": 3}}
    out = pb.ChannelStats()
    fill_stats(out, "c1", {0: "PCMU", 8: "PCMA"}, cast("rtp_engine.Stats", SimpleNamespace(**counted)))
    assert (out.channel_id, out.codec_in, out.codec_out, dict(out.drops)) == ("c1", "PCMU", "PCMA", {"source": 3})
    plain = [name for name in names if name not in (*TOLD_OTHERWISE, "drops")]
    assert {name: getattr(out, name) for name in plain} == {name: counted[name] for name in plain}


def test_what_was_never_heard_has_no_codec() -> None:
    counted = {name: 0 for name in vars(rtp_engine.Stats) if not name.startswith("_")}
    silent = SimpleNamespace(**{**counted, "drops": {}, "payload_type_in": None, "payload_type_out": None})
    out = pb.ChannelStats()
    fill_stats(out, "c1", {0: "PCMU"}, cast("rtp_engine.Stats", silent))
    assert (out.codec_in, out.codec_out, out.mos) == ("", "", 0.0)
