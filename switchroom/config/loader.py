"""From a file and the environment to a :class:`Config`, or an error that names file, key and fix."""

from __future__ import annotations

import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from switchroom.config.checks import check
from switchroom.config.sections import Config
from switchroom.errors import ConfigError
from switchroom.lean.of_msgspec import msgspec

ENV_PREFIX = "SWITCHROOM_"
# The environment variable that names the file itself.
ENV_FILE = "SWITCHROOM_CONFIG"
DEFAULT_FILE = Path("switchroom.toml")
ENVIRONMENT = "environment"
_NO_FILE = "built-in defaults"

Tree = dict[str, Any]


def load_config(path: Path | None, env: Mapping[str, str]) -> Config:
    """Read *path*, or what ``SWITCHROOM_CONFIG`` names, or ./switchroom.toml if it is there, or the defaults alone.

    Raises:
        ConfigError: the first thing wrong.
    """
    file = find_file(path, env)
    tree = _read(file) if file is not None else {}
    where = str(file) if file is not None else _NO_FILE
    _check_keys(tree, Config, where, "")
    from_env = _apply_environment(tree, env)
    try:
        config = msgspec.convert(tree, Config, strict=False)
    except msgspec.ValidationError as error:
        text, _, at = str(error).partition(" - at `$.")
        key = at.rstrip("`") or "the file"
        source = ENVIRONMENT if key in from_env else where
        raise ConfigError(source, key, _fix(text, key)) from error
    check(config, lambda key: ENVIRONMENT if key in from_env else where)
    return config


def _fix(text: str, key: str) -> str:
    """What msgspec says, and for a choice what there is to choose from."""
    section, _, name = key.partition(".")
    struct = _struct_within(_kinds(Config).get(section.partition("[")[0]))
    if struct is not None and text.startswith("Invalid enum value"):
        kind = _kinds(struct).get(name.partition("[")[0])
        choices = next((each for each in (kind, *typing.get_args(kind)) if typing.get_origin(each) is Literal), None)
        return f"{text.removeprefix('Invalid enum value ')} is none of {', '.join(typing.get_args(choices))}"
    text = text.replace("`array`", "a list, [...]").replace("`str`", "text").replace("`int`", "a number")
    return f"{text[0].lower()}{text[1:]}"


def _kinds(struct: type) -> dict[str, Any]:
    return {each.name: each.type for each in msgspec.structs.fields(struct)}


def find_file(path: Path | None, env: Mapping[str, str]) -> Path | None:
    """Which file counts; None when there is none, which is fine."""
    if path is not None:
        return path
    named = env.get(ENV_FILE, "")
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _read(file: Path) -> Tree:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(file), "the file", "does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), "the file", f"cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(file), "the file", f"is no valid TOML: {error}") from error


def _check_keys(tree: Tree, struct: type, where: str, path: str) -> None:
    """Every key must be known: a misspelt one that is ignored costs its owner an evening."""
    known = _kinds(struct)
    for key, value in tree.items():
        if key not in known:
            raise ConfigError(where, f"{path}{key}", unknown_key(key, list(known)))
        inner = _struct_within(known[key])
        if inner is None:
            continue
        if isinstance(value, dict):
            _check_keys(value, inner, where, f"{path}{key}.")
        elif isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, dict):
                    _check_keys(each, inner, where, f"{path}{key}[{index}].")


def unknown_key(key: str, known: list[str]) -> str:
    """What to do about a key nobody knows."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"no such key; did you mean {near[0]}?" if near else f"no such key; known are {', '.join(sorted(known))}"


def _struct_within(annotation: Any) -> type | None:
    """The struct of a section, or of the entries of a list of sections."""
    for each in (annotation, *typing.get_args(annotation)):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return each
    return None


def _apply_environment(tree: Tree, env: Mapping[str, str]) -> set[str]:
    """Put ``SWITCHROOM_<SECTION>__<KEY>`` and ``SWITCHROOM_<SECTION>__<n>__<KEY>`` into *tree*; returns their keys."""
    applied: set[str] = set()
    sections = _kinds(Config)
    for name in sorted(env):
        parts = name.removeprefix(ENV_PREFIX).lower().split("__")
        if not name.startswith(ENV_PREFIX) or len(parts) < 2:
            continue
        section, key = parts[0], parts[-1]
        struct = _struct_within(sections.get(section))
        if struct is None:
            raise ConfigError(ENVIRONMENT, name, unknown_key(section, list(sections)))
        kinds = _kinds(struct)
        if key not in kinds:
            raise ConfigError(ENVIRONMENT, name, unknown_key(key, list(kinds)))
        target, path = _target(tree, section, parts[1:-1], name)
        target[key] = _env_value(env[name], kinds[key], name)
        applied.add(f"{path}.{key}")
    return applied


def _target(tree: Tree, section: str, index: list[str], name: str) -> tuple[Tree, str]:
    if not index:
        inside = tree.setdefault(section, {})
        if not isinstance(inside, dict):
            raise ConfigError(ENVIRONMENT, name, f"{section} is a list: write SWITCHROOM_{section.upper()}__0__...")
        return inside, section
    if len(index) > 1 or not index[0].isdecimal():
        raise ConfigError(ENVIRONMENT, name, "write SWITCHROOM_<SECTION>__<KEY>, for lists __<number>__ between them")
    entries = tree.setdefault(section, [])
    at = int(index[0])
    if not isinstance(entries, list) or at > len(entries):
        raise ConfigError(ENVIRONMENT, name, f"there are {len(entries)} entries: the next is number {len(entries)}")
    if at == len(entries):
        entries.append({})
    return entries[at], f"{section}[{at}]"


def _env_value(text: str, kind: Any, name: str) -> Any:
    """Lists as TOML (["a", "b"]) or with commas, tables as TOML; the rest as text, which the schema converts."""
    origin = typing.get_origin(kind)
    if origin not in (tuple, dict) or isinstance(kind, types.UnionType):
        return text
    if text.startswith(("[", "{")):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(ENVIRONMENT, name, f"is no valid TOML value: {error}") from error
    if origin is dict:
        raise ConfigError(ENVIRONMENT, name, 'write a TOML table: {"a" = "b"}')
    return [each.strip() for each in text.split(",") if each.strip()]
