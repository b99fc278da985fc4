"""The table in the docstring of each machine and the table that runs are the same."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

from sip_frontend.transaction import invite_client, invite_server, non_invite_client, non_invite_server
from sip_frontend.transaction.machine import Event, State, Table

MACHINES = [
    (invite_client, invite_client.INVITE_CLIENT, State.CALLING),
    (non_invite_client, non_invite_client.NON_INVITE_CLIENT, State.TRYING),
    (invite_server, invite_server.INVITE_SERVER, State.PROCEEDING),
    (non_invite_server, non_invite_server.NON_INVITE_SERVER, State.TRYING),
]


def documented_rows(module: ModuleType) -> list[list[str]]:
    """The rows of the docstring table: state, event, next state, steps. From the source: compiled code keeps none."""
    name = module.__name__.rpartition(".")[2]
    source = Path(str(module.__file__)).with_name(f"{name}.py").read_text("utf-8")
    lines = (ast.get_docstring(ast.parse(source)) or "").splitlines()
    heading = next(index for index, line in enumerate(lines) if line.startswith("State "))
    rows = []
    for line in lines[heading + 1 :]:
        if not line:
            break
        rows.append([*line.split(None, 3), ""][:4])
    return rows


def running_rows(table: Table) -> list[list[str]]:
    rows = []
    for (state, event), (next_state, steps, starts) in table.items():
        words = [step.name.lower().replace("_", " ") for step in steps]
        words += [f"start {timer.name.removeprefix('TIMER_')}" for timer in starts]
        rows.append([state.name, event.name, next_state.name, ", ".join(words)])
    return rows


@pytest.mark.parametrize(("module", "table", "first"), MACHINES)
def test_docstring_is_the_table(module: ModuleType, table: Table, first: State) -> None:
    assert documented_rows(module) == running_rows(table)


@pytest.mark.parametrize(("module", "table", "first"), MACHINES)
def test_every_state_is_reached_and_can_end(module: ModuleType, table: Table, first: State) -> None:
    reached = {first} | {row[0] for row in table.values()}
    assert {state for state, _ in table} == reached - {State.TERMINATED}
    for state in reached - {State.TERMINATED}:
        seen, frontier = {state}, {state}
        while frontier:
            frontier = {row[0] for (origin, _), row in table.items() if origin in frontier} - seen
            seen |= frontier
        assert State.TERMINATED in seen


@pytest.mark.parametrize(("module", "table", "first"), MACHINES)
def test_every_started_timer_has_a_row(module: ModuleType, table: Table, first: State) -> None:
    fired = {event for _, event in table if event.name.startswith("TIMER_")} - {Event.TIMER_CANCELLED}
    started = {timer for row in table.values() for timer in row[2]}
    assert started == fired
