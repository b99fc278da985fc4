#!/usr/bin/env bash
# The third-party phones and load generators of make test-interop: Debian packages, and pjsua2 and PESQ in an environment of their own.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
command -v sipp >/dev/null || missing+=(sip-tester)
command -v baresip >/dev/null || missing+=(baresip-core)
command -v sipsak >/dev/null || missing+=(sipsak)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then sudo=(); elif sudo -n true 2>/dev/null; then sudo=(sudo -n); else
    echo "Missing: ${missing[*]}. Type this, then run make again:  sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# PESQ scores speech; it is compiled where it is installed.
packages='pjsua2-python==2.15.1.post1 pesq==0.0.4'
if [ "$(cat var/interop/.installed 2>/dev/null)" != "$packages" ]; then
  .venv/bin/uv venv --quiet --clear --python .venv/bin/python var/interop
  .venv/bin/uv pip install --quiet --python var/interop/bin/python $packages  # split on purpose
  echo "$packages" >var/interop/.installed
fi
