"""Recordings in parts: what a worker that died has left, and how the next one goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from media_workers.parts import Continued, find_unfinished, is_part, part_name, salvage, taken_over
from switchroom.v1 import media_pb2 as pb
from tests.media_workers.left import left
from tests.support.wav import read_samples


def recorder(began_s: float, *, finished: bool = False) -> pb.RecorderSpec:
    spec = pb.RecorderSpec(recorder_id="r", file="a.wav", finished=finished)
    spec.started_at.FromMilliseconds(int(began_s * 1000))
    return spec


def test_a_part_is_named_after_its_place_in_the_recording() -> None:
    assert part_name("/r/605/call.wav", 12_480) == "/r/605/call.at-000012480ms.wav"
    assert is_part("/r/605/call.at-000012480ms.wav")
    assert is_part("/r/605/call.at-000012480ms")
    assert not is_part("/r/605.at-000012480ms.d/call.wav")
    assert not is_part("/r/605/call.wav")


def test_only_what_began_long_ago_began_elsewhere() -> None:
    assert taken_over(recorder(1000.0), 1000.5) is None
    assert taken_over(pb.RecorderSpec(file="a"), 1000.5) is None
    assert taken_over(recorder(1000.0, finished=True), 1020.0) is None
    assert taken_over(recorder(1000.0), 1012.5) == Continued(12_500)


def test_all_parts_that_were_left_get_their_names(tmp_path: Path) -> None:
    whole, second, other = (tmp_path / name for name in ("a.wav", "a.at-000002000ms.wav", "b.wav"))
    for path, ms in ((whole, 1000), (second, 500), (other, 300)):
        left(path, ms)
    continued = Continued(4000)
    parts = salvage(str(whole), continued, gated=True)
    assert [(part.path, part.duration_ms) for part in parts] == [(str(whole), 1000), (str(second), 500)]
    assert (continued.began, continued.spent_ms) == (True, 1500)
    assert len(read_samples(whole)) == 8000
    assert not other.exists()
    assert find_unfinished(str(tmp_path)) == [str(other)]


def test_a_gate_that_had_not_opened_is_still_closed(tmp_path: Path) -> None:
    gated, open_ = Continued(4000), Continued(4000)
    assert salvage(str(tmp_path / "a.wav"), gated, gated=True) == []
    assert salvage(str(tmp_path / "a.wav"), open_, gated=False) == []
    assert (gated.began, gated.spent_ms) == (False, 0)
    assert (open_.began, open_.spent_ms) == (True, 4000)


_RECORD = """
import sys, time, rtp_engine
from tests.media_workers.engine.rig import Rig, PCMU
rig = Rig()
rig.open(rig.peer(), recorders=[rtp_engine.RecorderSpec("r", sys.argv[1])])
rig.wait(lambda e: e.kind == "record")
time.sleep(float(sys.argv[2]))
print("recorded", flush=True)
time.sleep(60)
"""


@pytest.mark.covers("EN-065")
def test_the_file_of_a_killed_process_is_playable_to_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    command = [sys.executable, "-c", _RECORD, str(path), "2.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert salvage(str(path), Continued(0), gated=False) == [], "somebody still writes it"
        process.kill()
    [part] = salvage(str(path), Continued(0), gated=False)
    with wave.open(str(path)) as file:
        assert abs(file.getnframes() / 8 - part.duration_ms) < 1
    assert 1300 <= part.duration_ms <= 2700
