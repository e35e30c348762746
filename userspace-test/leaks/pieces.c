// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces of sized pools that are lost, and objects that consist of several, with all that they
 * have.
 */
#include <linux/err.h>
#include <linux/stddef.h>

#include "leaks.h"

static int make_sized(struct situation *this)
{
	static const size_t classes[] = { 104, 200, 1000 };

	this->sized = mpool_sized_create(&(struct mpool_sized_params){
		.name = this->pool ? "parts_sized" : this->params.name, .classes = classes,
		.nr_classes = 3, .run_max = 5000 });
	return PTR_ERR_OR_ZERO(this->sized);
}

static void free_piece(struct situation *this, void *piece)
{
	mpool_sized_free(this->sized, piece);
}

static void destroy_sized(struct situation *this)
{
	if (!IS_ERR_OR_NULL(this->sized))
		mpool_sized_destroy(this->sized);
	this->sized = NULL;
}

static noinline void lose_piece(struct situation *this)
{
	lost(this, mpool_sized_alloc(this->sized, 100, GFP_KERNEL));
}

/* Two blocks of the largest class. */
static noinline void lose_run(struct situation *this)
{
	lost(this, mpool_sized_alloc(this->sized, 1500, GFP_KERNEL));
}

static noinline void lose_resized(struct situation *this)
{
	void *piece = mpool_sized_alloc(this->sized, 100, GFP_KERNEL);

	lost(this, mpool_sized_resize(this->sized, piece, 150, GFP_KERNEL));
}

static noinline void lose_resized_in_place(struct situation *this)
{
	void *piece = mpool_sized_alloc(this->sized, 150, GFP_KERNEL);

	lost(this, mpool_sized_resize(this->sized, piece, 110, GFP_KERNEL));
}

/* --- objects of several pieces --- */

struct composite {
	void *blocks[2];		/* of situation.pool */
	void *piece;			/* of situation.sized */
	u64 content;
};

static int make_type(struct situation *this)
{
	struct mpool_part parts[] = {
		{ .offset = offsetof(struct composite, blocks), .count = 2 },
		{ .offset = offsetof(struct composite, piece), .size = 10, .count = 10 },
	};
	int err = make_pool(this) ?: make_sized(this);

	if (err)
		return err;
	parts[0].pool = this->pool;
	parts[1].sized = this->sized;
	this->type = mpool_type_create(&(struct mpool_type_params){
		.name = "composite", .size = sizeof(struct composite), .parts = parts,
		.nr_parts = 2 });
	return PTR_ERR_OR_ZERO(this->type);
}

static noinline void lose_composite(struct situation *this)
{
	lost(this, mpool_object_create(this->type, GFP_KERNEL, NULL, NULL));
}

static void destroy_object(struct situation *this, void *obj)
{
	mpool_object_destroy(this->type, obj);
}

/* Before what its parts are from. */
static void destroy_type(struct situation *this)
{
	if (!IS_ERR_OR_NULL(this->type))
		mpool_type_destroy(this->type);
	this->type = NULL;
	destroy_sized(this);
}

static int make_tree_type(struct situation *this)
{
	this->type = mpool_type_create(&(struct mpool_type_params){
		.name = this->params.name, .size = 48 });
	return PTR_ERR_OR_ZERO(this->type);
}

/* A root, a child, and a child of that, each of which has the others' addresses. */
static noinline void lose_tree(struct situation *this)
{
	void *root = mpool_object_create(this->type, GFP_KERNEL, NULL, NULL);
	void *child = mpool_object_create(this->type, GFP_KERNEL, NULL, NULL);
	void *leaf = mpool_object_create(this->type, GFP_KERNEL, NULL, NULL);

	if (IS_ERR(root) || IS_ERR(child) || IS_ERR(leaf))
		return;
	if (!mpool_object_adopt(this->type, child, root) &&
	    !mpool_object_adopt(this->type, leaf, child))
		lost(this, root);
}

struct situation piece_situations[] = {
	{ .params = { .name = "piece" }, .begin = make_sized, .lose = lose_piece,
	  .free = free_piece, .end = destroy_sized },
	{ .params = { .name = "run" }, .begin = make_sized, .lose = lose_run,
	  .free = free_piece, .end = destroy_sized },
	{ .params = { .name = "resized" }, .begin = make_sized, .lose = lose_resized,
	  .free = free_piece, .end = destroy_sized },
	{ .params = { .name = "resized_in_place" }, .begin = make_sized,
	  .lose = lose_resized_in_place, .free = free_piece, .end = destroy_sized },
	{ .params = { .name = "parts", .size = 232 }, .begin = make_type, .lose = lose_composite,
	  .free = destroy_object, .end = destroy_type },
	{ .params = { .name = "tree" }, .begin = make_tree_type, .lose = lose_tree,
	  .free = destroy_object, .end = destroy_type },
	{}
};
