# SPDX-License-Identifier: GPL-2.0
#
# Build, install, try and test mpool: "make help" lists what there is. The module itself is
# described in Kbuild, which the kernel's build reads before this file.

KDIR	?= /lib/modules/$(shell uname -r)/build
KERNEL	?= 6.1
DESTDIR	?=
TIME	?= 60
CONFIG	?= stock
MINUTES	?= 2

PREFIX	:= $(DESTDIR)/usr
MOD_PATH := $(or $(INSTALL_MOD_PATH),$(DESTDIR))

modules: ## build mpool.ko for KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

install: ## install mpool.ko, the headers and Module.symvers for drivers, and the udev rule
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(MOD_PATH) CONFIG_MODULE_SIG_ALL= \
		modules_install
	$(if $(MOD_PATH),,depmod -a $(firstword $(shell modinfo -F vermagic mpool.ko)))
	install -CD -m 644 include/linux/mpool.h $(PREFIX)/include/mpool/linux/mpool.h
	install -CD -m 644 include/linux/mpool_lane.h $(PREFIX)/include/mpool/linux/mpool_lane.h
	install -CD -m 644 include/uapi/linux/mpool.h $(PREFIX)/include/mpool/uapi/linux/mpool.h
	install -CD -m 644 Module.symvers $(PREFIX)/share/mpool/Module.symvers
	install -CD -m 644 tools/60-mpool.rules $(DESTDIR)/lib/udev/rules.d/60-mpool.rules

uninstall: ## remove what install put there
	rm -f $(MOD_PATH)/lib/modules/*/extra/mpool.ko*
	rm -f $(MOD_PATH)/lib/modules/*/updates/mpool.ko*
	rm -rf $(PREFIX)/include/mpool $(PREFIX)/share/mpool
	rm -f $(DESTDIR)/lib/udev/rules.d/60-mpool.rules

mempooltop: ## build mempooltop, which shows the pools of a machine: see tools/mempooltop
	$(MAKE) -C tools/mempooltop

install-mempooltop: ## install it, with its man page and completion
	$(MAKE) -C tools/mempooltop DESTDIR=$(DESTDIR) install

screenshots: ## draw the pictures of mempooltop that the README shows
	tools/screenshots.sh

demo: ## see it work in a virtual machine: KERNEL=6.1 (default), 6.12, 6.1-rt or 6.12-rt
	tools/demo.sh $(KERNEL)

check: ## run all tests: KUnit in UML, and the device and modules in a virtual machine
	tools/check.sh

check-smp: ## KUnit and the modules' tests on several CPUs, in kernels with KASAN and with KCSAN
	tools/check.sh $(foreach kernel,6.1-kasan 6.12-kasan 6.1-kcsan 6.12-kcsan,\
		kunit-$(kernel)@4 vm-$(kernel) pressure-$(kernel)@4)

matrix: ## run the tests on each kind of kernel and of machine, and print a table
	tools/matrix.sh

bench: ## compare the speed of mpool and of what else there is, in three lenses
	tools/bench.sh

sizes: ## what the code takes, full and smallest, and what a pool does
	tools/sizes.sh

lint: ## checkpatch, sparse, W=1 with gcc and clang, kernel-doc, shellcheck, pylint
	tools/lint.sh

programs: ## random programs of all calls, on CPUs that take turns: see tools/programs.sh
	tools/programs.sh

fuzz: ## have a fuzzer make such programs, for TIME=60 seconds
	tools/fuzz.sh $(TIME)

torture: ## everything at once for MINUTES=2, on KERNEL=6.1 or 6.12, CONFIG=stock, rt, kasan or kcsan
	tools/torture.sh $(MINUTES) $(KERNEL) $(CONFIG)

models: ## have spin look at every course of the protocols, and herd7, if it is there, at the barriers
	tools/models.sh

mutate: ## break the code on purpose, one way after another, and see KUnit catch each
	tools/mutate.sh

mutate-smp: ## likewise, and see the sanitizers' kernels catch each
	tools/mutate.sh --smp

clean: ## remove what builds left; the cache in ~/.cache/mpool stays
	find . -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' -o -name 'modules.order' \
		-o -name 'Module.symvers' \) -exec rm -f {} +
	rm -rf build

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

.PHONY: modules install uninstall mempooltop install-mempooltop screenshots demo check check-smp matrix \
	bench sizes lint programs fuzz torture models mutate mutate-smp clean help
