#!/usr/bin/env bash
# Measures tables in motion beside a raw broadcast, in one run on this machine, then the kernels.
# SECONDS_EACH (default 5), ROUNDS (default 5), LARGE=1 (a thousand tables) and ONLY="drag 1×5" (loads of that name)
# shape the first; KERNELS=0 skips the second.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo
cargo build --quiet --release --locked --package server --package load
bin=${CARGO_TARGET_DIR:-target}/release
which=()
[ "${LARGE:-0}" = 0 ] || which=(--large)
[ -z "${ONLY:-}" ] || which+=(--only "$ONLY")
# A thousand tables are six thousand sockets at each end.
ulimit -n "$(ulimit -Hn)"
"$bin/load" bench --server "$bin/wardlight" --seconds "${SECONDS_EACH:-5}" --rounds "${ROUNDS:-5}" "${which[@]}"
[ "${KERNELS:-1}" = 0 ] || scripts/bench-vision.sh
[ "${KERNELS:-1}" = 0 ] || cargo bench --quiet --locked --workspace -- --quiet
