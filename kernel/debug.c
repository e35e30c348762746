// SPDX-License-Identifier: GPL-2.0
/*
 * What is said of a mistake. No address of an object is printed, only its hash (%p).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugobjects.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched/task_stack.h>

#include "internal.h"

static const char * const misuse_text[] = {
	[MISUSE_NONE]		= "nothing is wrong with",
	[MISUSE_FOREIGN]	= "free of what is no pool's object,",
	[MISUSE_MISALIGNED]	= "free of what is not the start of an object,",
	[MISUSE_DOUBLE_FREE]	= "double free of",
	[MISUSE_WRONG_POOL]	= "free of another pool's object,",
	[MISUSE_ZERO]		= "__GFP_ZERO would wipe out what the constructor wrote,",
	[MISUSE_SIZE]		= "request of a size that it does not have,",
	[MISUSE_NOT_OBJECT]	= "no live object is",
	[MISUSE_WRONG_TYPE]	= "another type's object is",
	[MISUSE_REQUEST_BUSY]	= "submitted while in line: request",
};

static_assert(ARRAY_SIZE(misuse_text) == NR_MISUSES);

/**
 * debug_report_misuse() - count and print a call that was refused
 * @entry: what was asked: a pool, or something made of pools
 * @misuse: what is wrong
 * @obj: what was to be freed, or NULL
 * @caller: who called; 0 when it was noticed later
 * @other: name of the pool or type that @obj is of, if that is what is wrong; else NULL
 *
 * Context: any.
 */
void debug_report_misuse(struct entry *entry, enum misuse misuse, const void *obj,
			 unsigned long caller, const char *other)
{
	static DEFINE_RATELIMIT_STATE(rate, 5 * HZ, 10);

	atomic_long_inc(&entry->misuses);
	if (!__ratelimit(&rate))
		return;
	pr_err("pool %s (id %u, owner %s): %s %p%s%s: refused, called from %pS\n",
	       entry->name, entry->id, entry->owner_name, misuse_text[misuse], obj,
	       other ? " of " : "", other ?: "", (void *)caller);
}

/**
 * debug_report_twice() - print that objects were freed twice at the same moment
 * @entry: the pool; its misuses have been counted
 * @times: how many
 *
 * Who did it was gone when it was noticed: the objects came back to their slab twice.
 *
 * Context: any.
 */
void debug_report_twice(struct entry *entry, unsigned long times)
{
	pr_err("pool %s (id %u, owner %s): %lu objects were freed twice at the same moment\n",
	       entry->name, entry->id, entry->owner_name, times);
}

/**
 * debug_report_leak() - print that a pool was destroyed with objects out
 * @entry: the pool
 * @objects: how many are out
 * @stays: does the pool live until they are back?
 *
 * Context: any.
 */
void debug_report_leak(struct entry *entry, unsigned long objects, bool stays)
{
	pr_err("pool %s (id %u, owner %s): destroyed with %lu objects in use; %s\n", entry->name,
	       entry->id, entry->owner_name, objects,
	       stays ? "it stays until they are freed" : "their memory goes with its owner");
}

/**
 * debug_report_forgotten() - print that a module goes without destroying what it made
 * @entry: which is destroyed now
 *
 * Context: any.
 */
void debug_report_forgotten(struct entry *entry)
{
	pr_err("pool %s (id %u): its owner %s is unloaded and did not destroy it\n",
	       entry->name, entry->id, entry->owner_name);
}

/**
 * debug_report_dropped() - print that a module goes while its requests are in line
 * @entry: the pool where they were
 * @module: the name of the module
 * @requests: how many
 *
 * Context: any.
 */
void debug_report_dropped(struct entry *entry, const char *module, unsigned long requests)
{
	pr_err("pool %s (id %u, owner %s): %lu requests of %s, which is unloaded, are dropped\n",
	       entry->name, entry->id, entry->owner_name, requests, module);
}

/* --- requests whose memory goes while they are in line: the kernel's own debugobjects --- */

/* It is being freed: what can still be done is to take it out of the line. */
static bool rescue_request(void *request, enum debug_obj_state state)
{
	if (state != ODEBUG_STATE_ACTIVE)
		return false;
	mpool_cancel(request);
	return true;
}

static const struct debug_obj_descr request_descr = {
	.name = "mpool_request",
	.fixup_free = rescue_request,
};

/**
 * debug_request_queued() - a request is about to get in line
 * @request: the request
 *
 * Context: any but NMI.
 */
void debug_request_queued(struct mpool_request *request)
{
	if (object_is_on_stack(request))
		debug_object_init_on_stack(request, &request_descr);
	else
		debug_object_init(request, &request_descr);
	debug_object_activate(request, &request_descr);
}

/**
 * debug_request_left() - a request is its owner's again
 * @request: the request
 *
 * Context: any but NMI.
 */
void debug_request_left(struct mpool_request *request)
{
	debug_object_deactivate(request, &request_descr);
	debug_object_free(request, &request_descr);
}
