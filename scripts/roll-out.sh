#!/usr/bin/env bash
# Brings the services in Docker to the images and settings of now while events are published: each service in turn gets new
# containers beside its old ones, which then finish their work and go. The order is that of docs/operations/upgrade.md.
#   bash scripts/roll-out.sh             all three services
#   bash scripts/roll-out.sh delivery    one of them
set -euo pipefail
cd "$(dirname "$0")/.."

services=("$@")
((${#services[@]} > 0)) || services=(subscription delivery ingest)
# nginx asks for the addresses of a service every five seconds, and may be told old ones for as long.
gateway_knows=6

node scripts/make-secrets.mjs
for service in "${services[@]}"; do
  replicas=$(docker compose config --format json |
    node -p 'JSON.parse(fs.readFileSync(0)).services[process.argv[1]].deploy.replicas' "$service")
  mapfile -t old < <(docker compose ps --all --quiet "$service")
  echo "$service: $replicas new beside ${#old[@]} old"
  # Not with --no-deps: Compose would note that the new containers depend on nothing, and replace them at the next `up`.
  docker compose up --detach --no-recreate --wait --scale "$service=$((replicas + ${#old[@]}))" "$service"
  # One after the other, so that the gateway never finds more than one of them gone.
  for container in "${old[@]}"; do
    sleep "$gateway_knows"
    docker stop "$container" >/dev/null
    docker rm "$container" >/dev/null
  done
done
