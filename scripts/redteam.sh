#!/usr/bin/env bash
# Attacks a running server with everything of the catalogue, then strikes a sham that refuses nothing to see that each attack
# can fail, then attacks once more through nginx. With --short without those that take long, and through nginx with a handful;
# with --edge through nginx alone.
set -euo pipefail
cd "$(dirname "$0")/../e2e"
E2E=none ../scripts/e2e.sh
if [[ " $* " != *" --edge "* ]]; then
  node redteam/run.mjs "$@"
  node redteam/run.mjs "$@" --sham
  set -- "$@" --edge
fi
if command -v nginx >/dev/null; then
  node redteam/run.mjs "$@"
else
  echo "redteam: there is no nginx here to attack through" >&2
fi
