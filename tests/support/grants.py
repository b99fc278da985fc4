"""Blocks of ports as a media worker grants them, for exchanges whose media worker is a function."""

from __future__ import annotations

from switchroom.v1 import envelope_pb2 as wire

PAIRS = 64
_FIRST_PORT = 12_000


class Blocks:
    """One after the other."""

    def __init__(self) -> None:
        self.granted = 0

    def grant(self, count: int, address: str = "127.0.0.1", address6: str = "") -> wire.Envelope:
        """The answer to who asks for so many, at these addresses."""
        reply = wire.Envelope()
        for _ in range(count):
            reply.grant.blocks.add(
                block_id=self.granted + 1,
                advertised_address=address,
                local_address=address,
                advertised_address6=address6,
                local_address6=address6,
                first_port=_FIRST_PORT + 2 * PAIRS * self.granted,
                pairs=PAIRS,
            )
            self.granted += 1
        return reply
