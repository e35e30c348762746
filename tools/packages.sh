#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the Debian packages, and try them as those who install them would: in a Debian of its own, below
# a folder, dkms builds mpool for Debian's kernels, and a driver is built by the README's words; both are
# loaded in virtual machines; and in the end all is removed again. A line "ok" or "not ok" for each case;
# exits with 0 if all are ok. What a case has printed is in build/packages/.
#
# usage: tools/packages.sh		all of this
#        tools/packages.sh --build	build the packages only, into build/deb
#        tools/packages.sh --count	how many cases there are

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

DEBS=$MPOOL_TOP/build/deb
WORK=$MPOOL_TOP/build/packages
CACHE=$MPOOL_CACHE/chroot
SUITE=bookworm

# A case is a function that fails where it does not find what it should. Some are for each kernel; the
# first of those, 6.12, is there before mpool-dkms is, and the headers of the other come later.
SERIES=(6.12 6.1)
CASES=(source_stays_clean versions_agree lintian_is_silent)
CASES_OF_SERIES=(make_install_comes_and_goes packages_install module_is_built driver_is_built
	driver_is_signed_by_hand modprobe_takes_examples guest_loads_them)
LAST_CASES=(mempooltop_runs removal_leaves_nothing)

# Files of the source's tree, with what they hold.
source_state()
{
	find "$MPOOL_TOP" \( -path "$MPOOL_TOP/build" -o -name .git \) -prune -o -type f -print0 |
		sort -z | xargs -0 sha256sum
}

