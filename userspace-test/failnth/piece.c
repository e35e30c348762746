// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces of any size, from sized pools.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "failnth.h"

static int create(const struct mpool_sized_params *params)
{
	struct mpool_sized *sized = mpool_sized_create(params);

	if (IS_ERR(sized))
		return PTR_ERR(sized);
	stage.sized = sized;
	return 0;
}

static const size_t sizes[] = { 64, 500, 4000 };

/* Of such classes; a call's params say where from, and what is watched. */
static int create_listed(const struct call *call)
{
	return create(&(struct mpool_sized_params){
		.name = "failnth_sized", .classes = sizes, .nr_classes = ARRAY_SIZE(sizes),
		.run_max = SZ_16K, .gfp = __GFP_ACCOUNT, .flags = call->params.flags,
		.quarantine = call->params.quarantine, .backing = call->params.backing });
}

static int create_grown(const struct call *call)
{
	return create(&(struct mpool_sized_params){
		.name = "failnth_sized", .min = 64, .max = 1024, .growth = 1000,
		.gfp = __GFP_ACCOUNT, .limit = SZ_1M });
}

static void destroy(const struct call *call)
{
	mpool_sized_destroy(stage.sized);
	stage.sized = NULL;
}

static int prepare_nothing(const struct call *call)
{
	return 0;
}

/* Where one class has no memory, the next serves. */
static int prepare_borrower(const struct call *call)
{
	return create(&(struct mpool_sized_params){
		.name = "failnth_sized", .classes = sizes, .nr_classes = 2,
		.gfp = __GFP_ACCOUNT, .flags = MPOOL_BORROW });
}

/* A piece of as many bytes as call.n says. */
static int alloc(const struct call *call)
{
	stage.piece = mpool_sized_alloc(stage.sized, call->n, call->gfp);
	return stage.piece ? 0 : -ENOMEM;
}

static void free_piece(const struct call *call)
{
	mpool_sized_free(stage.sized, stage.piece);
	stage.piece = NULL;
}

static int prepare_piece(const struct call *call)
{
	int err = create_listed(call);

	if (err)
		return err;
	stage.piece = mpool_sized_alloc(stage.sized, 200, GFP_KERNEL);
	return stage.piece ? 0 : -ENOMEM;
}

static int resize(const struct call *call)
{
	void *piece = mpool_sized_resize(stage.sized, stage.piece, call->n, call->gfp);

	if (!piece)
		return -ENOMEM;
	stage.piece = piece;
	return 0;
}

static void resize_back(const struct call *call)
{
	void *piece = mpool_sized_resize(stage.sized, stage.piece, 200, GFP_KERNEL);

	if (piece)
		stage.piece = piece;
}

static int free_one(const struct call *call)
{
	free_piece(call);
	return 0;
}

static void alloc_again(const struct call *call)
{
	stage.piece = mpool_sized_alloc(stage.sized, 200, GFP_KERNEL);
}

static int trim(const struct call *call)
{
	mpool_sized_trim(stage.sized);
	return 0;
}

static int copy_out(const struct call *call)
{
	return mpool_sized_copy_to_user(stage.sized, stage.user, stage.piece, call->n) ?
	       -EFAULT : 0;
}

static int copy_in(const struct call *call)
{
	return mpool_sized_copy_from_user(stage.sized, stage.piece, stage.user, call->n) ?
	       -EFAULT : 0;
}

const struct call piece_calls[] = {
	{ "sized create", 23, create_listed, destroy, prepare_nothing },
	{ "sized create of grown classes", 16, create_grown, destroy, prepare_nothing },
	{ "sized create mapped", 23, create_listed, destroy, prepare_nothing,
	  { .backing = MPOOL_VMALLOC } },
	{ "sized create watched", 15, create_listed, destroy, prepare_nothing,
	  { .flags = MPOOL_CHECKS, .quarantine = 1000 } },
	{ "sized alloc", 3, alloc, free_piece, create_listed, .gfp = GFP_KERNEL, .n = 400 },
	{ "sized alloc atomic", 3, alloc, free_piece, create_listed, .gfp = GFP_ATOMIC,
	  .n = 400 },
	{ "sized alloc of a run", 3, alloc, free_piece, create_listed, .gfp = GFP_KERNEL,
	  .n = 15000 },
	{ "sized alloc watched", 3, alloc, free_piece, create_listed, { .flags = MPOOL_CHECKS },
	  GFP_KERNEL, 400 },
	{ "sized alloc or borrow", 3, alloc, free_piece, prepare_borrower, .gfp = GFP_KERNEL,
	  .n = 64, .never = true },
	{ "sized resize", 3, resize, resize_back, prepare_piece, .gfp = GFP_KERNEL, .n = 3000 },
	{ "sized resize in place", 0, resize, resize_back, prepare_piece, .gfp = GFP_KERNEL,
	  .n = 450, .never = true },
	{ "sized free", 0, free_one, alloc_again, prepare_piece, .never = true },
	{ "sized trim", 0, trim, stage_stay, prepare_piece, .never = true },
	{ "sized copy to user space", 1, copy_out, stage_stay, prepare_piece, .n = 200,
	  .err = -EFAULT },
	{ "sized copy from user space", 1, copy_in, stage_stay, prepare_piece, .n = 200,
	  .err = -EFAULT },
	{}
};
