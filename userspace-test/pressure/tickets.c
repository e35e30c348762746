// SPDX-License-Identifier: GPL-2.0
/*
 * Are requests answered in the order in which they came?
 *
 * Only mpool knows in which order requests of many threads get in line. But where each submits its
 * own under one lock, which also puts it on a list, that is the order of the list; and callbacks
 * of a pool are called one after the other. So each must find its own request first on the list.
 * Who is answered at once may not have overtaken anybody: while we have the lock nobody else
 * enters, and so the line must be empty still.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "pressure.h"

struct order {
	struct arena *arena;
	raw_spinlock_t lock;
	struct list_head line;
	unsigned long waits, at_once, violations;
};

/* Requests that a thread has in line at most. */
#define TICKETS		4

struct ticket {
	struct order *order;
	struct list_head link;
	struct mpool_request request;
	void *objs[BULK];
	u32 random;
	struct hrtimer holder;		/* frees the objects */
	bool busy;
};

struct clerk {
	struct task_struct *task;
	struct order *order;
	struct rnd_state rnd;
	struct ticket tickets[TICKETS];
};

/* How many objects it asks for. */
static size_t ticket_objs(const struct ticket *ticket)
{
	return 1 + ticket->random % BULK;
}

static void ticket_return(struct ticket *ticket)
{
	struct mpool *pool = ticket->order->arena->pool;
	size_t n = ticket_objs(ticket), i;

	if (ticket->random & BIT(8)) {
		mpool_free_bulk(pool, n, ticket->objs);
	} else {
		for (i = 0; i < n; i++)
			mpool_free(pool, ticket->objs[i]);
	}
	flag_write(&ticket->busy, false);
}

static enum hrtimer_restart ticket_timer(struct hrtimer *timer)
{
	ticket_return(container_of(timer, struct ticket, holder));
	return HRTIMER_NORESTART;
}

/* The objects are there: return them, at once or in a hard interrupt that comes soon. */
static void ticket_served(struct ticket *ticket)
{
	unsigned long ns = (ticket->random >> 9) % (50 * NSEC_PER_USEC);

	if (ticket->random & BIT(7))
		hrtimer_start(&ticket->holder, ns_to_ktime(ns), HRTIMER_MODE_REL_HARD);
	else
		ticket_return(ticket);
}

static void ticket_answered(struct mpool_request *request)
{
	struct ticket *ticket = container_of(request, struct ticket, request);
	struct order *order = ticket->order;
	unsigned long flags;

	raw_spin_lock_irqsave(&order->lock, flags);
	if (list_first_entry(&order->line, struct ticket, link) != ticket)
		order->violations++;
	list_del(&ticket->link);
	raw_spin_unlock_irqrestore(&order->lock, flags);
	if (request->err) {
		broke("a request was answered with an error");
		flag_write(&ticket->busy, false);
		return;
	}
	ticket_served(ticket);
}

static void ticket_submit(struct ticket *ticket, u32 random)
{
	struct order *order = ticket->order;
	struct mpool *pool = order->arena->pool;
	struct mpool_stats stats;
	unsigned long flags;
	int err;

	ticket->random = random;
	ticket->busy = true;
	raw_spin_lock_irqsave(&order->lock, flags);
	err = mpool_alloc_async(pool, &ticket->request, ticket_objs(ticket));
	if (err == -EINPROGRESS) {
		list_add_tail(&ticket->link, &order->line);
		WRITE_ONCE(order->waits, order->waits + 1);
	} else if (!err) {
		mpool_read_stats(pool, &stats);
		if (stats.waiting)
			order->violations++;
		order->at_once++;
	}
	raw_spin_unlock_irqrestore(&order->lock, flags);
	if (!err) {
		ticket_served(ticket);
	} else if (err != -EINPROGRESS) {
		broke("a request was refused");
		ticket->busy = false;
	}
}

