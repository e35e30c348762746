# SPDX-License-Identifier: GPL-2.0
# Build, install and try mpool. The module itself is described in Kbuild; "make help" lists all.
ifeq ($(KERNELRELEASE),)

KDIR ?= /lib/modules/$(shell uname -r)/build

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

endif
