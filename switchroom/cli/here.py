"""What the settings name must be on this machine: files, and keys of the bus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from switchroom.config import Config
from switchroom.errors import ConfigError


def missing_here(config: Config, where: str) -> Iterator[ConfigError]:
    """All that keeps a process of the set from starting here. A machine that runs only some of them needs less."""
    if not Path(config.registrar.users).is_file():
        yield ConfigError(where, "registrar.users", f"{config.registrar.users} is not there: name the list of users")
    for script in config.worker.scripts:
        if not Path(script).is_file():
            yield ConfigError(where, "worker.scripts", f"{script} is not there: name the call scripts")
    endpoints = (*config.bus.frontends, *config.bus.events, *config.frontend.bus, *config.frontend.events)
    bare = [each for each in endpoints if each.startswith("tcp://")]
    if bare and not config.bus.insecure and not Path(config.bus.key_dir, "server.key_secret").is_file():
        fix = f"{bare[0]} has no keys: run `switchroom keys`, use ipc://, or set bus.insecure = true"
        yield ConfigError(where, "bus.key_dir", fix)
