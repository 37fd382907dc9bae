#!/usr/bin/env bash
# What signing in costs on this machine, and what a table notices of it. The rows are those of docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo node
scripts/client.sh
cargo build --quiet --release --locked --package server
E2E=none scripts/e2e.sh
target=${CARGO_TARGET_DIR:-$PWD/target}
cd e2e
WARDLIGHT_PROGRAM=$target/release/wardlight node sign-in.bench.mjs
