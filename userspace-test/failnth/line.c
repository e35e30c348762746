// SPDX-License-Identifier: GPL-2.0
/*
 * Objects are waited for, by who sleeps and by who will be called.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "failnth.h"

/* So long nobody has to wait. */
#define PATIENCE	(10 * HZ)

static int wait_for_some(const struct call *call)
{
	int err = mpool_alloc_wait_bulk(stage.pool, call->gfp, call->n, stage.objs, PATIENCE);

	if (!err)
		stage.n = call->n;
	return err;
}

static int wait_for_one(const struct call *call)
{
	void *obj = mpool_alloc_wait(stage.pool, call->gfp, PATIENCE);

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	stage.objs[stage.n++] = obj;
	return 0;
}

static void free_last(struct work_struct *work)
{
	mpool_free(stage.pool, stage.objs[--stage.n]);
}

static DECLARE_DELAYED_WORK(later, free_last);

/* All objects are held; in a while one is freed. */
static int wait_in_line(const struct call *call)
{
	int err;

	schedule_delayed_work(&later, 2);
	err = wait_for_one(call);
	flush_delayed_work(&later);
	return err;
}

static DECLARE_COMPLETION(answered);

static void complete_request(struct mpool_request *request)
{
	complete(&answered);
}

/* Wait until a request is called back; what came of it. */
static int called_back(struct mpool_request *request)
{
	wait_for_completion_timeout(&answered, PATIENCE);
	return mpool_cancel_sync(request) == -EALREADY ? request->err : -ETIMEDOUT;
}

/* What is not there at once is called back for. */
static int request(const struct call *call)
{
	struct mpool_request request;
	int err;

	reinit_completion(&answered);
	mpool_request_init(&request, stage.objs, call->gfp, complete_request);
	err = mpool_alloc_async(stage.pool, &request, call->n);
	if (err == -EINPROGRESS)
		err = called_back(&request);
	if (!err)
		stage.n = call->n;
	return err;
}

/* All objects are held; one is freed, and comes back. */
static int request_in_line(const struct call *call)
{
	struct mpool_request request;
	void *obj;
	int err;

	reinit_completion(&answered);
	mpool_request_init(&request, &obj, call->gfp, complete_request);
	err = mpool_alloc_async(stage.pool, &request, 1);
	if (err != -EINPROGRESS)
		return err ?: -EUCLEAN;
	mpool_free(stage.pool, stage.objs[--stage.n]);
	err = called_back(&request);
	if (!err)
		stage.objs[stage.n++] = obj;
	return err;
}

static int cancel(const struct call *call)
{
	struct mpool_request request;
	void *obj;
	int err;

	mpool_request_init(&request, &obj, call->gfp, complete_request);
	err = mpool_alloc_async(stage.pool, &request, 1);
	if (err != -EINPROGRESS)
		return err ?: -EUCLEAN;
	return mpool_cancel(&request);
}

const struct call line_calls[] = {
	{ "wait", 3, wait_for_one, .params = { .size = 64 }, .gfp = GFP_KERNEL, .n = 1,
	  .never = true },
	{ "wait for some", 11, wait_for_some, .params = { .size = 16000 }, .gfp = GFP_KERNEL,
	  .n = 10, .never = true },
	{ "wait watched", 3, wait_for_one, .params = { .size = 64, .flags = MPOOL_CHECKS },
	  .gfp = GFP_KERNEL, .n = 1, .never = true },
	{ "wait in line", 1, wait_in_line, stage_stay, stage_held, { .size = 64, .limit = 4 },
	  GFP_KERNEL, 4, .never = true },
	{ "wait in line privileged", 0, wait_in_line, stage_stay, stage_held,
	  { .size = 64, .limit = 4 }, GFP_KERNEL | MPOOL_PRIVILEGED, 4, .never = true },
	{ "request", 3, request, .params = { .size = 64 }, .gfp = GFP_KERNEL, .n = 1,
	  .never = true },
	{ "request some", 11, request, .params = { .size = 16000 }, .gfp = GFP_KERNEL, .n = 10,
	  .never = true },
	{ "request in line", 1, request_in_line, stage_stay, stage_held,
	  { .size = 64, .limit = 4 }, GFP_KERNEL, 4, .never = true },
	{ "request cancelled", 1, cancel, stage_stay, stage_held, { .size = 64, .limit = 4 },
	  GFP_KERNEL, 4, .never = true },
	{}
};
