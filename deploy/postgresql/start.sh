#!/bin/sh
# The database of Wardlight, as the first process of a container: instead of the entry point of PostgreSQL's image, and as its
# user, who needs no rights. It makes the cluster at the first start, lets in the two roles whose passwords lie in
# /secrets/roles, follows these files and those of /secrets/tls when they change, and ends when it is told to.
#   sh start.sh          runs until SIGTERM or SIGINT, which end it without waiting for clients
#   sh start.sh ready    whether it takes connections and the roles are as the files say
set -eu
umask 077
home=/var/lib/postgresql
secrets=/secrets
sockets=/tmp
roles='wardlight_a wardlight_b'
newline='
'
# Whatever the image says.
export PGDATA=$home/data
unset PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGUSER PGHOST PGPORT PGDATABASE

say() { echo "wardlight database: $1" >&2; }
refuse() {
  say "$1"
  exit 1
}
is_up() { pg_isready --quiet --host="$sockets" --username=postgres --dbname=postgres; }

. "$(dirname "$0")/certificates.sh"

# That they fit together is looked at by PostgreSQL.
are_right() {
  for name in tls.crt tls.key ca.crt; do is_there "$secrets/tls/$name"; done
  is_good_now "$secrets/tls/tls.crt"
}

# A cluster is made beside and renamed, so that one half made is never taken for one.
make_cluster() {
  if [ -e "$PGDATA/PG_VERSION" ]; then return; fi
  if [ -e "$PGDATA" ]; then
    say "$PGDATA holds something else than a cluster of PostgreSQL"
    exit 1
  fi
  rm -rf "$PGDATA.unfinished"
  if ! said=$(initdb --pgdata="$PGDATA.unfinished" --username=postgres --auth=reject --encoding=UTF8 --no-locale \
    --data-checksums 2>&1); then
    say "could not make a cluster: $said"
    exit 1
  fi
  mv "$PGDATA.unfinished" "$PGDATA"
  say 'made a new cluster'
}

# As the owner of the cluster. What is asked is not logged, whatever comes of it; and psql finds no terminal to ask at.
ask() { # ARGUMENT…
  PGOPTIONS='-c log_statement=none -c log_min_error_statement=panic -c client_min_messages=warning' \
    setsid psql --quiet --no-psqlrc --no-password --set=ON_ERROR_STOP=1 \
    --host="$sockets" --username=postgres --dbname=postgres "$@"
}

# At each start, for a first one may have been cut short: the owner, the two who act as it, and the database.
prepare() {
  ask <<SQL
select 'create role wardlight nologin' where not exists (select from pg_roles where rolname = 'wardlight') \gexec
select format('create role %I', role) from unnest(string_to_array('$roles', ' ')) as role
  where not exists (select from pg_roles where rolname = role) \gexec
select format('alter role %1\$I nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit; '
  'grant wardlight to %1\$I; alter role %1\$I set role wardlight', role)
  from unnest(string_to_array('$roles', ' ')) as role \gexec
select 'create database wardlight owner wardlight'
  where not exists (select from pg_database where datname = 'wardlight') \gexec
revoke all on database wardlight, postgres, template1 from public;
SQL
}

# What its file says; nothing, if there is none.
password_of() { # ROLE
  if [ -e "$secrets/roles/$1" ]; then cat "$secrets/roles/$1"; fi
}

# psql makes the verifier that is kept: the server, and so its log, never has the password itself. It wants it twice.
admit() { # ROLE PASSWORD
  if ! said=$(printf '%s\n%s\n' "$2" "$2" | ask --command="\\password $1" --command="alter role $1 login" 2>&1); then
    say "could not give $1 its password: $said"
    return 1
  fi
  say "$1 may come in"
}
# Whoever is in goes out.
shut_out() { # ROLE
  ask --output=/dev/null --command="alter role $1 nologin password null" \
    --command="select pg_terminate_backend(pid) from pg_stat_activity where usename = '$1'" || return 1
  say "$1 may not come in"
}

follow_role() { # ROLE
  in_force=$newline
  before=$(password_of "$1") || before=$newline
  while kill -0 "$server" 2>/dev/null; do
    # A file may be half written: what it says counts when it was the same a second ago.
    if now=$(password_of "$1") && [ "$now" = "$before" ] && [ "$now" != "$in_force" ]; then
      case $now in
        '') shut_out "$1" ;;
        *"$newline"*) say "the file of $1 is more than one line" && shut_out "$1" ;;
        *) admit "$1" "$now" ;;
      esac && in_force=$now && : >"$sockets/$1.follows"
    fi
    before=$now
    sleep 1
  done
}

certificates() { cat "$secrets/tls/tls.crt" "$secrets/tls/tls.key" "$secrets/tls/ca.crt" | sha256sum; }

follow_certificates() { # WHAT IS IN FORCE
  in_force=$1 before=$1
  while kill -0 "$server" 2>/dev/null; do
    now=$(certificates 2>/dev/null)
    if [ "$now" = "$before" ] && [ "$now" != "$in_force" ]; then
      # What does not fit together is refused there, and that of before stays.
      kill -HUP "$server"
      in_force=$now
    fi
    before=$now
    sleep 1
  done
}

follow() { # CERTIFICATES IN FORCE
  set +e
  until is_up; do sleep 0.2; done
  until prepare; do sleep 1; done
  for role in $roles; do follow_role "$role" & done
  follow_certificates "$1"
}

if [ "${1-}" = ready ]; then
  are_right
  for role in $roles; do [ -e "$sockets/$role.follows" ]; done
  is_up
  exit
fi

are_right
here=$(cd "$(dirname "$0")" && pwd)
trap 'exit 143' TERM INT
# The lock is open in every process of the server: while one of them lives nobody else gets it. So what a server that was
# killed left behind may be removed, whoever has its number by now.
exec 9>"$home/lock"
if ! flock -n 9; then
  say "another server uses $home"
  exit 1
fi
make_cluster
# Who mounts a volume for a group may have opened all of it to that group.
chmod 0700 "$PGDATA"
rm -f "$PGDATA/postmaster.pid" "$sockets"/*.follows
sum=$(certificates)
postgres -c config_file="$here/postgresql.conf" -c hba_file="$here/pg_hba.conf" -c ident_file="$PGDATA/pg_ident.conf" \
  -c unix_socket_directories="$sockets" &
server=$!
told=
trap 'told=yes; kill -INT "$server"' TERM INT
follow "$sum" &
# A signal ends the waiting, not yet the server.
while :; do
  told=
  code=0
  wait "$server" || code=$?
  if [ -z "$told" ] || [ "$code" -le 128 ]; then exit "$code"; fi
done
