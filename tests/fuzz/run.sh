#!/usr/bin/env bash
# Fuzzes each target for a time and prints a line for each. A target that panics, hangs or takes too much memory leaves its
# input beside the log, and the exit code is 1.
# Usage: run.sh EXECUTABLE FOLDER SECONDS [TARGET..]
set -euo pipefail
fuzz=$1 folder=$2 seconds=$3
shift 3
if [ $# -eq 0 ]; then mapfile -t targets < <(WAYFARER_FUZZ_TARGET=list "$fuzz"); else targets=("$@"); fi
# Of what libFuzzer prints: the number behind a word, the last one.
last() { sed -nE "s/.*$1[: ]+([0-9]+).*/\1/p" "$2" | tail -1; }
ended=0
printf '%-14s %12s %9s %9s %7s\n' target executions coverage features crashes
for target in "${targets[@]}"; do
  corpus="$folder/corpus/$target" found="$folder/found/$target" log="$folder/$target.log"
  mkdir -p "$corpus" "$found"
  crashes=0
  WAYFARER_FUZZ_TARGET=$target WAYFARER_FUZZ_SEEDS=$corpus "$fuzz" "$corpus" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=4096 -len_control=20 -print_final_stats=1 -artifact_prefix="$found/" >"$log" 2>&1 || crashes=1
  printf '%-14s %12s %9s %9s %7s\n' "$target" "$(last stat::number_of_executed_units "$log")" "$(last ' cov' "$log")" \
    "$(last ' ft' "$log")" "$crashes"
  if [ "$crashes" -ne 0 ]; then
    ended=1
    grep -m1 -A3 -E "panicked at|ERROR: libFuzzer" "$log" | sed 's/^/    /'
    echo "    see $log; the input is in $found"
  fi
done
exit "$ended"
