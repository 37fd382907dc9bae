#!/usr/bin/env bash
# Installs Debian packages that are missing, where that may be done; else names them.
#   scripts/debian.sh FILE PACKAGE [FILE PACKAGE]…   FILE is a command or a path that the package brings
set -euo pipefail
missing=()
while [ $# -gt 1 ]; do
  if ! command -v "$1" >/dev/null && [ ! -e "$1" ]; then missing+=("$2"); fi
  shift 2
done
if [ ${#missing[@]} = 0 ]; then exit; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # One at a time.
  exec 9>/run/lock/wardlight-debian
  flock 9
  # What a package would start by itself is started by the tests that need it.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get update -qq >/dev/null 9>&-
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 9>&-
  exit
fi
echo "missing: ${missing[*]} (apt-get install ${missing[*]})" >&2
exit 1
