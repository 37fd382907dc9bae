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
home=$(mktemp -d)
server=
# A server that did not end in good order below is ended here.
finish() {
  if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then kill -KILL "$server"; fi
  rm -rf "$home"
}
trap finish EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
address=127.0.0.1:$(free_port)
ops=127.0.0.1:$(free_port)
WARDLIGHT_TEST_RATES=1000000,1000 "${CARGO_TARGET_DIR:-target}/debug/wardlight" serve \
  --listen "$address" --ops-listen "$ops" --data "$home/data" >"$home/said" 2>"$home/log" &
server=$!
for _ in $(seq 100); do
  if grep -q "Stop with" "$home/said"; then break; fi
  if ! kill -0 "$server" 2>/dev/null; then break; fi
  sleep 0.1
done
if ! grep -q "Stop with" "$home/said"; then
  echo "blackbox: the server did not start" >&2
  cat "$home/log" >&2
  exit 1
fi
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
