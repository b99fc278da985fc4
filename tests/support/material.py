"""Published messages, vectors and captures that lie beside the project, not in it; without them tests are skipped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

MATERIAL = Path(os.environ.get("SWITCHROOM_MATERIAL", Path(__file__).parents[3] / "shared" / "material"))
"""Read when tests are collected, before any fixture hides the environment."""


def material_files(pattern: str) -> list[ParameterSet]:
    """A parameter per file that *pattern* finds; one skipped parameter if there is none."""
    files = sorted(MATERIAL.glob(pattern)) if MATERIAL.is_dir() else []
    if files:
        return [pytest.param(path, id=path.name) for path in files]
    reason = f"{pattern} is not here: set SWITCHROOM_MATERIAL to the folder of published material"
    return [pytest.param(Path(), id="missing", marks=pytest.mark.skip(reason=reason))]


def material_json(name: str) -> Any:
    """A JSON file of the material; None if it is not here."""
    path = MATERIAL / name
    return json.loads(path.read_text()) if path.is_file() else None
