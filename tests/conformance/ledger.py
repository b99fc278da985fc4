"""docs/conformance.toml joined with what passing tests say they prove.

A row is ``ID = { what, state }``, for ``differs`` and ``dropped`` also ``why``. Python tests prove a row with
``@pytest.mark.covers("CM-042")``; Rust tests with a line ``// covers: EN-034`` above their ``#[test]``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

STATES = ("done", "open", "differs", "dropped")
_RUST_TEST = re.compile(r"^test (?P<name>\S+)(?: - should panic)? \.\.\. ok$", re.MULTILINE)
_RUST_COVERS = re.compile(
    r"//\s*covers:\s*(?P<ids>[A-Z]{2}-\d{3}(?:[ ,]+[A-Z]{2}-\d{3})*)[^\n]*\n"
    r"(?:\s*(?://[^\n]*|#\[[^\n]*\])\n)*\s*fn (?P<name>\w+)"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One behaviour owed."""

    identifier: str
    what: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together, in the order of the file."""

    title: str
    rows: tuple[Row, ...]


class LedgerError(Exception):
    """The ledger itself is wrong; the text names the row."""


def load(path: Path) -> list[Section]:
    """Read and check the ledger.

    Raises:
        LedgerError: no TOML, a row without words, with an unknown state, or without the reason its state needs.
    """
    try:
        tables = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise LedgerError(str(error)) from error
    sections = []
    for name, table in tables.items():
        rows = tuple(_row(identifier, fields) for identifier, fields in table.items() if identifier != "title")
        sections.append(Section(str(table.get("title", name)), rows))
    return sections


def _row(identifier: str, fields: Mapping[str, str]) -> Row:
    row = Row(identifier, fields.get("what", ""), fields.get("state", ""), fields.get("why", ""))
    if not re.fullmatch(r"[A-Z]{2}-\d{3}", identifier) or not row.what:
        raise LedgerError(f"{identifier}: needs an id like CM-042 and words in `what`")
    if row.state not in STATES:
        raise LedgerError(f"{identifier}: state {row.state!r} is none of {', '.join(STATES)}")
    if row.state in ("differs", "dropped") and not row.why:
        raise LedgerError(f"{identifier}: {row.state} needs a `why`")
    return row


def python_proofs(reports: Iterable[Path], outcome: str = "passed") -> dict[str, set[str]]:
    """Row id -> tests, out of the files that ``pytest --covers-report`` wrote; *outcome* may also be ``skipped``."""
    proofs: dict[str, set[str]] = {}
    for report in reports:
        for identifier, tests in json.loads(report.read_text())[outcome].items():
            proofs.setdefault(identifier, set()).update(tests)
    return proofs


def rust_proofs(output: str, sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Row id -> tests, out of the output of ``cargo test`` and the marks in *sources* (path -> text).

    A test counts when one of its name passed in a module, or a test file, of that name.
    """
    passed = [tuple(match["name"].split("::")) for match in _RUST_TEST.finditer(output)]
    proofs: dict[str, set[str]] = {}
    for path, text in sources.items():
        stem = Path(path).stem
        for match in _RUST_COVERS.finditer(text):
            name = match["name"]
            if any(parts[-1] == name and (len(parts) < 3 or stem in parts) for parts in passed):
                for identifier in re.findall(r"[A-Z]{2}-\d{3}", match["ids"]):
                    proofs.setdefault(identifier, set()).add(f"{path}::{name}")
    return proofs


def faults(
    sections: Iterable[Section], proofs: Mapping[str, set[str]], skipped: Mapping[str, set[str]] | None = None
) -> list[str]:
    """What makes the ledger untrue: rows called done that nothing proves, proofs of rows that do not exist.

    A row whose only proof was skipped, for want of something on this machine, is neither proven nor refuted here.
    """
    rows = {row.identifier: row for section in sections for row in section.rows}
    left_open = skipped or {}
    unproven = (
        row
        for row in rows.values()
        if row.state == "done" and not proofs.get(row.identifier) and not left_open.get(row.identifier)
    )
    found = [f"{row.identifier} is called done, and no passing test covers it" for row in unproven]
    strangers = (identifier for identifier in sorted(proofs) if identifier not in rows and proofs[identifier])
    found += [
        f"{identifier} is covered by {min(proofs[identifier])}, and is no row of the ledger" for identifier in strangers
    ]
    return found
