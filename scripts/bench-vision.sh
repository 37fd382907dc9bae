#!/usr/bin/env bash
# Microseconds a viewpoint beside CGAL's triangular expansion, on the maps of the tests and on those given as arguments.
# Without CGAL (Debian: libcgal-dev) or a C++ compiler the peer's columns stay empty.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cargo
target=${CARGO_TARGET_DIR:-target}
cargo build --quiet --release --locked --package vision-peers
peer=-
if command -v g++ >/dev/null && [ -e /usr/include/CGAL/Triangular_expansion_visibility_2.h ]; then
  peer=$target/release/vision-peers-cgal
  if [ ! -x "$peer" ] || [ bench/vision-peers/cgal.cpp -nt "$peer" ]; then
    g++ -O3 -DNDEBUG -std=c++17 bench/vision-peers/cgal.cpp -o "$peer" -lgmp -lmpfr
  fi
fi
maps=("$@")
[ ${#maps[@]} -gt 0 ] || maps=(crates/tabletop/tests/maps/*.dd2vtt)
"$target/release/vision-peers" "$peer" "${maps[@]}"
