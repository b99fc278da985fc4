#!/usr/bin/env bash
# The third-party phones and load generators of make test-interop: Debian packages, and pjsua2 in an environment of its own.
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

pjsua2='pjsua2-python==2.15.1.post1'
if [ "$(cat var/interop/.installed 2>/dev/null)" != "$pjsua2" ]; then
  .venv/bin/uv venv --quiet --clear --python .venv/bin/python var/interop
  .venv/bin/uv pip install --quiet --python var/interop/bin/python "$pjsua2"
  echo "$pjsua2" >var/interop/.installed
fi
