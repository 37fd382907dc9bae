#!/usr/bin/env bash
# Seals secrets for one cluster, so that they may lie in a repository.
set -euo pipefail
usage() {
  cat <<'USAGE'
Seals the secrets of an overlay for a cluster with the Sealed Secrets controller.

  seal.sh OVERLAY DIRECTORY CERTIFICATE

OVERLAY      staging or production: overlays/OVERLAY/sealed-secrets.yaml is written
DIRECTORY    a directory for each secret, in it a file for each key; outside of the repository
CERTIFICATE  the controller's, from: kubeseal --fetch-cert

Sealed again with a new certificate the values stay the same: to replace a value, replace its file and seal again.
Needs kubectl and kubeseal.
USAGE
}
if [ "${1:-}" = --help ] || [ $# -ne 3 ]; then
  usage
  [ "${1:-}" = --help ] && exit 0 || exit 2
fi
overlay=$1 directory=$(cd "$2" && pwd) certificate=$(realpath "$3")
here=$(cd "$(dirname "$0")" && pwd)
file=$here/overlays/$overlay/sealed-secrets.yaml
if [ ! -d "$here/overlays/$overlay" ]; then
  echo "there is no overlay $overlay; there are: $(ls "$here/overlays" | xargs)" >&2
  exit 2
fi
namespace=$(sed -n 's/^namespace: //p' "$here/overlays/$overlay/kustomization.yaml")
made=$(mktemp "$file.XXXXXX")
trap 'rm -f "$made"' EXIT
echo "# Sealed for the cluster of this overlay by seal.sh; only its controller can open it." >"$made"
count=0
for secret in "$directory"/*/; do
  [ -d "$secret" ] || continue
  name=$(basename "$secret")
  {
    kubectl create secret generic "$name" --namespace "$namespace" --from-file="$secret" --dry-run=client --output=json |
      kubeseal --cert "$certificate" --scope strict --format yaml
  } >>"$made"
  count=$((count + 1))
done
if [ $count = 0 ]; then
  echo "$directory holds no directories; make one for each secret" >&2
  exit 2
fi
chmod 644 "$made"
mv "$made" "$file"
echo "$count sealed for $namespace: $file"
