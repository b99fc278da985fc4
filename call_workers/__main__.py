"""``python -m call_workers [--config FILE] [--reload] [SCRIPT ...]``: run call scripts.

Without scripts those of the configuration are run. With ``--reload`` the worker starts anew whenever a file in their
folders changes (for development). Exit codes are those of :mod:`switchroom.process`.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from call_workers.loading import load_scripts
from call_workers.service import serve
from switchroom import process

_HELP = """usage: switchroom worker [--config FILE] [--reload] [SCRIPT ...]

Run call scripts: Python files with a `worker` in each; without any, those of [worker] scripts.

  --config FILE  settings; default: $SWITCHROOM_CONFIG, else ./switchroom.toml
  --reload       start anew whenever a file beside the scripts changes, for development
"""
# An editor writes a file in several goes.
_DEBOUNCE_MS = 200


async def _serve(started: process.Process) -> None:
    files = started.arguments or list(started.config.worker.scripts)
    await serve(started, load_scripts(files))


def main(arguments: Sequence[str]) -> int:
    """Run a worker; returns the exit code."""
    if "--help" in arguments or "-h" in arguments:
        print(_HELP)
        return process.EXIT_OK
    if "--reload" not in arguments:
        return process.main("worker", _serve, arguments)
    from watchfiles import PythonFilter, run_process

    rest = [argument for argument in arguments if argument != "--reload"]
    folders = {str(Path(argument).resolve().parent) for argument in rest if argument.endswith(".py")}
    command = shlex.join([sys.executable, "-m", "call_workers", *rest])
    watched = sorted(folders) or ["."]
    run_process(*watched, target=command, target_type="command", watch_filter=PythonFilter(), debounce=_DEBOUNCE_MS)
    return process.EXIT_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
