// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes that are watched: the gaps around objects, and the content of those that are free.
 *
 * This file is compiled without KASAN, which forbids all others to look at these bytes.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/poison.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "internal.h"

/* --- which pools are watched --- */

/* By the names that the parameter has for them. */
static const struct {
	const char *name;
	unsigned long flag;
} check_names[] = {
	{ "redzone", MPOOL_REDZONE },
	{ "poison", MPOOL_POISON },
	{ "track", MPOOL_TRACK },
};

/* What all pools made from now on get, besides what they ask for. */
static unsigned long checks_for_all;

/**
 * checks_name() - name what is watched
 * @text: CHECKS_LEN bytes for the names
 * @checks: which of MPOOL_CHECKS
 *
 * Context: any.
 */
void checks_name(char *text, unsigned long checks)
{
	unsigned int i;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(check_names); i++) {
		if (!(checks & check_names[i].flag))
			continue;
		if (*text)
			strlcat(text, ",", CHECKS_LEN);
		strlcat(text, check_names[i].name, CHECKS_LEN);
	}
	if (!*text)
		strscpy(text, "-", CHECKS_LEN);
}

/* What a name of the parameter stands for; negative if nothing. */
static long flags_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(check_names); i++) {
		if (!strcmp(name, check_names[i].name))
			return check_names[i].flag;
	}
	if (!strcmp(name, "all"))
		return MPOOL_CHECKS;
	return strcmp(name, "-") ? -EINVAL : 0;
}

static int set_checks(const char *value, const struct kernel_param *param)
{
	char text[CHECKS_LEN + 1], *rest, *name;
	unsigned long flags = 0;
	long these;

	if (strscpy(text, value, sizeof(text)) < 0)
		return -EINVAL;
	rest = strim(text);
	while (rest && *rest) {
		name = strsep(&rest, ",");
		these = flags_of(name);
		if (these < 0)
			return these;
		flags |= these;
	}
	WRITE_ONCE(checks_for_all, flags);
	return 0;
}

static int get_checks(char *buffer, const struct kernel_param *param)
{
	char text[CHECKS_LEN];

	checks_name(text, READ_ONCE(checks_for_all));
	return sprintf(buffer, "%s\n", text);
}

static const struct kernel_param_ops checks_ops = { .set = set_checks, .get = get_checks };

module_param_cb(checks, &checks_ops, NULL, 0644);
MODULE_PARM_DESC(checks, "what to watch in all pools made from now on: redzone,poison,track, or all");

/* That much at most: a pool must not fail for what its owner has not asked for. */
#define QUARANTINE_FOR_ALL_MAX	SZ_64M

static unsigned long quarantine_for_all;
module_param_named(quarantine, quarantine_for_all, ulong, 0644);
MODULE_PARM_DESC(quarantine, "bytes of freed objects that each pool made from now on keeps back");

/**
 * checks_wanted() - what is to be watched in a new pool
 * @params: what its owner says
 *
 * Of what is for all, a pool gets what it can have: a buffer has room for no more than its owner
 * has thought of, and what a constructor wrote stays.
 *
 * Context: any.
 * Return: which of MPOOL_CHECKS.
 */
unsigned long checks_wanted(const struct mpool_params *params)
{
	unsigned long checks = READ_ONCE(checks_for_all);

	if (params->backing == MPOOL_BUFFER)
		checks &= MPOOL_POISON;
	if (params->ctor)
		checks &= ~MPOOL_POISON;
	return checks | (params->flags & MPOOL_CHECKS);
}

/**
 * checks_quarantine() - how much a new pool is to keep back
 * @params: what its owner says
 *
 * Context: any.
 * Return: the bytes.
 */
size_t checks_quarantine(const struct mpool_params *params)
{
	unsigned long for_all = READ_ONCE(quarantine_for_all);

	return params->quarantine ?: min_t(unsigned long, for_all, QUARANTINE_FOR_ALL_MAX);
}

/* --- gaps and poison --- */

