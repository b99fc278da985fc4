#!/usr/bin/env bash
# The example workers in other languages, each where its toolchain is there. They are examples: what cannot be built is
# said and left out, and its tests are skipped.
set -uo pipefail
cd "$(dirname "$0")/../examples/workers"
root=$PWD/../..
failed=0

built() { # language, toolchain, function
  command -v "$2" >/dev/null || { echo "no $2 here: the example worker in $1 is left out"; return; }
  local log
  log=$("$3" 2>&1) || { printf 'the example worker in %s could not be built:\n%s\n' "$1" "$log" | tail -5 >&2; failed=1; }
}

node_worker() { (cd node && npm ci --silent --no-audit --no-fund); }

go_worker() (
  cd go && mkdir -p build
  go build -o build/protoc-gen-go google.golang.org/protobuf/cmd/protoc-gen-go || return
  cd "$root/proto" || return
  packages=()
  for file in switchroom/v1/*.proto; do packages+=("--go_opt=M$file=echoworker/v1"); done
  "$root/.venv/bin/python" -m grpc_tools.protoc -I . --plugin="$root/examples/workers/go/build/protoc-gen-go" \
    --go_out="$root/examples/workers/go" --go_opt=module=echoworker "${packages[@]}" switchroom/v1/*.proto || return
  cd "$root/examples/workers/go" && go build -o build/echo_worker .
)

rust_worker() { (cd rust && cargo build --locked --quiet); }

built Node.js npm node_worker
built Go go go_worker
built Rust cargo rust_worker
exit "$failed"
