#!/usr/bin/env bash
# Compiles the server's image once more from nothing, without any cache, and says whether it is the same, to the bit.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/images.sh server >/dev/null
export CONTAINERS_CONF=$PWD/deploy/test/containers.conf
id() { podman image inspect --format '{{.Id}}' "localhost/wardlight-test/$1"; }
first=$(id server)
AGAIN=yes scripts/images.sh server >/dev/null
second=$(id server)
podman tag "$first" localhost/wardlight-test/server
if [ "$first" != "$second" ]; then
  echo "the server's image is another one when it is compiled again: $first, then $second" >&2
  exit 1
fi
echo "compiled again, the server's image is the same: $first"
