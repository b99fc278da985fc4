"""The single-file examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from call_workers import CallWorker
from call_workers.loading import load_scripts
from call_workers.testing import Exchange

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name: str) -> CallWorker:
    return load_scripts([str(EXAMPLES / f"{name}.py")])


@pytest.mark.parametrize(
    "path",
    sorted(path for path in EXAMPLES.rglob("*.py") if "node_modules" not in path.parts),
    ids=lambda path: path.stem,
)
def test_examples_are_short_and_say_first_how_to_ring_them(path: Path) -> None:
    text = path.read_text()
    assert text.startswith('"""')
    assert len(text.splitlines()) <= (150 if "workers" in path.parts else 100)


@pytest.mark.asyncio
async def test_echo() -> None:
    async with Exchange(load("echo")) as x:
        assert (await x.invite("anything")).echo


@pytest.mark.asyncio
async def test_whisper_is_heard_by_the_callee_alone() -> None:
    async with Exchange(load("whisper")) as x:
        caller = await x.invite("700")
        callee = x.leg("1001")
        await callee.answer()
        assert (callee.playing, caller.heard, caller.mixed_with) == (["600:200/200/200/0"], [], None)
        await x.advance(1)
        assert caller.mixed_with is callee


@pytest.mark.asyncio
@pytest.mark.parametrize(("hour", "rings"), [(7, False), (8, True), (17, True), (18, False)])
async def test_office_hours(monkeypatch: pytest.MonkeyPatch, hour: int, rings: bool) -> None:
    worker = load("office_hours")
    script = worker.routes.find("701", "")
    assert script is not None
    monkeypatch.setitem(script.__globals__, "hour", lambda: hour)
    async with Exchange(worker) as x:
        caller = await x.invite("701")
        assert bool(x.legs) == rings
        if not rings:
            assert caller.heard == ["unobtainable"]


def test_call_log_only_watches() -> None:
    worker = load("call_log")
    assert len(worker.routes) == 0
    assert list(worker.listeners) == ["call.destroyed"]
