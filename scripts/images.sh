#!/usr/bin/env bash
# Builds the images as they are deployed, but from what is on this machine: no image is fetched. A base that compiles is this
# machine's own programs, mounted; below the server there is nothing at all, below the edge Debian's nginx, and Debian's PostgreSQL stands for the official image.
#   scripts/images.sh [server] [client] [postgres]
# With AGAIN=yes from nothing, without what was built before; with CONTEXT=DIRECTORY from other files than these, and with
# NAMED=WORD under another name.
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
  # Files are root's, but what belongs to PostgreSQL's user.
  tar --directory "$directory" --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
    --owner-map=<(echo +70 postgres:70) --group-map=<(echo +70 postgres:70) . >"$archive"
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

version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
context=${CONTEXT:-.}
revision=$(git describe --always --dirty --abbrev=40 --exclude='*')

build() { # NAME ARGUMENT…
  local name=$1
  shift
  local cargo=${CARGO_HOME:-$HOME/.cargo} rustup=${RUSTUP_HOME:-$HOME/.rustup}
  # Once more from nothing: no layer and nothing compiled is taken from before.
  if [ -n "${AGAIN:-}" ]; then set -- "$@" --no-cache --build-arg TARGET=/again; fi
  podman build --quiet --format docker --network host --timestamp 0 --cpu-shares 2 --file "$context/deploy/docker/$name.Dockerfile" \
    --volume /usr:/usr:ro --volume "$cargo:$cargo" --volume "$rustup:$rustup" \
    --build-arg NODE_IMAGE=localhost/wardlight-test/tools --build-arg RUST_IMAGE=localhost/wardlight-test/tools \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg SOURCE=https://git.example/wardlight \
    "$@" --tag "localhost/wardlight-test/${NAMED:-$name}" "$context"
}

with_libraries() { # ROOT PROGRAM…
  local root=$1 file
  shift
  for file in $(ldd "$@" | grep -o '/[^ ]*[^ :]'); do
    if [ ! -e "$root$file" ]; then install -D "$(readlink -f "$file")" "$root$file"; fi
  done
}

with_busybox() { # ROOT
  local name
  cp /bin/busybox "$1/bin/"
  for name in $(busybox --list); do if [ "$name" != busybox ]; then ln -s busybox "$1/bin/$name"; fi; done
}

# Debian's nginx with the libraries that it needs, and what Alpine has beside it.
edge() {
  local root
  root=$(mktemp -d)
  mkdir -p "$root"/{etc/nginx,tmp,proc,dev,sys,run,bin,usr/bin,usr/sbin,usr/share/nginx/html}
  cp /usr/sbin/nginx "$root/usr/sbin/"
  with_busybox "$root"
  with_libraries "$root" /usr/sbin/nginx
  echo nginx:x:101:101::/:/nonexistent >"$root/etc/passwd"
  echo nginx:x:101: >"$root/etc/group"
  chmod 1777 "$root/tmp"
  stand_in nginx "$root" "ENV PATH=/usr/sbin:/usr/bin:/bin"
  rm -rf "$root"
}

# What the official image of PostgreSQL on Alpine has, as far as its server is started by deploy/postgresql.
postgres() {
  local root bin
  scripts/debian.sh /usr/lib/postgresql postgresql flock util-linux
  bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1)
  root=$(mktemp -d)
  mkdir -p "$root"/{etc,tmp,proc,dev,sys,run,bin,usr/bin,"${bin#/}","${bin%/bin}/lib",usr/share/postgresql,usr/share/zoneinfo}
  cp "$bin"/{postgres,initdb,psql,pg_isready} "$root$bin/"
  cp "${bin%/bin}"/lib/{plpgsql,dict_snowball}.so "$root${bin%/bin}/lib/"
  cp -aL "/usr/share/postgresql/$(basename "${bin%/bin}")" "$root/usr/share/postgresql/"
  cp -aL /usr/share/zoneinfo/{UTC,GMT,Etc} "$root/usr/share/zoneinfo/"
  with_libraries "$root" "$bin"/{postgres,initdb,psql,pg_isready} /usr/bin/flock
  cp /usr/bin/flock "$root/usr/bin/"
  with_busybox "$root"
  echo postgres:x:70:70::/var/lib/postgresql:/bin/sh >"$root/etc/passwd"
  echo postgres:x:70: >"$root/etc/group"
  install -d -m 1777 "$root/tmp"
  install -d -m 1777 -o 70 -g 70 "$root/var/lib/postgresql"
  stand_in postgres "$root" "ENV PATH=$bin:/usr/bin:/bin" "VOLUME /var/lib/postgresql" "STOPSIGNAL SIGINT"
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
    postgres) postgres ;;
  esac
done
