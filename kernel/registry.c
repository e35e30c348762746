// SPDX-License-Identifier: GPL-2.0
/*
 * The list of all pools, live and dying.
 */
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "internal.h"

/* All pools by id. Changed under pools_mutex; read under it or under RCU. */
static DEFINE_XARRAY_ALLOC1(pools);
static DEFINE_MUTEX(pools_mutex);
static u32 pools_next_id;

/**
 * registry_add() - enter a pool, and give it its id
 * @pool: the pool
 *
 * Context: process context, may sleep.
 * Return: 0, -EEXIST if a live pool has its name, or -ENOMEM.
 */
int registry_add(struct mpool *pool)
{
	struct mpool *other;
	unsigned long id;
	int err = 0;

	mutex_lock(&pools_mutex);
	xa_for_each(&pools, id, other) {
		if (!READ_ONCE(other->dying) && !strcmp(other->name, pool->name))
			err = -EEXIST;
	}
	if (!err)
		err = xa_alloc_cyclic(&pools, &pool->id, pool, xa_limit_32b, &pools_next_id,
				      GFP_KERNEL);
	mutex_unlock(&pools_mutex);
	/* 1 says that ids have wrapped around. */
	return min(err, 0);
}

/**
 * registry_remove() - take a pool out, and wait for those who look at it under RCU
 * @pool: the pool
 *
 * Context: process context, may sleep.
 */
void registry_remove(struct mpool *pool)
{
	mutex_lock(&pools_mutex);
	xa_erase(&pools, pool->id);
	mutex_unlock(&pools_mutex);
	synchronize_rcu();
}

/**
 * registry_lock() - keep pools from coming and going
 *
 * No allocation ever needs this lock.
 *
 * Context: process context, may sleep.
 */
void registry_lock(void)
{
	mutex_lock(&pools_mutex);
}

/**
 * registry_unlock() - end what registry_lock() began
 */
void registry_unlock(void)
{
	mutex_unlock(&pools_mutex);
}

/**
 * registry_next() - find the first pool from an id on
 * @id: the id to start from; set to that of the pool found
 *
 * Context: under registry_lock().
 * Return: the pool, or NULL.
 */
struct mpool *registry_next(unsigned long *id)
{
	return xa_find(&pools, id, ULONG_MAX, XA_PRESENT);
}

/**
 * registry_owner_of() - find which other pool a pointer belongs to
 * @obj: any pointer
 * @not_this: a pool that it does not belong to
 * @name: MPOOL_NAME_LEN bytes for that pool's name
 *
 * Context: any.
 * Return: true if there is one.
 */
bool registry_owner_of(const void *obj, const struct mpool *not_this, char *name)
{
	struct mpool *pool;
	bool found = false;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&pools, id, pool) {
		if (pool == not_this || !slab_is_ours(pool, slab_of(pool, obj)))
			continue;
		strscpy(name, pool->name, MPOOL_NAME_LEN);
		found = true;
		break;
	}
	rcu_read_unlock();
	return found;
}
