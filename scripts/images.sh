#!/usr/bin/env bash
# Builds the images as they are deployed, but from what is on this machine: no image is fetched. A base that compiles is this
# machine's own programs, mounted; below the server there is nothing at all, and below the edge Debian's nginx.
#   scripts/images.sh [server] [client]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/debian.sh podman podman /usr/sbin/runc runc musl-gcc musl-tools nginx nginx /bin/busybox busybox-static \
  /usr/lib/podman/netavark netavark /usr/lib/podman/aardvark-dns aardvark-dns iptables iptables
export CONTAINERS_CONF=$PWD/deploy/test/containers.conf

# The same files give the same image: it is made once, and what is built on it stays as it is.
stand_in() { # NAME DIRECTORY [CHANGE]…
  local name=$1 directory=$2
  shift 2
  local archive digest
  archive=$(mktemp)
  tar --directory "$directory" --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner . >"$archive"
  digest=$({ sha256sum <"$archive" && echo "$@"; } | sha256sum | cut -c1-16)
  podman image exists "localhost/wardlight-test/$name:$digest" ||
    podman import --quiet "${@/#/--change=}" "$archive" "localhost/wardlight-test/$name:$digest" >/dev/null
  podman tag "localhost/wardlight-test/$name:$digest" "localhost/wardlight-test/$name:latest"
  rm "$archive"
}

tools() {
  local root
  root=$(mktemp -d)
  mkdir -p "$root"/{usr,etc,tmp,proc,dev,sys,root,source,target,run,var/tmp}
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
  cp -aL /etc/{passwd,group,resolv.conf,ssl,ld.so.cache} "$root/etc/" 2>/dev/null
  cp -a /etc/alternatives "$root/etc/"
  chmod 1777 "$root/tmp"
  stand_in tools "$root" "ENV PATH=${CARGO_HOME:-$HOME/.cargo}/bin:/usr/local/bin:/usr/bin:/bin" "ENV HOME=$HOME" \
    "ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$root"
}

build() { # NAME ARGUMENT…
  local name=$1
  shift
  local cargo=${CARGO_HOME:-$HOME/.cargo} rustup=${RUSTUP_HOME:-$HOME/.rustup}
  podman build --quiet --format docker --network host --timestamp 0 --file "deploy/docker/$name.Dockerfile" \
    --volume /usr:/usr:ro --volume "$cargo:$cargo" --volume "$rustup:$rustup" \
    --build-arg NODE_IMAGE=localhost/wardlight-test/tools --build-arg RUST_IMAGE=localhost/wardlight-test/tools \
    "$@" --tag "localhost/wardlight-test/$name" .
}

# Debian's nginx with the libraries that it needs, and one program that can ask whether it is alive.
edge() {
  local root file
  root=$(mktemp -d)
  mkdir -p "$root"/{etc/nginx,tmp,proc,dev,sys,run,bin,usr/bin,usr/sbin,usr/share/nginx/html}
  cp /usr/sbin/nginx "$root/usr/sbin/"
  cp /bin/busybox "$root/usr/bin/wget"
  for file in $(ldd /usr/sbin/nginx | grep -o '/[^ ]*'); do
    install -D "$(readlink -f "$file")" "$root$file"
  done
  echo nginx:x:101:101::/:/nonexistent >"$root/etc/passwd"
  echo nginx:x:101: >"$root/etc/group"
  chmod 1777 "$root/tmp"
  stand_in nginx "$root" "ENV PATH=/usr/sbin:/usr/bin"
  rm -rf "$root"
}

rustup target add x86_64-unknown-linux-musl 2>/dev/null
tools
for name in "${@:-server}"; do
  case "$name" in
    server) build server --build-arg RUNTIME_IMAGE=scratch ;;
    client)
      edge
      build client --build-arg NGINX_IMAGE=localhost/wardlight-test/nginx
      ;;
  esac
done
