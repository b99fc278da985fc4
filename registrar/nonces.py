"""Nonces that need no memory until they are used (RFC 7616 section 3.3, design: stateless, time-limited, nc-checked).

A nonce is its time of issue, some random bytes, and a keyed hash of both and the realm. So a flood of requests without
credentials allocates nothing, and nonces outlive a restart as long as the key does. Only a nonce that came back with
right credentials is remembered, with the counts it was used with, until it runs out.
"""

from __future__ import annotations

import hmac
import os
from hashlib import blake2s
from typing import Final

KEY_SIZE: Final = 32

_TIME_SIZE: Final = 5
_SALT_SIZE: Final = 7
_HEAD_SIZE: Final = _TIME_SIZE + _SALT_SIZE
_MAC_SIZE: Final = 12
_TEXT_SIZE: Final = (_HEAD_SIZE + _MAC_SIZE) * 2
_WINDOW: Final = 64
"""How far behind the highest count a late one may be: a phone's REGISTER and INVITE may overtake each other."""
_WINDOW_MASK: Final = (1 << _WINDOW) - 1
_SLOTS: Final = 8


class Nonces:
    """Issues and checks nonces. *now* is UNIX time: nonces are valid in the next life of the process too."""

    __slots__ = ("_key", "_life_s", "_slot_s", "_used")

    def __init__(self, key: bytes, life_s: int) -> None:
        self._key = key
        self._life_s = life_s
        self._slot_s = max(1, life_s // _SLOTS)
        # Slot of the time of issue -> salt -> highest count and, below it, a bit for each count seen.
        self._used: dict[int, dict[bytes, int]] = {}

    def issue(self, realm: str, now: float) -> str:
        head = int(now).to_bytes(_TIME_SIZE, "big") + os.urandom(_SALT_SIZE)
        return (head + self._mac(head, realm)).hex()

    def check(self, nonce: str, realm: str, now: float) -> bytes | None:
        """What :meth:`use` wants, if we issued *nonce* for *realm*, and not too long ago; else None."""
        raw = _decode(nonce)
        if raw is None or not hmac.compare_digest(raw[_HEAD_SIZE:], self._mac(raw[:_HEAD_SIZE], realm)):
            return None
        issued = int.from_bytes(raw[:_TIME_SIZE], "big")
        return raw[:_HEAD_SIZE] if 0 <= int(now) - issued <= self._life_s else None

    def use(self, head: bytes, count: int) -> bool:
        """Note the use of a valid nonce with *count*; False when it was used so before (a replay).

        *count* is 0 for a client without qop, whose nonce is good for one time only.
        """
        slot = self._used.setdefault(int.from_bytes(head[:_TIME_SIZE], "big") // self._slot_s, {})
        salt = head[_TIME_SIZE:]
        known = slot.get(salt)
        if known is None:
            slot[salt] = count << _WINDOW | 1
            return True
        highest, seen = known >> _WINDOW, known & _WINDOW_MASK
        if count > highest:
            seen = (seen << min(count - highest, _WINDOW) | 1) & _WINDOW_MASK
            slot[salt] = count << _WINDOW | seen
            return True
        bit = 1 << (highest - count) if highest - count < _WINDOW else 0
        if not bit or seen & bit or not count:
            return False
        slot[salt] = known | bit
        return True

    def sweep(self, now: float) -> None:
        """Forget what has run out."""
        oldest = (int(now) - self._life_s) // self._slot_s
        for slot in [slot for slot in self._used if slot < oldest]:
            del self._used[slot]

    def __len__(self) -> int:
        """How many nonces are remembered."""
        return sum(len(slot) for slot in self._used.values())

    def _mac(self, head: bytes, realm: str) -> bytes:
        return blake2s(head + realm.encode(), key=self._key, digest_size=_MAC_SIZE).digest()


def _decode(nonce: str) -> bytes | None:
    """The bytes of something that looks like a nonce of ours."""
    if len(nonce) != _TEXT_SIZE:
        return None
    try:
        raw = bytes.fromhex(nonce)
    except ValueError:
        return None
    return raw if len(raw) == _HEAD_SIZE + _MAC_SIZE else None  # fromhex passes over blanks
