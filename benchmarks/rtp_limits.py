"""RTP: what one core carries, and what those on it notice.

- Opus-PCMU calls, wideband as softphones send speech and fullband: 250 of them, and how many there can be;
- 2,500 echo channels; 1,000 channels on which nobody says anything;
- latency when the packet thread is 50 and 80 % busy, forwarding and transcoding;
- latency of 200 running channels while 10,000 others a minute are opened and closed beside them.

Latencies stand beside those of a bare loop with the same packets: ``added_p50_ms`` and ``added_p99_ms`` are what the
engine adds to them.
"""

from __future__ import annotations

import time

from benchmarks.processes import usage
from benchmarks.report import Result
from benchmarks.rtp_runs import Figures, Work, columns, host, noticed, once, prepare, rounded, side_by_side

OPUS_HZ = {"wideband": 16_000, "fullband": 48_000}
CALLS = 250
FEWEST_CALLS, MOST_CALLS = 150, 400
_STEP_CALLS = 10
BUSY = (0.5, 0.8)
_MOST_LOST, _LEAST_KEPT = 0.001, 0.98
_PROBE_FLOWS, _MOST_FLOWS = 1000, 3600
_SHOWN = (
    "flows",
    "core_share",
    "us_per_packet",
    "ratio",
    *(f"{prefix}{name}" for name in ("p50_ms", "p99_ms", "max_ms") for prefix in ("", "bare_", "added_")),
    "lost_share",
    "kernel_drops",
    "late_share",
    "late_p99_ms",
    "stolen_share",
)


def measure(quick: bool) -> Result:
    """Under five minutes."""
    prepare()
    window_s = 1.5 if quick else 4.0
    result = Result("rtp_limits", "What one packet thread on one core carries, and what is noticed of it")
    echoes = Work("echo", 2500)
    add(result, "2,500 echo channels", echoes, side_by_side([echoes], window_s)[0])
    for name in ("relay", "transcode"):
        work = Work(name, _PROBE_FLOWS, pair=True, codecs="PCMU,PCMA" if name == "transcode" else "PCMU")
        for share in BUSY:
            busy = busy_work(work, share)
            figures = side_by_side([busy], window_s)[0]
            add(result, f"{name} at about {share:.0%} of a core", busy, figures)
    running = [Work("echo", 200), Work("churn", 200)]
    for work, figures in zip(running, side_by_side(running, window_s), strict=True):
        line = "200 channels, 10,000 a minute beside" if work.name == "churn" else "200 channels, nothing beside"
        add(result, line, work, figures)
    for band, rate_hz in OPUS_HZ.items():
        figures = once(opus(CALLS, rate_hz), window_s)
        add(result, f"{CALLS} {band} Opus-PCMU calls", opus(CALLS, rate_hz), figures | noticed(figures))
        if not quick:
            result.add(f"most {band} Opus-PCMU calls", most_calls(rate_hz, window_s / 2))
    result.add("1,000 idle channels", {"channels": 1000, "core_share": round(idle_share(1000, window_s), 4)})
    return result


def add(result: Result, line: str, work: Work, figures: Figures) -> None:
    """What is shown, and what the engine adds to the bare loop's latency."""
    for name in ("p50_ms", "p99_ms"):
        if f"bare_{name}" in figures:
            figures[f"added_{name}"] = figures[name] - figures[f"bare_{name}"]
    result.add(line, rounded(columns(_SHOWN, figures | {"flows": work.flows})))


def opus(calls: int, rate_hz: int) -> Work:
    """Calls of two channels, one of which speaks Opus coded from this rate."""
    return Work("opus", 2 * calls, pair=True, codecs=f"PCMU,opus@{rate_hz}", listen=True)


def most_calls(rate_hz: int, window_s: float) -> dict[str, object]:
    """By halving: the highest number of which less than 0.1 % is lost and nothing piles up, 0 if not even the fewest.

    A thread with more to do than it can loses nothing at first, its sockets' buffers fill: so it must also send as
    much as it is sent.
    """
    best, figures = 0, Figures()
    low, high = FEWEST_CALLS, MOST_CALLS
    calls = low
    while low <= high:
        run = once(opus(calls, rate_hz), window_s)
        if run["lost_share"] < _MOST_LOST and run["received"] >= _LEAST_KEPT * run["sent"]:
            best, figures, low = calls, noticed(run), calls + _STEP_CALLS
        else:
            high = calls - _STEP_CALLS
        calls = (low + high) // 2 // _STEP_CALLS * _STEP_CALLS
    return {"calls": best, **rounded(figures)}


def busy_work(work: Work, share: float) -> Work:
    """With as many flows as make the packet thread so busy, told by two runs: a packet costs less among many."""
    one = once(work, 1.0)["cpu_share"]
    guess = _sized(work, work.flows * share / one)
    two = once(guess, 1.0)["cpu_share"]
    if guess.flows == work.flows or two == one:
        return guess
    slope = (two - one) / (guess.flows - work.flows)
    return _sized(work, guess.flows + (share - two) / slope) if slope > 0 else guess


def _sized(work: Work, flows: float) -> Work:
    return Work(work.name, max(2, min(_MOST_FLOWS, round(flows) // 2 * 2)), pair=work.pair, codecs=work.codecs)


def idle_share(flows: int, window_s: float) -> float:
    """Of a core, with nobody sending."""
    with host(Work("idle", flows)) as pid:
        time.sleep(1.0)  # what opening them left to do is over; nothing tells it
        before = usage({"engine": pid}).cpu_s
        time.sleep(window_s)
        return (usage({"engine": pid}).cpu_s - before) / window_s
