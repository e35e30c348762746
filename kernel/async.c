// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that are answered later: callers who sleep until then, and callers who are called.
 */
#include <linux/err.h>
#include <linux/instruction_pointer.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>

#include "internal.h"

/* --- callers who sleep --- */

/* The answer is on its way, or was there first: wait for it. Else get out of line with @err. */
static int end_wait(struct mpool *pool, struct wait_sleeper *sleeper, int err)
{
	unsigned long flags;
	bool left;

	raw_spin_lock_irqsave(&pool->lock, flags);
	left = wait_leave(pool, &sleeper->request);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (left)
		return err;
	wait_for_completion(&sleeper->done);
	return sleeper->request.err;
}

/* Sleep until the answer comes, the time is over, or the caller is to be killed. */
static int sleep_in_line(struct mpool *pool, struct wait_sleeper *sleeper, long timeout)
{
	long left;

	if (mpool_must_strip(pool))
		tidy_strip(pool);
	left = wait_for_completion_killable_timeout(&sleeper->done, timeout);
	if (left > 0)
		return sleeper->request.err;
	return end_wait(pool, sleeper, left ? -EINTR : -ETIMEDOUT);
}

/* Who comes first: those in line. The others need not get there if there is something. */
static bool try_now(struct mpool *pool, gfp_t gfp, size_t n, void **objs, unsigned long caller)
{
	return list_empty(&pool->waiting) && !mpool_dying(pool) &&
	       !pool_alloc_bulk(pool, gfp, n, objs, caller);
}

static int alloc_wait(struct mpool *pool, gfp_t gfp, size_t n, void **objs, long timeout,
		      unsigned long caller)
{
	struct wait_sleeper sleeper;
	int err;

	might_sleep();
	mpool_request_init(&sleeper.request, objs, gfp, NULL);
	sleeper.request.n = n;
	init_completion(&sleeper.done);
	err = timeout < 0 ? -EINVAL : wait_check(pool, &sleeper.request);
	if (err)
		return err;
	err = pool_check_zero(pool, gfp, caller);
	if (err)
		return err;
	/* The pool cannot end before we have looked at it for the last time: async_shutdown(). */
	atomic_inc(&pool->sleepers);
	if (try_now(pool, gfp, n, objs, caller))
		goto out;
	err = wait_enter(pool, &sleeper.request);
	if (err == -EINPROGRESS)
		err = sleep_in_line(pool, &sleeper, timeout);
	if (!err)
		pool_deliver(pool, gfp, n, objs, caller);
out:
	if (err)
		atomic_long_inc(&pool->fails);
	if (atomic_dec_and_test(&pool->sleepers))
		wake_up_var(&pool->sleepers);
	return err;
}

/**
 * mpool_alloc_wait() - allocate an object, and wait for it if need be
 * @pool: from which
 * @gfp: as for mpool_alloc(): what may be done to get memory. That the call may sleep, whatever
 *	it is, goes without saying.
 * @timeout: jiffies to wait for at most. 0 is not to wait; MAX_SCHEDULE_TIMEOUT is for ever.
 *
 * Those who wait stand in one line with the requests of mpool_alloc_async(). Who is first gets the
 * next object that is freed: the free hands it over, and nobody who comes later can have it,
 * by mpool_alloc() neither. Where memory is short, not the limit, the pool goes on trying to grow.
 *
 * Context: Process context, sleeps.
 * Return: the object, never NULL, or an ERR_PTR:
 *
 * * %-ETIMEDOUT: none came in time
 * * %-EINTR: the caller's process is being killed
 * * %-ESHUTDOWN: the pool was destroyed
 * * %-E2BIG: the limit is so low, or the reserve so high, that none can ever come
 * * %-EINVAL: a negative timeout, or __GFP_ZERO of a pool with a constructor
 */
void *mpool_alloc_wait(struct mpool *pool, gfp_t gfp, long timeout)
{
	void *obj;
	int err = alloc_wait(pool, gfp, 1, &obj, timeout, _RET_IP_);

	return err ? ERR_PTR(err) : obj;
}
EXPORT_SYMBOL_GPL(mpool_alloc_wait);

