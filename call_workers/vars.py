"""``call.vars``: data of the script that the exchange keeps and that rides in every activation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING

from call_workers.values import Json
from switchroom.lean.of_msgspec import msgspec

if TYPE_CHECKING:
    from call_workers.call_view import CallView


class Vars(MutableMapping[str, Json]):
    """A dict of what JSON can hold. To change a value in place, set it again: only setting reaches the exchange."""

    __slots__ = ("_call", "_values")

    def __init__(self, call: CallView, values: Mapping[str, str]) -> None:
        self._call = call
        self._values = {key: msgspec.json.decode(value) for key, value in values.items()}

    def __getitem__(self, key: str) -> Json:
        return self._values[key]

    def __setitem__(self, key: str, value: Json) -> None:
        encoded = msgspec.json.encode(value)
        command = self._call._command("vars").set_var
        command.key = key
        command.value = encoded.decode()
        self._values[key] = msgspec.json.decode(encoded)

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._call._command("vars").set_var.key = key

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Vars({self._values!r})"
