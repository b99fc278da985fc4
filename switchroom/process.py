"""How every process begins and ends: settings, logs, loop, signals, memory, exit codes.

A process's ``__main__`` is ``sys.exit(process.main("registrar", serve))``; ``serve`` starts what it owns, calls
:meth:`Process.ready`, waits for :attr:`Process.stopping`, and closes.

Exit codes: 0 asked to stop, 1 failed, 2 a setting is wrong, 3 an address or port is taken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from switchroom import garbage, logs
from switchroom.config import Config, load_config
from switchroom.errors import ConfigError
from switchroom.lean.of_msgspec import msgspec
from switchroom.version import version

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BAD_CONFIG = 2
EXIT_ADDRESS_TAKEN = 3


@dataclass(slots=True)
class Process:
    """What a process is given by :func:`main`."""

    kind: str
    """``frontend``, ``media``, ``worker`` or ``registrar``; also the name of its section."""
    config: Config
    arguments: list[str]
    """What the command line has beyond ``--config``."""
    log: FilteringBoundLogger
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by SIGTERM and SIGINT. A second signal ends the process at once."""

    def ready(self, **keys: object) -> None:
        """Say so; from now on garbage is collected with an eye on who waits."""
        garbage.settle()
        self.log.info("process.ready", pid=os.getpid(), version=version(), **keys)


Body = Callable[[Process], Awaitable[None]]


def main(kind: str, serve: Body, arguments: Sequence[str] | None = None) -> int:
    """Run *serve* until it returns; the result is the exit code."""
    parser = argparse.ArgumentParser(prog=kind)
    parser.add_argument("--config", type=Path, default=None, help="default: $SWITCHROOM_CONFIG, else ./switchroom.toml")
    known, rest = parser.parse_known_args(arguments)
    try:
        config = _with_worker_name(load_config(known.config, os.environ))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_CONFIG
    logs.configure(config.log, _name_of(config, kind))
    log = logs.get_logger("process")
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_run(kind, config, rest, log, serve))


async def _run(kind: str, config: Config, rest: list[str], log: FilteringBoundLogger, serve: Body) -> int:
    process = Process(kind, config, rest, log)
    _handle_signals(process)
    collecting = asyncio.create_task(garbage.collect_when_idle())
    try:
        _require_fast_protobuf()
        await serve(process)
    except ConfigError as error:
        log.error("process.misconfigured", file=error.file, key=error.key, fix=error.fix)
        return EXIT_BAD_CONFIG
    except OSError as error:
        log.exception("process.failed")
        return EXIT_ADDRESS_TAKEN if error.errno == errno.EADDRINUSE else EXIT_FAILED
    except Exception:  # the last stop before the exit code
        log.exception("process.failed")
        return EXIT_FAILED
    finally:
        collecting.cancel()
    log.info("process.stopped")
    return EXIT_OK


def _handle_signals(process: Process) -> None:
    def stop(number: int) -> None:
        if process.stopping.is_set():
            os._exit(128 + number)
        process.log.info("process.stopping", signal=signal.Signals(number).name)
        process.stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed; nothing needs it."""
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop
    return None


def _require_fast_protobuf() -> None:
    """The pure Python protobuf is a hundred times slower, and is what a broken installation falls back to."""
    from google.protobuf.internal import api_implementation

    if api_implementation.Type() != "upb":
        raise ConfigError("installation", "protobuf", "its fast build is missing here: reinstall protobuf from a wheel")


def _with_worker_name(config: Config) -> Config:
    """Workers may be started as they come: two of one name would push each other out."""
    if config.worker.name:
        return config
    named = msgspec.structs.replace(config.worker, name=f"worker-{socket.gethostname()}-{os.getpid()}")
    return msgspec.structs.replace(config, worker=named)


def _name_of(config: Config, kind: str) -> str:
    section = getattr(config, kind, None)
    return getattr(section, "name", kind)
