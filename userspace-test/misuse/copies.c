// SPDX-License-Identifier: GPL-2.0
/*
 * Copies to and from user space that go beyond the end of an object.
 */
#include <linux/compiler.h>

#include "misuse.h"

static int to_user(struct victim *victim)
{
	void *obj = victim_alloc(victim, GFP_KERNEL);
	size_t n = OBJECT_SIZE + 4;
	unsigned long left;

	/* Hardened usercopy does not look at copies of a constant size. */
	OPTIMIZER_HIDE_VAR(n);
	if (!obj || victim->user_bytes < n)
		return -EINVAL;
	left = victim_copy_to_user(victim, victim->user, obj, n);
	victim_free(victim, obj);
	return left == n ? MISUSE_REFUSED : 0;
}

static int from_user(struct victim *victim)
{
	void *obj = victim_alloc(victim, GFP_KERNEL);
	size_t n = OBJECT_SIZE + 4;
	unsigned long left;

	/* Hardened usercopy does not look at copies of a constant size. */
	OPTIMIZER_HIDE_VAR(n);
	if (!obj || victim->user_bytes < n)
		return -EINVAL;
	left = victim_copy_from_user(victim, obj, victim->user, n);
	victim_free(victim, obj);
	return left == n ? MISUSE_REFUSED : 0;
}

const struct misuse copies[] = {
	{ "copy-to-user-across", "4 bytes more than an object has are copied to user space",
	  to_user },
	{ "copy-from-user-across", "4 bytes more than an object has are copied from user space",
	  from_user },
	{ }
};
