"""The text that Prometheus reads (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sip_frontend.measure.traffic import Traffic
from sip_frontend.transaction.histogram import BOUNDS_S, Histogram

_GAUGES: Final = frozenset(
    {
        *("calls", "calls.established", "dialogs", "runs", "channels", "bindings", "timers", "guard.banned_now"),
        *(
            "guard.shedding",
            "subscriptions",
            "trace.messages",
            "trace.bytes",
            "bus.peers",
            "transactions.server_transactions",
            "transactions.client_transactions",
        ),
        *("transactions.early_calls", "transactions.timers", "transport.connections"),
    }
)
"""What goes down as well; every other value only counts up."""
_LABELLED: Final = {"queue": "peer", "unanswered": "peer", "trunk": "trunk"}
"""Gauges that are there once for each peer or trunk. The name goes into a label: it may hold what a metric may not."""
_PREFIX: Final = "switchroom_"


def page(traffic: Traffic, values: Mapping[str, float], delays: Mapping[str, Histogram]) -> str:
    """*values* by dotted name, *delays* by the name they shall have."""
    lines: list[str] = []
    _family(
        lines,
        "sip_requests_total",
        "counter",
        ((f'direction="{direction}",method="{method}"', count) for direction, method, count in traffic.requests()),
    )
    _family(
        lines,
        "sip_responses_total",
        "counter",
        (
            (f'direction="{direction}",method="{method}",code="{status}"', count)
            for direction, method, status, count in traffic.responses()
        ),
    )
    drops = {name: value for name, value in values.items() if name.startswith("guard.") and name not in _GAUGES}
    reasons = ((f'reason="{name.partition(".")[2]}"', value) for name, value in sorted(drops.items()))
    _family(lines, "guard_total", "counter", reasons)
    for name, histogram in delays.items():
        _histogram(lines, f"{_PREFIX}{name}_seconds", histogram)
    for family, samples in _labelled(values).items():
        _family(lines, family, "gauge", samples)
    apart = ("requests.in.", "requests.out.", "responses.", "delay.", *(f"{name}." for name in _LABELLED))
    for name, value in sorted(values.items()):
        if name not in drops and not name.startswith(apart):
            gauge = name in _GAUGES
            spelled = name.replace(".", "_").replace("-", "_") + ("" if gauge else "_total")
            _family(lines, spelled, "gauge" if gauge else "counter", [("", value)])
    lines.append("")
    return "\n".join(lines)


def _labelled(values: Mapping[str, float]) -> dict[str, list[tuple[str, float]]]:
    """Families of ``queue.PEER``, ``unanswered.PEER`` and ``trunk.NAME.what``."""
    families: dict[str, list[tuple[str, float]]] = {}
    for name, value in sorted(values.items()):
        family, _, whose = name.partition(".")
        label = _LABELLED.get(family)
        if label is None:
            continue
        if family == "trunk":
            whose, _, what = whose.rpartition(".")
            family = f"trunk_{what}"
        escaped = whose.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        families.setdefault(family, []).append((f'{label}="{escaped}"', value))
    return families


def _family(lines: list[str], name: str, kind: str, samples: Iterable[tuple[str, float]]) -> None:
    lines.append(f"# TYPE {_PREFIX}{name} {kind}")
    for labels, value in samples:
        lines.append(f"{_PREFIX}{name}{{{labels}}} {value:.15g}" if labels else f"{_PREFIX}{name} {value:.15g}")


def _histogram(lines: list[str], name: str, histogram: Histogram) -> None:
    lines.append(f"# TYPE {name} histogram")
    total = 0
    for bound, count in zip(BOUNDS_S, histogram.counts, strict=False):
        total += count
        lines.append(f'{name}_bucket{{le="{bound:g}"}} {total}')
    total += histogram.counts[-1]
    lines.append(f'{name}_bucket{{le="+Inf"}} {total}')
    lines.append(f"{name}_sum {histogram.total_s:.6f}")
    lines.append(f"{name}_count {total}")
