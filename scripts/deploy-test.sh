#!/usr/bin/env bash
# The configuration of the edge, and the images, built and run as they are deployed. The last line says how long it took: from
# nothing it may take twenty minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
trap 'echo "deploy-test: $SECONDS s, of which tools and images ${parts_s:-$SECONDS} s"' EXIT
scripts/deploy-parts.sh
scripts/debian.sh jq jq
E2E=none scripts/e2e.sh
parts_s=$SECONDS
export CONTAINERS_CONF=$PWD/deploy/test/containers.conf
cd e2e
node --test --test-concurrency=1 --test-reporter=spec deploy/*.test.mjs
