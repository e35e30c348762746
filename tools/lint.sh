#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Read the sources with every tool that finds fault without running them. Each finding fails;
# what is waived stands here with its reason. Ends with one line, "N passed, N failed".
#
# usage: tools/lint.sh

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"

passed=0
failed=0

# lint WHAT COMMAND...: run a tool; it passes if it exits with 0 and says nothing.
lint()
{
	local what=$1 output

	shift
	say "$what"
	if output=$("$@" 2>&1) && [ -z "$output" ]; then
		passed=$((passed + 1))
	else
		printf '%s\n' "$output" >&2
		say "$what: FAILED, see above"
		failed=$((failed + 1))
	fi
}

# Files that git knows, or would take in.
files()
{
	git -C "$MPOOL_TOP" ls-files --cached --others --exclude-standard -- "$@"
}

# What checkpatch says of the making of what it would have everybody else use.
STAND_IN=MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE,MACRO_ARG_UNUSED,MACRO_WITH_FLOW_CONTROL,COMPLEX_MACRO
STAND_IN+=,SINGLE_STATEMENT_DO_WHILE_MACRO,PREFER_DEFINED_ATTRIBUTE_MACRO,NEW_TYPEDEFS,VOLATILE
STAND_IN+=,MEMORY_BARRIER,DATA_RACE,EXPORT_SYMBOL,CAMELCASE,BIT_MACRO,SPACING

