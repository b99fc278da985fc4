"""RTP: CPU per packet and added latency of the engine, each beside a bare epoll loop in the same minute.

Three rounds, each: the bare loop, every kind of channel, the bare loop. Then one round each by number of channels;
``rtp_scale`` has more of those.
"""

from __future__ import annotations

from benchmarks.report import Result
from benchmarks.rtp_runs import Work, prepare, side_by_side

KINDS = (
    (Work("echo", 500), Work("play", 500, listen=True), Work("rooms", 496, listen=True)),
    (
        Work("relay", 500, pair=True),
        Work("transcode", 500, pair=True, codecs="PCMU,PCMA"),
        Work("wideband", 500, pair=True, codecs="PCMU,G722", listen=True),
    ),
)
SIZES = (Work("echo", 50), Work("echo", 1000), Work("echo", 2000), Work("relay", 2000, pair=True))


def measure(quick: bool) -> Result:
    """Under four minutes; quick, one round without the sizes in under one."""
    prepare()
    result = Result("rtp", "CPU per packet (one in, one out) of one packet thread against a bare epoll echo loop")
    window_s, rounds = (2.0, 1) if quick else (2.5, 3)
    for works in KINDS:
        for work, figures in zip(works, side_by_side(works, window_s, rounds), strict=True):
            result.add(work.line, figures)
    for work in () if quick else SIZES:
        result.add(work.line, side_by_side([work], window_s)[0])
    return result
