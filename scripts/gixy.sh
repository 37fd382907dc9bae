#!/usr/bin/env bash
# What Gixy says of the edge's configuration, and that it says something of one that is wrong.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.2.59
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/gixy-$version
if [ ! -x "$tools/bin/gixy" ]; then
  rm -rf "$tools"
  scripts/debian.sh /usr/share/doc/python3-venv python3-venv
  python3 -m venv "$tools" >/dev/null
  "$tools/bin/pip" install --quiet --disable-pip-version-check "gixy-ng==$version"
fi
# How many files a worker may open is the container's to say.
skips=worker_rlimit_nofile_vs_connections
"$tools/bin/gixy" --skips "$skips" deploy/nginx/nginx.conf >/dev/null || {
  "$tools/bin/gixy" --skips "$skips" deploy/nginx/nginx.conf | grep -E '^>>|^Reason'
  exit 1
}
wrong=$(mktemp -d)
trap 'rm -rf "$wrong"' EXIT
cp -r deploy/nginx/. "$wrong"
sed -i 's/server_tokens off/server_tokens on/; s/proxy_set_header Host $host/proxy_set_header Host $http_host/' "$wrong/nginx.conf" "$wrong/snippets/server.conf"
if "$tools/bin/gixy" --skips "$skips" "$wrong/nginx.conf" >/dev/null; then
  echo "gixy says nothing of a configuration that is wrong" >&2
  exit 1
fi
echo "gixy: nothing to say of the edge"
