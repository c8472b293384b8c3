#!/bin/sh
# The entry point of the stand-ins for the images of RabbitMQ, PostgreSQL and Redis. It does what those of the official images do:
# started as root, it gives the data to the server's user and becomes that user. Redis also gives up all capabilities.
set -e

as_user() {
  user=$1
  shift
  find . ! -user "$user" -exec chown "$user" '{}' +
  exec setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
}

make_cluster() {
  umask 077
  printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
  initdb -D . --username="$POSTGRES_USER" --pwfile=/tmp/password --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>pg_hba.conf
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D . postgres
  fi
}

if [ "$(id -u)" = 0 ]; then
  case $1 in
    rabbitmq-server) as_user rabbitmq "$0" "$@" ;;
    postgres) as_user postgres "$0" "$@" ;;
    redis-server) as_user redis --nnp --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$0" "$@" --protected-mode no ;;
  esac
fi
if [ "$1" = postgres ]; then
  : "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
  [ -s PG_VERSION ] || make_cluster
  set -- "$@" -D . -c 'listen_addresses=*' -c unix_socket_directories=/var/run/postgresql
fi
exec "$@"
