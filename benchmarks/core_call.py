"""What a call costs in the frontend's cores: ``python -m benchmarks [--quick] core_call``, microseconds of CPU.

An echo call from INVITE to BYE with everything but sockets and the bus: bytes are parsed, transactions and dialog kept,
the activation is made, encoded, decoded, answered by a worker's decision, itself encoded and decoded; the channel is
set at a media worker and closed, in bytes both ways. For the compiled build: ``make build-compiled``, then
``PYTHONSAFEPATH=1 PYTHONPATH=build/compiled:. python -m benchmarks core_call``.
"""

from __future__ import annotations

import statistics
import time

import sip_frontend.calls.exchange as exchange_module
from benchmarks.report import Result
from benchmarks.sip_cores import Cores
from switchroom import garbage

_CALLS = 300
_ROUNDS = 15


def measure(quick: bool = False) -> Result:
    """Median and best of several rounds."""
    compiled = not (exchange_module.__file__ or "").endswith(".py")
    kind = "compiled" if compiled else "interpreted"
    result = Result(f"core_call_{kind}", f"An echo call through the bare cores, {kind}, µs of CPU")
    cores = Cores()
    garbage.settle()
    rounds = [_round(cores, number) for number in range(4 if quick else _ROUNDS)]
    figures = {"median_us": round(statistics.median(rounds), 1), "best_us": round(min(rounds), 1)}
    result.add("INVITE, 100, 180, 200, ACK, BYE, 200", figures)
    return result


def _round(cores: Cores, number: int) -> float:
    began = time.process_time()
    for call in range(_CALLS):
        cores.call(number * _CALLS + call)
    spent = time.process_time() - began
    cores.pass_time(70.0)  # what transactions kept goes, as it would; a round later than in life
    cores.expect_nothing_left()
    return spent / _CALLS * 1e6
