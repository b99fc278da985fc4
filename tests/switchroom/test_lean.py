"""What a process does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["sip_frontend.server", "media_workers.__main__", "registrar.__main__", "call_workers"]
)
def test_processes_start_without_what_only_the_command_line_needs(module: str) -> None:
    script = f"import sys, {module}; print({{'typing_extensions', 'rich', 'typer', 'supervisor'}} & sys.modules.keys())"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "set()"


def test_a_module_that_is_there_already_stays() -> None:
    script = (
        "import sys, typing_extensions as t, switchroom.lean.of_msgspec; print(sys.modules['typing_extensions'] is t)"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "True"
