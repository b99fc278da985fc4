"""What the engine is told of a player that another worker has played so far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rtp_engine

from media_workers import spec
from media_workers.errors import SpecInvalid
from media_workers.files import Prompts, Root
from switchroom.v1 import media_pb2 as media


def told(monkeypatch: pytest.MonkeyPatch, player: media.Player, *, new: bool) -> dict[str, Any]:
    """The arguments of the engine's PlayerSpec, at 100 s."""
    monkeypatch.setattr(rtp_engine, "PlayerSpec", lambda _id, _items, **fields: fields)
    return spec._player(player, Prompts(Root(Path("/"))), 100.0, new)  # type: ignore[return-value]


def player(began_s: int, **fields: Any) -> media.Player:
    made = media.Player(player_id="p", **fields)
    made.started_at.seconds = began_s
    return made


@pytest.mark.parametrize(
    ("playing", "new", "elapsed_ms"),
    [
        (player(100), True, 0),
        (player(90), True, 10_000),
        (player(90), False, 0),
        (player(90, position_ms=500), True, 10_500),
        (player(90, position_ms=500, paused=True), True, 500),
        # Paused before it was heard here: where it stands was reckoned, and nothing of it has been played.
        (player(90, position_ms=500, paused=True), False, 0),
        (player(100, position_ms=7000, seeks=1), False, 7000),
    ],
)
def test_a_player_begins_where_it_stood(
    monkeypatch: pytest.MonkeyPatch, playing: media.Player, new: bool, elapsed_ms: int
) -> None:
    fields = told(monkeypatch, playing, new=new)
    assert fields["elapsed_ms"] == elapsed_ms
    assert (fields["seeks"], fields["position_ms"]) == (playing.seeks, playing.position_ms)


def test_a_source_of_recordings_that_only_newer_frontends_know_is_refused() -> None:
    asked = media.ChannelSpec(channel_id="c")
    asked.formats.add(name="PCMU", payload_type=0, clock_rate=8000)
    asked.recorders.append(media.RecorderSpec(recorder_id="r", file="a.wav", source=3))  # type: ignore[arg-type]
    roots = spec.Roots(Prompts(Root(Path("/nowhere"))), Root(Path("/nowhere")))
    with pytest.raises(SpecInvalid, match="number 3"):
        spec.engine_spec(asked, roots, 100.0, new=True)
