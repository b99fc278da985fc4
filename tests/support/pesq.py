"""Scores of speech by PESQ (ITU-T P.862) and as waves, in the environment that tests/interop/setup.sh makes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support.exchange import ROOT

PYTHON = ROOT / "var" / "interop" / "bin" / "python"
SCRIPT = ROOT / "benchmarks" / "quality_score.py"


def has_pesq() -> bool:
    """Whether it is installed."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-c", "import pesq"], capture_output=True, check=False).returncode == 0


def scores(jobs: list[dict[str, object]]) -> list[float | None]:
    """A score per job of quality_score.py."""
    command = [str(PYTHON), str(SCRIPT)]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout))


def score(reference: Path, degraded: Path, mode: str = "nb") -> float:
    """Mode ``nb`` is 1.0 to 4.55, ``wb`` 1.0 to 4.64; 0 where there is no speech."""
    return scores([{"reference": str(reference), "degraded": str(degraded), "mode": mode}])[0] or 0.0


def likeness(reference: Path, degraded: Path) -> tuple[float, float]:
    """PESQ in narrowband, and the correlation of the two waves, delay taken out: 1.0 where they are the same."""
    both: dict[str, object] = {"reference": str(reference), "degraded": str(degraded)}
    quality, same = scores([both | {"mode": mode} for mode in ("nb", "correlation")])
    return quality or 0.0, same or 0.0
