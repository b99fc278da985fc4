"""What every test run has: hypothesis profiles, and the report of which ledger rows passing tests prove."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, derandomize=True, max_examples=100)
settings.register_profile(
    "fuzz", deadline=None, max_examples=10_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the file for the report; without it none is written."""
    parser.addoption("--covers-report", metavar="FILE", help="write there which ledger rows the passing tests prove")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the ids ride with the test's report, which xdist carries to the controller."""
    for mark in item.iter_markers("covers"):
        item.user_properties.extend(("covers", identifier) for identifier in mark.args)


class CoversReport:
    """Row id -> tests that passed, and that were skipped here, gathered where all reports come together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._passed: dict[str, set[str]] = {}
        self._skipped: dict[str, set[str]] = {}
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test as proof when its call passed and no phase of it failed."""
        if report.failed:
            self._failed.add(report.nodeid)
        if report.skipped:
            self._note(self._skipped, report)
        elif report.when == "call" and report.passed:
            self._note(self._passed, report)

    def _note(self, rows: dict[str, set[str]], report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == "covers":
                rows.setdefault(str(value), set()).add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the file, sorted, so that two equal runs make equal files."""
        whole = {
            "passed": {row: sorted(tests - self._failed) for row, tests in sorted(self._passed.items())},
            "skipped": {row: sorted(tests) for row, tests in sorted(self._skipped.items())},
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(whole, indent=1) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Only the controller writes."""
    path = config.getoption("covers_report")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(CoversReport(Path(path)), "covers-report")


@pytest.fixture(autouse=True)
def _outside_settings_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the SWITCHROOM_* variables of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("SWITCHROOM_")]:
        monkeypatch.delenv(name)
