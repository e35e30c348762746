// SPDX-License-Identifier: GPL-2.0
/*
 * Writes and reads where there is no object, or none that is in use.
 */
#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "misuse.h"

/* Enough for some slabs that lie one behind the other. */
#define MANY	8000

static void write_byte(void *where)
{
	WRITE_ONCE(*(u8 *)where, 0x41);
}

/* Only the first is written where a sanitizer looks: to hear of each would be too much. */
static void write_bytes(void *from, void *to)
{
	write_byte(from);
	OPTIMIZER_HIDE_VAR(from);
	memset(from, 0x41, to - from);
}

/* --- beside an object --- */

static int write_beside(struct victim *victim, int offset)
{
	void *obj = victim_alloc_inner(victim);

	if (!obj)
		return -ENOMEM;
	write_byte(obj + offset);
	victim_free(victim, obj);
	return 0;
}

static int write_behind(struct victim *victim)
{
	return write_beside(victim, OBJECT_SIZE);
}

static int write_before(struct victim *victim)
{
	return write_beside(victim, -1);
}

/* Of sorted objects, the last one of a slab with another right behind it; where that begins. */
static void *find_last(void **objs, size_t n, void **next_slab)
{
	size_t bytes = page_size(virt_to_head_page(objs[0])), i;

	for (i = 0; i + 1 < n; i++) {
		*next_slab = PTR_ALIGN(objs[i] + 1, bytes);
		if (objs[i + 1] >= *next_slab && objs[i + 1] < *next_slab + bytes)
			return objs[i];
	}
	return NULL;
}

/* Far too many bytes: what lies behind the slab is hit too. */
static int write_far(struct victim *victim)
{
	void *last, *next_slab, **objs;
	int err;

	victim_destroy(victim);
	err = victim_make_untraced(victim, victim->kind, "misuse-far");
	if (err)
		return err;
	objs = victim_alloc_many(victim, MANY);
	if (!objs)
		return -ENOMEM;
	sort_objects(objs, MANY);
	last = find_last(objs, MANY, &next_slab);
	if (last)
		write_bytes(last + OBJECT_SIZE, next_slab + 200);
	victim_free_many(victim, objs, MANY);
	return last ? 0 : -EAGAIN;
}

/* --- after the free --- */

static void *free_one(struct victim *victim)
{
	void *obj = victim_alloc(victim, GFP_KERNEL);

	if (obj)
		victim_free(victim, obj);
	return obj;
}

static int write_after_free(struct victim *victim)
{
	void *obj = free_one(victim);

	if (!obj)
		return -ENOMEM;
	write_byte(obj + OBJECT_MIDDLE);
	return 0;
}

static int fill_after_free(struct victim *victim)
{
	void *obj = free_one(victim);

	if (!obj)
		return -ENOMEM;
	write_bytes(obj, obj + OBJECT_SIZE);
	return 0;
}

static int read_after_free(struct victim *victim)
{
	void *obj = free_one(victim);

	if (!obj)
		return -ENOMEM;
	(void)READ_ONCE(*(u8 *)(obj + OBJECT_MIDDLE));
	return 0;
}

const struct misuse accesses[] = {
	{ "write-behind", "one byte is written right behind an object", write_behind },
	{ "write-before", "one byte is written right before an object", write_before },
	{ "write-far", "from a slab's last object on into the next slab", write_far },
	{ "write-after-free", "one byte is written after the free", write_after_free },
	{ "fill-after-free", "all bytes are written after the free", fill_after_free },
	{ "read-after-free", "a byte is read after the free", read_after_free },
	{ }
};
