/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/mempool as programs see it, besides the text that reading it gives: see
 * Documentation/ABI/dev-mempool.
 *
 * Each structure begins with its size as the program knows it. What is added later is added at the
 * end: to a kernel that does not know of it, it has to be zero, and a program that does not know of
 * it gets what it would have without.
 */
#ifndef _UAPI_LINUX_MPOOL_H
#define _UAPI_LINUX_MPOOL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MPOOL_IOC_MAGIC	0xE6

/* --- where objects were allocated --- */

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

/* --- the figures of all pools --- */

/* Bytes of a name in a row, its end included. */
#define MPOOL_ROW_NAME	64

/* What a row is of: see "kind" in the text. */
enum mpool_row_kind {
	MPOOL_ROW_POOL,
	MPOOL_ROW_CLASS,
	MPOOL_ROW_TYPE,
	MPOOL_ROW_SIZED,
};

/* Where slabs come from: see "backing" in the text. */
enum mpool_row_backing {
	MPOOL_ROW_PAGES,
	MPOOL_ROW_VMALLOC,
	MPOOL_ROW_HUGE,
	MPOOL_ROW_BUFFER,
};

/* In mpool_row.flags. */
#define MPOOL_ROW_DYING		(1U << 0)	/* its owner destroyed it; objects are in use */
#define MPOOL_ROW_REDZONE	(1U << 1)	/* what the pool watches ... */
#define MPOOL_ROW_POISON	(1U << 2)
#define MPOOL_ROW_TRACK		(1U << 3)
#define MPOOL_ROW_PAUSED	(1U << 4)	/* ... though at the moment it does not track */

/**
 * struct mpool_row - a pool's figures, by the names that they have in the text
 * @id: of the pool
 * @of: id of the sized pool of which this is a class, or 0
 * @kind: an enum mpool_row_kind
 * @backing: an enum mpool_row_backing
 * @flags: some of MPOOL_ROW_*
 * @pad: 0
 * @name: of the pool
 * @owner: the module that made it
 */
struct mpool_row {
	__u32 id;
	__u32 of;
	__u32 kind;
	__u32 backing;
	__u32 flags;
	__u32 pad;
	char name[MPOOL_ROW_NAME];
	char owner[MPOOL_ROW_NAME];
	/* private: described in Documentation/ABI/dev-mempool, once for text and rows */
	__u64 object_size;
	__u64 stride;
	__u64 in_use;
	__u64 cached_cpu;
	__u64 cached_depot;
	__u64 free_slab;
	__u64 objects;
	__u64 limit;
	__u64 keep;
	__u64 slabs;
	__u64 slab_bytes;
	__u64 metadata;
	__u64 footprint;
	__u64 allocs;
	__u64 frees;
	__u64 fails;
	__u64 grows;
	__u64 shrinks;
	__u64 misuses;
	__u64 mapped;
	__u64 m_pool;
	__u64 limit_bytes;
	__u64 borrowed;
	__u64 reserve;
	__u64 reserve_held;
	__u64 low;
	__u64 waiting;
	__u64 waits;
	__u64 pending;
	__u64 budget;
	__u64 quarantine;
	__u64 quarantined;
	__u64 withheld;
};

/**
 * struct mpool_snapshot - the figures of all pools, or of some of them
 * @size: of this structure, as the program knows it
 * @row_size: bytes from one row to the next, at least 24; a row is cut off there, or followed by
 *	zeroes
 * @room: rows that there is room for at @rows
 * @nr: set to how many were written there, by ascending id
 * @after: only pools with a higher id than this; set to the id of the last row that was written
 * @more: set to whether there are further ones
 * @generation: set to a number that differs if pools came or went
 * @rows: address of an array of struct mpool_row
 *
 * No pool comes or goes within one call.
 */
struct mpool_snapshot {
	__u32 size;
	__u32 row_size;
	__u32 room;
	__u32 nr;
	__u32 after;
	__u32 more;
	__u64 generation;
	__u64 rows;
};

#define MPOOL_IOC_SNAPSHOT	_IOWR(MPOOL_IOC_MAGIC, 2, struct mpool_snapshot)

/* --- control --- */

enum mpool_control_what {
	MPOOL_CONTROL_TRIM,	/* give back what is free above the keep */
	MPOOL_CONTROL_LIMIT,	/* as mpool_set_limit(); 0 for none */
	MPOOL_CONTROL_KEEP,
	MPOOL_CONTROL_RESERVE,
	MPOOL_CONTROL_TRACK,	/* 0: pause, 1: go on. Of a pool that is tracked */
};

/**
 * struct mpool_control - a change to a pool
 * @size: of this structure, as the program knows it
 * @id: of the pool
 * @what: an enum mpool_control_what
 * @pad: 0
 * @value: the new figure; 0 for a trim, which sets it to how many objects were given back
 */
struct mpool_control {
	__u32 size;
	__u32 id;
	__u32 what;
	__u32 pad;
	__u64 value;
};

/*
 * Needs CAP_SYS_ADMIN. Fails with ENOENT if there is no such pool or its owner destroyed it,
 * EOPNOTSUPP if this kind of pool has nothing of that, ERANGE if the figure does not fit the
 * pool's others, and EBUSY or ENOMEM if a reserve cannot be made.
 */
#define MPOOL_IOC_CONTROL	_IOWR(MPOOL_IOC_MAGIC, 3, struct mpool_control)

/* --- waiting for a figure: see poll() --- */

enum mpool_watch_figure {
	MPOOL_WATCH_IN_USE,
	MPOOL_WATCH_FOOTPRINT,
	MPOOL_WATCH_FAILS,
	MPOOL_WATCH_WAITING,
};

/* In mpool_watch.flags. */
#define MPOOL_WATCH_BELOW	(1U << 0)	/* rather than above */

/**
 * struct mpool_watch - what an open file waits for
 * @size: of this structure, as the program knows it
 * @id: of the pool, or 0 for any
 * @figure: an enum mpool_watch_figure
 * @flags: some of MPOOL_WATCH_*
 * @level: it happens when the figure is above this
 * @slack: before it can happen again, the figure must have been as far from @level on the other
 *	side
 * @interval: milliseconds between two looks, from 10 to 3600000; 0 stands for 1000
 * @pad: 0
 */
struct mpool_watch {
	__u32 size;
	__u32 id;
	__u32 figure;
	__u32 flags;
	__u64 level;
	__u64 slack;
	__u32 interval;
	__u32 pad;
};

/*
 * Replaces what the file waited for before. Fails with ENOENT if there is no such pool, and EINVAL
 * for what has no meaning.
 */
#define MPOOL_IOC_WATCH		_IOW(MPOOL_IOC_MAGIC, 4, struct mpool_watch)

/**
 * struct mpool_event - what has happened of that which an open file waits for
 * @size: of this structure, as the program knows it
 * @id: of the pool where it happened last
 * @times: how often it has happened since the file was asked before
 * @value: what the figure was
 */
struct mpool_event {
	__u32 size;
	__u32 id;
	__u64 times;
	__u64 value;
};

/* Fails with EAGAIN if nothing has happened. Ends EPOLLPRI. */
#define MPOOL_IOC_EVENT		_IOWR(MPOOL_IOC_MAGIC, 5, struct mpool_event)

#endif /* _UAPI_LINUX_MPOOL_H */
