#!/usr/bin/env bash
# Plays the story in real browsers against the real server. Screenshots land in e2e/out. With E2E=none only installs what
# that needs.
set -euo pipefail
cd "$(dirname "$0")/../e2e"
../scripts/need.sh node npm
../scripts/debian.sh chromium chromium nginx nginx prometheus prometheus rsyslogd rsyslog /usr/share/doc/rsyslog-relp rsyslog-relp
stamp=node_modules/.installed
if [ ! -f "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  npm ci --ignore-scripts --no-audit --no-fund --silent
  touch "$stamp"
fi
if [ "${E2E:-}" = none ]; then exit; fi
node --test --test-concurrency=1 --test-reporter=spec ${E2E:-*.test.mjs}
