#!/usr/bin/env bash
# Builds the browser client into client/dist, when something changed since the last time.
set -euo pipefail
cd "$(dirname "$0")/../client"
../scripts/need.sh node npm

stamp=node_modules/.installed
if [ ! -f "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  echo "Installing the client's libraries…" >&2
  npm ci --ignore-scripts --no-audit --no-fund --silent
  touch "$stamp"
fi

newer=$(find src public index.html integrity.ts vite.config.ts package.json svelte.config.js -newer dist/index.html -print -quit 2>/dev/null || true)
if [ ! -f dist/index.html ] || [ -n "$newer" ]; then
  echo "Building the client…" >&2
  npm run --silent build >/dev/null
fi
