"""``python -m benchmarks [--quick] [--dry] [calls register idle ...]``: run, print, write into results/.

Without names it runs what `make bench` promises; any other module here that has a ``measure`` can be named too.
"""

from __future__ import annotations

import argparse
import importlib
import sys

PROMISED = ("calls", "register", "rtp", "idle")


def main(arguments: list[str]) -> int:
    """One after the other; a machine with one core cannot do it."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--quick", action="store_true", help="one run instead of the median of three, no ramp")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    parser.add_argument("names", nargs="*", help=f"default: {' '.join(PROMISED)}")
    chosen = parser.parse_args(arguments)
    for name in chosen.names or PROMISED:
        module = importlib.import_module(f"benchmarks.{name}")
        result = module.measure(chosen.quick)
        result.show()
        if not chosen.dry:
            result.save()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
