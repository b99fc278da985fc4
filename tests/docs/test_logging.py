"""docs/logging.md names every event that is logged, and none that is not."""

from __future__ import annotations

import re

from tests.docs.rows import ROOT

PACKAGES = ("switchroom", "sip_frontend", "media_workers", "call_workers", "registrar")
_LOGGED = re.compile(
    r"""(?:\.(?:debug|info|warning|error|exception)\(|\blog\(\s*"(?:debug|info|warning|error)",)\s*"([a-z]+\.[a-z_]+)\"""",
)
# A name chosen before it is logged.
_CHOSEN = re.compile(r'\bevent = "([a-z]+\.[a-z_]+)" if [\w =.]+ else "([a-z]+\.[a-z_]+)"')
_ROW = re.compile(r"^\| ((?:`[a-z]+\.[a-z_]+` ?)+)\|", re.MULTILINE)


def logged() -> set[str]:
    found: set[str] = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if file.parent.name == "v1":
                continue  # generated
            text = file.read_text(encoding="utf-8")
            found.update(_LOGGED.findall(text))
            found.update(name for names in _CHOSEN.findall(text) for name in names)
    return found


def documented() -> set[str]:
    rows = _ROW.findall((ROOT / "docs" / "logging.md").read_text(encoding="utf-8"))
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_every_logged_event_is_documented() -> None:
    assert logged() - documented() == set()


def test_every_documented_event_is_logged() -> None:
    assert documented() - logged() == set()


def test_the_search_finds_events() -> None:
    assert {"process.ready", "call.ended", "registrar.binding_expired", "call.reinvite_refused"} <= logged()
