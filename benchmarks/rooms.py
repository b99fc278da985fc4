"""Rooms: CPU per member and tick of 20 ms as rooms grow, all members talking, on one packet thread.

About as many members each time, in rooms of 3 to one room of 1,500: what a member costs must not depend on the room.
``members_a_core`` is what that cost allows; it was not tried with so many.
"""

from __future__ import annotations

from benchmarks.report import Result
from benchmarks.rtp_runs import Figures, Work, prepare, side_by_side

SIZES = (3, 8, 30, 300, 1500)
WIDE = (2, 8)
"""Members of a room of eight with G.722."""
MEMBERS = 1500
TICKS_PER_S = 50


def room(size: int, wide: int = 0) -> Work:
    """An engine full of rooms of that size."""
    codecs = ",".join(["G722"] * wide + ["PCMU"] * (size - wide))
    return Work(f"rooms-{size}-{wide}", MEMBERS // size * size, codecs=codecs, listen=True)


def measure(quick: bool) -> Result:
    """The median of three runs of each size, in under four minutes."""
    prepare()
    result = Result("rooms", "CPU per member and tick of 20 ms in conferences, all talking, one packet thread")
    works = {f"rooms of {size}, PCMU": room(size) for size in SIZES}
    works |= {f"rooms of 8, {wide} of them G.722": room(8, wide) for wide in WIDE}
    window_s, rounds = (2.0, 1) if quick else (3.0, 3)
    for line, work, figures in zip(
        works, works.values(), side_by_side(list(works.values()), window_s, rounds), strict=True
    ):
        result.add(line, members(work, figures))
    return result


def members(work: Work, figures: Figures) -> Figures:
    """The figures in words of members: a packet out is a member's tick, with the one in that belongs to it."""
    cost = figures.pop("us_per_packet")
    ahead = {
        "us_per_member_tick": cost,
        "members_a_core": round(1e6 / TICKS_PER_S / cost) if cost else 0,
        "members": work.flows,
    }
    return ahead | figures