# The kernel itself allows 100 columns. A few things are waived: in the public header macros compute
# the size of an array at file scope, of constants, and what evaluates each once cannot be there;
# headers that stand in for the kernel's own are no users of those, nor is a program of their macros for
# attributes; and names are libFuzzer's, or cJSON's.
check_patch()
{
	local waived=()

	case $1 in
	include/linux/mpool.h)			waived=(--ignore MACRO_ARG_REUSE) ;;
	userspace-test/core/include/*)		waived=(--ignore "$STAND_IN") ;;
	userspace-test/core/programs/fuzz.c)	waived=(--ignore CAMELCASE) ;;
	tools/mempooltop/json.c)		waived=(--ignore CAMELCASE) ;;
	tools/mempooltop/top.h)			waived=(--ignore PREFER_DEFINED_ATTRIBUTE_MACRO) ;;
	esac
	perl "$SOURCE/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary --quiet \
		--max-line-length=100 "${waived[@]}" --file "$1"
}

check_all_patches()
{
	local file

	for file in $(files '*.c' '*.h'); do
		check_patch "$file" || true
	done
}

# build_clean KERNEL [MAKE ARGUMENTS...]: not a word from the compiler.
build_clean()
{
	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$1") || return
	shift
	BUILD_ARGUMENTS=("$@")
	rm -rf "$MPOOL_TOP/build/$(basename "$(readlink "$KERNEL_ROOT/modules")")"
	# It shows what it did not like, and that is what counts.
	build_modules 2>&1 | grep -v 'building the modules' || true
}

# install_finds_release SERIES: "make install" on a real machine runs depmod for the kernel that
# the module was built for, which is not always the one that runs.
install_finds_release()
{
	local release

	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$1")
	release=$(basename "$(readlink "$KERNEL_ROOT/modules")")
	make -n -C "build/$release/source" KDIR="$KERNEL_ROOT/headers" install |
		grep -x "depmod -a $release" >/dev/null || echo "no depmod -a $release"
}

# build_with_clang SERIES: Debian's headers are for gcc only, so this takes the kernel's source,
# configured for clang, and compiles mpool with its KUnit tests inside and its users beside it.
build_with_clang()
{
	local tree build

	tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare "$1")
	build=$tree.clang
	mkdir -p build
	with_lock "clang-$1" clang_objects "$tree" "$build" >"build/clang-$1.log" 2>&1 ||
		tail -n 30 "build/clang-$1.log"
	grep -E -A 5 '(mpool|userspace-test|samples)[^ ]*: (warning|error):' "build/clang-$1.log" ||
		true
}

clang_objects()
{
	local make=(make -C "$1" O="$2" LLVM=1 ARCH=x86_64 -j "$(nproc)")
	local mpool=(MPOOL_PREFIX="$MPOOL_TOP/build/clang-prefix")

	if [ ! -e "$2/complete" ]; then
		"${make[@]}" defconfig &&
		cat kunit/.kunitconfig >>"$2/.config" &&
		"${make[@]}" olddefconfig &&
		"${make[@]}" modules_prepare &&
		touch "$2/complete" || return
	fi
	mkdir -p build/clang-prefix/include/mpool/linux build/clang-prefix/share/mpool
	cp include/linux/mpool{,_lane}.h build/clang-prefix/include/mpool/linux/
	cp tools/mpool.mk build/clang-prefix/share/mpool/
	rm -rf "$2/drivers/misc/mpool" build/clang-users
	"${make[@]}" W=1 drivers/misc/mpool/ || return
	[ -e "$2/drivers/misc/mpool/kunit/fault_test.o" ] || return
	# In a copy, for the objects are made beside the sources.
	mkdir -p build/clang-users
	cp -r samples userspace-test build/clang-users/
	"${make[@]}" W=1 "${mpool[@]}" M="$PWD/build/clang-users/samples" \
		mpool_hello.o mpool_ramdisk.o mpool_flows.o &&
	"${make[@]}" W=1 "${mpool[@]}" M="$PWD/build/clang-users/userspace-test" \
		mpool_{playground,bytes,early,crowd,pressure,forgetful,leaks,misuse,bench,torture}.o
}

kernel_doc()
{
	local file

	for file in include/linux/mpool.h kernel/*.c; do
		"$SOURCE/scripts/kernel-doc" -Werror -none "$file"
	done
}

# Every function that other modules can call has its kernel-doc.
exports_documented()
{
	local symbol

	grep -ho 'EXPORT_SYMBOL_GPL([a-z_]*)' kernel/*.c | tr -d ')' | cut -d'(' -f2 |
	while read -r symbol; do
		grep -q "^ \* $symbol() - " kernel/*.c || echo "$symbol has no kernel-doc"
	done
}

licences()
{
	local file

	for file in $(files | grep -vE '^(COPYING|\.gitignore|kunit/\.kunitconfig|Documentation/.*|debian/(changelog|copyright|source/format)|userspace-test/core/corpus/.*|.*\.(md|rules))$'); do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
			echo "$file: no SPDX line"
	done
}

shell()
{
	files '*.sh' '*.bash' '.ci/run' | xargs shellcheck -x
}

python()
{
	files '*.py' | xargs pylint --score=n
}

# Who packages it may have another compiler, and so warnings are errors only here.
mempooltop_clean()
{
	make -s -C tools/mempooltop CC="$1" CFLAGS="-O2 -g -Werror" OUTPUT="$MPOOL_TOP/build/mempooltop-$1"
}

cd "$MPOOL_TOP" || exit
need_packages "${BUILD_PACKAGES[@]}" "${TOP_PACKAGES[@]}" git perl python3 sparse clang lld llvm flex bison libssl-dev shellcheck pylint
# What is fetched is announced, and a lint that is not silent has failed: fetch it all first.
for series in 6.1 6.12; do
	"$MPOOL_TOP/tools/kernel.sh" "$series" >/dev/null
	SOURCE=$("$MPOOL_TOP/tools/kunit.sh" --prepare "$series")
done

lint "checkpatch --strict" check_all_patches
lint "kernel-doc -Werror" kernel_doc
lint "kernel-doc of every export" exports_documented
lint "SPDX lines" licences
lint "shellcheck" shell
[ -z "$(files '*.py')" ] || lint "pylint" python
lint "mempooltop, gcc" mempooltop_clean gcc
lint "mempooltop, clang" mempooltop_clean clang
lint "gcc, W=1, 6.1" build_clean 6.1
lint "gcc, W=1, 6.12" build_clean 6.12
lint "make install, 6.1" install_finds_release 6.1
lint "make install, 6.12" install_finds_release 6.12
lint "clang, W=1, 6.1" build_with_clang 6.1
lint "clang, W=1, 6.12" build_with_clang 6.12
lint "sparse, 6.1" build_clean 6.1 C=2
lint "sparse, 6.12" build_clean 6.12 C=2
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
