#!/usr/bin/env bash
# Attacks a running server with everything of the catalogue, then strikes a sham that refuses nothing to see that each attack
# can fail. With --short without those that take long.
set -euo pipefail
cd "$(dirname "$0")/../e2e"
E2E=none ../scripts/e2e.sh
node redteam/run.mjs "$@"
node redteam/run.mjs "$@" --sham
