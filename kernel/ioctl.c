// SPDX-License-Identifier: GPL-2.0
/*
 * What programs ask of /dev/mempool by ioctl, besides what they wait for: see watch.c. Each
 * structure begins with its size as the program knows it; see include/uapi/linux/mpool.h.
 */
#include <linux/capability.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/mpool.h>

#include "internal.h"

/**
 * ioctl_take() - get a program's structure
 * @request: where to put it
 * @bytes: of that; also the least that the program may give
 * @user: the program's, which begins with its size
 *
 * Context: process context, may sleep.
 * Return: 0; -EFAULT; -EINVAL if it is too small; -E2BIG if it is larger than a page, or has what
 * is not zero where we know of nothing.
 */
int ioctl_take(void *request, size_t bytes, const void __user *user)
{
	u32 size;

	if (get_user(size, (const u32 __user *)user))
		return -EFAULT;
	if (size < bytes)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(request, bytes, user, size);
}

/**
 * ioctl_give() - give it back, with what has been set
 * @user: the program's
 * @request: ours
 * @bytes: of that
 *
 * Context: process context, may sleep.
 * Return: 0 or -EFAULT.
 */
int ioctl_give(void __user *user, const void *request, size_t bytes)
{
	return copy_to_user(user, request, bytes) ? -EFAULT : 0;
}

/* --- where objects were allocated --- */

/* Most sites that are given at a time. */
#define SITES_MAX	256

static_assert(TRACK_NAME_LEN == MPOOL_SITE_LEN);

/* The first @room sites of a pool; how many there were. */
static u32 copy_sites(struct mpool *pool, struct mpool_site *sites, u32 room)
{
	const struct site *site = NULL;
	unsigned long objects = 0;
	u32 n;

	for (n = 0; n < room && track_next_site(pool, &site, &objects); n++) {
		sites[n].objects = objects;
		sites[n].bytes = (u64)objects * pool->size;
		if (site->caller)
			track_name(sites[n].name, site->caller);
	}
	return n;
}

/* The same, of a pool by its id; how many there were, or a negative errno. */
static int find_sites(u32 id, struct mpool_site *sites, u32 room)
{
	struct entry *entry;
	struct mpool *pool;
	int n = -ENOENT;

	registry_lock();
	entry = registry_get(id);
	if (entry) {
		pool = entry_pool(entry);
		n = pool && pool->sites ? copy_sites(pool, sites, room) : -ENODATA;
	}
	registry_unlock();
	return n;
}

static int give_sites(struct mpool_sites *request)
{
	u32 room = min_t(u32, request->room, SITES_MAX);
	struct mpool_site *sites;
	int n, err = 0;

	sites = kvcalloc(max(room, 1U), sizeof(*sites), GFP_KERNEL_ACCOUNT);
	if (!sites)
		return -ENOMEM;
	n = find_sites(request->id, sites, room);
	if (n < 0)
		err = n;
	else if (copy_to_user(u64_to_user_ptr(request->sites), sites, n * sizeof(*sites)))
		err = -EFAULT;
	else
		request->nr = n;
	kvfree(sites);
	return err;
}

/**
 * ioctl_sites() - MPOOL_IOC_SITES
 * @user: the program's structure
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int ioctl_sites(struct mpool_sites __user *user)
{
	struct mpool_sites request;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = ioctl_take(&request, sizeof(request), user) ?: give_sites(&request);
	return err ?: ioctl_give(user, &request, sizeof(request));
}

/* --- figures --- */

/* Up to here a row has what says whose it is. */
#define ROW_LEAST	offsetof(struct mpool_row, name)

static_assert((int)MPOOL_ROW_POOL == ENTRY_POOL && (int)MPOOL_ROW_CLASS == ENTRY_CLASS);
static_assert((int)MPOOL_ROW_TYPE == ENTRY_TYPE && (int)MPOOL_ROW_SIZED == ENTRY_SIZED);
static_assert((int)MPOOL_ROW_PAGES == MPOOL_PAGES && (int)MPOOL_ROW_VMALLOC == MPOOL_VMALLOC);
static_assert((int)MPOOL_ROW_HUGE == MPOOL_HUGE && (int)MPOOL_ROW_BUFFER == MPOOL_BUFFER);
static_assert(MPOOL_NAME_LEN <= MPOOL_ROW_NAME && MODULE_NAME_LEN <= MPOOL_ROW_NAME);

static u32 row_flags(struct entry *entry, const struct mpool_stats *stats)
{
	struct mpool *pool = entry_pool(entry);
	u32 flags = 0;

	if (entry->dying)
		flags |= MPOOL_ROW_DYING;
	if (stats->checks & MPOOL_REDZONE)
		flags |= MPOOL_ROW_REDZONE;
	if (stats->checks & MPOOL_POISON)
		flags |= MPOOL_ROW_POISON;
	if (stats->checks & MPOOL_TRACK)
		flags |= MPOOL_ROW_TRACK;
	if (pool && track_is_paused(pool))
		flags |= MPOOL_ROW_PAUSED;
	return flags;
}

static void fill_figures(struct mpool_row *row, const struct mpool_stats *stats)
{
	row->object_size = stats->size;
	row->stride = stats->stride;
	row->in_use = stats->in_use;
	row->cached_cpu = stats->cached_cpu;
	row->cached_depot = stats->cached_depot;
	row->free_slab = stats->free_slab;
	row->objects = stats->objects;
	row->limit = stats->limit;
	row->keep = stats->keep;
	row->slabs = stats->slabs;
	row->slab_bytes = stats->slab_bytes;
	row->metadata = stats->metadata;
	row->footprint = stats->footprint;
	row->allocs = stats->allocs;
	row->frees = stats->frees;
	row->fails = stats->fails;
	row->grows = stats->grows;
	row->shrinks = stats->shrinks;
	row->misuses = stats->misuses;
	row->mapped = stats->mapped;
	row->m_pool = stats->m_pool;
	row->limit_bytes = stats->limit_bytes;
	row->borrowed = stats->borrowed;
	row->reserve = stats->reserve;
	row->reserve_held = stats->reserve_held;
	row->low = stats->low;
	row->waiting = stats->waiting;
	row->waits = stats->waits;
	row->pending = stats->pending;
	row->budget = stats->budget;
	row->quarantine = stats->quarantine;
	row->quarantined = stats->quarantined;
	row->withheld = stats->withheld;
}

