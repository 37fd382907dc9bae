#!/usr/bin/env bash
# Builds Pebble, a certificate authority for tests, once, and says where it is.
set -euo pipefail
version=v2.10.3
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/pebble-$version
if [ ! -x "$tools/pebble" ] || [ ! -x "$tools/pebble-challtestsrv" ]; then
  "$(dirname "$0")/need.sh" go
  echo "Building Pebble…" >&2
  GOBIN=$tools GOFLAGS=-mod=mod go install \
    "github.com/letsencrypt/pebble/v2/cmd/pebble@$version" "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv@$version" 2>/dev/null
fi
echo "$tools"
