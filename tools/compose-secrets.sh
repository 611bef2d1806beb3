#!/bin/sh
# Secrets of your own for docker-compose.yml, into .env, readable by you only. What stands there already stays.
set -eu
cd "$(dirname "$0")/.."
umask 077
touch .env
chmod 600 .env
make() {
  grep -q "^$1=." .env || printf '%s=%s\n' "$1" "$2" >> .env
}
random() {
  head -c "$1" /dev/urandom | base64 | tr -d '\n'
}
make API_KEY "$(random 24 | tr '+/' '-_')"
make ENCRYPTION_KEYS "k1:$(random 32)"
make POSTGRES_PASSWORD "$(random 24 | tr '+/' '-_')"
echo "The secrets are in .env. Keep ENCRYPTION_KEYS: without it nobody reads what was sealed."
