"""A set of addresses and networks, asked once for each new source."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import final


@final
class Networks:
    """Networks by version and length of prefix: asking takes one look-up a length, however many networks there are."""

    __slots__ = ("_by_length", "_count")

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Raises ValueError for a text that is neither address nor network."""
        self._by_length: dict[tuple[int, int], set[int]] = {}
        self._count = 0
        for text in networks:
            network = ipaddress.ip_network(text.strip(), strict=False)
            shift = network.max_prefixlen - network.prefixlen
            self._by_length.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __contains__(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        number, version = int(address), address.version
        for (of_version, shift), prefixes in self._by_length.items():
            if of_version == version and number >> shift in prefixes:
                return True
        return False


def read_networks(text: str) -> list[str]:
    """The entries of a list file: one address or network a line, ``#`` begins a comment."""
    entries = (line.partition("#")[0].strip() for line in text.splitlines())
    return [entry for entry in entries if entry]
