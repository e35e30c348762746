// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail on purpose, so that a driver's author can see what his error paths do: the
 * kernel's own fault injection, by the name of fail_mpool. See
 * Documentation/fault-injection/fault-injection.rst in the kernel's source.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fault-inject.h>

#include "internal.h"

static DECLARE_FAULT_ATTR(fault);

/* Spare requests that may wait: what the kernel's failslab has by the same name. */
static bool ignore_gfp_wait;

/* The id of the only pool that is concerned; 0 for all. */
static u32 only_pool;

static struct dentry *fault_dir;

/**
 * fault_hits() - is a request to fail?
 * @pool: from which pool
 * @gfp: of the request; a privileged one never is, for it must not fail
 *
 * Context: any.
 */
bool fault_hits(const struct mpool *pool, gfp_t gfp)
{
	if (gfp & MPOOL_PRIVILEGED || in_nmi())
		return false;
	/* Chance takes a lock, one that may sleep on PREEMPT_RT. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible())
		return false;
	if (ignore_gfp_wait && gfpflags_allow_blocking(gfp))
		return false;
	if (only_pool && only_pool != pool->entry.id)
		return false;
	return should_fail(&fault, pool->size);
}

/**
 * mpool_fault_armed() - may a request be made to fail?
 *
 * For the fast lane, which leaves it to fault_hits() which one. As should_fail() has it.
 *
 * Context: any.
 */
bool mpool_fault_armed(void)
{
	return READ_ONCE(fault.probability) || (in_task() && READ_ONCE(current->fail_nth));
}
EXPORT_SYMBOL_GPL(mpool_fault_armed);

/**
 * fault_init() - make the files in debugfs that say what is to fail
 *
 * Where there is no debugfs, nothing does.
 *
 * Return: 0.
 */
int __init fault_init(void)
{
	fault_dir = fault_create_debugfs_attr("fail_mpool", NULL, &fault);
	if (IS_ERR(fault_dir))
		return 0;
	debugfs_create_bool("ignore-gfp-wait", 0600, fault_dir, &ignore_gfp_wait);
	debugfs_create_u32("pool", 0600, fault_dir, &only_pool);
	return 0;
}

/**
 * fault_exit() - undo fault_init()
 */
void fault_exit(void)
{
	debugfs_remove_recursive(fault_dir);
}
