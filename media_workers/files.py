"""Which files may be played and recorded: those below a root, and no others."""

from __future__ import annotations

import os
from pathlib import Path

from media_workers.errors import FileRefused


class Root:
    """A folder that names from the bus are looked up in. A name never leads out of it, by ``..`` or by a link."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(os.path.realpath(folder))
        self._prefix = str(self.folder) + os.sep

    def resolve(self, name: str) -> str:
        """The absolute path of *name*, which need not exist. Raises ``FileRefused``."""
        if not name or "\0" in name or os.path.isabs(name):
            raise FileRefused(f"not a name below the root: {name!r}")
        path = os.path.realpath(os.path.join(self.folder, name))
        if not path.startswith(self._prefix):
            raise FileRefused(f"leads out of the root: {name!r}")
        return path

    def below(self, subfolder: str) -> Root:
        """The root of a subfolder; this one itself when the name is empty."""
        return Root(self.resolve(subfolder)) if subfolder else self


class Prompts:
    """The prompt root, and the folder of what was fetched, which stands behind it; None: nothing is ever fetched."""

    def __init__(self, root: Root, fetched: Root | None = None) -> None:
        self._root = root
        self._fetched = fetched

    def resolve(self, name: str) -> str:
        """The path to play *name* from. Raises ``FileRefused``."""
        path = self._root.resolve(name)
        if self._fetched is None or os.path.exists(path):
            return path
        return self._fetched.resolve(name)

    def places(self, name: str) -> tuple[str, str]:
        """Where it is when it is ours, and where when it was fetched. Raises ``FileRefused``."""
        return self._root.resolve(name), (self._fetched or self._root).resolve(name)
