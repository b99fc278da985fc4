"""atheris over the stream parser."""

from __future__ import annotations

from tests.fuzz.run import run

if __name__ == "__main__":
    run("stream_target")
