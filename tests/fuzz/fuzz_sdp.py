"""atheris over session descriptions, read, written and answered."""

from __future__ import annotations

from tests.fuzz.run import run

if __name__ == "__main__":
    run("sdp_target")
