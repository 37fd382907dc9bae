#!/usr/bin/env bash
# Builds, once, what deploy-test.sh needs beside the server and the client: tools and images.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/debian.sh ip iproute2 curl curl nsenter util-linux
scripts/gixy.sh
scripts/go-tools.sh kustomize kubernetes etcd kubeseal netpol kubesec kube-score >/dev/null
scripts/images.sh server client postgres