/* memset() is watched by KASAN too, in User Mode Linux. */
static void fill(u8 *bytes, u8 value, size_t n)
{
	size_t i;

	if (!IS_ENABLED(CONFIG_KASAN)) {
		memset(bytes, value, n);
		return;
	}
	for (i = 0; i < n; i++)
		WRITE_ONCE(bytes[i], value);
}

/* The first byte that is not as it should be, NULL if all are. memchr_inv() is watched by KASAN. */
static const u8 *find_other(const u8 *bytes, u8 expected, size_t n)
{
	size_t i;

	if (!IS_ENABLED(CONFIG_KASAN))
		return memchr_inv(bytes, expected, n);
	for (i = 0; i < n; i++) {
		if (bytes[i] != expected)
			return bytes + i;
	}
	return NULL;
}

/* Behind an object; before it there is the last part of its neighbour's, or one of its own. */
static size_t gap_of(const struct mpool *pool)
{
	return pool->lane.stride - pool->size;
}

/**
 * checks_mend() - write what there should be into the gaps around an object
 * @pool: whose
 * @obj: the object
 *
 * Context: any.
 */
void checks_mend(const struct mpool *pool, void *obj)
{
	size_t before = debug_gap(pool->checks);

	if (!(pool->checks & MPOOL_REDZONE))
		return;
	fill(obj - before, SLUB_RED_INACTIVE, before);
	fill(obj + pool->size, SLUB_RED_INACTIVE, gap_of(pool));
}

/**
 * checks_prepare() - have an object that is nobody's watched
 * @pool: whose
 * @obj: the object, free
 *
 * Context: any.
 */
void checks_prepare(const struct mpool *pool, void *obj)
{
	checks_mend(pool, obj);
	checks_poison(pool, obj);
}

/**
 * checks_poison() - overwrite an object that has become free
 * @pool: whose
 * @obj: the object
 *
 * Context: any.
 */
void checks_poison(const struct mpool *pool, void *obj)
{
	if (pool->checks & MPOOL_POISON)
		fill(obj, POISON_FREE, pool->size);
}

/**
 * checks_alloc() - overwrite an object that is about to be handed out
 * @pool: whose
 * @obj: the object
 *
 * So that who uses it before he has written to it is noticed by what he reads.
 *
 * Context: any.
 */
void checks_alloc(const struct mpool *pool, void *obj)
{
	if (pool->checks & MPOOL_POISON)
		fill(obj, POISON_INUSE, pool->size);
}

/**
 * checks_free() - has somebody written beyond an object that is being freed?
 * @pool: whose
 * @obj: the object
 * @where: set to where, from its end or, as a negative number, from its start
 *
 * Context: any.
 * Return: MISUSE_NONE, MISUSE_BEHIND or MISUSE_BEFORE.
 */
enum misuse checks_free(const struct mpool *pool, void *obj, long *where)
{
	size_t before = debug_gap(pool->checks);
	const u8 *byte;

	if (!(pool->checks & MPOOL_REDZONE))
		return MISUSE_NONE;
	byte = find_other(obj + pool->size, SLUB_RED_INACTIVE, gap_of(pool));
	if (byte) {
		*where = byte - ((u8 *)obj + pool->size);
		return MISUSE_BEHIND;
	}
	byte = find_other(obj - before, SLUB_RED_INACTIVE, before);
	if (!byte)
		return MISUSE_NONE;
	*where = byte - (u8 *)obj;
	return MISUSE_BEFORE;
}

/**
 * checks_is_spoiled() - has somebody written to an object that is free?
 * @pool: whose
 * @obj: the object
 * @where: set to the first such byte
 *
 * Context: any.
 */
bool checks_is_spoiled(const struct mpool *pool, void *obj, size_t *where)
{
	const u8 *byte;

	if (!(pool->checks & MPOOL_POISON))
		return false;
	byte = find_other(obj, POISON_FREE, pool->size);
	if (byte)
		*where = byte - (u8 *)obj;
	return byte;
}

/**
 * checks_byte() - look at a byte that nobody may look at
 * @byte: a byte of an object, or of the gaps around it
 *
 * Context: any.
 * Return: what it is.
 */
u8 checks_byte(const u8 *byte)
{
	return *byte;
}
