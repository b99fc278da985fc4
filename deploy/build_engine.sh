#!/usr/bin/env bash
# Build the engine's wheel (profile dev or release) and put it into the virtual environment.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:?profile: dev or release}
out=media_workers/engine/target/wheels/$profile
log=media_workers/engine/target/build-$profile.log
rm -rf "$out" && mkdir -p "$out"
echo "building the engine ($profile)"
.venv/bin/maturin build --profile "$profile" --locked --interpreter .venv/bin/python \
  --manifest-path media_workers/engine/rtp_engine/Cargo.toml --out "$out" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --reinstall "$out"/*.whl