/* Wait until a ticket's request has been answered and its objects are free. */
static void ticket_end(struct ticket *ticket)
{
	unsigned long end = jiffies + FOREVER;

	while (flag_read(&ticket->busy) && time_before(jiffies, end))
		usleep_range(100, 200);
	if (flag_read(&ticket->busy)) {
		broke("a request was never answered");
		mpool_cancel_sync(&ticket->request);
	}
	hrtimer_cancel(&ticket->holder);
}

static int clerk_thread(void *data)
{
	struct clerk *clerk = data;
	bool idle;
	int i;

	while (!kthread_should_stop()) {
		idle = true;
		for (i = 0; i < TICKETS; i++) {
			if (flag_read(&clerk->tickets[i].busy))
				continue;
			ticket_submit(&clerk->tickets[i], prandom_u32_state(&clerk->rnd));
			idle = false;
		}
		if (idle)
			usleep_range(20, 50);
		cond_resched();
	}
	for (i = 0; i < TICKETS; i++)
		ticket_end(&clerk->tickets[i]);
	return 0;
}

static void clerk_start(struct clerk *clerk, struct order *order, unsigned int number)
{
	struct ticket *ticket;

	clerk->order = order;
	prandom_seed_state(&clerk->rnd, number + 1);
	for (ticket = clerk->tickets; ticket < clerk->tickets + TICKETS; ticket++) {
		ticket->order = order;
		mpool_request_init(&ticket->request, ticket->objs, GFP_NOWAIT | __GFP_NOWARN,
				   ticket_answered);
		hrtimer_init(&ticket->holder, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
		ticket->holder.function = ticket_timer;
	}
	clerk->task = kthread_run(clerk_thread, clerk, "mpool_clerk/%u", number);
}

/* Let the threads go on until so many have waited. */
static void order_watch(struct order *order, unsigned long target)
{
	unsigned long waits = 0, progress = jiffies;

	while (READ_ONCE(order->waits) < target && !signal_pending(current)) {
		msleep(20);
		if (READ_ONCE(order->waits) != waits)
			progress = jiffies;
		waits = READ_ONCE(order->waits);
		if (time_after(jiffies, progress + FOREVER)) {
			broke("the line stands still");
			break;
		}
	}
}

static int order_tickets(struct arena *arena, unsigned int threads, unsigned long target)
{
	struct order order = { .arena = arena, .line = LIST_HEAD_INIT(order.line) };
	struct mpool_stats before, after;
	struct clerk *clerks;
	unsigned int i;

	raw_spin_lock_init(&order.lock);
	clerks = vzalloc(array_size(threads, sizeof(*clerks)));
	if (!clerks)
		return -ENOMEM;
	mpool_read_stats(arena->pool, &before);
	for (i = 0; i < threads; i++)
		clerk_start(&clerks[i], &order, i);
	order_watch(&order, target);
	for (i = 0; i < threads; i++) {
		if (IS_ERR(clerks[i].task))
			broke("no thread");
		else
			kthread_stop(clerks[i].task);
	}
	/* A callback that has done its part may be about to return. */
	mpool_flush(arena->pool);
	mpool_read_stats(arena->pool, &after);
	if (after.waits - before.waits != order.waits)
		broke("the pool has counted other waits than ours");
	figures_clear();
	figures_add("waits", order.waits);
	figures_add("at_once", order.at_once);
	figures_add("violations", order.violations);
	vfree(clerks);
	return 0;
}

int do_order(struct arena *arena, char *args)
{
	struct chain stock = {};
	unsigned int threads;
	unsigned long waits;
	int err;

	/* Growth, and slabs that go back, would make it hard to say who has overtaken. */
	if (sscanf(args, "%u %lu", &threads, &waits) != 2 || !threads || threads > 64 ||
	    arena->limit < BULK || arena->keep < arena->limit || arena->reserve)
		return -EINVAL;
	chain_take(arena, &stock, arena->limit, GFP_KERNEL);
	chain_drop(arena, &stock, ULONG_MAX);
	err = order_tickets(arena, threads, waits);
	if (err)
		return err;
	err = order_sleepers(arena, threads, waits / 20);
	check_home(arena);
	return err;
}
