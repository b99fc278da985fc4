#!/usr/bin/env bash
# The committed code is what protoc makes of the .proto files today; buf lints them and compares them with the
# baseline. buf is built from source with Go at the version given; without Go its two checks are left out, and said so.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?version of buf}

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
.venv/bin/python -m grpc_tools.protoc -I proto --python_out="$fresh" --pyi_out="$fresh" proto/switchroom/v1/*.proto
diff -r --exclude=__init__.py --exclude=__pycache__ "$fresh/switchroom/v1" switchroom/v1 || {
  echo "switchroom/v1 is not what proto/ says: run make proto" >&2
  exit 1
}

buf=$PWD/var/tools/buf-$version
if [ ! -x "$buf" ]; then
  if ! command -v go >/dev/null; then
    echo "proto: no Go here, so buf is skipped: neither linted nor compared with the baseline"
    exit 0
  fi
  echo "building buf $version"
  GOBIN=$PWD/var/tools go install "github.com/bufbuild/buf/cmd/buf@$version"
  mv var/tools/buf "$buf"
fi
cd proto
"$buf" lint
"$buf" breaking --against baseline.binpb