/* Into a row that is zero. */
static void fill_row(struct mpool_row *row, struct entry *entry)
{
	struct mpool_stats stats;

	entry->ops->read_stats(entry, &stats);
	row->id = entry->id;
	row->of = entry->of ? entry->of->id : 0;
	row->kind = entry->kind;
	row->backing = stats.backing;
	row->flags = row_flags(entry, &stats);
	strscpy(row->name, entry->name, sizeof(row->name));
	strscpy(row->owner, entry->owner_name, sizeof(row->owner));
	fill_figures(row, &stats);
}

/* How many entries there are behind that id, up to @most. Under registry_lock(). */
static u32 count_entries(u32 after, u32 most)
{
	unsigned long id = (unsigned long)after + 1;
	u32 n;

	if (after == U32_MAX)
		return 0;
	for (n = 0; n < most && registry_next(&id); n++, id++)
		;
	return n;
}

/*
 * The rows that a program has asked for. Nothing comes or goes until all are there, so that they
 * belong together. NULL if there is no memory for them.
 */
static struct mpool_row *make_rows(struct mpool_snapshot *request)
{
	unsigned long id = (unsigned long)request->after + 1;
	struct mpool_row *rows;
	u32 i;

	registry_lock();
	request->generation = registry_generation();
	request->nr = count_entries(request->after, request->room);
	rows = kvcalloc(max(request->nr, 1U), sizeof(*rows), GFP_KERNEL_ACCOUNT);
	for (i = 0; rows && i < request->nr; i++, id++) {
		fill_row(&rows[i], registry_next(&id));
		request->after = rows[i].id;
	}
	request->more = count_entries(request->after, 1);
	registry_unlock();
	return rows;
}

/* Each as long as the program knows them. */
static int give_rows(const struct mpool_snapshot *request, const struct mpool_row *rows)
{
	size_t bytes = min_t(size_t, request->row_size, sizeof(*rows));
	char __user *at = u64_to_user_ptr(request->rows);
	u32 i;

	for (i = 0; i < request->nr; i++, at += request->row_size) {
		if (copy_to_user(at, &rows[i], bytes) ||
		    clear_user(at + bytes, request->row_size - bytes))
			return -EFAULT;
	}
	return 0;
}

/**
 * ioctl_snapshot() - MPOOL_IOC_SNAPSHOT
 * @user: the program's structure
 * @generation: set to how often pools had come and gone by then, if it began with the first
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int ioctl_snapshot(struct mpool_snapshot __user *user, unsigned long *generation)
{
	struct mpool_snapshot request;
	struct mpool_row *rows;
	bool all;
	int err;

	err = ioctl_take(&request, sizeof(request), user);
	if (err)
		return err;
	if (request.row_size < ROW_LEAST || request.row_size > PAGE_SIZE)
		return -EINVAL;
	all = !request.after;
	rows = make_rows(&request);
	if (!rows)
		return -ENOMEM;
	err = give_rows(&request, rows) ?: ioctl_give(user, &request, sizeof(request));
	kvfree(rows);
	if (!err && all)
		WRITE_ONCE(*generation, request.generation);
	return err;
}

/* --- control --- */

static int control_trim(struct entry *entry, __u64 *value)
{
	if (*value)
		return -EINVAL;
	*value = entry->ops->trim(entry);
	return 0;
}

static int control_tracking(struct mpool *pool, u64 on)
{
	if (!pool->sites)
		return -ENODATA;
	if (on > 1)
		return -EINVAL;
	track_pause(pool, !on);
	return 0;
}

/* What its owner can change too. The classes of a sized pool have no figures of their own. */
static int control_pool(struct entry *entry, u32 what, u64 value)
{
	struct mpool *pool = entry_pool(entry);

	if (!pool)
		return -EOPNOTSUPP;
	if (what == MPOOL_CONTROL_TRACK)
		return control_tracking(pool, value);
	if (entry->kind == ENTRY_CLASS)
		return -EOPNOTSUPP;
	if (value > ULONG_MAX)
		return -ERANGE;
	switch (what) {
	case MPOOL_CONTROL_LIMIT:
		return mpool_set_limit(pool, value);
	case MPOOL_CONTROL_KEEP:
		return mpool_set_keep(pool, value);
	case MPOOL_CONTROL_RESERVE:
		return mpool_set_reserve(pool, value);
	}
	return -EINVAL;
}

/**
 * ioctl_control() - MPOOL_IOC_CONTROL
 * @user: the program's structure
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int ioctl_control(struct mpool_control __user *user)
{
	struct mpool_control request;
	struct entry *entry;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = ioctl_take(&request, sizeof(request), user);
	if (err)
		return err;
	if (request.what > MPOOL_CONTROL_TRACK || request.pad)
		return -EINVAL;
	entry = registry_pin(request.id);
	if (!entry)
		return -ENOENT;
	if (request.what == MPOOL_CONTROL_TRIM)
		err = control_trim(entry, &request.value);
	else
		err = control_pool(entry, request.what, request.value);
	registry_unpin(entry);
	return err ?: ioctl_give(user, &request, sizeof(request));
}
