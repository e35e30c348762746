// SPDX-License-Identifier: GPL-2.0
/*
 * What is not lost, though kmemleak might think so: all that is allocated here, by functions whose
 * names begin with keep_, can be found by who starts at a static variable, or is free.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "leaks.h"

#define BUFFER	3000

/* --- chains of objects, each of which only the one before it knows --- */

struct link {
	struct link *next;
	void *kmalloc;			/* of the last one */
	u8 rest[100];
};

static struct chain {
	struct mpool_params params;
	void *(*get_buffer)(void);
	struct mpool *pool;
	struct link *first;
} chains[] = {
	{ .params = { .name = "chain", .size = sizeof(struct link) } },
	{ .params = { .name = "chain_vmalloc", .size = sizeof(struct link),
		      .backing = MPOOL_VMALLOC } },
	{ .params = { .name = "chain_checks", .size = sizeof(struct link),
		      .flags = MPOOL_CHECKS } },
	{ .params = { .name = "chain_buffer", .size = sizeof(struct link),
		      .backing = MPOOL_BUFFER, .buffer_bytes = BUFFER } },
};

static noinline int keep_chain(struct chain *chain)
{
	struct link **link = &chain->first;
	unsigned int i;

	for (i = 0; i < LOST; i++) {
		*link = mpool_zalloc(chain->pool, GFP_KERNEL);
		if (!*link)
			return -ENOMEM;
		if (i == LOST - 1)
			(*link)->kmalloc = kzalloc(50, GFP_KERNEL);
		link = &(*link)->next;
	}
	return 0;
}

static int begin_chains(void)
{
	struct chain *chain;
	int err = 0;

	for (chain = chains; !err && chain < chains + ARRAY_SIZE(chains); chain++) {
		if (chain->params.backing == MPOOL_BUFFER)
			chain->params.buffer = kmalloc(BUFFER, GFP_KERNEL);
		chain->pool = mpool_create(&chain->params);
		err = IS_ERR(chain->pool) ? PTR_ERR(chain->pool) : keep_chain(chain);
	}
	return err;
}

static void end_chain(struct chain *chain)
{
	struct link *link;

	while ((link = chain->first)) {
		chain->first = link->next;
		kfree(link->kmalloc);
		mpool_free(chain->pool, link);
	}
	mpool_destroy(chain->pool);
	chain->pool = NULL;
	kfree(chain->params.buffer);
	chain->params.buffer = NULL;
}

static void end_chains(void)
{
	struct chain *chain;

	for (chain = chains; chain < chains + ARRAY_SIZE(chains); chain++) {
		if (!IS_ERR_OR_NULL(chain->pool))
			end_chain(chain);
	}
}

/* --- what constructors have allocated, of free objects --- */

static noinline int keep_constructed(void *obj, void *ctx, gfp_t gfp)
{
	void **slot = obj;

	*slot = kzalloc(40, gfp);
	return *slot ? 0 : -ENOMEM;
}

static void destruct(void *obj, void *ctx)
{
	kfree(*(void **)obj);
}

static struct mpool *constructed;

/* Some in a magazine, some on their way home, and some that were never used. */
static int begin_constructed(void)
{
	void *objs[4 * LOST];
	unsigned int i;

	constructed = mpool_create(&(struct mpool_params){
		.name = "keep_constructed", .size = 40, .keep = 1000, .ctor = keep_constructed,
		.dtor = destruct });
	if (IS_ERR(constructed))
		return PTR_ERR(constructed);
	if (mpool_alloc_bulk(constructed, GFP_KERNEL, ARRAY_SIZE(objs), objs))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		if (i % 3)
			mpool_free(constructed, objs[i]);
		else
			mpool_free_rcu(constructed, objs[i]);
	}
	return 0;
}

/* --- pools in what is larger than they are --- */

struct behind {
	void *other;
	u8 buffer[BUFFER];
	void *another;
};

/* Whose start is a pool, so that it looks as if it were nothing else. */
struct before {
	u8 buffer[BUFFER];
	void *other;
};

static struct larger {
	const char *name;
	size_t bytes;			/* the pool is in these ... */
	size_t offset;			/* ... from here on */
	size_t size;			/* of all */
	bool vmalloc;
	bool short_lived;		/* as its pool: kmemleak could not know it after that */
	void *memory;
	struct mpool *pool;
	void *objs[LOST];
} larger[] = {
	{ .name = "behind", .offset = offsetof(struct behind, buffer), .bytes = BUFFER,
	  .size = sizeof(struct behind) },
	{ .name = "behind_vmalloc", .offset = offsetof(struct behind, buffer), .bytes = BUFFER,
	  .size = sizeof(struct behind), .vmalloc = true },
	{ .name = "before", .bytes = BUFFER, .size = sizeof(struct before) },
	{ .name = "before_large", .bytes = 20000, .size = 20000 + sizeof(void *),
	  .short_lived = true },
	{ .name = "before_vmalloc", .bytes = BUFFER, .size = sizeof(struct before),
	  .vmalloc = true, .short_lived = true },
	{ .name = "before_vmalloc_pages", .bytes = BUFFER, .size = 5 * PAGE_SIZE,
	  .vmalloc = true, .short_lived = true },
};

