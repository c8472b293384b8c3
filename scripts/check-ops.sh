#!/usr/bin/env bash
# Checks the files for deployment and monitoring. ops/README.md tells what is checked and what is not.
set -euo pipefail
cd "$(dirname "$0")/.."

quietly() {
  local output
  output=$("$@" 2>&1) || { echo "$output" && return 1; }
}

# command=package of Debian
declare -A packages=([nginx]=nginx-light [promtool]=prometheus [amtool]=prometheus-alertmanager [shellcheck]=shellcheck)
missing=()
for command in "${!packages[@]}"; do
  command -v "$command" >/dev/null || missing+=("${packages[$command]}")
done
if ((${#missing[@]} > 0)); then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "check:ops needs: ${missing[*]}" >&2
    exit 1
  fi
  # The policy keeps Debian from starting the services of these packages.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }; then
    echo "check:ops needs ${missing[*]}, and apt-get cannot install it" >&2
    exit 1
  fi
fi

pnpm=$(node -p 'require("./package.json").packageManager')
(cd ops/checks && quietly npx -y "$pnpm" install --frozen-lockfile --ignore-workspace)

failed=()
check() {
  local title=$1
  shift
  "$@" || failed+=("$title")
}

mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
check 'shell scripts' shellcheck "${scripts[@]}"
check compose node ops/checks/compose.mjs
check Dockerfile node ops/checks/dockerfile.mjs
check Kubernetes node ops/checks/kubernetes.mjs
check rules node ops/checks/rules.mjs
check 'promtool config' quietly promtool check config ops/prometheus/prometheus.yml
check 'promtool rules' quietly promtool test rules ops/prometheus/tests/*.yml
check Alertmanager quietly amtool check-config ops/alertmanager/alertmanager.yml
check sizing quietly node --test ops/sizing/
check gateway node ops/checks/gateway.mjs
check metrics node ops/checks/metrics-scraped.mjs
check 'rolling restart' node ops/checks/rolling-restart.mjs
check 'image tree' node ops/checks/image-tree.mjs

if ((${#failed[@]} > 0)); then
  printf '✗ check:ops: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo '✓ check:ops'
