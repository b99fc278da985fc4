#!/usr/bin/env bash
# The stub, which rides in the engine's wheel, says what the built module has, no more and no less.
set -euo pipefail
cd "$(dirname "$0")/.."
cmp media_workers/rtp_engine.pyi "$(.venv/bin/python -c 'import pathlib, rtp_engine; print(pathlib.Path(rtp_engine.__file__).with_name("__init__.pyi"))')" || {
  echo "the installed engine has another stub: run make build-release" >&2
  exit 1
}
# maturin puts the library itself inside a package of its name; the stub is of the package.
cd .venv && bin/python -m mypy.stubtest --allowlist <(echo rtp_engine.rtp_engine) rtp_engine
