#!/usr/bin/env bash
# media_workers/rtp_engine.pyi says what the built engine module has, no more and no less.
set -euo pipefail
cd "$(dirname "$0")/.."
stubs=$(mktemp -d)
trap 'rm -rf "$stubs"' EXIT
cp media_workers/rtp_engine.pyi "$stubs/rtp_engine.pyi"
MYPYPATH="$stubs" .venv/bin/python -m mypy.stubtest rtp_engine