build_debs()
{
	need_packages dpkg-dev debhelper dh-dkms rsync "${TOP_PACKAGES[@]}"
	say "building the packages (log: build/deb/log)"
	mkdir -p "$DEBS/mpool"
	find "$DEBS" -maxdepth 1 -type f -delete
	copy_source "$DEBS/mpool"
	(cd "$DEBS/mpool" && dpkg-buildpackage --no-sign) >"$DEBS/log" 2>&1 ||
		{ tail -n 30 "$DEBS/log" >&2; die "dpkg-buildpackage: see $DEBS/log"; }
	ls "$DEBS"/*.deb
}

module_version()
{
	make -s -C "$MPOOL_TOP" --no-print-directory version
}

source_stays_clean()
{
	local before

	before=$(source_state)
	build_debs
	[ "$(source_state)" = "$before" ]
}

versions_agree()
{
	local version deb

	version=$(module_version)
	for deb in "$DEBS"/*.deb; do
		[ "$(dpkg-deb -f "$deb" Version)" = "$version" ]
	done
	# And where they would not, there is no package.
	sed -i '1s/(.*)/(9.9.9)/' "$DEBS/mpool/debian/changelog"
	if make -C "$DEBS/mpool" -f debian/rules override_dh_auto_build; then
		return 1
	fi
}

lintian_is_silent()
{
	local said

	said=$(lintian --allow-root --pedantic --display-info --show-overrides --info \
		--fail-on error,warning,info,pedantic "$DEBS"/*.changes 2>&1) || { echo "$said"; return 1; }
	echo "$said"
	if grep '^[EWIP]: ' <<<"$said"; then
		return 1
	fi
}

# Debian as this machine's apt has it.
apt_sources()
{
	apt-get indextargets \
		--format "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
		'Created-By: Packages' 'Origin: Debian'
}

# make_base FILE: a small Debian in an archive.
make_base()
{
	[ ! -e "$1" ] || return 0
	say "making a small Debian, once (minutes)"
	apt-config dump Acquire >"$1.apt"
	apt_sources | as_root mmdebstrap --mode=root --variant=apt --aptopt="$1.apt" --format=tar \
		"$SUITE" "$1.part" >"$1.log" 2>&1 ||
		{ tail -n 20 "$1.log" >&2; die "mmdebstrap: see $1.log"; }
	as_root chmod 644 "$1.part"
	mv "$1.part" "$1"
}

make_chroot()
{
	mkdir -p "$CACHE/archives"
	with_lock chroot make_base "$CACHE/$SUITE.tar"
	CHROOT=$(mktemp -d -p "$MPOOL_CACHE")
	trap 'as_root rm -rf "$CHROOT"' EXIT
	as_root tar -x --numeric-owner -f "$CACHE/$SUITE.tar" -C "$CHROOT"
	apt_sources | as_root tee "$CHROOT/etc/apt/sources.list" >/dev/null
	in_chroot apt-get update >"$WORK/update.log" 2>&1 ||
		{ tail "$WORK/update.log" >&2; die "apt-get update below $CHROOT: check the network, and see $WORK/update.log"; }
}

# in_chroot COMMAND...: with /proc, and with packages kept in the cache, as long as it runs.
in_chroot()
{
	# shellcheck disable=SC2016 # for the shell within
	as_root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C INITRD=No \
		DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
		unshare --mount --pid --fork --kill-child sh -c '
			mount -t proc proc "$1/proc" &&
			mount --bind "$2" "$1/var/cache/apt/archives" || exit
			root=$1
			shift 2
			exec chroot "$root" "$@"' sh "$CHROOT" "$CACHE/archives" "$@" </dev/null
}

chroot_install()
{
	in_chroot apt-get install -y --no-install-recommends "$@"
}

# put_in_chroot FOLDER FILE...
put_in_chroot()
{
	# shellcheck disable=SC2016 # for the shell within
	as_root mkdir -p "$CHROOT/$1"
	as_root cp -t "$CHROOT/$1" "${@:2}"
}

# install_and_uninstall MODULES ARGUMENT...: as make has them; what is for /lib/modules goes to MODULES.
install_and_uninstall()
{
	local modules=$1 header make=(make -C "$BUILD/source" KDIR="$KERNEL_ROOT/headers" "${@:2}")

	mkdir -p "$WORK/install" "$WORK/modules"
	"${make[@]}" install
	find "$WORK/install" "$WORK/modules" -type f
	find "$modules/lib/modules/$RELEASE" -name 'mpool.ko*' | grep .
	(cd "$BUILD/source/include" && find . -name '*.h') | while read -r header; do
		cmp "$BUILD/source/include/$header" "$WORK/install/usr/include/mpool/$header"
	done
	cmp "$BUILD/source/tools/60-mpool.rules" "$WORK/install/lib/udev/rules.d/60-mpool.rules"
	cmp "$BUILD/source/Module.symvers" "$WORK/install/usr/share/mpool/Module.symvers"
	"${make[@]}" uninstall
	# Neither a file nor a folder is left.
	rmdir "$WORK/install" "$WORK/modules"
}

make_install_comes_and_goes()
{
	rm -rf "$WORK/install" "$WORK/modules"
	BUILD=$(build_folder)
	mkdir -p "$BUILD/source"
	copy_source "$BUILD/source"
	make -C "$BUILD/source" KDIR="$KERNEL_ROOT/headers"
	install_and_uninstall "$WORK/install" DESTDIR="$WORK/install"
	install_and_uninstall "$WORK/modules" DESTDIR="$WORK/install" INSTALL_MOD_PATH="$WORK/modules"
}

# With the first kernel's headers there already, dkms builds mpool when its package is installed; for
# another kernel, when the headers are.
packages_install()
{
	[ ! -e "$CHROOT/usr/src/mpool-$(module_version)" ] || {
		chroot_install "linux-headers-$RELEASE"
		return
	}
	chroot_install openssl "linux-headers-$RELEASE"
	put_in_chroot tmp "$DEBS"/*.deb
	in_chroot sh -c 'apt-get install -y --no-install-recommends /tmp/*.deb'
}

# dkms_module: where dkms has installed it, seen from the chroot.
dkms_module()
{
	(cd "$CHROOT" && find "lib/modules/$RELEASE/updates/dkms" -name 'mpool.ko*' -printf '/%p\n')
}

module_is_built()
{
	in_chroot dkms status -k "$RELEASE" | tee -a /dev/stderr | grep -qx "mpool/$(module_version), .*: installed"
	[ "$(in_chroot modinfo -F version "$(dkms_module)")" = "$(module_version)" ]
	# For Secure Boot.
	in_chroot modinfo -F signer "$(dkms_module)" | grep -x 'DKMS module signing key'
	cmp "$MPOOL_TOP/tools/60-mpool.rules" "$CHROOT/lib/udev/rules.d/60-mpool.rules"
}

# command_of FILE WORDS: the indented lines there from the one that has WORDS on, as far as they are
# continued.
command_of()
{
	awk -v words="$2" '
		index($0, words) && /^    / { found = 1 }
		found { sub(/^    /, ""); print }
		found && !/\\$/ { exit }' "$MPOOL_TOP/$1" | grep .
}

# as_documented COMMAND: in the chroot, in the folder of the driver, as root, on a machine where that
# kernel runs.
as_documented()
{
	in_chroot sh -exc "uname() { echo '$RELEASE'; }; sudo() { \"\$@\"; }; cd /tmp/driver-$RELEASE; $1"
}

# The driver is a sample; what it is built by stands in the README.
driver_is_built()
{
	local driver=$CHROOT/tmp/driver-$RELEASE said

	put_in_chroot "tmp/driver-$RELEASE" "$MPOOL_TOP/samples/mpool_hello.c"
	{
		command_of README.md 'include /usr/share/mpool/mpool.mk'
		command_of README.md 'obj-m := my_driver.o'
	} | sed 's/my_driver/mpool_hello/' | as_root tee "$driver/Kbuild"
	said=$(as_documented "$(command_of README.md "make -C /lib/modules/\$(uname -r)/build M=\$PWD modules")" 2>&1) ||
		{ echo "$said"; return 1; }
	echo "$said"
	if grep -iE 'warning|mpool is not there' <<<"$said"; then
		return 1
	fi
	[ "$(in_chroot modinfo -F depends "/tmp/driver-$RELEASE/mpool_hello.ko")" = mpool ]
}

driver_is_signed_by_hand()
{
	local command

	command=$(command_of Documentation/packages.md sign-file)
	as_documented "${command//my_driver/mpool_hello}"
	in_chroot modinfo -F signer "/tmp/driver-$RELEASE/mpool_hello.ko" | grep -x 'DKMS module signing key'
}

# The examples of what can be in /etc, as an administrator puts them there.
modprobe_takes_examples()
{
	local examples=/usr/share/doc/mpool-dkms/examples

	in_chroot sh -exc "
		cp $examples/modprobe.d/mpool.conf /etc/modprobe.d/
		modprobe -S $RELEASE -n -v \$(grep -v '^#' $examples/modules-load.d/mpool.conf)
		rm /etc/modprobe.d/mpool.conf" | tee -a /dev/stderr |
		grep -x "insmod $(dkms_module) $(example_options) *"
}

example_options()
{
	sed -n 's/^options mpool //p' "$MPOOL_TOP/debian/examples/modprobe.d/mpool.conf"
}

# vm_add_from_chroot FILE: busybox's insmod wants it uncompressed.
vm_add_from_chroot()
{
	mkdir -p "$VM_ROOT/modules"
	case $1 in
	*.xz)	xz -dc "$CHROOT/$1" >"$VM_ROOT/modules/$(basename "$1" .xz)" ;;
	*)	vm_add "$CHROOT/$1" "modules/$(basename "$1")" ;;
	esac
}

guest_loads_them()
{
	vm_root
	vm_add_from_chroot "$(dkms_module)"
	vm_add_from_chroot "/tmp/driver-$RELEASE/mpool_hello.ko"
	cat >"$VM_ROOT/run.sh" <<-END
		set -ex
		uname -r | grep -qxF '$RELEASE'
		insmod /modules/mpool.ko
		insmod /modules/mpool_hello.ko
		grep 'name=hello_messages .*owner=mpool_hello' /dev/mempool
		grep -qx '$(module_version)' /sys/module/mpool/version
		rmmod mpool_hello
		dmesg | grep 'mpool_hello: message 4'
		rmmod mpool
		insmod /modules/mpool.ko $(example_options)
		if dmesg | grep 'unknown parameter'; then
			exit 1
		fi
		insmod /modules/mpool_hello.ko
		rmmod mpool_hello
		rmmod mpool
		echo all-is-well
	END
	vm_run 1 512 300 | tee -a /dev/stderr | grep -qx 'all-is-well'
}

mempooltop_runs()
{
	in_chroot mempooltop --version | grep "$(module_version)\$"
}

# But for dkms's own key, which is for the modules of others too.
removal_leaves_nothing()
{
	in_chroot apt-get purge -y mpool-dev mpool-dkms mempooltop
	as_root rm -rf "$CHROOT"/tmp/*
	# A kernel's headers have a mempool.h.
	if find "$CHROOT" -xdev -path "$CHROOT/usr/src/linux-headers-*" -prune -o \
		\( -name '*mpool*' -o -path "$CHROOT/lib/modules/*/updates*" \) -print | grep .; then
		return 1
	fi
	if find "$CHROOT/var/lib/dkms" -mindepth 1 ! -name 'mok.*' | grep .; then
		return 1
	fi
	[ -z "$(in_chroot dkms status)" ]
}

