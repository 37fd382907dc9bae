#!/usr/bin/env bash
# The Autobahn suite against a socket with our limits that says back what it hears: each case of RFC 6455 that fits into them.
# The suite is written for Python 2.7; PYTHON2 says where one is.
# Ends with 77 where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo python3
python2=${PYTHON2:-$HOME/.pyenv/versions/2.7.18/bin/python}
if ! "$python2" --version >/dev/null 2>&1; then
  echo "missing: Python 2.7 for the Autobahn suite; set PYTHON2 (with pyenv: pyenv install 2.7.18)" >&2
  exit 77
fi
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/autobahn-$(sha256sum scripts/autobahn/requirements.txt | cut -c1-16)
if [ ! -f "$tools/.installed" ]; then
  echo "Installing the Autobahn suite…" >&2
  rm -rf "$tools"
  "$python2" -m pip install --quiet --user --no-warn-script-location virtualenv==20.15.1 2>/dev/null
  "$python2" -m virtualenv --quiet "$tools" >/dev/null
  "$tools/bin/pip" install --quiet --no-deps --requirement scripts/autobahn/requirements.txt 2>/dev/null
  touch "$tools/.installed"
fi
cargo build --quiet --locked --package server --example echo
source scripts/beside.sh
port=$(free_port)
"${CARGO_TARGET_DIR:-target}/debug/examples/echo" "127.0.0.1:$port" 2>"$home/log" &
pids+=($!)
for _ in $(seq 50); do
  if (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  sleep 0.1
done
cd "$home"
# 9 sends up to 16 MiB, which is far beyond our limits; 12 and 13 need compression, which is not offered.
cat >fuzz.json <<JSON
{"outdir": "reports", "servers": [{"agent": "wardlight", "url": "ws://127.0.0.1:$port/"}], "cases": ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"], "exclude-cases": [], "exclude-agent-cases": {}}
JSON
if ! "$tools/bin/wstest" -m fuzzingclient -s fuzz.json >said 2>&1; then
  tail -20 said >&2
  exit 1
fi
python3 - <<'PYTHON'
import collections, json, sys
cases = json.load(open("reports/index.json"))["wardlight"]
counts = collections.Counter(case["behavior"] for case in cases.values())
closes = collections.Counter(case["behaviorClose"] for case in cases.values())
bad = {name: (case["behavior"], case["behaviorClose"]) for name, case in cases.items() if case["behavior"] not in ("OK", "NON-STRICT", "INFORMATIONAL") or case["behaviorClose"] not in ("OK", "INFORMATIONAL")}
print(f"autobahn: {len(cases)} cases: " + ", ".join(f"{count} {word.lower()}" for word, count in sorted(counts.items())))
lenient = sorted(name for name, case in cases.items() if case["behavior"] == "NON-STRICT")
if lenient:
    print(f"autobahn: not as strict as could be: {', '.join(lenient)}")
for name, (behaviour, close) in sorted(bad.items()):
    print(f"autobahn: case {name}: {behaviour}, closing {close}", file=sys.stderr)
sys.exit(1 if bad or len(cases) < 240 else 0)
PYTHON
