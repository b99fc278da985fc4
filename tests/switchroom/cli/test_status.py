"""The table of `switchroom status`."""

from __future__ import annotations

from switchroom.cli.status import as_dict, table
from switchroom.v1.common_pb2 import ROLE_CALL_WORKER, ROLE_MEDIA_WORKER, ROLE_REGISTRAR, Role
from switchroom.v1.envelope_pb2 import Status


def status(name: str, role: Role | None = None, uptime_s: float = 65.0, **values: float) -> Status:
    made = Status(name=name, version="0.1.0", pid=42, uptime_s=uptime_s)
    if role is not None:
        made.role = role
    for key, value in values.items():
        made.values[key.replace("__", ".")] = value
    return made


def exchange() -> Status:
    frontend = status("frontend-1", calls=3, channels=2, bindings=5)
    frontend.values["queue.worker-1"] = 7
    frontend.values["drops.worker-1"] = 1
    frontend.peers.append(status("registrar-1", ROLE_REGISTRAR, 90061.0, bindings=5))
    frontend.peers.append(status("media-1", ROLE_MEDIA_WORKER, channels=2, handover__pending=8, bus__drops=4))
    frontend.peers.append(status("worker-1", ROLE_CALL_WORKER, runs=3))
    frontend.peers.append(status("worker-2", ROLE_CALL_WORKER, silent=1))
    return frontend


def rows(text: str) -> dict[str, list[str]]:
    cells = [[cell for cell in line.split("  ") if cell] for line in text.splitlines()]
    return {row[0].strip(): [cell.strip() for cell in row] for row in cells}


def test_a_row_for_each_process() -> None:
    found = rows(table([exchange()]))
    assert list(found) == ["process", "frontend-1", "worker-1", "worker-2", "media-1", "registrar-1"]
    assert found["frontend-1"][1:] == ["frontend", "42", "1 min 5 s", "0.1.0", "3", "2", "5", "-", "7", "1"]
    assert found["worker-1"][1:] == ["call worker", "42", "1 min 5 s", "0.1.0", "3", "-", "-", "-", "7", "0"]
    assert found["media-1"][1:] == ["media worker", "42", "1 min 5 s", "0.1.0", "-", "2", "-", "8", "0", "4"]
    assert found["registrar-1"][3] == "1 d 1 h"


def test_a_process_that_does_not_answer_is_shown_as_such() -> None:
    assert rows(table([exchange()]))["worker-2"][3] == "no answer"


def test_a_media_worker_that_drains_is_shown_with_the_channels_it_still_has() -> None:
    draining = status("frontend-1")
    draining.peers.append(status("media-1", ROLE_MEDIA_WORKER, channels=3, draining=1))
    row = rows(table([draining]))["media-1"]
    assert (row[1], row[5:7]) == ("media worker (drains)", ["-", "3"])


def test_a_process_of_two_frontends_is_shown_once() -> None:
    second = status("frontend-2")
    second.peers.append(status("worker-1", ROLE_CALL_WORKER))
    assert table([exchange(), second]).count("worker-1") == 1


def test_json_has_everything() -> None:
    shown = as_dict(exchange())
    assert shown["role"] == "frontend"
    assert shown["values"]["queue.worker-1"] == 7
    assert [peer["name"] for peer in shown["peers"]] == ["registrar-1", "media-1", "worker-1", "worker-2"]
