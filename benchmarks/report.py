"""Results as one JSON file and one page, each with the machine they were taken on."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.sipp import Row

RESULTS = Path(__file__).with_name("results")
_SHOWN = (
    "completed_per_s",
    "cpu_us",
    "cpu_share",
    "switches",
    "p50_ms",
    "p99_ms",
    "generator_share",
    "failed",
    "repeated",
)


@dataclass(slots=True)
class Result:
    """What one benchmark found: named lines of named figures."""

    name: str
    what: str
    lines: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, line: str, figures: dict[str, object] | dict[str, float]) -> None:
        """A line of figures."""
        self.lines[line] = dict(figures)

    def add_row(self, line: str, row: Row) -> None:
        """What SIPp and /proc told."""
        self.add(line, row.as_dict())

    def show(self) -> None:
        """On stdout."""
        print(f"== {self.name}: {self.what}")
        for line, figures in self.lines.items():
            print(f"  {line}: {figures}")

    def save(self) -> None:
        """Write ``results/NAME.json`` and ``results/NAME.md``."""
        RESULTS.mkdir(exist_ok=True)
        whole = {"what": self.what, "taken": time.strftime("%Y-%m-%d"), "machine": describe(), "lines": self.lines}
        (RESULTS / f"{self.name}.json").write_text(json.dumps(whole, indent=2) + "\n")
        (RESULTS / f"{self.name}.md").write_text(self._page())

    def _page(self) -> str:
        machine = describe()
        text = [f"# {self.name}", "", f"{self.what}. Taken {time.strftime('%Y-%m-%d')} on", ""]
        text += [f"- {name}: {value}" for name, value in machine.items()]
        first = next(iter(self.lines.values()))
        columns = list(_SHOWN if "cpu_us" in first else first)
        text += ["", f"| | {' | '.join(columns)} |", f"| --- |{' --: |' * len(columns)}"]
        for line, figures in self.lines.items():
            shown = columns if columns[0] in figures else list(figures)
            cells = " | ".join(
                str(figures.get(name, "–")) if columns[0] in figures else f"{name} {figures[name]}" for name in shown
            )
            text.append(f"| {line} | {cells} |")
        for line, figures in self.lines.items():
            if "by_process_us" in figures:
                text += ["", f"{line}, µs by process: {figures['by_process_us']}"]
        return "\n".join(text) + "\n"


def median_row(rows: list[Row]) -> Row:
    """The run of median CPU, with the worst of what must not happen in any."""
    middle = sorted(rows, key=lambda row: row.cpu_us)[len(rows) // 2]
    return replace(
        middle,
        failed=max(row.failed for row in rows),
        repeated=max(row.repeated for row in rows),
        kernel_drops=max(row.kernel_drops for row in rows),
        p50_ms=statistics.median(row.p50_ms for row in rows),
        p99_ms=statistics.median(row.p99_ms for row in rows),
    )
