"""Whether the RTP ports can be had: a few that somebody holds are left out, but some must remain."""

from __future__ import annotations

from collections.abc import Sequence

from switchroom.cli.ports import Taken, Wanted, bound_ports, taken_of
from switchroom.config import RTP_BLOCK_PAIRS, MediaSection


def taken_rtp(media: MediaSection) -> list[Taken]:
    """Ports of the range that somebody holds; or the address, where it is none of ours."""
    if taken := taken_of(Wanted("media.address", "udp", media.address, 0)):
        return [taken]
    first, last = media.ports
    held = sorted(port for port in bound_ports("udp") if first <= port <= last)
    found = (taken_of(Wanted("media.ports", "udp", media.address, port)) for port in held)
    return [taken for taken in found if taken is not None]


def rtp_complaint(media: MediaSection, taken: Sequence[Taken]) -> str:
    """What keeps every call without audio; empty when there are ports left."""
    first, last = media.ports
    ports = [each.wanted.port for each in taken]
    size = min(2 * RTP_BLOCK_PAIRS, last - first + 1)
    blocks = range(first, last - size + 2, size)
    if 0 not in ports and any(not any(block <= port < block + size for port in ports) for block in blocks):
        return ""
    return str(taken[0])


def rtp_notice(taken: Sequence[Taken]) -> str:
    """For the screen: which ports are left out, and why."""
    if not taken:
        return ""
    left_out = "its block is left out" if len(taken) == 1 else f"and {len(taken) - 1} more; their blocks are left out"
    wanted = taken[0].wanted
    return f"{wanted.port} is taken{f' by {taken[0].holder}' if taken[0].holder else ''}, {left_out} ({wanted.key})"
