#!/usr/bin/env bash
# What others wrote and we build upon: no known weakness, no licence and no source but those in deny.toml, nothing in lock files
# of npm that could be swapped. Each look is tried on something wrong as well.
#   ADVISORIES=DIRECTORY  a copy of https://github.com/RustSec/advisory-db; without it that is fetched; `none` leaves weaknesses out
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo git node
version=0.20.2
tools=${XDG_CACHE_HOME:-$HOME/.cache}/wardlight/cargo-deny-$version
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
if [ ! -x "$tools/bin/cargo-deny" ]; then
  echo "Building cargo-deny… (once, some minutes)" >&2
  rm -rf "$tools"
  CARGO_TARGET_DIR=$home/built cargo install --quiet --locked --root "$tools" --version "=$version" cargo-deny >&2
fi

case ${ADVISORIES:=fetch} in
  none) ;;
  fetch)
    git clone --quiet --depth 1 https://github.com/RustSec/advisory-db "$home/copy" || {
      echo "scan: the list of weaknesses cannot be fetched; give a copy as ADVISORIES=DIRECTORY, or ADVISORIES=none" >&2
      exit 1
    }
    ;;
  *) cp -r "$ADVISORIES" "$home/copy" ;;
esac
if [ "$ADVISORIES" != none ]; then
  # The folder's name is what cargo-deny makes of the address; it asks git for the day of the copy.
  database=$home/db/advisory-db-3157b0e258782691
  mkdir "$home/db"
  mv "$home/copy" "$database"
  rm -rf "$database/.git"
  git -C "$database" init --quiet
  git -C "$database" add --all
  git -C "$database" -c user.name=scan -c user.email=scan@vtt.example commit --quiet --message copy
  newest=$(grep -rhoP '^date = "\K[\d-]+' "$database/crates" | sort | tail -1)
  days=$((($(date +%s) - $(date --date "$newest" +%s)) / 86400))
  if [ "$days" -gt "${ADVISORY_DAYS_MAX:=365}" ]; then
    echo "scan: the newest weakness in $ADVISORIES is $days days old, more than $ADVISORY_DAYS_MAX: get a newer copy" >&2
    exit 1
  fi
fi
sed "/^\[advisories\]/a db-path = \"$home/db\"" deny.toml >"$home/deny.toml"

deny() { "$tools/bin/cargo-deny" --offline --locked --config "$1" check "$2" >"$home/said" 2>&1; }
# Looks at one thing, and once more as the rule would be with this change: then it has to be refused, in these words.
look() {
  local what=$1 change=$2 words=$3
  deny "$home/deny.toml" "$what" || {
    cat "$home/said" >&2
    exit 1
  }
  sed "$change" "$home/deny.toml" >"$home/changed.toml"
  if deny "$home/changed.toml" "$what" || ! grep -q "$words" "$home/said"; then
    echo "scan: a change of what is let through ($what) goes unnoticed: $change" >&2
    exit 1
  fi
}
cargo fetch --quiet --locked
look bans 's/crate = "native-tls"/crate = "rustls"/' 'rustls'
look licenses '/^  "MIT",$/d' 'license = "MIT"'
look sources '/^allow-registry/s/\[.*/[]/' 'source-not-allowed'
if [ "$ADVISORIES" = none ]; then
  echo "scan: crates have the licences and sources they may have; weaknesses were NOT looked for (ADVISORIES=none)"
else
  look advisories '/RUSTSEC-2023-0071", reason/d' 'RUSTSEC-2023-0071'
  echo "scan: no known weakness in $(grep -c '^name = ' Cargo.lock) crates, but those that deny.toml gives a reason for; weaknesses known up to $newest, $days days ago"
fi
node scripts/npm-locks.mjs client e2e
