#!/bin/sh
# The edge, as the first process of its container: nginx by itself starts without the certificates that it is to show, and
# tells of them at the first handshake. Here what cannot be right stops the start, with one line.
#   sh start.sh          runs nginx
#   sh start.sh ready    whether it answers, and the files are still right: they are replaced while it runs
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
task=${1-start}

refuse() {
  echo "wardlight edge: $1" >&2
  exit 1
}

# Where the files of a place are is said once.
place_of() { # VARIABLE
  sed -n "s/^map \"\" \\\$$1 { default \\(.*\\); }\$/\\1/p" "$here/site/http.conf"
}

. "$here/certificates.sh"

is_closed() { # KEY
  case $(stat -L -c %a "$1") in
    *0) ;;
    *) refuse "$1 can be read by others: give it mode 0440" ;;
  esac
}

# Whether they fit together is told by nginx itself, which reads them at once where they are not named by variables.
fit_together() {
  mkdir -p "/tmp/check-$task"
  cat >"/tmp/check-$task/nginx.conf" <<CONFIGURATION
pid nginx.pid;
events {}
http {
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  access_log off;
  server {
    listen unix:/tmp/check-$task/socket ssl;
    ssl_certificate $edge_certificate;
    ssl_certificate_key $edge_key;
  }
  server {
    listen unix:/tmp/check-$task/other ssl;
    ssl_certificate $client_certificate;
    ssl_certificate_key $client_key;
    ssl_client_certificate $authority;
    ssl_verify_client on;
  }
}
CONFIGURATION
  if ! said=$(nginx -t -q -p "/tmp/check-$task/" -c "/tmp/check-$task/nginx.conf" -e stderr 2>&1 </dev/null); then
    refuse "$(echo "$said" | sed -n '1s/^.*\[emerg\] \([0-9#]*: \)\{0,1\}//p'): put a certificate, its key and an authority there that fit together"
  fi
}

edge_certificate=$(place_of edge_certificate) edge_key=$(place_of edge_key)
client_certificate=$(place_of client_certificate) client_key=$(place_of client_key)
authority=$(sed -n 's/^proxy_ssl_trusted_certificate \(.*\);$/\1/p' "$here/site/http.conf")
for file in "$edge_certificate" "$edge_key" "$client_certificate" "$client_key" "$authority"; do
  [ -n "$file" ] || refuse "$here/site/http.conf does not say where a certificate, a key or the authority is: see the image's own"
  is_there "$file"
done
is_closed "$edge_key"
is_closed "$client_key"
is_good_now "$edge_certificate"
is_good_now "$client_certificate"
fit_together

if [ "$task" = ready ]; then
  wget -q -O /dev/null http://127.0.0.1:8080/healthz || refuse 'nginx does not answer'
else
  # All that is written lies below the prefix: a root that is read-only needs no more than /tmp.
  exec nginx -p /tmp/ -c "$here/nginx.conf" -e stderr -g 'daemon off;'
fi
