#!/usr/bin/env bash
# Builds the server. On a terminal Cargo shows how far it is; elsewhere a line says that the first time takes long.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo
if [ -t 2 ]; then
  exec cargo build --locked --package server
fi
[ -f "${CARGO_TARGET_DIR:-target}/debug/wardlight" ] || echo "Building the server; the first time takes a few minutes…" >&2
exec cargo build --quiet --locked --package server
