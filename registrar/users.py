"""Who may register and call: ``users.toml``, held as HA1 values. A password that stands there is hashed and forgotten.

realm = "pbx.test"              # for every user that names no other; default: the first domain

[[user]]
name = "1001"
display = "Ada"                 # optional
max_calls = 2                   # optional; 0 is no limit
ha1 = { "MD5" = "...", "SHA-256" = "..." }
password = "..."                # instead of ha1, and worse: it lies there for everybody to read
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from registrar.aor import Domains
from switchroom.digest import user_hash
from switchroom.errors import ConfigError
from switchroom.v1.common_pb2 import Entity

_HASH_SIZES: Final = {"MD5": 32, "SHA-256": 64}
_KEYS: Final = frozenset(("name", "display", "realm", "max_calls", "ha1", "password"))


@dataclass(slots=True)
class User:
    """A user of one realm, without any secret that would be of use elsewhere."""

    name: str
    realm: str
    display: str
    max_calls: int
    ha1: dict[str, str]
    """By algorithm name."""
    uri: str = field(init=False)
    """``name@realm``: its address of record."""
    entity: Entity = field(init=False, repr=False)
    """As the bus carries it."""

    def __post_init__(self) -> None:
        self.uri = f"{self.name}@{self.realm}"
        self.entity = Entity(
            username=self.name, realm=self.realm, uri=self.uri, display=self.display, max_calls=self.max_calls
        )


class Users:
    """All users, by realm and name."""

    def __init__(self, users: list[User]) -> None:
        self._users = {(user.realm, user.name): user for user in users}

    @classmethod
    def load(cls, path: Path, domains: Domains) -> Users:
        """Read *path*.

        Raises:
            ConfigError: it cannot be read, or an entry in it makes no sense.
        """
        try:
            tree = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(str(path), "registrar.users", "no such file; make it or name another one") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(str(path), "the file", f"cannot be read: {error}") from error
        reader = _Reader(str(path), domains, tree.get("realm", domains.default.name))
        entries = tree.get("user", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ConfigError(str(path), "user", "wants [[user]] tables")
        users = [reader.user(index, entry) for index, entry in enumerate(entries)]
        seen: set[str] = set()
        for user in users:
            if user.uri in seen:
                raise ConfigError(str(path), "user.name", f"{user.uri} stands there twice")
            seen.add(user.uri)
        return cls(users)

    def find(self, name: str, realm: str) -> User | None:
        return self._users.get((realm, name))

    def of(self, realm: str) -> list[User]:
        return [user for user in self._users.values() if user.realm == realm]

    def __len__(self) -> int:
        return len(self._users)


class _Reader:
    """Entries of one file."""

    def __init__(self, file: str, domains: Domains, realm: str) -> None:
        self._file = file
        self._realms = {domain.name: domain for domain in domains.all}
        self._realm = realm

    def user(self, index: int, entry: dict[str, Any]) -> User:
        where = f"user[{index}]"
        for key in entry:
            if key not in _KEYS:
                raise ConfigError(self._file, f"{where}.{key}", f"no such key; known are {', '.join(sorted(_KEYS))}")
        name = entry.get("name")
        if not isinstance(name, str) or not name or set(name) & set('"@:;<> '):
            raise ConfigError(self._file, f"{where}.name", "wants a name as it stands before the @")
        realm = entry.get("realm", self._realm)
        if realm not in self._realms:
            known = ", ".join(self._realms)
            raise ConfigError(self._file, f"{where}.realm", f"{realm!r} is no [[domain]] here; there are: {known}")
        display, max_calls = entry.get("display", ""), entry.get("max_calls", 0)
        if not isinstance(display, str) or not isinstance(max_calls, int) or max_calls < 0:
            raise ConfigError(self._file, where, "display wants a text, max_calls a number from 0")
        return User(name, realm, display, max_calls, self._hashes(where, entry, name, realm))

    def _hashes(self, where: str, entry: dict[str, Any], name: str, realm: str) -> dict[str, str]:
        wanted = self._realms[realm].algorithms
        password = entry.get("password")
        if isinstance(password, str) and password:
            return {algorithm: user_hash(algorithm, name, realm, password) for algorithm in wanted}
        given = entry.get("ha1")
        if not isinstance(given, dict):
            raise ConfigError(self._file, f"{where}.ha1", 'wants { "MD5" = "..." } or a password')
        found = {}
        for algorithm in wanted:
            text = given.get(algorithm)
            if not isinstance(text, str) or len(text) != _HASH_SIZES[algorithm] or text.strip("0123456789abcdefABCDEF"):
                fix = f"wants {algorithm} of name:{realm}:password in {_HASH_SIZES[algorithm]} hex digits"
                raise ConfigError(self._file, f"{where}.ha1", fix)
            found[algorithm] = text.lower()
        return found
