#!/usr/bin/env bash
# Names what is missing and the command that installs it.
set -euo pipefail
for tool in "$@"; do
  command -v "$tool" >/dev/null && continue
  case "$tool" in
    cargo) hint="install Rust from https://rustup.rs" ;;
    node | npm) hint="install Node.js 20 or newer from https://nodejs.org" ;;
    chromium) hint="apt-get install chromium" ;;
    *) hint="install it with your package manager" ;;
  esac
  echo "missing: $tool ($hint)" >&2
  exit 1
done
