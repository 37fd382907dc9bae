#!/usr/bin/env bash
# What takes too long for every change. Each part's end is written down; with --when it is only told when each last ran.
set -uo pipefail
cd "$(dirname "$0")/.."
stamps=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/nightly
mkdir -p "$stamps"
parts=(
  "redteam|scripts/redteam.sh --quiet"
  "blackbox|env EXAMPLES=500 scripts/blackbox.sh"
  "fuzz|scripts/fuzz.sh 300"
  "kyverno|env -C e2e node --test --test-reporter=spec deploy/kyverno.nightly.mjs"
  "images-again|scripts/images-again.sh"
  "noninterference|make noninterference N=20000"
  "kill-test|make kill-test KILLS=50"
)
when() {
  for part in "${parts[@]}"; do
    name=${part%%|*}
    if [ -f "$stamps/$name" ]; then echo "nightly: $name $(cat "$stamps/$name")"; else echo "nightly: $name never ran here"; fi
  done
}
if [ "${1:-}" = --when ]; then
  when
  exit
fi
failed=0
for part in "${parts[@]}"; do
  name=${part%%|*}
  if [ $# -gt 0 ] && [[ ! " $* " == *" $name "* ]]; then continue; fi
  if ${part#*|}; then word=passed; else word=FAILED failed=1; fi
  echo "$word on $(date -u +%Y-%m-%dT%H:%MZ) at $(git rev-parse --short HEAD 2>/dev/null || echo 'no commit')" >"$stamps/$name"
done
when
exit "$failed"
