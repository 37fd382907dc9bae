#!/usr/bin/env bash
# Asks the HTTP interface of a real server what its own description allows and what it does not (schemathesis), as its game
# master: no answer may be a failure of ours, none may differ from what the description says. SEED and EXAMPLES shape it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh python3 curl
pins=scripts/blackbox-tools.txt
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/blackbox-$(sha256sum "$pins" | cut -c1-16)
if [ ! -x "$tools/bin/schemathesis" ]; then
  echo "Installing schemathesis…" >&2
  rm -rf "$tools"
  if ! python3 -m venv "$tools" >/dev/null 2>&1; then
    echo "missing: python3-venv (apt-get install python3-venv)" >&2
    exit 1
  fi
  "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins"
fi
scripts/server.sh
source scripts/beside.sh
export WARDLIGHT_RATE_FACTOR=10000 WARDLIGHT_FRAMES_PER_SECOND=1000
start_server
code=$(grep -oP "Game master \(works once\): +\S+#\K\S+" "$home/said")
joined=$(curl --silent --fail --header "Origin: http://$address" --json "{\"code\":\"$code\"}" "http://$address/api/v1/join")
access=$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["access"])' "$joined")
cd "$home"
# Bytes of any kind are what an upload takes, and pictures are what it keeps.
if "$tools/bin/schemathesis" run "http://$address/api/v1/openapi.json" \
  --header "Authorization: Bearer $access" --header "Origin: http://$address" \
  --seed "${SEED:-7}" --max-examples "${EXAMPLES:-50}" --checks all --exclude-checks positive_data_acceptance \
  --no-color >report 2>&1; then
  grep -P "^  (Tested|\d+ generated)" report | sed "s/^ */blackbox: /"
else
  sed -n "/=* FAILURES/,\$p" report >&2
  exit 1
fi
ended=0
kill "$server"
wait "$server" || ended=$?
if [ "$ended" != 0 ] || grep -q "panicked" log; then
  echo "blackbox: the server met a defect of its own; it ended with $ended" >&2
  cat log >&2
  exit 1
fi
