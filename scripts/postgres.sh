#!/usr/bin/env bash
# A PostgreSQL server for tests, on a free port of loopback, over TLS with certificates on both ends. It tells one line,
# the directory of its files, and runs until its standard input ends; then all of it is gone. In the directory:
#   port            the port                         socket/         its socket, for whoever made the server: no password
#   ca.crt          the authority                    other-ca.crt    another authority
#   client/         tls.crt and tls.key of a client  stale-client/, other-client/   expired, and of the other authority
#   a/, b/          username and password of two roles that stand for one owner, wardlight
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
installed() { find /usr/lib/postgresql/*/bin -maxdepth 1 -name postgres 2>/dev/null | sort -V | tail -n 1; }
"$here/debian.sh" openssl openssl "$(installed)" postgresql
bin=$(dirname "$(installed)")
home=$(mktemp -d)
as=()
# It refuses to be root.
if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi
server=
finish() {
  if [ -n "$server" ]; then
    kill -QUIT "$server"
    wait "$server" 2>/dev/null || [ $? -gt 0 ]
  fi
  rm -rf "$home"
}
trap finish EXIT

for authority in ca other-ca; do "$here/certificate.sh" authority "$home/$authority"; done
"$here/certificate.sh" issue "$home/server" "$home/ca" 2 serverAuth localhost
"$here/certificate.sh" issue "$home/client" "$home/ca" 2 clientAuth wardlight
"$here/certificate.sh" issue "$home/stale-client" "$home/ca" 0 clientAuth wardlight
"$here/certificate.sh" issue "$home/other-client" "$home/other-ca" 2 clientAuth wardlight
cp "$home/server/tls.crt" "$home/server.crt" && cp "$home/server/tls.key" "$home/server.key"
mkdir -p "$home/socket" "$home/a" "$home/b"
for role in a b; do
  printf %s "wardlight_$role" >"$home/$role/username"
  openssl rand -hex 24 | tr -d '\n' >"$home/$role/password"
  chmod 600 "$home/$role/password"
done
# The certificates' own files stay with whoever runs this; the server's go to the server.
if [ "$(id -u)" = 0 ]; then
  chmod 711 "$home"
  chown postgres "$home/socket" "$home/server.key"
  install -d -o postgres "$home/data"
fi
"${as[@]}" "$bin/initdb" --pgdata="$home/data" --username=postgres --auth=reject --encoding=UTF8 --no-locale >/dev/null
cat >"$home/data/pg_hba.conf" <<'HBA'
local all postgres trust
hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
HBA
for attempt in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 20000))
  "${as[@]}" "$bin/postgres" -D "$home/data" -p "$port" -k "$home/socket" -c listen_addresses=127.0.0.1 \
    -c ssl=on -c ssl_cert_file="$home/server.crt" -c ssl_key_file="$home/server.key" -c ssl_ca_file="$home/ca.crt" \
    -c ssl_min_protocol_version=TLSv1.2 -c max_connections=400 -c shared_buffers=64MB -c log_min_messages=fatal \
    </dev/null >"$home/log" 2>&1 &
  server=$!
  while kill -0 "$server" 2>/dev/null && ! "$bin/pg_isready" --quiet --host="$home/socket" --port="$port"; do sleep 0.05; done
  if kill -0 "$server" 2>/dev/null; then break; fi
  server=
done
if [ -z "$server" ]; then
  cat "$home/log" >&2
  exit 1
fi
for role in a b; do
  roles+="create role wardlight_$role login password '$(cat "$home/$role/password")' in role wardlight;"
  roles+="alter role wardlight_$role set role wardlight;"
done
"$bin/psql" --quiet --no-psqlrc --host="$home/socket" --port="$port" --username=postgres --dbname=postgres \
  --set=ON_ERROR_STOP=1 --command="create role wardlight nologin; $roles"
printf %s "$port" >"$home/port"
echo "$home"
cat >/dev/null
