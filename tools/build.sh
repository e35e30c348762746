# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Build everything for a stock kernel, in a copy of this repository, in the order in which a
# user would: mpool, its installation, and then drivers against that. Sourced after lib.sh;
# the caller sets KERNEL_ROOT to what tools/kernel.sh printed, or tools/kunit.sh --build-san or
# --build-bench. One that has mpool inside gets drivers only.

# shellcheck disable=SC2034 # for those who source this
BUILD_PACKAGES=(gcc libc6-dev make bc libelf-dev rsync xz-utils kmod pahole)

# What mempooltop needs besides.
TOP_PACKAGES=(libncurses-dev libcjson-dev pkg-config)

# More for make, such as CC=clang.
BUILD_ARGUMENTS=()

# build_mpool SOURCE: and install it.
build_mpool()
{
	make -C "$1" KDIR="$KERNEL_ROOT/headers" W=1 "${BUILD_ARGUMENTS[@]}" &&
		make -C "$1" KDIR="$KERNEL_ROOT/headers" DESTDIR="$BUILD/install" install
}

# build_drivers FOLDER ARGUMENT...
build_drivers()
{
	make -C "$KERNEL_ROOT/headers" M="$1" W=1 "${BUILD_ARGUMENTS[@]}" \
		MPOOL_PREFIX="$BUILD/install/usr" "${@:2}" modules
}

# make_torture FOLDER: the kernel's torture.ko, with what it exports. One that comes without, as
# Debian's do, gets it from the kernel's own source.
make_torture()
{
	local headers=$KERNEL_ROOT/headers series tree

	mkdir -p "$1"
	if grep -qw torture_init_begin "$headers/Module.symvers"; then
		: >"$1/Module.symvers"
		find "$KERNEL_ROOT/modules/" -name torture.ko -exec cp -t "$1" {} +
	else
		series=$(cut -d. -f1,2 "$headers/include/config/kernel.release")
		tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare "$series") || return
		cp "$tree/kernel/torture.c" "$1/"
		printf 'obj-m := torture.o\nccflags-y := -I%s/kernel\n' "$tree" >"$1/Kbuild"
		make -C "$headers" M="$1" modules || return
	fi
	touch "$1/complete"
}

# build_torture: leave that in $BUILD/torture. It is made once for each kernel.
build_torture()
{
	local folder=$KERNEL_ROOT/torture

	[ -e "$folder/complete" ] || with_lock torture make_torture "$folder" || return
	cp -t "$BUILD/torture" "$folder/torture.ko" "$folder/Module.symvers"
}

# build_all SOURCE: the samples and torture are for real machines.
build_all()
{
	local symbols=KBUILD_EXTRA_SYMBOLS=$BUILD/install/usr/share/mpool/Module.symvers
	local BUILD_ARGUMENTS=("${BUILD_ARGUMENTS[@]}")

	[ ! -x "$KERNEL_ROOT/linux" ] || BUILD_ARGUMENTS+=(ARCH=um)
	! grep -qx CONFIG_KUNIT=m "$KERNEL_ROOT/headers/.config" ||
		BUILD_ARGUMENTS+=(CONFIG_MPOOL_KUNIT_TEST=m)
	if grep -qx CONFIG_MPOOL=y "$KERNEL_ROOT/headers/.config"; then
		mkdir -p "$BUILD/install/usr/include" &&
			cp -rT "$1/include" "$BUILD/install/usr/include/mpool" &&
			build_drivers "$1/userspace-test"
		return
	fi
	build_mpool "$1" || return
	if [ ! -x "$KERNEL_ROOT/linux" ]; then
		build_drivers "$1/samples" && build_torture || return
		symbols+=" $BUILD/torture/Module.symvers"
	fi
	build_drivers "$1/userspace-test" "$symbols"
}

build_folder()
{
	echo "$MPOOL_TOP/build/$(basename "$(readlink "$KERNEL_ROOT/modules")")"
}

# copy_source FOLDER: without what builds leave; and what they have left there stays.
copy_source()
{
	rsync -rlc --delete --exclude=/build --exclude=/.git --exclude='*.o' --exclude='*.ko' \
		--exclude='*.mod' --exclude='*.mod.c' --exclude='.*.cmd' --exclude=__pycache__ \
		--exclude='modules.order' --exclude='Module.symvers' "$MPOOL_TOP/" "$1/"
}

# build_modules: leaves mpool.ko and all modules that use it in $BUILD/modules.
build_modules()
{
	local source

	BUILD=$(build_folder)
	source=$BUILD/source
	say "building the modules in ${BUILD#"$MPOOL_TOP"/} (log: build.log there)"
	mkdir -p "$source" "$BUILD/modules" "$BUILD/torture"
	copy_source "$source"
	build_all "$source" >"$BUILD/build.log" 2>&1 ||
		{ tail -n 30 "$BUILD/build.log" >&2; die "the build: see $BUILD/build.log"; }
	if grep -E 'warning:|WARNING:|ERROR:' "$BUILD/build.log" >&2; then
		die "the build has warnings (above): see $BUILD/build.log"
	fi
	find "$source" "$BUILD/torture" -name '*.ko' -exec cp -t "$BUILD/modules" {} +
}
