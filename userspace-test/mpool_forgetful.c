// SPDX-License-Identifier: GPL-2.0
/*
 * A module that forgets: it makes a pool, never destroys it, and when it is unloaded leaves what
 * its parameter says:
 *
 *	leave=async	requests in line at its pool, whose object mpool_pressure has by then
 *	leave=late	objects that are on their way home, deferred and by RCU
 *	leave=foreign	a request in line at the pool "pressure" of mpool_pressure
 *	leave=running	a callback that runs
 *
 * Its callbacks tell mpool_pressure that they were called, which can still be asked when this
 * module is gone. All that mpool could look at later is in the module's own memory.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mpool.h>
#include <linux/string.h>

#include "mpool_pressure.h"

static char *leave = "";
module_param(leave, charp, 0444);
MODULE_PARM_DESC(leave, "what to leave behind: async, late, foreign, running");

static struct mpool *pool;
static struct mpool_request requests[2];
static void *objs[2];

/* Of "running": the object that its request waits for. */
static void *last;
static DECLARE_COMPLETION(running);

static void forgotten(struct mpool_request *request)
{
	pressure_called();
}

/* Takes so long that the module is being unloaded meanwhile. */
static void slow(struct mpool_request *request)
{
	complete(&running);
	msleep(300);
	mpool_free(pool, request->objs[0]);
	pressure_called();
}

static int get_in_line(struct mpool *where, unsigned int i,
		       void (*complete)(struct mpool_request *request))
{
	int err;

	mpool_request_init(&requests[i], &objs[i], GFP_KERNEL, complete);
	err = mpool_alloc_async(where, &requests[i], 1);
	if (!err) {
		mpool_free(where, objs[i]);
		return -EEXIST;
	}
	return err == -EINPROGRESS ? 0 : err;
}

static int leave_async(void)
{
	void *obj = mpool_alloc(pool, GFP_KERNEL);
	int err;

	if (!obj)
		return -ENOMEM;
	pressure_keep(pool, obj);
	err = get_in_line(pool, 0, forgotten);
	return err ?: get_in_line(pool, 1, forgotten);
}

static int leave_running(void)
{
	last = mpool_alloc(pool, GFP_KERNEL);
	return last ? get_in_line(pool, 0, slow) : -ENOMEM;
}

static int leave_foreign(void)
{
	struct mpool *foreign = pressure_pool("pressure");

	return foreign ? get_in_line(foreign, 0, forgotten) : -ENOENT;
}

static int __init forgetful_init(void)
{
	int err = 0;

	/* Of one object, but where several are to be on their way. */
	pool = mpool_create(&(struct mpool_params){
		.name = "forgetful", .size = 64, .limit = strcmp(leave, "late") ? 1 : 40 });
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	if (!strcmp(leave, "async"))
		err = leave_async();
	else if (!strcmp(leave, "foreign"))
		err = leave_foreign();
	else if (!strcmp(leave, "running"))
		err = leave_running();
	else if (strcmp(leave, "late"))
		err = -EINVAL;
	if (err)
		mpool_destroy(pool);
	return err;
}

/* Right before the module goes, so that they cannot be home by then. */
static void send_late(void)
{
	unsigned int i;
	void *obj;

	for (i = 0; i < 40; i++) {
		obj = mpool_alloc(pool, GFP_KERNEL);
		if (i % 2)
			mpool_free_deferred(pool, obj);
		else
			mpool_free_rcu(pool, obj);
	}
}

static void __exit forgetful_exit(void)
{
	if (!strcmp(leave, "late"))
		send_late();
	if (!last)
		return;
	mpool_free(pool, last);
	wait_for_completion(&running);
}

module_init(forgetful_init);
module_exit(forgetful_exit);

MODULE_DESCRIPTION("Forgets a pool, and requests");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
