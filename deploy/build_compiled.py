"""Compile the SIP cores with mypyc into build/compiled: ``python deploy/build_compiled.py [--debug]``.

The whole package is copied there, the compiled modules beside their sources, which Python then passes over; nothing
is left in the source tree. Whoever wants it puts the folder first on the path: ``PYTHONSAFEPATH=1
PYTHONPATH=build/compiled``. Needs a C compiler and Python's headers.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

PACKAGES = ("message", "transaction", "dialog", "sdp", "calls", "auth", "guard")
"""What imports no I/O and is written in the plain style that mypyc likes."""
INTERPRETED = frozenset(("__init__.py", *os.environ.get("INTERPRETED", "").split()))
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "compiled"


def sources() -> list[str]:
    """Modules to compile, relative to the target folder."""
    found = (path for package in PACKAGES for path in sorted((TARGET / "sip_frontend" / package).rglob("*.py")))
    return [str(path.relative_to(TARGET)) for path in found if path.name not in INTERPRETED]


def main(arguments: list[str]) -> int:
    """Copy, translate, compile, tidy up."""
    from mypyc.build import mypycify
    from setuptools import setup

    shutil.rmtree(TARGET, ignore_errors=True)
    shutil.copytree(ROOT / "sip_frontend", TARGET / "sip_frontend", ignore=shutil.ignore_patterns("__pycache__"))
    os.chdir(TARGET)
    level = "0" if "--debug" in arguments else "3"
    os.environ["MYPYPATH"] = str(ROOT)
    # Explicit bases: a stray __init__.py above the folder must not make the modules part of another package.
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--follow-imports=silent", "--explicit-package-bases"]
    modules = mypycify([*settings, *sources()], opt_level=level, target_dir=str(TARGET / "c"), multi_file=True)
    setup(
        name="switchroom-compiled",
        ext_modules=modules,
        script_args=["--quiet", "build_ext", "--inplace", "--build-temp", str(TARGET / "temporary"), "--parallel", "2"],
    )
    for folder in ("c", "temporary", "build"):
        shutil.rmtree(TARGET / folder, ignore_errors=True)
    built = sorted(path.relative_to(TARGET) for path in TARGET.rglob("*.so"))
    print(f"{len(built)} compiled modules in {TARGET.relative_to(ROOT)}")
    return 0 if built else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
