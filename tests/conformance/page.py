"""docs/conformance.md: the ledger and its proofs as a page to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.conformance.ledger import STATES, Section


def page(sections: Sequence[Section], proofs: Mapping[str, set[str]]) -> str:
    """The whole page."""
    lines = [
        "# Conformance",
        "",
        "Every behaviour owed, and the tests that prove it. Written by `make conformance` from `conformance.toml` and",
        "the last test reports; not edited by hand. *differs* and *dropped* say why.",
        "",
        "| part | " + " | ".join(STATES) + " |",
        "| --- |" + " --: |" * len(STATES),
    ]
    lines += [_counts(section.title, [section]) for section in sections]
    lines.append(_counts("**all**", sections))
    for section in sections:
        lines += ["", f"## {section.title}", "", "| id | behaviour | state | proof |", "| --- | --- | --- | --- |"]
        for row in section.rows:
            reason = f": {row.why}" if row.why else ""
            tests = "<br>".join(f"`{test}`" for test in sorted({_short(one) for one in proofs.get(row.identifier, ())}))
            lines.append(f"| {row.identifier} | {row.what} | {row.state}{reason} | {tests} |")
    return "\n".join(lines) + "\n"


def counts(sections: Sequence[Section]) -> dict[str, int]:
    """State -> number of rows."""
    return {state: sum(row.state == state for section in sections for row in section.rows) for state in STATES}


def _counts(title: str, sections: Sequence[Section]) -> str:
    return f"| {title} | " + " | ".join(str(number) for number in counts(sections).values()) + " |"


def _short(test: str) -> str:
    """Without the parameters of a parametrised test, which may hold anything."""
    return test.split("[", 1)[0]
