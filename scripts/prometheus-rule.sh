#!/usr/bin/env bash
# Brings the rules of alerts into the cluster: a PrometheusRule says what deploy/monitoring/rules.yaml says, word for word.
#   prometheus-rule.sh           writes it into the component
#   prometheus-rule.sh --check   fails if what is there differs
set -euo pipefail
cd "$(dirname "$0")/../deploy"
file=kubernetes/components/monitoring/security-monitoring.yaml
made=$(mktemp)
trap 'rm "$made"' EXIT
awk '{ print } /^kind: PrometheusRule$/ { ours = 1 } ours && /^spec:$/ { exit }' "$file" >"$made"
sed -e '/^#/d' -e 's/^./  &/' monitoring/rules.yaml >>"$made"
if [ "${1:-}" = --check ]; then
  diff "$file" "$made" >&2 || {
    echo "$file differs from monitoring/rules.yaml; run scripts/prometheus-rule.sh" >&2
    exit 1
  }
else
  cp "$made" "$file"
fi
