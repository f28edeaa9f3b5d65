#!/usr/bin/env bash
# `make build`: compiles what `make demo` runs, and says how much is done and about how long the rest takes.
# Usage: first_build.sh PACKAGE.. -- ARGUMENT.. (of `cargo build`)
#
# `cargo tree` says which crates there are, and cargo names each one that it has compiled. A crate weighs the processor seconds that it
# takes; how quick this machine is follows from what it has compiled so far. Nothing is said if everything is there already.
set -euo pipefail
packages=()
while [ "$1" != -- ]; do packages+=(-p "$1"); shift; done
shift

# In tenths of a second. The heavy ones were measured (ARCHITECTURE.md, "The first build"); only the estimate depends on them.
declare -A weights=([wayfarer]=550 [cranelift-codegen]=300 [aws-lc-sys]=250 [wayfarer-sandbox]=220 [wasmtime-wasi]=120 [wasmparser]=120
  [libsqlite3-sys]=120 [wasmtime]=110 [wayfarer-store]=100 [wasmtime-environ]=80 [cranelift-assembler-x64]=80 [wayfarer-model]=60)
usual=7

# A quiet build would hide downloads.
cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
declare -A ahead=()
total=0
while read -r name version _; do
  [ -n "$name" ] || continue
  ahead["$name@${version#v}"]=${weights[$name]:-$usual}
  total=$((total + ${weights[$name]:-$usual}))
done < <(cargo tree --locked "${packages[@]}" --edges normal,build --prefix none --no-dedupe | cut -d ' ' -f 1,2 | sort -u)

start=$SECONDS compiled=0 crates=${#ahead[@]} told=$SECONDS
processors=${CARGO_BUILD_JOBS:-$(nproc)}
say() {
  # Before anything is compiled, each processor is taken to be as quick as the one that was measured. A minute counts for that.
  local rest=$((total - compiled)) passed=$((SECONDS - start)) line
  local left=$((rest * (passed + 60 / processors) / (compiled + 600)))
  line="compiled $((crates - ${#ahead[@]})) of $crates crates"
  if [ $left -ge 60 ]; then line+=", about $(((left + 30) / 60)) min left"; else line+=", less than a minute left"; fi
  if [ -t 2 ]; then
    printf '\r%s\e[K' "$line" >&2
  elif [ "${1:-}" = first ] || [ $((SECONDS - told)) -ge 20 ]; then
    told=$SECONDS
    echo "$line" >&2
  fi
}
# Removes the crate that cargo names from what is ahead.
take() {
  local id=${1#*\"package_id\":\"} weight
  id=${id%%\"*}
  # `registry+https://..#serde@1.0.0`, or `path+file:///../runner/wayfarer#0.1.0`.
  case $id in *'#'*@*) id=${id##*#} ;; *) id=${id##*/} id=${id/'#'/@} ;; esac
  weight=${ahead[$id]:-0}
  unset "ahead[$id]"
  case $1 in *'"fresh":true'*) total=$((total - weight)) crates=$((crates - (weight > 0))) ;; *) compiled=$((compiled + weight)) ;; esac
}

cargo build --locked --quiet --message-format json-render-diagnostics "$@" | {
  begun='' line=''
  while :; do
    read -r -t 5 part && ended=0 || ended=$?
    # After five seconds `read` gives what there is of a line.
    line+=$part
    case $ended:$line in
      0:'{"reason":"compiler-artifact"'*'"kind":["custom-build"]'*) line='' && continue ;;
      0:'{"reason":"compiler-artifact"'*) take "$line" && line='' ;;
      0:*) line='' && continue ;;
      1:*) break ;;
    esac
    if [ $((SECONDS - start)) -ge 2 ] || [ -n "$begun" ]; then
      say ${begun:-first}
      begun=again
    fi
  done
  [ -z "$begun" ] || ! [ -t 2 ] || printf '\r\e[K' >&2
}
