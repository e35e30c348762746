# SPDX-License-Identifier: GPL-2.0
#
# For the Kbuild of a driver that uses an installed mpool, to be included by it: where mpool's headers
# are, and what mpool exports for the kernel that the driver is built for.

mpool-share := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))

ccflags-y += -I$(abspath $(mpool-share)/../../include/mpool)

# Of the mpool that dkms has installed for this kernel, or else that "make install" has.
mpool-symvers := $(firstword $(wildcard \
	$(abspath $(mpool-share)/../../..)/var/lib/dkms/mpool/kernel-$(KERNELRELEASE)-*/Module.symvers \
	$(mpool-share)/Module.symvers))
ifeq ($(mpool-symvers),)
$(warning mpool is not there for $(KERNELRELEASE); if mpool-dkms is installed: dkms autoinstall -k $(KERNELRELEASE))
endif
KBUILD_EXTRA_SYMBOLS += $(mpool-symvers)
