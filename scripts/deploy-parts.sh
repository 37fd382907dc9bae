#!/usr/bin/env bash
# Builds, once, what deploy-test.sh needs beside the server and the client: images and tools. Whoever comes while another is at
# it waits.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight
mkdir -p "$cache"
exec 9>"$cache/deploy-parts.lock"
flock 9
scripts/debian.sh ip iproute2 curl curl nsenter util-linux
scripts/images.sh server client postgres
scripts/go-tools.sh kustomize kubernetes etcd kubeseal netpol kubesec kube-score >/dev/null
scripts/gixy.sh
