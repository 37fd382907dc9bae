#!/usr/bin/env bash
# Measures tables in motion beside a raw broadcast, in one run on this machine: server on core 0, generator on core 1.
# Prints one line of JSON for each load; SECONDS_EACH (default 5) and ROUNDS (default 3) bound it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo
cargo build --quiet --release --locked --package server --package load
bin=${CARGO_TARGET_DIR:-target}/release
seconds=${SECONDS_EACH:-5}
rounds=${ROUNDS:-3}
home=$(mktemp -d)
pids=()
# What was started here is ended here, by its number.
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done; rm -rf "$home"' EXIT

pin() { if command -v taskset >/dev/null; then taskset -c "$1" "${@:2}"; else "${@:2}"; fi; }
rss() { awk '/VmRSS/{printf "%.1f", $2/1024}' "/proc/$1/status"; }
report() { echo "{\"load\":\"$1\",\"server\":\"$2\",\"round\":$3,\"figures\":$4}"; }

pin 0 "$bin/load" raw >"$home/raw" &
pids+=($!)
sleep 0.5
raw=$(head -1 "$home/raw")

start() { # $1: name of the data directory; sets `address` and `server_pid`
  local port ops
  port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
  ops=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
  address=127.0.0.1:$port
  WARDLIGHT_LOG=warn WARDLIGHT_TEST_RATES=1000000000,1000000000 \
    pin 0 "$bin/wardlight" serve --listen "$address" --ops-listen "127.0.0.1:$ops" --data "$home/$1" >"$home/$1.out" &
  server_pid=$!
  pids+=("$server_pid")
  until grep -q 'Stop with' "$home/$1.out"; do sleep 0.05; done
}
stop() { kill "$server_pid" && wait "$server_pid" 2>/dev/null || true; }

measure() { # name, tables, viewers, further options of `load drive`
  local name=$1 tables=$2 viewers=$3 round option raw_options=()
  shift 3
  # The raw server stores nothing.
  for option in "$@"; do [ "$option" = --stored ] || raw_options+=("$option"); done
  for ((round = 1; round <= rounds; round++)); do
    report "$name" raw "$round" "$(pin 1 "$bin/load" drive-raw --server "$raw" --tables "$tables" --viewers "$viewers" --seconds "$seconds" "${raw_options[@]}")"
    start "$name-$round"
    local before
    before=$(rss "$server_pid")
    "$bin/wardlight" admin new-table --data "$home/$name-$round" --listen "$address" --count "$tables" --format json >"$home/tables"
    report "$name" wardlight "$round" "$(pin 1 "$bin/load" drive --server "$address" --tables "$home/tables" --viewers "$viewers" --seconds "$seconds" "$@")"
    echo "{\"load\":\"$name\",\"memory_mb\":{\"before\":$before,\"after\":$(rss "$server_pid")}}"
    stop
  done
}

measure drag-1x5 1 5
measure drag-1x50 1 50
measure drag-20x5 20 5
measure drag-1x5-paced 1 5 --rate 30
measure stored-1x5 1 5 --stored
measure stored-20x5 20 5 --stored
if [ "${LARGE:-0}" = 1 ]; then measure paced-1000x5 1000 5 --rate 2 --stored; fi
