// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that consist of several pieces, and trees of them.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stddef.h>

#include "failnth.h"

/* Of a tree. */
#define NODES	6

struct composite {
	void *blocks[3];		/* of stage.pool */
	void *piece;			/* of stage.sized */
	void *more;			/* likewise, if it is asked for */
	void *owned;			/* from init */
};

static int init(void *obj, void *arg)
{
	struct composite *composite = obj;

	composite->owned = kmalloc(16, GFP_KERNEL);
	return composite->owned ? 0 : -ENOMEM;
}

static void fini(void *obj)
{
	struct composite *composite = obj;

	kfree(composite->owned);
}

static int init_piece(void *part, size_t count, void *obj, void *arg)
{
	void **owned = part;

	*owned = kmalloc(16, GFP_KERNEL);
	return *owned ? 0 : -ENOMEM;
}

static void fini_piece(void *part, void *obj)
{
	void **owned = part;

	kfree(*owned);
}

static int create_type(const struct call *call)
{
	const struct mpool_part parts[] = {
		{ .offset = offsetof(struct composite, blocks), .pool = stage.pool, .count = 3 },
		{ .offset = offsetof(struct composite, piece), .sized = stage.sized, .size = 8,
		  .count = 10, .init = init_piece, .fini = fini_piece },
		{ .offset = offsetof(struct composite, more), .sized = stage.sized, .size = 1,
		  .count = 400, .given = true },
	};
	struct mpool_type *type = mpool_type_create(&(struct mpool_type_params){
		.name = "failnth_type", .size = sizeof(struct composite), .parts = parts,
		.nr_parts = ARRAY_SIZE(parts), .init = init, .fini = fini,
		.flags = call->params.flags });

	if (IS_ERR(type))
		return PTR_ERR(type);
	stage.type = type;
	return 0;
}

static void destroy_type(const struct call *call)
{
	mpool_type_destroy(stage.type);
	stage.type = NULL;
}

static int prepare_parts(const struct call *call)
{
	static const size_t sizes[] = { 80, 500 };
	struct mpool_sized *sized;
	int err = stage_create(call);

	if (err)
		return err;
	sized = mpool_sized_create(&(struct mpool_sized_params){
		.name = "failnth_sized", .classes = sizes, .nr_classes = ARRAY_SIZE(sizes),
		.gfp = __GFP_ACCOUNT, .flags = call->params.flags });
	if (IS_ERR(sized))
		return PTR_ERR(sized);
	stage.sized = sized;
	return 0;
}

static int prepare_type(const struct call *call)
{
	return prepare_parts(call) ?: create_type(call);
}

static void *create_one(const struct call *call)
{
	static const size_t counts[] = { 0, 0, 300 };

	return mpool_object_create(stage.type, call->gfp, counts, NULL);
}

static int create_object(const struct call *call)
{
	void *obj = create_one(call);

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	stage.root = obj;
	return 0;
}

static void destroy_objects(const struct call *call)
{
	mpool_object_destroy(stage.type, stage.root);
	stage.root = NULL;
}

/* Add an object to the tree, somewhere. */
static int add_node(const struct call *call, void **nodes, unsigned int i)
{
	void *obj = create_one(call);

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	nodes[i] = obj;
	if (!i)
		stage.root = obj;
	return i ? mpool_object_adopt(stage.type, obj, nodes[(i - 1) / 2]) : 0;
}

/* With all that is below it, or nothing. */
static int create_tree(const struct call *call)
{
	void *nodes[NODES];
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < NODES; i++)
		err = add_node(call, nodes, i);
	if (err)
		destroy_objects(call);
	return err;
}

static int prepare_tree(const struct call *call)
{
	return prepare_type(call) ?: create_tree(call);
}

static int destroy_tree(const struct call *call)
{
	int err = mpool_object_destroy(stage.type, stage.root);

	stage.root = NULL;
	return err;
}

static void create_tree_again(const struct call *call)
{
	create_tree(call);
}

const struct call object_calls[] = {
	{ "type create", 4, create_type, destroy_type, prepare_parts, { .size = 100 } },
	{ "type create watched", 2, create_type, destroy_type, prepare_parts,
	  { .size = 100, .flags = MPOOL_CHECKS } },
	{ "object create", 16, create_object, destroy_objects, prepare_type, { .size = 100 },
	  GFP_KERNEL },
	{ "object create atomic", 16, create_object, destroy_objects, prepare_type,
	  { .size = 100 }, GFP_ATOMIC },
	{ "object create watched", 16, create_object, destroy_objects, prepare_type,
	  { .size = 100, .flags = MPOOL_CHECKS }, GFP_KERNEL },
	{ "object create a tree", 56, create_tree, destroy_objects, prepare_type,
	  { .size = 100 }, GFP_KERNEL },
	{ "object destroy a tree", 0, destroy_tree, create_tree_again, prepare_tree,
	  { .size = 100 }, GFP_KERNEL, .never = true },
	{}
};
