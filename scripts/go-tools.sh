#!/usr/bin/env bash
# Builds the tools of modules in tools/ once, and says where each module's are.
#   scripts/go-tools.sh NAME…
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh go
for name in "$@"; do
  module=tools/$name
  pins=$({ cat "$module/go.mod" "$module/go.sum" && go env GOVERSION; } | sha256sum | cut -c1-16)
  place=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/$name-$pins
  if [ ! -d "$place" ]; then
    echo "Building $name… (once, some minutes)" >&2
    mkdir -p "$(dirname "$place")"
    beside=$(mktemp -d "$place.XXXXXX")
    trap 'rm -rf "$beside"' EXIT
    (cd "$module" && GOFLAGS=-mod=readonly go list -f '{{.ImportPath}}' tool |
      GOGC=800 GOFLAGS=-mod=readonly xargs go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$beside/")
    chmod 755 "$beside"
    # Whoever built the same meanwhile was first.
    mv -T "$beside" "$place" 2>/dev/null || [ -d "$place" ]
    rm -rf "$beside"
    trap - EXIT
  fi
  echo "$place"
done
