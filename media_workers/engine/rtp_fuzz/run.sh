#!/usr/bin/env bash
# Every target (or those named) for FUZZ_S seconds each, from the seeds of the tests; what is found stays in var/fuzz.
#
# With coverage feedback by the stable compiler: no nightly, no cargo-fuzz. Address checks would add nothing to a crate
# that forbids unsafe code.
set -euo pipefail
cd "$(dirname "$0")"
var=$(cd ../../.. && pwd)/var/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
coverage='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing'
RUSTFLAGS=$(echo $coverage) cargo build --quiet --release --locked --target "$host" --target-dir target
for source in src/bin/*.rs; do
  target=$(basename "$source" .rs)
  [[ $# -eq 0 || " $* " == *" $target "* ]] || continue
  mkdir -p "$var/rtp-$target"
  seeds=seeds/$target
  [[ -d $seeds ]] || seeds=
  log=$var/rtp-$target.log
  "target/$host/release/$target" -max_total_time="${FUZZ_S:-60}" -max_len="${FUZZ_LEN:-4096}" -rss_limit_mb=1024 -timeout=10 \
    -verbosity=0 -print_final_stats=1 -artifact_prefix="$var/rtp-$target-" "$var/rtp-$target" $seeds >"$log" 2>&1 ||
    { grep -v 'Uses:' "$log" | tail -n 60 >&2; exit 1; }
  echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
done
