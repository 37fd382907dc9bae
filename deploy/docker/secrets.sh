#!/usr/bin/env bash
# What compose.yaml needs for one host, made once, in secrets/ and site/ beside this file; needs root and openssl.
#   secrets.sh NAME [--port PORT]   for the name under which people come, and the port, if it is not 443. Called again it changes
#                                   nothing, but renews certificates that end within a month: call it every week
#   secrets.sh --rotate-database    the server comes to the database as its other role, with a new password, within seconds
#   secrets.sh --close-database     the role that the server does not use is shut out, with whoever still has its password
#   secrets.sh --help
# secrets/client/edge holds a certificate that nobody vouches for, to start with: put your own tls.crt and tls.key there, and
# they are left alone. Files are root's, and a container reads those of its group.
set -euo pipefail
home=$(cd "$(dirname "$0")" && pwd)
secrets=$home/secrets
declare -A group=([server]=1001 [client]=101 [database]=70)
year=365
soon=$((30 * 24 * 3600))
roles=$secrets/database/roles
credentials=$secrets/server/database

fail() {
  echo "$1" >&2
  exit 1
}

# A file is there as a whole or not at all, and nobody reads it before its group is set.
put() { # FILE GROUP   from the standard input
  local new
  new=$(mktemp "$(dirname "$1")/.new-XXXXXX")
  cat >"$new"
  chown "0:$2" "$new"
  chmod 0440 "$new"
  mv "$new" "$1"
}

# A directory of secrets, as a cluster would mount it for the program of that group.
room() { # DIRECTORY GROUP
  if [ ! -d "$1" ]; then install -d -m 0750 -o 0 -g "$2" "$1"; fi
}

lasts() { [ -f "$1" ] && openssl x509 -noout -checkend "$soon" -in "$1" >/dev/null; }

authority() { # NAME
  local at=$secrets/authorities/$1
  if [ -f "$at.crt" ]; then return; fi
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $((10 * year)) -subj "/CN=Wardlight $1" \
    -addext basicConstraints=critical,CA:true,pathlen:0 -addext keyUsage=critical,keyCertSign \
    -keyout "$at.key" -out "$at.new" 2>/dev/null
  mv "$at.new" "$at.crt"
}

# One end of a connection: its certificate, its key, and the authority that vouches for the other end.
end_of() { # DIRECTORY OWNER AUTHORITY NAME KIND
  local at=$secrets/$1 by=$secrets/authorities/$3 made
  room "$at" "${group[$2]}"
  if ! cmp -s "$by.crt" "$at/ca.crt"; then put "$at/ca.crt" "${group[$2]}" <"$by.crt"; fi
  if [ -f "$at/tls.key" ] && lasts "$at/tls.crt" && openssl verify -CAfile "$by.crt" "$at/tls.crt" >/dev/null 2>&1; then return; fi
  made=$(mktemp -d)
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$4" -keyout "$made/key" -out "$made/request" 2>/dev/null
  printf 'subjectAltName=DNS:%s\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$4" "$5" >"$made/extensions"
  openssl x509 -req -in "$made/request" -CA "$by.crt" -CAkey "$by.key" -days "$year" -extfile "$made/extensions" -out "$made/crt" 2>/dev/null
  put "$at/tls.key" "${group[$2]}" <"$made/key"
  put "$at/tls.crt" "${group[$2]}" <"$made/crt"
  rm -r "$made"
}

