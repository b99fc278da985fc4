"""``make conformance``: write docs/conformance.md; status 1 when the ledger says more than the tests prove.

``--passing`` lists the rows that are open and proven: candidates for ``done``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conformance.ledger import LedgerError, faults, load, python_proofs, rust_proofs
from tests.conformance.page import counts, page

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "var" / "covers"
ENGINE = ROOT / "media_workers" / "engine"


def main(arguments: list[str]) -> int:
    """Join ledger and reports, write the page, print the verdict."""
    if not (REPORTS / "pytest.json").exists():
        print("no test report in var/covers: run make test first", file=sys.stderr)
        return 1
    try:
        sections = load(ROOT / "docs" / "conformance.toml")
    except LedgerError as error:
        print(f"docs/conformance.toml: {error}", file=sys.stderr)
        return 1
    reports = sorted(REPORTS.glob("*.json"))
    proofs, skipped = python_proofs(reports), python_proofs(reports, "skipped")
    for identifier, tests in _rust().items():
        proofs.setdefault(identifier, set()).update(tests)
    (ROOT / "docs" / "conformance.md").write_text(page(sections, proofs))
    if "--passing" in arguments:
        for section in sections:
            for row in section.rows:
                if row.state == "open" and proofs.get(row.identifier):
                    print(row.identifier, row.what, *sorted(proofs[row.identifier]), sep="\n    ")
    wrong = faults(sections, proofs, skipped)
    for row in (row for section in sections for row in section.rows if row.state == "done"):
        if not proofs.get(row.identifier) and skipped.get(row.identifier):
            print(f"{row.identifier} is not judged here: {min(skipped[row.identifier])} was skipped")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print("ledger:", ", ".join(f"{number} {state}" for state, number in counts(sections).items()))
    return 1 if wrong else 0


def _rust() -> dict[str, set[str]]:
    report = REPORTS / "rust.txt"
    if not report.exists():
        return {}
    sources = [path for path in sorted(ENGINE.rglob("*.rs")) if "target" not in path.relative_to(ENGINE).parts]
    return rust_proofs(report.read_text(), {str(path.relative_to(ROOT)): path.read_text() for path in sources})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
