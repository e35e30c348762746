#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetch a stock Debian kernel and its headers into the cache, installing nothing,
# and print the folder. It holds:
#   vmlinuz   the kernel
#   modules   its lib/modules/<release>
#   headers   a folder to pass as KDIR
#
# usage: tools/kernel.sh 6.1|6.12|6.1-rt|6.12-rt

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

case ${1:-} in
6.1)		flavour=amd64 ;;
6.12)		flavour=6.12-amd64 ;;
6.1-rt)		flavour=rt-amd64 ;;
6.12-rt)	flavour=6.12-rt-amd64 ;;
*)		die "usage: tools/kernel.sh 6.1|6.12|6.1-rt|6.12-rt" ;;
esac

# linux_depends PACKAGE: the linux-* packages that it depends on directly.
linux_depends()
{
	apt-cache depends --important "$1" |
		awk '$1 == "Depends:" && $2 ~ /^linux-/ { print $2 }'
}

# headers_closure PACKAGE: it and all linux-* packages below it.
headers_closure()
{
	local package

	for package in $(linux_depends "$1"); do
		headers_closure "$package"
	done
	printf '%s\n' "$1"
}

# relocate FOLDER: the headers' Makefiles and links name /usr; make them name FOLDER.
relocate()
{
	local root=$1 file link target

	for file in "$root"/usr/src/linux-headers-*/Makefile; do
		sed -i "s,\(^\|[ =]\)/usr/,\1$root/usr/,g" "$file"
	done
	find "$root"/usr/src "$root"/lib/modules -type l | while read -r link; do
		target=$(readlink "$link")
		case $target in
		/usr/*|/lib/*) ln -sfn "$root$target" "$link" ;;
		esac
	done
}

fetch()
{
	local image=$1 headers=$2 root=$3 package release

	rm -rf "$root"
	unpack_package "$image" "$root"
	for package in $(headers_closure "$headers" | sort -u); do
		unpack_package "$package" "$root"
	done
	relocate "$root"
	release=$(basename "$root"/lib/modules/*)
	ln -sfn "$root/boot/vmlinuz-$release" "$root/vmlinuz"
	ln -sfn "$root/lib/modules/$release" "$root/modules"
	ln -sfn "$root/usr/src/linux-headers-$release" "$root/headers"
	touch "$root/complete"
}

apt_ready
image=$(linux_depends "linux-image-$flavour" | head -n 1)
headers=$(linux_depends "linux-headers-$flavour" | head -n 1)
if [ -z "$image" ] || [ -z "$headers" ]; then
	die "apt has no linux-image-$flavour: is this Debian 12 with its updates?"
fi
root=$MPOOL_CACHE/kernel/${image#linux-image-}_$(package_version "$image")
[ -e "$root/complete" ] || with_lock kernel fetch "$image" "$headers" "$root"
printf '%s\n' "$root"
