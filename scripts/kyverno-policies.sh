#!/usr/bin/env bash
# Writes the policies of the API server once more, as Kyverno's: the same rules, word for word.
#   kyverno-policies.sh           writes the component
#   kyverno-policies.sh --check   fails if what is there differs
set -euo pipefail
cd "$(dirname "$0")/../deploy/kubernetes"
made=$(mktemp)
trap 'rm "$made"' EXIT
{
  echo "# Written by scripts/kyverno-policies.sh from base/pod-security-policy.yaml. Pods are looked at in whatever makes them, so"
  echo "# that Kyverno need not add rules of its own (autogen)."
  awk -v RS='---\n' '/kind: ValidatingAdmissionPolicy\n/ { printf "%s---\n", $0 }' base/pod-security-policy.yaml |
    sed -e 's|admissionregistration.k8s.io/v1$|policies.kyverno.io/v1|' -e 's/kind: ValidatingAdmissionPolicy/kind: ValidatingPolicy/' \
      -e 's/^spec:$/spec:\n  validationActions: [Deny]\n  autogen:\n    podControllers:\n      controllers: []/' -e '$d'
} >"$made"
file=components/kyverno/pod-security-policy.yaml
if [ "${1:-}" = --check ]; then
  diff "$file" "$made" >&2 || {
    echo "$file differs from base/pod-security-policy.yaml; run scripts/kyverno-policies.sh" >&2
    exit 1
  }
else
  cp "$made" "$file"
fi
