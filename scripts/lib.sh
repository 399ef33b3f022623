# shellcheck shell=bash
# What the scripts here, in bench/ and in test/ share: missing packages, a private copy of the server to install into,
# a throw-away cluster, and cleaning up. To be sourced by bash.
#
# Nothing is installed into the system's PostgreSQL. A PostgreSQL server finds its libraries and
# extensions relative to its own binary, so a copy of the binaries in a temporary folder, with links
# to everything else, is a whole installation that `make install` can write into without root.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MINIMUM_MAJOR=15

WORK=            # temporary folder, removed at exit
CHILD=           # process group of the running command
NO_CLUSTER_CONF= # drop-in file that keeps Debian from creating a cluster, while apt runs
MAJOR=           # PostgreSQL's major version
SERVER_BIN=      # the system's binaries of that version
BIN=             # the private copy's binaries

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# --- processes and cleaning up ---------------------------------------------------------------------

# Run a command in a process group of its own, so that a signal to this script reaches all of it at once.
run()
{
	local status=0
	setsid "$@" &
	CHILD=$!
	wait "$CHILD" || status=$?
	CHILD=
	return "$status"
}

# Wait until no member of a process group is left, ten seconds at most.
await_group()
{
	local i
	for ((i = 0; i < 100; i++)); do
		kill -0 -- "-$1" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL -- "-$1" 2>/dev/null
}

stop_servers()
{
	local file pid i
	while IFS= read -r file; do
		pid=$(head -n 1 "$file" 2>/dev/null) || continue
		kill -QUIT "$pid" 2>/dev/null || continue
		for ((i = 0; i < 100; i++)); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
	done < <(find "$WORK" -name postmaster.pid 2>/dev/null)
}

cleanup()
{
	local status=$?
	trap - EXIT
	trap '' INT TERM HUP
	set +e
	if [ -n "$CHILD" ]; then
		kill -TERM -- "-$CHILD" 2>/dev/null && await_group "$CHILD"
	fi
	remove_cluster_conf
	if [ -n "$WORK" ]; then
		stop_servers
		rm -rf "$WORK"
	fi
	exit "$status"
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "\"$*\" needs root, and there is no sudo"
	fi
}

# Run as the user who owns the work folder: servers refuse root, so root steps down to postgres.
as_server()
{
	if [ "$(id -u)" -eq 0 ]; then
		run setpriv --reuid=postgres --regid=postgres --init-groups \
			env HOME="$WORK" USER=postgres LOGNAME=postgres "$@"
	else
		run "$@"
	fi
}

# --- packages --------------------------------------------------------------------------------------

is_installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Whether apt knows a version of the package that it could install.
is_available()
{
	LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'
}

# Refresh apt's lists, once.
apt_update()
{
	[ -z "${APT_UPDATED:-}" ] || return 0
	APT_UPDATED=1
	say "apt-get update"
	as_root apt-get update -q >"$WORK/apt.log" 2>&1 || { cat "$WORK/apt.log" >&2; die "apt-get update failed"; }
}

apt_try_install()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" \
		</dev/null >"$WORK/apt.log" 2>&1
}

# Install those of the packages that are missing.
install_packages()
{
	local package missing=()
	for package in "$@"; do
		is_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	for package in "${missing[@]}"; do
		is_available "$package" || apt_update
	done
	say "installing ${missing[*]}"
	if ! apt_try_install "${missing[@]}"; then
		apt_update
		apt_try_install "${missing[@]}" || { cat "$WORK/apt.log" >&2; die "could not install ${missing[*]}"; }
	fi
}

remove_cluster_conf()
{
	[ -n "$NO_CLUSTER_CONF" ] || return 0
	as_root rm -f "$NO_CLUSTER_CONF"
	as_root rmdir --ignore-fail-on-non-empty "${NO_CLUSTER_CONF%/*}"
	NO_CLUSTER_CONF=
}

# Debian creates and starts a cluster "main" when it installs a server: not for our sake.
install_server()
{
	is_installed "postgresql-$MAJOR" && return 0
	install_packages postgresql-common
	if [ ! -e /etc/postgresql-common/createcluster.d/lstm_forecast.conf ]; then
		NO_CLUSTER_CONF=/etc/postgresql-common/createcluster.d/lstm_forecast.conf
		as_root mkdir -p "${NO_CLUSTER_CONF%/*}"
		say "create_main_cluster = off" | as_root tee "$NO_CLUSTER_CONF" >/dev/null
	fi
	install_packages "postgresql-$MAJOR"
	remove_cluster_conf
}

