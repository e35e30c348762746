# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every script in tools/ shares: where the cache is, how to speak, how to get
# a host package or a Debian package's content. Sourced, never run.

set -euo pipefail

MPOOL_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MPOOL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mpool
export MPOOL_TOP MPOOL_CACHE
mkdir -p "$MPOOL_CACHE"

# say WORDS...: one line of progress, with the seconds since the script began.
say()
{
	printf '[%4ds] %s\n' "$SECONDS" "$*" >&2
}

# die WORDS...: what failed and what to do about it, then exit 1.
die()
{
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

# as_root COMMAND...: run it as root, by sudo where we are not.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "need root for: $* (install sudo, or run this as root)"
	fi
}

# apt_ready: make sure that apt knows its packages; on a new machine it does not, or not those
# of the updates, where the newer kernel is.
apt_ready()
{
	command -v apt-get >/dev/null ||
		die "apt-get not found: these scripts are written for Debian 12"
	apt_knows && return
	say "apt does not know the kernels' packages yet: apt-get update"
	as_root apt-get update -qq >&2 ||
		die "apt-get update: check the network and /etc/apt/sources.list"
	apt_knows || die "apt has no linux-source-6.1 and 6.12: Debian 12 with its updates has"
}

apt_knows()
{
	# One by one: of several it is content with any.
	apt-cache show linux-source-6.1 >/dev/null 2>&1 &&
		apt-cache show linux-source-6.12 >/dev/null 2>&1
}

# need_packages PACKAGE...: install the host packages that are missing.
need_packages()
{
	local missing=() package

	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	apt_ready
	say "installing host packages: ${missing[*]}"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${missing[@]}" >"$MPOOL_CACHE/apt.log" 2>&1 ||
		die "apt-get install ${missing[*]}: see $MPOOL_CACHE/apt.log"
}

# package_version PACKAGE: the version that apt would install.
package_version()
{
	apt_ready
	apt-cache policy "$1" | awk '/Candidate:/ { print $2 }'
}

# unpack_package PACKAGE DIRECTORY: download it and unpack it there, installing nothing.
unpack_package()
{
	local work

	work=$(mktemp -d -p "$MPOOL_CACHE")
	say "downloading $1"
	(cd "$work" && apt-get -o APT::Sandbox::User=root download -qq "$1" >&2) ||
		die "apt-get download $1: check the network, then run this again"
	mkdir -p "$2"
	dpkg -x "$work"/*.deb "$2"
	rm -rf "$work"
}

# with_lock NAME COMMAND...: run it while no other script holds the lock of that name.
with_lock()
{
	local name=$1

	shift
	(
		flock 9
		"$@"
	) 9>"$MPOOL_CACHE/$name.lock"
}

# mutations FILE: the ways to break mpool that it names, a line each, the fields parted by \x1f. In the
# file they are parted by " | "; where a field has that bar, it stands there as \|.
mutations()
{
	local line

	while IFS= read -r line; do
		case $line in
		'#'*|'') continue ;;
		esac
		line=${line//' | '/$'\x1f'}
		printf '%s\n' "${line//'\|'/'|'}"
	done <"$1"
}

# mutate COPY FILE FROM TO [FROM TO...]: break a copy of mpool, whose FILE is named from kernel/ on.
mutate()
{
	python3 - "$1/kernel/$2" "${@:3}" <<-'END' || die "no longer applies: ${*:2}"
		import sys
		name, *pairs = sys.argv[1:]
		text = open(name).read()
		for old, new in zip(pairs[::2], pairs[1::2]):
		    if old not in text:
		        sys.exit(1)
		    text = text.replace(old, new, 1)
		open(name, "w").write(text)
	END
}
