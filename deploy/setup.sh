#!/usr/bin/env bash
# What the project needs of the system: Python with venv, a linker, a Rust toolchain.
# Debian packages are installed when this may (root, or sudo without a password); else the one line to type is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "Python 3.11 or newer is needed; \`$python\` is $("$python" --version 2>&1 || true). Name another one: make setup PYTHON=python3.12" >&2
  exit 1
}

packages=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
command -v cc >/dev/null || packages+=(gcc libc6-dev)
if [ ${#packages[@]} -gt 0 ]; then
  install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}")
  if ! command -v apt-get >/dev/null; then
    echo "Missing: ${packages[*]} (Debian's names). Install them, then run make again." >&2
    exit 1
  elif [ "$(id -u)" = 0 ]; then
    echo "installing ${packages[*]}"
    apt-get update -qq && "${install[@]}" >/dev/null
  elif sudo -n true 2>/dev/null; then
    echo "installing ${packages[*]}"
    sudo -n apt-get update -qq && sudo -n "${install[@]}" >/dev/null
  else
    echo "Missing: ${packages[*]}. Type this, then run make again:  sudo apt-get install -y ${packages[*]}" >&2
    exit 1
  fi
fi

needed=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' media_workers/engine/Cargo.toml)
found=$(PATH="$PATH:$HOME/.cargo/bin" cargo --version 2>/dev/null | cut -d' ' -f2) || true
if [ -z "$found" ] || [ "$(printf '%s\n' "$needed" "$found" | sort -V | head -1)" != "$needed" ]; then
  echo "No Rust toolchain of version $needed or newer${found:+ (cargo is $found)}: install one with rustup (\`rustup default stable\`; Debian 13 and Ubuntu have it as the package rustup), then run make again." >&2
  exit 1
fi
