#!/usr/bin/env bash
# Runs each fuzz target for so many seconds. Installs cargo-fuzz at its pinned version when it is missing.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
../scripts/need.sh cargo
seconds=${1:-20}
version=0.13.2
export RUSTC_BOOTSTRAP=1
if ! cargo fuzz --version 2>/dev/null | grep -q " $version\$"; then
  echo "Installing cargo-fuzz $version…" >&2
  cargo install --quiet --locked --force cargo-fuzz --version "$version"
fi
for target in frames dice marks import vision; do
  mkdir -p "corpus/$target" "seeds/$target"
  log=$(mktemp)
  if cargo fuzz run --sanitizer none "$target" "corpus/$target" "seeds/$target" -- \
    -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1; then
    echo "fuzz $target: $(grep -oP 'stat::number_of_executed_units: \K\d+' "$log") inputs, no failure"
  else
    tail -40 "$log" >&2
    echo "fuzz $target: failed; the input is in fuzz/artifacts/$target" >&2
    exit 1
  fi
done
