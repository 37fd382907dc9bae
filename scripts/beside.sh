# For scripts that start servers beside themselves, on free ports and with data of their own: sourced, not run.
# Gives `home` (a directory that goes with the script), `pids` (programs that are ended with it) and the functions below.
home=$(mktemp -d)
pids=()

# Ends what still runs. Each step is tried, whatever became of the one before; the script's own exit code stands.
finish() {
  set +e
  local pid
  for pid in "${pids[@]}"; do
    if kill -0 "$pid" 2>/dev/null; then
      kill -KILL "$pid"
      wait "$pid" 2>/dev/null
    fi
  done
  rm -rf "$home"
}
trap finish EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Starts the server with these arguments on free ports for plain HTTP and operations, and waits until it serves.
# Sets `server`, `address` and `ops`; what it says is in $home/said, its log in $home/log.
start_server() {
  address=127.0.0.1:$(free_port)
  ops=127.0.0.1:$(free_port)
  "${CARGO_TARGET_DIR:-target}/debug/wardlight" serve --listen "$address" --ops-listen "$ops" --data "$home/data" "$@" \
    >"$home/said" 2>"$home/log" &
  server=$!
  pids+=("$server")
  for _ in $(seq 100); do
    if grep -qs "Stop with" "$home/said"; then return; fi
    if ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "$0: the server did not start" >&2
  cat "$home/log" >&2
  exit 1
}
