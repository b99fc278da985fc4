"""atheris over the message parser, header values and the response builder."""

from __future__ import annotations

from tests.fuzz.run import run

if __name__ == "__main__":
    run("message_target")
