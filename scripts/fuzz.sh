#!/usr/bin/env bash
# Runs each fuzz target for so many seconds, as many at once as there are processors. Installs cargo-fuzz at its pinned version
# when it is missing.
#   scripts/fuzz.sh [SECONDS] [TARGET]…
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
../scripts/need.sh cargo
seconds=${1:-20}
targets=("${@:2}")
if [ ${#targets[@]} = 0 ]; then
  targets=(frames dice marks names pictures import vision addresses requests credentials passkeys passwords)
fi
version=0.13.2
export RUSTC_BOOTSTRAP=1
if ! cargo fuzz --version 2>/dev/null | grep -q " $version\$"; then
  echo "Installing cargo-fuzz $version…" >&2
  cargo install --quiet --locked --force cargo-fuzz --version "$version"
fi

run() { # TARGET
  local target=$1 log
  mkdir -p "corpus/$target" "seeds/$target"
  log=$(mktemp)
  if cargo fuzz run --sanitizer none "$target" "corpus/$target" "seeds/$target" -- \
    -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1; then
    echo "fuzz $target: $(grep -oP 'stat::number_of_executed_units: \K\d+' "$log") inputs, no failure"
  else
    tail -40 "$log" >&2
    echo "fuzz $target: failed; the input is in fuzz/artifacts/$target" >&2
    return 1
  fi
}

log=$(mktemp)
cargo fuzz build --sanitizer none >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
export -f run
export seconds
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I '{}' bash -euo pipefail -c 'run {}'