/**
 * mpool_alloc_wait_bulk() - allocate several objects at once, and wait for them if need be
 * @pool: from which
 * @gfp: as for mpool_alloc_wait()
 * @n: how many
 * @objs: where to put them; undefined after a failure
 * @timeout: as for mpool_alloc_wait()
 *
 * Who is first in line waits until @n objects are free, and holds none of them before: two who
 * need several each cannot wait for each other.
 *
 * Context: Process context, sleeps.
 * Return: 0, or an error of mpool_alloc_wait(); %-EINVAL also if @n is 0, and %-E2BIG if there
 * can never be so many.
 */
int mpool_alloc_wait_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs, long timeout)
{
	return alloc_wait(pool, gfp, n, objs, timeout, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_alloc_wait_bulk);

/* --- callers who are called --- */

/* What a worker is at, on the list for as long as it runs callbacks of some pool. */
struct worker {
	struct list_head link;
	struct task_struct *task;
	const struct mpool_request *request;	/* may be gone: to be compared with only */
	void (*complete)(struct mpool_request *request);
};

static LIST_HEAD(workers);

/* Guards @workers and all on it. The innermost of all locks. */
static DEFINE_RAW_SPINLOCK(workers_lock);

/* Those who wait for the end of a callback. */
static DECLARE_WAIT_QUEUE_HEAD(worker_done);

static void set_work(struct worker *worker, struct mpool_request *request)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&workers_lock, flags);
	worker->request = request;
	worker->complete = request ? request->complete : NULL;
	raw_spin_unlock_irqrestore(&workers_lock, flags);
	if (!request)
		wake_up_all(&worker_done);
}

/* Does a worker other than the caller run this request's callback, or one of a module's? */
static bool is_running(const struct mpool_request *request, const struct module *module)
{
	struct worker *worker;
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&workers_lock, flags);
	list_for_each_entry(worker, &workers, link) {
		if (!worker->request || worker->task == current)
			continue;
		if (worker->request == request ||
		    (module && within_module((unsigned long)worker->complete, module)))
			found = true;
	}
	raw_spin_unlock_irqrestore(&workers_lock, flags);
	return found;
}

/*
 * The next request to call back, which is its owner's again, or NULL. The worker is at it before
 * its owner can see that: mpool_cancel_sync() looks in the other order.
 */
