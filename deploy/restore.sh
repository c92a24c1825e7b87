#!/bin/sh
# Restore what backup.sh made: restore.sh FOLDER; the variables name an empty database and folders that do not exist.
set -eu
umask 077
from=$1
url=${LICENSE_SERVICE_DATABASE_URL:?} log=${LICENSE_SERVICE_LOG_DIR:?} keys=${LICENSE_SERVICE_PRIVATE_DIR:?}
mkdir "$log" "$keys"
cp -R "$from/log/." "$log"
tar -C "$keys" -xpf "$from/keys.tar"
case $url in
  sqlite:///*)
    if [ -e "${url#sqlite:///}" ]; then echo "there is a database already" >&2; exit 1; fi
    cp "$from/service.db" "${url#sqlite:///}" ;;
  postgresql+psycopg:*) pg_restore --exit-on-error --no-owner --dbname="postgresql:${url#postgresql+psycopg:}" "$from/service.dump" ;;
  *) echo "which database is this?" >&2; exit 1 ;;
esac
