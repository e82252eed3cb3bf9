#!/bin/sh
# One PostgreSQL server for tests, of its own: sh cluster.sh DIR
#
# It makes a cluster in the empty folder DIR, listens on a Unix socket there and
# nowhere else, prints one line — "ready URL", "missing" where no server program
# is installed, or "failed REASON" — and ends when its standard input does, so
# that a test process that is killed takes the server with it. Then DIR is gone.
set -eu
dir=$1
cd "$dir"
trap '' INT HUP TERM # only the end of standard input stops it, and then in order

bin=
for found in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres; do
	[ -x "$found" ] && bin=$(dirname "$(readlink -f "$found")") # the last one is the newest
done
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ]; then
	echo missing
	cd / && rm -rf "$dir"
	exit 0
fi

# PostgreSQL refuses to run as root.
as=
if [ "$(id -u)" = 0 ]; then
	as='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chown 65534:65534 "$dir"
fi

# Sorted as people sort, not by bytes: that is how most servers are set up, and
# what is wrong about an ORDER BY shows.
locale='--locale=C.UTF-8'
if "$bin/initdb" --help | grep -q -- --icu-locale; then
	locale='--locale-provider=icu --icu-locale=en-US --locale=C.UTF-8'
fi

server=
ready=failed
if $as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 $locale --no-sync >"$dir/log" 2>&1; then
	$as "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=200 \
		-c fsync=off -c full_page_writes=off -c synchronous_commit=off >>"$dir/log" 2>&1 </dev/null &
	server=$!
	tries=0
	while kill -0 "$server" 2>/dev/null && [ $tries -lt 300 ]; do
		if "$bin/pg_isready" -q -h "$dir"; then
			ready=yes
			break
		fi
		tries=$((tries + 1))
		sleep 0.1
	done
fi

if [ $ready = yes ]; then
	echo "ready postgres://postgres@/postgres?host=$dir"
	cat >/dev/null
else
	echo "failed $(tail -n 3 "$dir/log" | tr '\n' ' ')"
fi
if [ -n "$server" ]; then
	kill -QUIT "$server" 2>/dev/null || true # at once: nothing in it is kept
	wait "$server" || true
fi
cd / && rm -rf "$dir"
