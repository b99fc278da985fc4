#!/usr/bin/env bash
# The third-party phones, proxies and load generators of make test-interop: Debian packages, Python packages in an
# environment of their own, JsSIP. What cannot be had here is said, and its tests are skipped with that reason.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "$(id -u)" = 0 ]; then sudo=(); else sudo=(sudo -n); fi

wanted() { # command package
  command -v "$1" >/dev/null || missing+=("$2")
}

install() {
  if [ ${#missing[@]} = 0 ]; then return; fi
  if ! "${sudo[@]}" true 2>/dev/null; then
    echo "Missing: ${missing[*]}. Type this, then run make again:  sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    return 1
  fi
  echo "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

missing=()
wanted sipp sip-tester
wanted baresip baresip-core
wanted sipsak sipsak
install

missing=()
wanted kamailio kamailio
wanted linphonec linphone-cli
if [ ${#missing[@]} -gt 0 ]; then
  install || echo "tests that need ${missing[*]} will be skipped" >&2
  # Debian starts a Kamailio of its own, which would hold port 5060.
  if [ -d /run/systemd/system ]; then "${sudo[@]}" systemctl disable --quiet --now kamailio || true; fi
fi

# PESQ scores speech; it is compiled where it is installed, and does not say that it needs numpy.
packages='pjsua2-python==2.15.1.post1 pesq==0.0.4 numpy==2.4.6 sippy==2.5.0'
if [ "$(cat var/interop/.installed 2>/dev/null)" != "$packages" ]; then
  .venv/bin/uv venv --quiet --clear --python .venv/bin/python var/interop
  # shellcheck disable=SC2086  # split on purpose
  .venv/bin/uv pip install --quiet --python var/interop/bin/python $packages
  echo "$packages" >var/interop/.installed
fi

modules='jssip@3.13.8 ws@8.18.3'
if [ "$(cat var/interop/node/.installed 2>/dev/null)" != "$modules" ]; then
  if command -v npm >/dev/null; then
    mkdir -p var/interop/node
    # shellcheck disable=SC2086
    if npm install --prefix var/interop/node --no-audit --no-fund --silent $modules; then
      echo "$modules" >var/interop/node/.installed
    else
      echo "npm could not install JsSIP: its tests will be skipped" >&2
    fi
  else
    echo "npm is not installed: the tests of JsSIP will be skipped" >&2
  fi
fi
