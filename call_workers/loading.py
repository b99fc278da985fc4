"""Load script files: Python files with a ``worker`` in each."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from call_workers.worker import CallWorker
from switchroom.errors import ConfigError


def load_scripts(files: Sequence[str]) -> CallWorker:
    """One worker with the scripts of all *files*.

    Raises:
        ConfigError: a file is missing, fails, or has no ``worker``.
    """
    gathered = CallWorker()
    for number, file in enumerate(files):
        worker = _load(Path(file), number)
        gathered.include(worker)
        gathered.name = gathered.name or worker.name
    return gathered


def _load(path: Path, number: int) -> CallWorker:
    if not path.is_file():
        raise ConfigError(str(path), "scripts", "there is no such file")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # a script may import its neighbours, as when it is run by itself
    spec = importlib.util.spec_from_file_location(f"call_script_{number}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(str(path), "scripts", "name a Python file, *.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConfigError(str(path), type(error).__name__, str(error)) from error
    worker = getattr(module, "worker", None)
    if not isinstance(worker, CallWorker):
        raise ConfigError(str(path), "worker", "write: worker = CallWorker()")
    return worker