/* The last pointer in it. */
static void **last_word(struct larger *this)
{
	return this->memory + this->size - sizeof(void *);
}

static noinline void *keep_beside_pool(void)
{
	return kzalloc(32, GFP_KERNEL);
}

static int begin_one_larger(struct larger *this)
{
	struct mpool_params params = { .name = this->name, .size = 100, .backing = MPOOL_BUFFER };

	this->memory = this->vmalloc ? vzalloc(this->size) : kzalloc(this->size, GFP_KERNEL);
	if (!this->memory)
		return -ENOMEM;
	*last_word(this) = keep_beside_pool();
	if (this->offset)
		*(void **)this->memory = keep_beside_pool();
	params.buffer = this->memory + this->offset;
	params.buffer_bytes = this->bytes;
	this->pool = mpool_create(&params);
	return IS_ERR(this->pool) ? PTR_ERR(this->pool) :
				    mpool_alloc_bulk(this->pool, GFP_KERNEL, LOST, this->objs);
}

static int begin_larger(void)
{
	struct larger *this;
	int err = 0;

	for (this = larger; !err && this < larger + ARRAY_SIZE(larger); this++)
		err = begin_one_larger(this);
	return err;
}

static void end_pool(struct larger *this)
{
	if (IS_ERR_OR_NULL(this->pool))
		return;
	mpool_free_bulk(this->pool, LOST, this->objs);
	mpool_destroy(this->pool);
	this->pool = NULL;
}

static void end_memory(struct larger *this)
{
	if (!this->memory)
		return;
	kfree(*last_word(this));
	if (this->offset)
		kfree(*(void **)this->memory);
	check_forgotten(this->memory, this->size);
	kvfree(this->memory);
	this->memory = NULL;
}

/* The pools go, and what they were in stays. */
static void end_larger_pools(void)
{
	struct larger *this;

	for (this = larger; this < larger + ARRAY_SIZE(larger); this++) {
		end_pool(this);
		if (this->short_lived)
			end_memory(this);
	}
}

static void end_larger(void)
{
	struct larger *this;

	for (this = larger; this < larger + ARRAY_SIZE(larger); this++) {
		end_pool(this);
		end_memory(this);
	}
}

/* --- a pool in the module's own data --- */

MPOOL_DEFINE(in_module, struct link, 50);

static struct mpool *module_pool;
static struct link *module_obj;

static noinline int keep_in_module(void)
{
	module_obj = mpool_zalloc(module_pool, GFP_KERNEL);
	if (!module_obj)
		return -ENOMEM;
	module_obj->next = mpool_zalloc(module_pool, GFP_KERNEL);
	module_obj->kmalloc = kzalloc(24, GFP_KERNEL);
	return module_obj->next && module_obj->kmalloc ? 0 : -ENOMEM;
}

static int begin_in_module(void)
{
	module_pool = mpool_create(&in_module);
	return IS_ERR(module_pool) ? PTR_ERR(module_pool) : keep_in_module();
}

static void end_in_module(void)
{
	if (IS_ERR_OR_NULL(module_pool))
		return;
	if (module_obj) {
		kfree(module_obj->kmalloc);
		mpool_free(module_pool, module_obj->next);
		mpool_free(module_pool, module_obj);
	}
	mpool_destroy(module_pool);
	module_pool = NULL;
}

/* --- objects that have been freed, and stay with the pool --- */

static struct mpool *watched;

/* KASAN would be the first to say so. */
static noinline __no_sanitize_address void overrun(u8 *obj)
{
	WRITE_ONCE(obj[48], 0x41);
}

static noinline int keep_overrun(void (*free)(struct mpool *pool, void *obj))
{
	u8 *obj = mpool_zalloc(watched, GFP_KERNEL);

	if (!obj)
		return -ENOMEM;
	overrun(obj);
	free(watched, obj);
	return 0;
}

static int begin_watched(void)
{
	watched = mpool_create(&(struct mpool_params){
		.name = "overrun", .size = 48, .flags = MPOOL_REDZONE });
	if (IS_ERR(watched))
		return PTR_ERR(watched);
	return keep_overrun(mpool_free) ?: keep_overrun(mpool_free_deferred) ?:
	       keep_overrun(mpool_free_rcu);
}

/* --- all of them --- */

/* And leave none of their addresses on the stack, where kmemleak would find them. */
int keep_all(void)
{
	int err = begin_chains() ?: begin_constructed() ?: begin_larger() ?: begin_in_module() ?:
		  begin_watched();

	wipe_stack();
	return err;
}

/* What is left has no pool any more that could keep it. */
int keep_less(void)
{
	end_larger_pools();
	wipe_stack();
	return 0;
}

void unkeep_all(void)
{
	end_chains();
	if (!IS_ERR_OR_NULL(constructed))
		mpool_destroy(constructed);
	constructed = NULL;
	end_larger();
	end_in_module();
	if (!IS_ERR_OR_NULL(watched))
		mpool_destroy(watched);
	watched = NULL;
}
