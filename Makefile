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

install: modules_install headers_install rules_install ## install mpool.ko, the udev rule, and for drivers the headers, mpool.mk and Module.symvers

modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(MOD_PATH) CONFIG_MODULE_SIG_ALL= \
		modules_install
	$(if $(MOD_PATH),,depmod -a $(firstword $(shell modinfo -F vermagic mpool.ko)))
	install -CD -m 644 Module.symvers $(PREFIX)/share/mpool/Module.symvers

headers_install:
	install -CD -m 644 include/linux/mpool.h $(PREFIX)/include/mpool/linux/mpool.h
	install -CD -m 644 include/linux/mpool_lane.h $(PREFIX)/include/mpool/linux/mpool_lane.h
	install -CD -m 644 include/uapi/linux/mpool.h $(PREFIX)/include/mpool/uapi/linux/mpool.h
	install -CD -m 644 tools/mpool.mk $(PREFIX)/share/mpool/mpool.mk

rules_install:
	install -CD -m 644 tools/60-mpool.rules $(DESTDIR)/lib/udev/rules.d/60-mpool.rules

# Where kernels before and after 6.2 have their modules_install put it.
INSTALLED = $(wildcard $(foreach folder,extra updates,$(MOD_PATH)/lib/modules/*/$(folder)/mpool.ko*))

uninstall: ## remove what install put there
	rm -f $(INSTALLED)
	$(if $(MOD_PATH),,$(foreach file,$(INSTALLED),depmod -a $(word 3,$(subst /, ,$(file)));))
	rm -rf $(PREFIX)/include/mpool $(PREFIX)/share/mpool
	rm -f $(DESTDIR)/lib/udev/rules.d/60-mpool.rules
	@# And the folders that are empty now.
	@cd $(MOD_PATH)/ && rmdir -p --ignore-fail-on-non-empty lib/modules/*/extra lib/modules/*/updates \
		2>/dev/null || :
	@cd $(DESTDIR)/ && rmdir -p --ignore-fail-on-non-empty usr/include usr/share lib/udev/rules.d \
		2>/dev/null || :

# The one place where it stands is MODULE_VERSION.
version:
	@sed -n 's/^MODULE_VERSION("\(.*\)");/\1/p' kernel/main.c

deb: ## build the Debian packages, mpool-dkms, mpool-dev and mempooltop, in build/deb
	tools/packages.sh --build

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

.PHONY: modules install modules_install headers_install rules_install uninstall version deb mempooltop \
	install-mempooltop screenshots demo check check-smp matrix bench sizes lint programs fuzz torture \
	models mutate mutate-smp clean help
