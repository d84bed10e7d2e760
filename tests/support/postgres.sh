#!/bin/sh
# A PostgreSQL of one's own for tests: postgres.sh FOLDER. Listens on a socket in FOLDER alone, says `ready`, and is gone,
# with the folder, when its standard input ends: also when whoever started it has crashed.
set -eu
folder=$1
bin=${COUNTERSIGN_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
[ -x "$bin/initdb" ] || { echo "no PostgreSQL in $bin: apt-get install postgresql-15, or set COUNTERSIGN_POSTGRES_BIN" >&2; exit 1; }
as=''
if [ "$(id -u)" = 0 ]; then    # the server refuses to run as root
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
    chown "$user" "$folder"
fi
trap '' INT TERM HUP    # whoever started it ends it
cd "$folder"
stop() {
    $as "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
# Texts sort as people want it, not as bytes do: what depends on the order has to say so.
$as "$bin/initdb" -D "$folder/data" -U owner -A trust -E UTF8 --locale=C --locale-provider=icu --icu-locale=en-US \
    --no-sync >"$folder.initdb.log" 2>&1 || { cat "$folder.initdb.log" >&2; rm -f "$folder.initdb.log"; exit 1; }
rm -f "$folder.initdb.log"
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 200
fsync = off
full_page_writes = off
shared_buffers = 32MB
logging_collector = off
END
$as "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" start >/dev/null || { cat "$folder/log" >&2; exit 1; }
echo ready
cat >/dev/null
