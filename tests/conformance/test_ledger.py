from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.ledger import LedgerError, faults, load, python_proofs, rust_proofs
from tests.conformance.page import page

LEDGER = """
[calls]
title = "Calls"
CM-001 = { what = "one thing", state = "done" }
CM-002 = { what = "another", state = "open" }
CM-003 = { what = "a third", state = "dropped", why = "nobody wants it" }
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "conformance.toml"
    path.write_text(LEDGER)
    return path


def test_done_without_proof_is_a_fault(ledger: Path) -> None:
    assert faults(load(ledger), {"CM-002": {"t"}}) == ["CM-001 is called done, and no passing test covers it"]


def test_done_with_proof_and_open_without_are_fine(ledger: Path) -> None:
    assert faults(load(ledger), {"CM-001": {"t"}}) == []


def test_proof_of_an_unknown_row_is_a_fault(ledger: Path) -> None:
    assert faults(load(ledger), {"CM-001": {"t"}, "CM-999": {"u"}}) == [
        "CM-999 is covered by u, and is no row of the ledger"
    ]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ('CM-004 = { what = "x", state = "perhaps" }', "perhaps"),
        ('CM-004 = { what = "x", state = "differs" }', "why"),
        ('CM-004 = { state = "open" }', "words"),
        ('calls = { what = "x", state = "open" }', "id like"),
    ],
)
def test_bad_row_is_refused(ledger: Path, row: str, word: str) -> None:
    ledger.write_text(LEDGER + row)
    with pytest.raises(LedgerError, match=word):
        load(ledger)


def test_reports_of_several_runs_are_joined(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"passed": {"CM-001": ["t"]}, "skipped": {"CM-003": ["w"]}}')
    (tmp_path / "b.json").write_text('{"passed": {"CM-001": ["u"], "CM-002": ["v"]}, "skipped": {}}')
    reports = [tmp_path / "a.json", tmp_path / "b.json"]
    assert python_proofs(reports) == {"CM-001": {"t", "u"}, "CM-002": {"v"}}
    assert python_proofs(reports, "skipped") == {"CM-003": {"w"}}


def test_done_whose_proof_was_skipped_here_is_not_judged(ledger: Path) -> None:
    assert faults(load(ledger), {}, {"CM-001": {"t"}}) == []


RUST = """
    /// Words.
    // covers: EN-034, EN-035
    #[test]
    fn stun_goes_to_stun() {}

    // covers: EN-036
    #[test]
    #[should_panic]
    fn another() {}
"""


def test_rust_test_proves_its_rows_when_it_passed() -> None:
    output = "test packet::tests::stun_goes_to_stun ... ok\ntest packet::tests::another ... FAILED\n"
    proof = {"core/src/packet.rs::stun_goes_to_stun"}
    assert rust_proofs(output, {"core/src/packet.rs": RUST}) == {"EN-034": proof, "EN-035": proof}


def test_rust_test_of_the_same_name_in_another_module_proves_nothing() -> None:
    assert rust_proofs("test rtcp::tests::stun_goes_to_stun ... ok\n", {"core/src/packet.rs": RUST}) == {}


def test_page_shows_state_reason_and_proof(ledger: Path) -> None:
    text = page(load(ledger), {"CM-001": {"tests/a.py::test_b[x|y]"}})
    assert "| CM-001 | one thing | done | `tests/a.py::test_b` |" in text
    assert "| CM-003 | a third | dropped: nobody wants it |  |" in text
    assert "| **all** | 1 | 1 | 0 | 1 |" in text
