#!/usr/bin/env bash
# Compiles the server's image once more from nothing, without any cache, and says whether it is the same, to the bit: its files
# and its configuration. Podman's notes on the steps between are left out, for they name images that exist here alone, and so is the
# commit: where nothing else changed, podman's cache keeps the label of the first one.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/images.sh server >/dev/null
export CONTAINERS_CONF=$PWD/deploy/test/containers.conf
digest() { podman image inspect --format '{{json .RootFS.Layers}} {{json .Config}} {{.Os}}/{{.Architecture}}' "$1" | sed 's/"org.opencontainers.image.revision":"[^"]*"//' | sha256sum | cut -c1-64; }
image=$(podman image inspect --format "{{.Id}}" localhost/wardlight-test/server)
first=$(digest "$image")
AGAIN=yes scripts/images.sh server >/dev/null
second=$(digest localhost/wardlight-test/server)
podman tag "$image" localhost/wardlight-test/server
if [ "$first" != "$second" ]; then
  echo "the server's image is another one when it is compiled again: $first, then $second" >&2
  exit 1
fi
echo "compiled again, the server's image is the same: $first"
