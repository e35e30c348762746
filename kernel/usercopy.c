// SPDX-License-Identifier: GPL-2.0
/*
 * To user space and back, within one object. Hardened usercopy knows where the objects of slab end,
 * but not those in pages.
 */
#include <linux/instruction_pointer.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>

#include "internal.h"

/* Are so many bytes at an address within one object that somebody holds? */
static bool is_within(const struct mpool *pool, const void *address, unsigned long n)
{
	struct place place;
	bool found;

	rcu_read_lock();
	found = slab_locate(pool, address, &place);
	rcu_read_unlock();
	if (!found || place.offset < 0 || (place.mark & ~MARK_RESERVE) != MARK_HELD)
		return false;
	return place.offset <= pool->size && n <= pool->size - place.offset;
}

/**
 * usercopy_to() - mpool_copy_to_user() on behalf of somebody
 * @pool: of the object
 * @to: where to
 * @from: where from
 * @n: bytes
 * @caller: who called, for a report
 *
 * Context: as mpool_copy_to_user().
 * Return: as mpool_copy_to_user().
 */
unsigned long usercopy_to(struct mpool *pool, void __user *to, const void *from, unsigned long n,
			  unsigned long caller)
{
	if (likely(is_within(pool, from, n)))
		return copy_to_user(to, from, n);
	report_copy(pool, true, from, n, caller);
	return n;
}

/**
 * usercopy_from() - mpool_copy_from_user() on behalf of somebody
 * @pool: of the object
 * @to: where to
 * @from: where from
 * @n: bytes
 * @caller: who called, for a report
 *
 * Context: as mpool_copy_from_user().
 * Return: as mpool_copy_from_user().
 */
unsigned long usercopy_from(struct mpool *pool, void *to, const void __user *from,
			    unsigned long n, unsigned long caller)
{
	if (likely(is_within(pool, to, n)))
		return copy_from_user(to, from, n);
	report_copy(pool, false, to, n, caller);
	return n;
}

/**
 * mpool_copy_to_user() - copy from an object to user space
 * @pool: the pool that the object is from
 * @to: where to, in user space
 * @from: where from: the object, or an address in it
 * @n: bytes
 *
 * As copy_to_user(), but what is not within one object that somebody holds is refused and reported:
 * nothing is copied then.
 *
 * Context: Process context, may sleep.
 * Return: bytes that were not copied, 0 for success.
 */
unsigned long mpool_copy_to_user(struct mpool *pool, void __user *to, const void *from,
				 unsigned long n)
{
	return usercopy_to(pool, to, from, n, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_copy_to_user);

/**
 * mpool_copy_from_user() - copy from user space to an object
 * @pool: the pool that the object is from
 * @to: where to: the object, or an address in it
 * @from: where from, in user space
 * @n: bytes
 *
 * As copy_from_user(), but what is not within one object that somebody holds is refused and
 * reported: nothing is copied then, nor zeroed.
 *
 * Context: Process context, may sleep.
 * Return: bytes that were not copied, 0 for success.
 */
unsigned long mpool_copy_from_user(struct mpool *pool, void *to, const void __user *from,
				   unsigned long n)
{
	return usercopy_from(pool, to, from, n, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_copy_from_user);
