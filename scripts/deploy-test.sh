#!/usr/bin/env bash
# The configuration of the edge, and the images, built and run as they are deployed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/deploy-parts.sh
E2E=none scripts/e2e.sh
export CONTAINERS_CONF=$PWD/deploy/test/containers.conf
cd e2e
node --test --test-concurrency=1 --test-reporter=spec deploy/*.test.mjs
