#!/usr/bin/env bash
# Runs a command on the time that the processor has left: whatever else wants to run goes first.
#   scripts/aside.sh COMMAND…
set -euo pipefail
# Linux divides time among sessions before it does within one (sched(7), "The autogroup feature"), so this is one of its own.
setsid nice -n 19 bash -c 'if [ -w /proc/self/autogroup ]; then echo 19 >/proc/self/autogroup; fi; exec "$@"' aside "$@" &
session=$!
trap 'kill -- "-$session"' INT TERM
wait "$session"