# Sets MAJOR: PG_MAJOR, or the newest version that is installed, or Debian's default.
choose_major()
{
	local server major
	MAJOR=${PG_MAJOR:-}
	if [ -z "$MAJOR" ]; then
		MAJOR=0
		for server in /usr/lib/postgresql/*/bin/postgres; do
			major=${server#/usr/lib/postgresql/}
			major=${major%%/*}
			if [ -x "$server" ] && [ "$major" -gt "$MAJOR" ]; then
				MAJOR=$major
			fi
		done
	fi
	if [ "$MAJOR" = 0 ]; then
		is_available postgresql || apt_update
		MAJOR=$(LC_ALL=C apt-cache depends postgresql | sed -n 's/^ *Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
		[ -n "$MAJOR" ] || die "apt knows no PostgreSQL server"
	fi
	[ "$MAJOR" -ge "$MINIMUM_MAJOR" ] || die "PostgreSQL $MINIMUM_MAJOR or newer is needed, found $MAJOR"
	SERVER_BIN=/usr/lib/postgresql/$MAJOR/bin
}

# The OpenBLAS to build with: whichever is there, else the serial one.
openblas_package()
{
	local package
	for package in libopenblas-serial-dev libopenblas-pthread-dev libopenblas-openmp-dev; do
		if is_installed "$package"; then
			say "$package"
			return
		fi
	done
	say libopenblas-serial-dev
}

# Everything that building and running the extension needs.
install_build_packages()
{
	command -v apt-get >/dev/null || die "this script needs Debian's apt-get; elsewhere: make && make install"
	choose_major
	install_server
	install_packages make gcc libc6-dev "postgresql-server-dev-$MAJOR" "$(openblas_package)"
}

# --- a folder to work in, a server to install into, a cluster ----------------------------------------

# Sets WORK. Call first: everything temporary lies in it.
make_work_folder()
{
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/lstm_forecast.XXXXXX")
	chmod 755 "$WORK"
}

# Give the work folder to the user that runs the server (once that user exists).
own_work_folder()
{
	[ "$(id -u)" -ne 0 ] || chown -R postgres:postgres "$WORK"
}

# Copy the sources into $WORK/NAME, so that the work tree stays clean.
copy_sources()
{
	mkdir -p "$WORK/$1"
	tar -C "$ROOT" -cf - --exclude=./.git --exclude=./build --exclude=./tmp_check --exclude=./results \
		--exclude='*.o' --exclude='*.bc' --exclude='*.so' . | tar -C "$WORK/$1" -xf - --no-same-owner
	own_work_folder
}

# Make the private copy of the server. Sets BIN; $BIN/pg_config leads PGXS into the copy.
stage_server()
{
	local stage=$WORK/server library share include entry
	library=$("$SERVER_BIN/pg_config" --pkglibdir)
	share=$("$SERVER_BIN/pg_config" --sharedir)
	include=$("$SERVER_BIN/pg_config" --includedir)
	BIN=$stage$SERVER_BIN
	mkdir -p "$BIN" "$stage$library" "$stage$share/extension"
	cp -L "$SERVER_BIN"/* "$BIN/"
	mkdir -p "$stage${include%/*}"
	ln -s "$include" "$stage${include%/*}/"
	for entry in "$library"/*; do
		case ${entry##*/} in
			bitcode) mkdir -p "$stage$entry" ;;
			lstm_forecast.so) ;;
			*) ln -s "$entry" "$stage$library/" ;;
		esac
	done
	for entry in "$share"/*; do
		[ "${entry##*/}" = extension ] || ln -s "$entry" "$stage$share/"
	done
	for entry in "$share"/extension/*; do
		case ${entry##*/} in
			lstm_forecast* | lstm_registry*) ;;
			*) ln -s "$entry" "$stage$share/extension/" ;;
		esac
	done
	own_work_folder
	[ "$("$BIN/pg_config" --sharedir)" = "$stage$share" ] ||
		die "this PostgreSQL does not find its files relative to its binaries"
}

# Build the copied sources by make with these arguments; what it says is shown only when it fails.
build()
{
	as_server make -C "$WORK/source" -s -j"$(nproc)" PG_CONFIG="$BIN/pg_config" "$@" >"$WORK/build.log" 2>&1 ||
		{ cat "$WORK/build.log" >&2; die "the build failed"; }
}

# The same after copying the sources, and the server to install into.
build_copy()
{
	copy_sources source
	stage_server
	say "building"
	build "$@"
}

# Sets PYTHON: an interpreter, with the packages of the system, that can import the modules. Where it cannot, the
# packages go into a temporary folder.
python_with()
{
	local modules=$1
	shift
	PYTHON=python3
	python3 -c "import $modules" 2>/dev/null && return
	say "installing $*"
	python3 -m venv --system-site-packages "$WORK/python" || die "python3 has no venv"
	PYTHON=$WORK/python/bin/python
	"$PYTHON" -m pip install -q "$@" >"$WORK/pip.log" 2>&1 || { cat "$WORK/pip.log" >&2; die "pip could not install $*"; }
}

# A library to be loaded before a server with AddressSanitizer: that asks for this function when memory is first
# taken, which there is within a library's start, under a lock that the C library would take again to say that there
# is no such function. Sets PRELOAD.
build_preload()
{
	PRELOAD=$WORK/preload.so
	echo 'char *swift_demangle(void); char *swift_demangle(void) { return 0; }' >"$WORK/preload.c"
	"$1" -shared -fPIC -o "$PRELOAD" "$WORK/preload.c"
}

# Take a server as it is, to install into. Sets BIN.
use_server()
{
	BIN=$("$1" --bindir) || die "\"$1\" is no pg_config"
	as_server test -w "$("$BIN/pg_config" --pkglibdir)" || die "the server's user cannot install into $BIN/.."
}

# Start a cluster in $WORK/cluster that listens on a socket only, and point libpq at it.
start_cluster()
{
	local data=$WORK/cluster log=$WORK/cluster.log
	mkdir -p "$WORK/socket"
	own_work_folder
	as_server "$BIN/initdb" -D "$data" -U postgres -A trust -E UTF8 --no-locale -N >"$log" 2>&1 ||
		{ cat "$log" >&2; die "initdb failed"; }
	cat >>"$data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$WORK/socket'
		fsync = off
		timezone = 'UTC'
	END
	own_work_folder
	as_server "$BIN/pg_ctl" -D "$data" -l "$WORK/server.log" -w start >"$log" 2>&1 ||
		{ cat "$log" "$WORK/server.log" >&2; die "the server did not start"; }
	export PGHOST=$WORK/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	unset PGPASSWORD PGSERVICE PGOPTIONS PGHOSTADDR
	PATH=$BIN:$PATH
}

# The processors of this machine, in words.
machine_name()
{
	local name
	name=$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)
	printf '%s cores of %s' "$(nproc)" "${name:-$(uname -m)}"
}
