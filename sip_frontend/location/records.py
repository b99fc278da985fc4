"""What the policy asks of DNS, and the records that come back, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeVar, final


class Kind(Enum):
    """What is asked for."""

    NAPTR = "NAPTR"
    SRV = "SRV"
    ADDRESS = "A and AAAA"
    """Answered in the order in which the machine prefers them (RFC 6724, as RFC 7984 asks)."""


class Question(NamedTuple):
    """One look-up."""

    kind: Kind
    name: str


@final
@dataclass(frozen=True, slots=True)
class Naptr:
    """RFC 3403 section 4.1, without the regular expression, which SIP does not use here."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@final
@dataclass(frozen=True, slots=True)
class Srv:
    """RFC 2782."""

    priority: int
    weight: int
    port: int
    target: str


Answer = tuple[Naptr, ...] | tuple[Srv, ...] | tuple[str, ...]
"""The records of one question; empty when there are none, or when nobody answered."""

Chance = Callable[[int], int]
"""A random number from 0 to its argument, both included."""

_Record = TypeVar("_Record", Naptr, Srv, str)


def only(answer: Answer, kind: type[_Record]) -> list[_Record]:
    """The records of *answer* that are of *kind*: all of them, unless a name server is mad."""
    return [record for record in answer if isinstance(record, kind)]


def by_priority(records: Sequence[Srv], chance: Chance) -> list[Srv]:
    """RFC 2782: lower priorities first; within one, drawn by lot, each with its weight."""
    ordered: list[Srv] = []
    for priority in sorted({record.priority for record in records}):
        # Records of weight 0 stand first, so that they win a draw of 0 alone.
        left = sorted((one for one in records if one.priority == priority), key=_has_weight)
        while left:
            ordered.append(left.pop(_draw(left, chance)))
    return ordered


def _has_weight(record: Srv) -> bool:
    return record.weight > 0


def _draw(records: Sequence[Srv], chance: Chance) -> int:
    """Index of the record whose running sum of weights is the first to reach a random number."""
    if len(records) == 1:
        return 0
    drawn = chance(sum(record.weight for record in records))
    running = 0
    for index, record in enumerate(records):
        running += record.weight
        if running >= drawn:
            return index
    return len(records) - 1
