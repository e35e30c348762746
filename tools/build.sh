# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Build everything for a stock kernel, in a copy of this repository, in the order in which a
# user would: mpool, its installation, and then drivers against that. Sourced after lib.sh;
# the caller sets KERNEL_ROOT to what tools/kernel.sh printed.

# shellcheck disable=SC2034 # for those who source this
BUILD_PACKAGES=(gcc libc6-dev make bc libelf-dev rsync xz-utils kmod pahole)

# More for make, such as CC=clang.
BUILD_ARGUMENTS=()

# build_modules: leaves mpool.ko and all modules that use it in $BUILD/modules.
build_modules()
{
	local headers=$KERNEL_ROOT/headers source folder

	BUILD=$MPOOL_TOP/build/$(basename "$(readlink "$KERNEL_ROOT/modules")")
	source=$BUILD/source
	say "building the modules in ${BUILD#"$MPOOL_TOP"/} (log: build.log there)"
	mkdir -p "$source" "$BUILD/modules"
	rsync -rlc --delete --exclude=/build --exclude=/.git --exclude='*.o' --exclude='*.ko' \
		--exclude='*.mod' --exclude='*.mod.c' --exclude='.*.cmd' \
		--exclude='modules.order' --exclude='Module.symvers' "$MPOOL_TOP/" "$source/"
	(
		make -C "$source" KDIR="$headers" W=1 "${BUILD_ARGUMENTS[@]}" &&
		make -C "$source" KDIR="$headers" DESTDIR="$BUILD/install" install &&
		for folder in samples userspace-test; do
			make -C "$headers" M="$source/$folder" W=1 "${BUILD_ARGUMENTS[@]}" \
				MPOOL_PREFIX="$BUILD/install/usr" \
				KBUILD_EXTRA_SYMBOLS="$BUILD/install/usr/share/mpool/Module.symvers" \
				modules || exit
		done
	) >"$BUILD/build.log" 2>&1 ||
		{ tail -n 30 "$BUILD/build.log" >&2; die "the build: see $BUILD/build.log"; }
	if grep -E 'warning:|WARNING:|ERROR:' "$BUILD/build.log" >&2; then
		die "the build has warnings (above): see $BUILD/build.log"
	fi
	cp "$source"/*.ko "$source"/samples/*.ko "$source"/userspace-test/*.ko "$BUILD/modules/"
}
