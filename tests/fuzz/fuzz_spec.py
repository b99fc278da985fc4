"""atheris over channel specs as frontends send them, down to the engine's own reading of them."""

from __future__ import annotations

from tests.fuzz.run import run

if __name__ == "__main__":
    run("spec_target")
