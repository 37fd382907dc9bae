#!/usr/bin/env bash
# Wapiti, a scanner of web applications that knows nothing of ours, against a real server: it may find nothing.
# Needs Python 3.12; PYTHON312 says where it is. Ends with 77 where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh python3
python=${PYTHON312:-$HOME/.pyenv/versions/3.12.1/bin/python}
if ! "$python" --version >/dev/null 2>&1; then
  echo "missing: Python 3.12 for Wapiti; set PYTHON312 (with pyenv: pyenv install 3.12.1)" >&2
  exit 77
fi
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/wapiti-$(sha256sum scripts/wapiti/requirements.txt | cut -c1-16)
if [ ! -f "$tools/.installed" ]; then
  echo "Installing Wapiti…" >&2
  rm -rf "$tools"
  "$python" -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement scripts/wapiti/requirements.txt
  touch "$tools/.installed"
fi
scripts/client.sh
scripts/server.sh
source scripts/beside.sh
port=$(free_port)
export WARDLIGHT_RATE_FACTOR=10000 WARDLIGHT_FRAMES_PER_SECOND=1000
start_server --tls self-signed --tls-listen "127.0.0.2:$port"
weak=$(free_port)
python3 scripts/wapiti/weak.py "$weak" &
pids+=($!)
scan() { # name, address, modules, more
  if ! HOME="$home" "$tools/bin/wapiti" -u "$2" --flush-session -m "$3" -f json -o "$home/$1.json" --max-scan-time 200 -S aggressive \
    --verify-ssl 0 "${@:4}" >"$home/$1.said" 2>&1; then
    tail -20 "$home/$1.said" >&2
    exit 1
  fi
}
scan server "https://127.0.0.2:$port/" all
scan weak "http://127.0.0.1:$weak/" xss,csp -s "http://127.0.0.1:$weak/page?q=abc"
python3 - "$home" <<'PYTHON'
import json, re, sys
home = sys.argv[1]
def found(name):
    report = json.load(open(f"{home}/{name}.json"))
    kinds = {**report["vulnerabilities"], **report["anomalies"]}
    return report["infos"]["crawled_pages_nbr"], [f"{kind}: {one['method']} {one['path']}: {one['info']}" for kind, ones in kinds.items() for one in ones]
pages, bad = found("server")
_, weak = found("weak")
# Methods that are answered are no finding of Wapiti's, and one of ours.
methods = [one["info"] for one in json.load(open(f"{home}/server.json"))["additionals"].get("HTTP Methods", [])]
methods = [info for info in methods if set(re.findall(r"[A-Z]+ \((\d+)\)", info)) != {"405"}]
for one in bad + methods:
    print(f"wapiti: {one}", file=sys.stderr)
if not any("Scripting" in one for one in weak):
    print(f"wapiti: the weak page passes as well: {weak}", file=sys.stderr)
    sys.exit(1)
print(f"wapiti: {pages} pages, {len(bad + methods)} findings (in a page that is weak on purpose: {len(weak)})")
sys.exit(1 if bad or methods or pages < 3 else 0)
PYTHON
if grep -q panicked "$home/log"; then
  cat "$home/log" >&2
  exit 1
fi