# For the world, until somebody puts another there.
edge() { # NAME
  local at=$secrets/client/edge made
  room "$at" "${group[client]}"
  if [ -f "$at/tls.key" ] && [ -f "$at/tls.crt" ]; then
    if [ "$(openssl x509 -noout -subject -nameopt RFC2253 -in "$at/tls.crt" | cut -d= -f2-)" != \
      "$(openssl x509 -noout -issuer -nameopt RFC2253 -in "$at/tls.crt" | cut -d= -f2-)" ]; then return; fi
    if lasts "$at/tls.crt" && openssl x509 -noout -checkhost "$1" -in "$at/tls.crt" | grep -q 'does match'; then return; fi
  fi
  made=$(mktemp -d)
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$year" -subj "/CN=$1" \
    -addext "subjectAltName=DNS:$1" -addext basicConstraints=critical,CA:false -addext extendedKeyUsage=serverAuth \
    -keyout "$made/key" -out "$made/crt" 2>/dev/null
  put "$at/tls.key" "${group[client]}" <"$made/key"
  put "$at/tls.crt" "${group[client]}" <"$made/crt"
  rm -r "$made"
}

# The database hears of the password first; in whichever order they look, the server keeps what works.
give_role() { # ROLE
  local password
  password=$(openssl rand -hex 32)
  put "$roles/$1" "${group[database]}" <<<"$password"
  put "$credentials/password" "${group[server]}" <<<"$password"
  put "$credentials/username" "${group[server]}" <<<"$1"
}

other_role() { if [ "$(cat "$credentials/username")" = wardlight_a ]; then echo wardlight_b; else echo wardlight_a; fi; }

write() { # FILE   for everybody, from the standard input
  local text
  text=$(sed '/^$/d')
  if [ ! -f "$1" ] || [ "$text" != "$(cat "$1")" ]; then
    printf '%s\n' "$text" >"$1.new"
    chmod 0644 "$1.new"
    mv "$1.new" "$1"
  fi
}

make() { # NAME PORT
  local host=$1
  if [ "$2" != 443 ]; then host=$1:$2; fi
  for place in secrets secrets/authorities secrets/server secrets/client secrets/database; do
    if [ ! -d "$home/$place" ]; then install -d -m 0700 "$home/$place"; fi
  done
  # The edge cannot come to the database: another authority vouches there.
  authority edge-and-server
  authority server-and-database
  end_of server/tls server edge-and-server server serverAuth
  end_of client/server client edge-and-server edge clientAuth
  end_of database/tls database server-and-database database serverAuth
  end_of server/database-tls server server-and-database server clientAuth
  edge "$1"
  room "$roles" "${group[database]}"
  room "$credentials" "${group[server]}"
  if [ ! -f "$credentials/username" ]; then give_role wardlight_a; fi
  mkdir -p "$home/site"
  write "$home/site/names.conf" <<<"# Made by secrets.sh.
server_name $1;
root /usr/share/nginx/html;"
  # What compose.yaml fills in; other lines of the file are somebody else's.
  write "$home/.env" <<<"$(if [ -f "$home/.env" ]; then sed '/^WARDLIGHT_\(URL\|PORT\)=/d' "$home/.env"; fi)
WARDLIGHT_URL=https://$host
WARDLIGHT_PORT=$2"
}

umask 077
case "${1-}" in
  '' | --help | -h) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" && exit ;;
esac
[ "$(id -u)" = 0 ] || fail 'the files belong to root: run this as root'
command -v openssl >/dev/null || fail 'openssl is missing'
case "$1" in
  --*-database) [ -f "$credentials/username" ] || fail "there are no secrets yet: $0 NAME" ;;
esac
case "$1" in
  --rotate-database) give_role "$(other_role)" ;;
  --close-database) rm -f "$roles/$(other_role)" ;;
  -*) fail "unknown: $1; $0 --help" ;;
  *)
    [[ $1 =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ ]] || fail "$1 is no name of a host"
    port=$(if [ -f "$home/.env" ]; then sed -n 's/^WARDLIGHT_PORT=//p' "$home/.env"; fi)
    case "$#${2-}" in
      1) port=${port:-443} ;;
      3--port) port=$3 ;;
      *) fail "unknown: ${*:2}; $0 --help" ;;
    esac
    [[ $port =~ ^[0-9]+$ ]] && [ "$port" -ge 1 ] && [ "$port" -le 65535 ] || fail "$port is no port"
    make "$1" "$port"
    ;;
esac
