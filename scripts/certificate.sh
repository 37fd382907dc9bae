#!/usr/bin/env bash
# Certificates for tests, made when they are needed.
#   certificate.sh authority FILE                      FILE.crt and FILE.key of an authority
#   certificate.sh issue DIRECTORY AUTHORITY DAYS KIND NAME…   tls.crt and tls.key in DIRECTORY, by AUTHORITY.crt and .key; KIND
#                                                      is serverAuth or clientAuth; 0 days is over already
set -euo pipefail
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
case "$1" in
  authority)
    openssl req -x509 "${key[@]}" -days 2 -subj "/CN=$(basename "$2")" -addext basicConstraints=critical,CA:true \
      -keyout "$2.key" -out "$2.crt" 2>/dev/null
    ;;
  issue)
    directory=$2 authority=$3 days=$4 kind=$5
    shift 5
    mkdir -p "$directory"
    openssl req "${key[@]}" -subj "/CN=$1" -keyout "$directory/tls.key" -out "$directory/request" 2>/dev/null
    names=$(printf ',DNS:%s' "$@")
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "${names:1}" "$kind" >"$directory/extensions"
    # One that ends now is still good for what is left of this second.
    if [ "$days" = 0 ]; then days=-1; fi
    openssl x509 -req -in "$directory/request" -CA "$authority.crt" -CAkey "$authority.key" -days "$days" \
      -extfile "$directory/extensions" -out "$directory/tls.crt" 2>/dev/null
    rm "$directory/request" "$directory/extensions"
    chmod 600 "$directory/tls.key"
    ;;
esac
