#!/usr/bin/env bash
# podman-compose, of one version; its arguments are this script's.
set -euo pipefail
version=1.6.0
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/podman-compose-$version
if [ ! -x "$tools/bin/podman-compose" ]; then
  rm -rf "$tools"
  "$(dirname "$0")/debian.sh" /usr/share/doc/python3-venv python3-venv podman podman
  python3 -m venv "$tools" >/dev/null
  "$tools/bin/pip" install --quiet --disable-pip-version-check "podman-compose==$version" python-dotenv==1.2.4 PyYAML==6.0.4
fi
exec "$tools/bin/podman-compose" "$@"
