// SPDX-License-Identifier: GPL-2.0
/*
 * The list of all pools, and of what is made of pools, live and dying.
 */
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>

#include "internal.h"

/* All entries by id. Changed under entries_mutex; read under it or under RCU. */
static DEFINE_XARRAY_ALLOC1(entries);
static DEFINE_MUTEX(entries_mutex);
static u32 entries_next_id;

/* How often entries have come and gone. Changed under entries_mutex. */
static unsigned long generation = 1;

/* Who waits for that. It outlives all entries, so that nobody can be left on it. */
static DECLARE_WAIT_QUEUE_HEAD(queue);

static void changed(void)
{
	WRITE_ONCE(generation, generation + 1);
	wake_up_all(&queue);
}

/* Do two pools claim the same memory? Those that are dying have theirs still. */
static bool buffers_overlap(struct entry *a, struct entry *b)
{
	struct mpool *one = entry_pool(a), *other = entry_pool(b);

	if (!one || !other || !one->buffer || !other->buffer)
		return false;
	return one->buffer < other->buffer + other->buffer_bytes &&
	       other->buffer < one->buffer + one->buffer_bytes;
}

/**
 * registry_add() - enter a pool or what is made of pools, and give it its id
 * @entry: the entry
 *
 * Context: process context, may sleep.
 * Return: 0; -EEXIST if a live one has its name; -EBUSY if another pool has its buffer; or
 * -ENOMEM.
 */
int registry_add(struct entry *entry)
{
	struct entry *other;
	unsigned long id;
	int err = 0;

	mutex_lock(&entries_mutex);
	xa_for_each(&entries, id, other) {
		if (!READ_ONCE(other->dying) && !strcmp(other->name, entry->name))
			err = -EEXIST;
		else if (!err && buffers_overlap(entry, other))
			err = -EBUSY;
	}
	if (!err)
		err = xa_alloc_cyclic(&entries, &entry->id, entry, xa_limit_32b, &entries_next_id,
				      GFP_KERNEL);
	/* It may have been set in vain, and be somebody else's soon. */
	if (err < 0)
		entry->id = 0;
	else
		changed();
	mutex_unlock(&entries_mutex);
	/* 1 says that ids have wrapped around. */
	return min(err, 0);
}

/**
 * registry_open() - let registry_pin() give an entry to whoever asks
 * @entry: the entry, which is complete now
 *
 * Context: process context, may sleep.
 */
void registry_open(struct entry *entry)
{
	mutex_lock(&entries_mutex);
	entry->open = true;
	mutex_unlock(&entries_mutex);
}

/**
 * registry_close() - undo registry_open(), and wait until nobody has the entry
 * @entry: the entry
 *
 * Context: process context, may sleep. Not by one who has pinned it.
 */
void registry_close(struct entry *entry)
{
	mutex_lock(&entries_mutex);
	entry->open = false;
	mutex_unlock(&entries_mutex);
	/* Whatever was done with it comes first: pairs with the barrier in registry_unpin(). */
	wait_var_event(&entry->pins, !atomic_read_acquire(&entry->pins));
}

/**
 * registry_remove() - take an entry out, and wait for those who look at it under RCU
 * @entry: the entry
 *
 * Context: process context, may sleep.
 */
void registry_remove(struct entry *entry)
{
	mutex_lock(&entries_mutex);
	xa_erase(&entries, entry->id);
	changed();
	mutex_unlock(&entries_mutex);
	synchronize_rcu();
}

/**
 * registry_lock() - keep entries from coming and going
 *
 * No allocation ever needs this lock.
 *
 * Context: process context, may sleep.
 */
void registry_lock(void)
{
	mutex_lock(&entries_mutex);
}

/**
 * registry_trylock() - keep entries from coming and going, unless that takes waiting
 *
 * Context: process context.
 * Return: true if it did, as registry_lock().
 */
bool registry_trylock(void)
{
	return mutex_trylock(&entries_mutex);
}

/**
 * registry_unlock() - end what registry_lock() or registry_trylock() began
 */
void registry_unlock(void)
{
	mutex_unlock(&entries_mutex);
}

/**
 * registry_next() - find the first entry from an id on
 * @id: the id to start from; set to that of the entry found
 *
 * Context: under registry_lock().
 * Return: the entry, or NULL.
 */
struct entry *registry_next(unsigned long *id)
{
	return xa_find(&entries, id, ULONG_MAX, XA_PRESENT);
}

/**
 * registry_get() - find the entry with an id
 * @id: the id
 *
 * Context: under registry_lock().
 * Return: the entry, or NULL.
 */
struct entry *registry_get(u32 id)
{
	return xa_load(&entries, id);
}

/**
 * registry_pin() - find the entry with an id, and keep it
 * @id: the id
 *
 * Unlike registry_lock() this lets the owner's constructors and destructors be called, which may
 * make pools of their own.
 *
 * Context: process context, may sleep.
 * Return: the entry, for registry_unpin(), or NULL if there is none, or its owner still makes it
 * or already destroys it.
 */
struct entry *registry_pin(u32 id)
{
	struct entry *entry;

	mutex_lock(&entries_mutex);
	entry = xa_load(&entries, id);
	if (entry && !entry->open)
		entry = NULL;
	if (entry)
		atomic_inc(&entry->pins);
	mutex_unlock(&entries_mutex);
	return entry;
}

/**
 * registry_unpin() - end what registry_pin() began
 * @entry: the entry, which may be gone after that
 *
 * Context: process context.
 */
void registry_unpin(struct entry *entry)
{
	/* Fully ordered, see registry_close(). Only its address is used after the last one. */
	if (atomic_dec_and_test(&entry->pins))
		wake_up_var(&entry->pins);
}

/**
 * registry_generation() - how often entries have come and gone
 *
 * Context: any; exact under registry_lock().
 * Return: a number that is never 0, and another one if any came or went.
 */
unsigned long registry_generation(void)
{
	return READ_ONCE(generation);
}

/**
 * registry_queue() - what is woken when entries come and go
 *
 * Context: any.
 * Return: the queue.
 */
wait_queue_head_t *registry_queue(void)
{
	return &queue;
}

/**
 * registry_find() - find which pool an address belongs to
 * @address: any address
 * @not_this: a pool that it does not belong to, or NULL
 *
 * Context: any, under rcu_read_lock(); the pool is there until that ends.
 * Return: the pool, or NULL.
 */
struct mpool *registry_find(const void *address, const struct mpool *not_this)
{
	struct entry *entry;
	struct mpool *pool;
	unsigned long id;

	xa_for_each(&entries, id, entry) {
		pool = entry_pool(entry);
		if (pool && pool != not_this && slab_is_ours(pool, slab_of(pool, address)))
			return pool;
	}
	return NULL;
}
