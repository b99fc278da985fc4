#!/usr/bin/env bash
# Build the wheels of both build units and import every package from an environment that has nothing else of ours.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf dist var/package && mkdir -p dist var
.venv/bin/uv build --quiet --wheel --no-build-isolation --python .venv/bin/python --out-dir dist .
.venv/bin/maturin build --quiet --release --locked --interpreter .venv/bin/python \
  --manifest-path media_workers/engine/rtp_engine/Cargo.toml --out dist
.venv/bin/uv venv --quiet --python .venv/bin/python var/package
.venv/bin/uv pip install --quiet --python var/package/bin/python --require-hashes -r requirements.lock
.venv/bin/uv pip install --quiet --python var/package/bin/python --no-deps dist/*.whl
cd var/package
bin/python -I -c '
import call_workers, media_workers, registrar, rtp_engine, sip_frontend, switchroom
for module in (call_workers, media_workers, registrar, sip_frontend, switchroom):
    assert "site-packages" in str(module.__file__), module.__file__
'
bin/switchroom --help >/dev/null
ls -1 ../../dist
