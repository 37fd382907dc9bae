#!/usr/bin/env bash
# What outside observers say of a server over TLS: MDN's HTTP Observatory about its headers, SSLyze about its TLS. Then the
# same of a server whose answers lose their headers on the way, which must not pass.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh node npm python3 openssl
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/posture-$(cat scripts/posture/{package-lock.json,requirements.txt} | sha256sum | cut -c1-16)
scanner=$tools/node_modules/@mdn/mdn-http-observatory
if [ ! -f "$tools/.installed" ]; then
  echo "Installing the observers…" >&2
  rm -rf "$tools"
  mkdir -p "$tools"
  cp scripts/posture/{package.json,package-lock.json,.npmrc} "$tools"
  npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent
  # Its own installation would fetch the list of sites that browsers preload; none of ours is on it.
  echo '{}' >"$scanner/conf/hsts-preload.json"
  if ! python3 -m venv "$tools/venv" >/dev/null 2>&1; then
    echo "missing: python3-venv (apt-get install python3-venv)" >&2
    exit 1
  fi
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --requirement scripts/posture/requirements.txt
  touch "$tools/.installed"
fi
scripts/server.sh
source scripts/beside.sh
port=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE -keyout "$home/key.pem" -out "$home/certificate.pem" 2>/dev/null
chmod 600 "$home/key.pem"
start_server --tls files --tls-cert "$home/certificate.pem" --tls-key "$home/key.pem" --tls-listen "127.0.0.1:$port" \
  --public-url "https://localhost:$port"
bare=$(free_port)
node scripts/posture/bare.mjs "$bare" "$port" "$home/certificate.pem" "$home/key.pem" &
pids+=($!)
sleep 1

# The scanner trusts what stands here; its own installation would fetch that too.
bundle=$tools/node_modules/node_extra_ca_certs_mozilla_bundle/ca_bundle
mkdir -p "$bundle"
cat "$home/certificate.pem" >"$bundle/ca_intermediate_bundle.pem"
observe() { "$tools/node_modules/.bin/mdn-http-observatory-scan" "localhost:$1" >"$home/observed-$1.json" 2>&1; }
verdict() { python3 - "$home/observed-$1.json" <<'PYTHON'
import json, sys
scan = json.load(open(sys.argv[1]))["scan"]
print(scan["grade"], scan["score"], scan["testsPassed"], scan["testsQuantity"])
PYTHON
}
observe "$port"
read -r grade score passed all <<<"$(verdict "$port")"
if [ "$grade" != A+ ] || [ "$score" -lt "${SCORE:-135}" ] || [ "$passed" != "$all" ]; then
  echo "posture: the HTTP Observatory gives $grade, $score points, $passed of $all tests" >&2
  cat "$home/observed-$port.json" >&2
  exit 1
fi
observe "$bare"
read -r bare_grade bare_score _ <<<"$(verdict "$bare")"
if [ "$bare_score" -ge 50 ]; then
  echo "posture: without its headers the Observatory still gives $bare_score points: it sees nothing" >&2
  exit 1
fi
echo "posture: HTTP Observatory $grade, $score points, $passed of $all tests (without our headers $bare_grade, $bare_score)"

# Its certificate is nobody's but ours: what is said of its signature and its life is left out.
python3 - "$tools/venv/bin/sslyze" "$port" "$home" <<'PYTHON'
import json, re, subprocess, sys
sslyze, port, home = sys.argv[1:]
told = subprocess.run([sslyze, "--mozilla_config", "intermediate", "--json_out", f"{home}/tls.json", f"localhost:{port}"], capture_output=True, text=True)
lines = re.findall(r"^\s+\* (\w+): (.+)$", told.stdout, re.M)
if not any(what == "certificate_path_validation" for what, _ in lines):
    print(f"posture: SSLyze believes a certificate that nobody signed, or is not understood:\n{told.stdout}", file=sys.stderr)
    sys.exit(1)
found = [f"{what}: {why}" for what, why in lines if what not in ("certificate_path_validation", "maximum_certificate_lifespan")]
result = json.load(open(f"{home}/tls.json"))["server_scan_results"][0]["scan_result"]
def accepted(version):
    return [suite["cipher_suite"]["name"] for suite in result[f"{version}_cipher_suites"]["result"]["accepted_cipher_suites"]]
spoken = [version for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2", "tls_1_3") if accepted(version)]
if spoken != ["tls_1_2", "tls_1_3"]:
    found.append(f"spoken: {spoken}")
weak = [suite for version in spoken for suite in accepted(version) if "CBC" in suite or "RC4" in suite or "_RSA_WITH" in suite and "ECDHE" not in suite]
if weak:
    found.append(f"weak suites: {weak}")
for name in ("heartbleed", "robot", "openssl_ccs_injection", "tls_compression", "session_renegotiation"):
    attack = json.dumps(result[name]["result"])
    if re.search(r'"(is_vulnerable_to_\w+|supports_compression|is_vulnerable_to_client_renegotiation_dos)": true', attack):
        found.append(f"{name}: {attack}")
if found or "Traceback" in told.stderr:
    print("posture: SSLyze finds\n" + "\n".join(found) + told.stderr, file=sys.stderr)
    sys.exit(1)
print(f"posture: SSLyze finds nothing beyond Mozilla's intermediate profile: {', '.join(spoken)}, {sum(len(accepted(version)) for version in spoken)} suites")
PYTHON