number=0
bad=0

# try_case CASE [SERIES]: "set -e" holds in a case only where nobody asks for its result at once.
try_case()
{
	local log=$WORK/$1${2:+-$2}.log

	number=$((number + 1))
	say "$1${2:+, $2}"
	rm -f "$log"
	(set -e; "$1") >>"$log" 2>&1 &
	if wait $!; then
		echo "ok $number $1${2:+ on $2}"
	else
		echo "not ok $number $1${2:+ on $2}"
		tail -n 20 "$log" >&2
		bad=$((bad + 1))
	fi
}

try_all()
{
	local case series

	for case in "${CASES[@]}"; do
		try_case "$case"
	done
	make_chroot
	for series in "${SERIES[@]}"; do
		KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$series")
		RELEASE=$(basename "$(readlink "$KERNEL_ROOT/modules")")
		for case in "${CASES_OF_SERIES[@]}"; do
			try_case "$case" "$series"
		done
	done
	for case in "${LAST_CASES[@]}"; do
		try_case "$case"
	done
}

case ${1:-} in
--build)
	build_debs
	;;
--count)
	echo $((${#CASES[@]} + ${#SERIES[@]} * ${#CASES_OF_SERIES[@]} + ${#LAST_CASES[@]}))
	;;
'')
	need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}" dpkg-dev debhelper dh-dkms lintian \
		mmdebstrap debian-archive-keyring
	apt_ready
	mkdir -p "$WORK"
	try_all
	[ "$bad" -eq 0 ]
	;;
*)
	die "usage: $(sed -n 's/^# usage: //p' "$0")"
	;;
esac
