#!/usr/bin/env bash
# `make demo`: brings up the shop and a runner, deploys the example journeys for two tenants, and shows results as
# they land; for a while the shop takes no orders, so that failures show. Ends by itself after DEMO_SECONDS, or by
# Ctrl-C. Usage: demo.sh WAYFARER SHOP FOLDER EXAMPLE...; SHOP_LISTEN and WAYFARER_LISTEN say who listens where.
set -euo pipefail
wayfarer=$1 shop=$2 folder=$3
shift 3
seconds=${DEMO_SECONDS:-}

rm -rf "$folder"
mkdir -p "$folder"
export WAYFARER_DATA_DIR=$folder
unset WAYFARER_SERVER WAYFARER_TOKEN WAYFARER_TOKEN_FILE WAYFARER_TENANT
pids=()
stop() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap stop EXIT

# Waits until a log says where somebody listens, and answers with the URL.
listening() { # LOG PID MEND
  until grep -qs 'listening on' "$1"; do
    kill -0 "$2" 2>/dev/null || { cat "$1" >&2; echo "make demo takes another port by $3" >&2; exit 2; }
    sleep 0.05
  done
  sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$1" | head -n 1
}

"$shop" --listen "${SHOP_LISTEN:-127.0.0.1:7301}" >"$folder/shop.log" 2>&1 &
pids+=($!)
url=$(listening "$folder/shop.log" "${pids[-1]}" SHOP_LISTEN=127.0.0.1:0)
# The shop's own demo users; a real runner gets its secrets from its environment or from files.
ACME_SHOP_PASSWORD=correct-horse GLOBEX_SHOP_PASSWORD=battery-staple \
  "$wayfarer" serve --config tests/demo.toml --listen "${WAYFARER_LISTEN:-127.0.0.1:7300}" 2>"$folder/serve.log" &
runner=$!
pids+=("$runner")
server=$(listening "$folder/serve.log" "$runner" WAYFARER_LISTEN=127.0.0.1:0)
export WAYFARER_SERVER=$server
echo "shop $url, runner $server, database $folder/wayfarer.db"

projects=()
for example in "$@"; do projects+=(--project "examples/$example"); done
"$wayfarer" deploy --tenant acme "${projects[@]}" -e "base_url=$url" --schedule "every 3s"
"$wayfarer" deploy --tenant globex "${projects[@]}" --no-build -e "base_url=$url" -e user=ben --schedule "every 5s"

fault() { "$wayfarer" --quiet http-check "$url/faults/broken-endpoint" "$@" >/dev/null; }
disturb() { # after a while, for a while
  sleep 8
  echo "--- the shop takes no orders now"
  fault -X PUT -H 'content-type: application/json' --body '{"path":"/orders","status":503,"body":{"error":"inventory"}}'
  sleep 8
  fault -X DELETE
  echo "--- the shop takes orders again"
}
disturb &
pids+=($!)
"$wayfarer" runs --follow &
follow=$!
pids+=("$follow")
trap 'kill "$follow" 2>/dev/null || true' INT TERM
if [ -n "$seconds" ]; then (sleep "$seconds"; kill "$follow" 2>/dev/null) & pids+=($!); fi
wait "$follow" || true
trap '' INT TERM

echo
"$wayfarer" journeys
kill -TERM "$runner"
wait "$runner"
"$wayfarer" audit
cat <<TEXT

Everything is in $folder/wayfarer.db. Three questions to ask it, with any SQLite since 3.40:

  how often did each flow work, and how long did it take?
    SELECT tenant, journey, slots, good, counted, good_first_attempt, p95_us / 1000 AS p95_ms FROM v1_daily;
  what failed, and why?
    SELECT started_at, tenant, journey, reason, message FROM v1_attempts WHERE verdict = 'failed' ORDER BY slot_ms LIMIT 10;
  which step is the slowest?
    SELECT tenant, journey, step, slots, p95_us FROM v1_step_hourly ORDER BY p95_us DESC LIMIT 5;

For instance:  python3 -c "import sqlite3; [print(*row) for row in sqlite3.connect('file:$folder/wayfarer.db?mode=ro',
  uri=True).execute('SELECT tenant, journey, slots, good, p95_us / 1000 FROM v1_daily')]"
TEXT
