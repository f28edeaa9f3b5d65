#!/usr/bin/env bash
# `make demo`: brings up the shop, builds the example journeys and walks each once.
# Usage: demo.sh WAYFARER SHOP EXAMPLE...; SHOP_LISTEN says where the shop listens.
set -euo pipefail
wayfarer=$1 shop=$2
shift 2

log=$(mktemp)
"$shop" --listen "${SHOP_LISTEN:-127.0.0.1:7301}" >"$log" 2>&1 &
shop_pid=$!
trap 'kill "$shop_pid" 2>/dev/null || true; wait "$shop_pid" 2>/dev/null || true; rm -f "$log"' EXIT
until grep -q listening "$log"; do
  kill -0 "$shop_pid" 2>/dev/null || {
    cat "$log" >&2
    echo "make demo takes another port by SHOP_LISTEN=127.0.0.1:0" >&2
    exit 2
  }
  sleep 0.05
done
cat "$log"
url=$(sed -n 's/.*\(http:.*\)/\1/p' "$log")

projects=()
for example in "$@"; do projects+=(--project "examples/$example"); done
# The shop's own demo user; a real journey gets its secret from your environment or a file.
SHOP_PASSWORD=correct-horse "$wayfarer" test "${projects[@]}" -e "base_url=$url"