static struct mpool_request *next_answered(struct mpool *pool, struct worker *worker)
{
	struct mpool_request *request;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	request = list_first_entry_or_null(&pool->answered, struct mpool_request, link);
	if (request) {
		list_del_init(&request->link);
		set_work(worker, request);
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return request;
}

static void call_back(struct mpool *pool, struct mpool_request *request)
{
	void (*complete)(struct mpool_request *request) = request->complete;

	if (!request->err)
		pool_deliver(pool, request->gfp, request->n, request->objs,
			     (unsigned long)complete);
	report_request_left(request);
	request->told = true;
	/* From here on it can be submitted again. Pairs with the acquire in mpool_cancel(). */
	smp_store_release(&request->pool, NULL);
	complete(request);
}

static void run_callbacks(struct mpool *pool)
{
	struct worker worker = { .task = current };
	struct mpool_request *request;
	unsigned long flags;

	raw_spin_lock_irqsave(&workers_lock, flags);
	list_add(&worker.link, &workers);
	raw_spin_unlock_irqrestore(&workers_lock, flags);
	while ((request = next_answered(pool, &worker))) {
		call_back(pool, request);
		set_work(&worker, NULL);
		cond_resched();
	}
	raw_spin_lock_irqsave(&workers_lock, flags);
	list_del(&worker.link);
	raw_spin_unlock_irqrestore(&workers_lock, flags);
}

static void callbacks_work(struct work_struct *work)
{
	run_callbacks(container_of(work, struct mpool, callbacks));
}

static int submit(struct mpool *pool, struct mpool_request *request, size_t n,
		  unsigned long caller)
{
	gfp_t gfp = (request->gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;
	int err;

	if (in_nmi())
		return -EOPNOTSUPP;
	if (!request->complete || !request->objs)
		return -EINVAL;
	if (cmpxchg(&request->pool, NULL, pool)) {
		report_misuse(&pool->entry, MISUSE_REQUEST_BUSY, caller, NULL);
		return -EBUSY;
	}
	request->n = n;
	request->err = 0;
	request->told = false;
	err = wait_check(pool, request) ?: pool_check_zero(pool, gfp, caller);
	if (!err && !try_now(pool, gfp, n, request->objs, caller)) {
		report_request_queued(request);
		err = wait_enter(pool, request);
		/* From here on it can be its owner's again. */
		if (err == -EINPROGRESS)
			return err;
		report_request_left(request);
		if (!err)
			pool_deliver(pool, gfp, n, request->objs, caller);
	}
	if (err)
		atomic_long_inc(&pool->fails);
	request->told = !err;
	/* Pairs with the acquire in mpool_cancel(). */
	smp_store_release(&request->pool, NULL);
	return err;
}

/**
 * mpool_alloc_async() - allocate objects, and be called if it takes a while
 * @pool: from which
 * @request: the request, which mpool_request_init() has prepared, and which is not in line
 * @n: how many
 *
 * If there are so many it is answered at once, and @complete is not called. Else it gets in line,
 * with those who sleep in mpool_alloc_wait(); when its turn has come and there are so many, they
 * are taken for it, and @complete is called. Nothing is allocated, and the request's gfp is not
 * taken for leave to sleep.
 *
 * Context: Any but NMI.
 * Return: 0 if it was answered at once; %-EINPROGRESS if @complete will be called, once, unless
 * mpool_cancel() says otherwise; or, and then nothing has changed,
 *
 * * %-EBUSY: the request is in line, or answered and not yet called back; this is reported
 * * %-EINVAL: @n is 0, the request has no @complete or no @objs, or __GFP_ZERO of a pool with a
 *   constructor
 * * %-E2BIG: there can never be so many
 * * %-ESHUTDOWN: the pool is being destroyed
 * * %-EOPNOTSUPP: in an NMI
 */
int mpool_alloc_async(struct mpool *pool, struct mpool_request *request, size_t n)
{
	int err;

	/* A pool that is being destroyed refuses, and is there until we have returned. */
	rcu_read_lock();
	err = submit(pool, request, n, _RET_IP_);
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(mpool_alloc_async);

/*
 * Is the request in line at that pool, or answered there and nobody told? It may be submitted
 * elsewhere meanwhile; but when it is on a list, mpool_alloc_async() has said before on whose.
 * Under mpool.lock.
 */
static bool is_of(const struct mpool_request *request, const struct mpool *pool)
{
	if (list_empty(&request->link))
		return false;
	/* Pairs with cmpxchg() there. */
	smp_rmb();
	return READ_ONCE(request->pool) == pool;
}

/* Take a request off its list; true if it had been answered by objects. Under mpool.lock. */
static bool withdraw(struct mpool *pool, struct mpool_request *request)
{
	if (wait_leave(pool, request))
		return false;
	list_del_init(&request->link);
	return !request->err;
}

/* It is its owner's again. */
static void give_up(struct mpool *pool, struct mpool_request *request, bool has_objects)
{
	if (has_objects) {
		/* They are nobody's yet, but what is freed must be somebody's. */
		pool_deliver(pool, GFP_NOWAIT, request->n, request->objs, _THIS_IP_);
		mpool_free_bulk(pool, request->n, request->objs);
	}
	report_request_left(request);
	/* Pairs with the acquire in mpool_cancel(). */
	smp_store_release(&request->pool, NULL);
}

/**
 * mpool_cancel() - take a request back
 * @request: the request
 *
 * Context: Any but NMI.
 * Return: 0 if it is cancelled: @complete will not be called, and there are no objects;
 * %-EALREADY if it is too late: it was answered at once, or @complete was called, or is running;
 * %-ENOENT if it was never submitted, or is cancelled.
 */
int mpool_cancel(struct mpool_request *request)
{
	bool found, has_objects = false;
	struct mpool *pool;
	unsigned long flags;

	/* A pool that ends meanwhile has answered all requests before, but is there still. */
	rcu_read_lock();
	/* Pairs with the releases where it becomes its owner's again. */
	pool = smp_load_acquire(&request->pool);
	if (!pool) {
		rcu_read_unlock();
		return request->told ? -EALREADY : -ENOENT;
	}
	raw_spin_lock_irqsave(&pool->lock, flags);
	found = is_of(request, pool);
	if (found)
		has_objects = withdraw(pool, request);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (found)
		give_up(pool, request, has_objects);
	rcu_read_unlock();
	return found ? 0 : -EALREADY;
}
EXPORT_SYMBOL_GPL(mpool_cancel);

/**
 * mpool_cancel_sync() - take a request back, or wait for the end of its callback
 * @request: the request, whose memory @complete does not free
 *
 * If @complete submits it again, that is taken back too. Called by @complete itself, it does not
 * wait.
 *
 * Context: Process context, may sleep.
 * Return: as mpool_cancel(). Whatever it is, @complete has returned.
 */
int mpool_cancel_sync(struct mpool_request *request)
{
	int err;

	might_sleep();
	do {
		err = mpool_cancel(request);
		/* Whatever it says: one that is in line again may be running still. */
		wait_event(worker_done, !is_running(request, NULL));
	} while (READ_ONCE(request->pool));
	return err;
}
EXPORT_SYMBOL_GPL(mpool_cancel_sync);

/*
 * Wait for the callbacks of all that have been answered. The kick that will start them may be to
 * come yet; it cannot be waited for, since irq_work_sync() is for one caller at a time.
 */
static void finish_callbacks(struct mpool *pool)
{
	kick_callbacks(pool);
	flush_work(&pool->callbacks);
}

/**
 * mpool_flush() - wait until all that was freed is home, and all that were answered are called
 * @pool: which
 *
 * When it returns, what was given to mpool_free_deferred() and mpool_free_rcu() before is free,
 * and the callbacks of requests that were answered before have returned; but in a callback of
 * this pool it does not wait for callbacks. Requests in line stay there.
 *
 * Context: Process context, may sleep, for a grace period and as long as callbacks take.
 */
void mpool_flush(struct mpool *pool)
{
	might_sleep();
	defer_flush(pool);
	if (!async_in_callback(pool))
		finish_callbacks(pool);
}
EXPORT_SYMBOL_GPL(mpool_flush);

/* --- the end of a pool, and of a module --- */

/**
 * async_in_callback() - is this called by a callback of that pool?
 * @pool: the pool
 *
 * Context: process context.
 */
bool async_in_callback(struct mpool *pool)
{
	return current_work() == &pool->callbacks;
}

/**
 * async_shutdown() - answer all that are in line with an error, and see them go
 * @pool: the pool, which is dying, so that nobody gets in line any more
 *
 * Context: process context, may sleep, as long as callbacks take.
 */
void async_shutdown(struct mpool *pool)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	wait_refuse(pool, true, -ESHUTDOWN);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	wait_var_event(&pool->sleepers, !atomic_read(&pool->sleepers));
	/* One after the other: if one of them destroys the pool, others are called from here. */
	if (async_in_callback(pool))
		run_callbacks(pool);
	else
		finish_callbacks(pool);
}

/**
 * async_stop() - wait until no callback is running any more
 * @pool: the pool, where no request is
 *
 * Context: process context, may sleep; not a callback.
 */
void async_stop(struct mpool *pool)
{
	cancel_work_sync(&pool->callbacks);
}

static struct mpool_request *find_on(struct list_head *list, const struct module *module)
{
	struct mpool_request *request;

	list_for_each_entry(request, list, link) {
		if (request->complete &&
		    within_module((unsigned long)request->complete, module))
			return request;
	}
	return NULL;
}

/**
 * async_forget() - drop the requests whose callback goes
 * @pool: the pool in question
 * @module: the module that is being unloaded
 *
 * Context: process context.
 * Return: how many there were.
 */
unsigned long async_forget(struct mpool *pool, const struct module *module)
{
	struct mpool_request *request;
	unsigned long flags, n = 0;
	bool has_objects = false;

	for (;; n++) {
		raw_spin_lock_irqsave(&pool->lock, flags);
		request = find_on(&pool->waiting, module) ?: find_on(&pool->answered, module);
		if (request)
			has_objects = withdraw(pool, request);
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		if (!request)
			return n;
		give_up(pool, request, has_objects);
	}
}

/**
 * async_wait_for() - wait until no callback of a module is running
 * @module: the module that is being unloaded
 *
 * Context: process context, may sleep.
 * Return: true if one was.
 */
bool async_wait_for(const struct module *module)
{
	bool running = is_running(NULL, module);

	wait_event(worker_done, !is_running(NULL, module));
	return running;
}

/**
 * async_setup() - prepare a new pool for requests
 * @pool: the pool
 */
void async_setup(struct mpool *pool)
{
	INIT_LIST_HEAD(&pool->waiting);
	INIT_LIST_HEAD(&pool->privileged);
	INIT_LIST_HEAD(&pool->woken);
	INIT_LIST_HEAD(&pool->answered);
	INIT_WORK(&pool->callbacks, callbacks_work);
}
