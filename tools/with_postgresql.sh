#!/usr/bin/env bash
# Run a command with TEST_DB_URL set to a throwaway PostgreSQL server of the major version given:
#
#     tools/with_postgresql.sh 15 .venv/bin/python -m pytest tests/integration
#
# The server listens on a unix socket in a temporary folder only, so it meets no other server, and is gone afterwards.
set -euo pipefail

version=${1:?usage: with_postgresql.sh VERSION COMMAND...}
shift
programs=/usr/lib/postgresql/$version/bin
if [ ! -x "$programs/initdb" ]; then
    echo "with_postgresql.sh: no PostgreSQL $version in $programs; on Debian: apt-get install postgresql-$version" >&2
    exit 2
fi

# PostgreSQL refuses to run as root, so root lends it another user.
as_server=()
folder=$(mktemp -d "${TMPDIR:-/tmp}/postgresql-$version-XXXXXX")
if [ "$(id -u)" -eq 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$folder"
    as_server=(runuser -u "$user" --)
fi
# From a folder that the other user may not enter, its programs warn.
server() { (cd "$folder" && "${as_server[@]}" "$programs/$@"); }

stop() {
    server pg_ctl --pgdata=data --mode=immediate --silent stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

server initdb --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
# Nothing here outlives the run, so durability is not paid for.
options="-c listen_addresses='' -c unix_socket_directories='$folder' -c port=5432 -c max_connections=200"
options+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
server pg_ctl --pgdata=data --log=log --options="$options" --wait --silent start >/dev/null || { cat "$folder/log" >&2; exit 1; }

TEST_DB_URL="postgresql://postgres@/postgres?host=$folder&port=5432" "$@"
