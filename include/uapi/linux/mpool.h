/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/mempool as programs see it, besides the text that reading it gives: see
 * Documentation/ABI/dev-mempool.
 */
#ifndef _UAPI_LINUX_MPOOL_H
#define _UAPI_LINUX_MPOOL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MPOOL_IOC_MAGIC	0xE6

/* Bytes of a site's name, its end included. */
#define MPOOL_SITE_LEN	112

/**
 * struct mpool_site - a place in the kernel where objects were allocated
 * @objects: those of them that somebody holds
 * @bytes: of these
 * @name: the calling function and the offset in it, as in the kernel's log; "" stands for all
 *	places that there was no room to tell apart. Places are told apart by the whole stack, so
 *	that a function which others call can be there more than once.
 */
struct mpool_site {
	__u64 objects;
	__u64 bytes;
	char name[MPOOL_SITE_LEN];
};

/**
 * struct mpool_sites - where the objects of a pool that somebody holds were allocated
 * @size: of this structure, as the program knows it
 * @id: of the pool, as reading the device gives it
 * @room: sites that there is room for at @sites
 * @nr: set to how many were written there, those with the most objects first
 * @sites: address of an array of struct mpool_site
 */
struct mpool_sites {
	__u32 size;
	__u32 id;
	__u32 room;
	__u32 nr;
	__u64 sites;
};

/*
 * Needs CAP_SYS_ADMIN. Fails with ENOENT if there is no such pool, ENODATA if it is not tracked,
 * E2BIG if what the program knows and this kernel does not is not zero, and EINVAL if @size is
 * below that of this structure.
 */
#define MPOOL_IOC_SITES	_IOWR(MPOOL_IOC_MAGIC, 1, struct mpool_sites)

#endif /* _UAPI_LINUX_MPOOL_H */
