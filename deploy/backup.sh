#!/bin/sh
# Back up a running service: backup.sh FOLDER; reads the variables the service reads. See docs/operations.md.
set -eu
umask 077
out=$1
url=${LICENSE_SERVICE_DATABASE_URL:?} log=${LICENSE_SERVICE_LOG_DIR:?} keys=${LICENSE_SERVICE_PRIVATE_DIR:?}
mkdir "$out"
# 1. The published log before the database, and its checkpoint before its tiles: what was restored may know more
#    than was published, but never less.
mkdir "$out/log"
if [ -e "$log/checkpoint" ]; then cp "$log/checkpoint" "$out/log/checkpoint"; fi
tar -C "$log" --exclude=./checkpoint -cf - . | tar -C "$out/log" -xf -
# 2. The database, as it is at one moment.
case $url in
  sqlite:///*)
    python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))' \
      "${url#sqlite:///}" "$out/service.db" ;;
  postgresql+psycopg:*) pg_dump --format=custom --file="$out/service.dump" "postgresql:${url#postgresql+psycopg:}" ;;
  *) echo "which database is this?" >&2; exit 1 ;;
esac
# 3. The keys. Take them to another place than the rest: whoever has both can sign for the service.
tar -C "$keys" -cf "$out/keys.tar" .
