// SPDX-License-Identifier: GPL-2.0
/*
 * Requests with a callback: are they answered once, in the order in which they came, and never
 * after they were cancelled?
 *
 * Each is submitted under a lock of the arena's, which also puts it on a list; so the list has the
 * order in which they got in line, and each callback must find its own request first there. One
 * that is refused, for the limit has become too low, may be told so before its turn.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "torture.h"

/* Off the list; was it the first there? */
static bool leave_line(struct ticket *ticket)
{
	struct arena *arena = ticket->client->arena;
	unsigned long flags;
	bool first;

	raw_spin_lock_irqsave(&arena->line_lock, flags);
	first = list_first_entry(&arena->line, struct ticket, link) == ticket;
	list_del(&ticket->link);
	raw_spin_unlock_irqrestore(&arena->line_lock, flags);
	return first;
}

/* Look at what has come, and free it. */
static void return_objs(struct ticket *ticket, u32 holder)
{
	struct arena *arena = ticket->client->arena;
	size_t i;

	for (i = 0; i < ticket->request.n; i++) {
		if (!ticket->objs[i]) {
			broke(arena, "a request was answered without an object");
			continue;
		}
		payload_begin(arena, ticket->objs[i], arena->size, holder, i);
		payload_end(arena, ticket->objs[i], holder);
		plain_free(arena, &ticket->rnd, ticket->objs[i]);
	}
}

static void ticket_submit(struct ticket *ticket)
{
	struct arena *arena = ticket->client->arena;
	size_t n = 1 + random_below(&ticket->rnd, BULK), i;
	unsigned long flags;
	int err;

	for (i = 0; i < n; i++)
		ticket->objs[i] = NULL;
	did(DID_ASYNC);
	/* Before, for the callback can be over when we hear that we are in line. */
	flag_write(&ticket->in_line, true);
	raw_spin_lock_irqsave(&arena->line_lock, flags);
	err = mpool_alloc_async(arena->pool, &ticket->request, n);
	if (err == -EINPROGRESS)
		list_add_tail(&ticket->link, &arena->line);
	raw_spin_unlock_irqrestore(&arena->line_lock, flags);
	if (err == -EINPROGRESS)
		return;
	if (!err)
		return_objs(ticket, ticket->client->id | HOLDER_CALLBACK);
	else if (err != -E2BIG || !arena->limit)
		broke(arena, "a request was refused");
	flag_write(&ticket->in_line, false);
}

/* The callback; its client may be anywhere meanwhile. */
static void ticket_answered(struct mpool_request *request)
{
	struct ticket *ticket = container_of(request, struct ticket, request);
	struct client *client = ticket->client;
	struct arena *arena = client->arena;
	bool first;

	flag_write(&ticket->called, true);
	might_sleep();
	did(DID_CALLBACK);
	if (!flag_read(&ticket->in_line))
		broke(arena, "a callback came that nobody waits for");
	first = leave_line(ticket);
	if (!request->err) {
		if (!first)
			broke(arena, "a request was answered before its turn");
		return_objs(ticket, client->id | HOLDER_CALLBACK);
	} else if (request->err != -E2BIG || !arena->limit) {
		broke(arena, "a request was answered with an error that it cannot have");
	}
	if (!READ_ONCE(client->ends) && one_in(&ticket->rnd, 4)) {
		ticket_submit(ticket);
	} else {
		/* From here on its client can submit it. */
		flag_write(&ticket->in_line, false);
		udelay(random_below(&ticket->rnd, 20));
	}
	flag_write(&ticket->called, false);
}

/* Under the lock, so that nobody can find it on the list when it is out of line. */
static void ticket_cancel(struct ticket *ticket)
{
	struct arena *arena = ticket->client->arena;
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&arena->line_lock, flags);
	err = mpool_cancel(&ticket->request);
	if (!err)
		list_del(&ticket->link);
	raw_spin_unlock_irqrestore(&arena->line_lock, flags);
	if (!err) {
		did(DID_CANCEL);
		flag_write(&ticket->in_line, false);
	} else if (err != -EALREADY && (err != -ENOENT || !arena->limit)) {
		/* It is not known any more when its callback submits it again, and is refused. */
		broke(arena, "a request could not be cancelled");
	}
}

void ticket_setup(struct ticket *ticket, struct client *client)
{
	ticket->client = client;
	torture_random_init(&ticket->rnd);
	mpool_request_init(&ticket->request, ticket->objs, GFP_NOWAIT | __GFP_NOWARN,
			   ticket_answered);
}

/* Submit it; or, if it is in line, cancel it at times. */
void ticket_use(struct ticket *ticket)
{
	if (in_nmi() || READ_ONCE(ticket->called))
		return;
	if (!flag_read(&ticket->in_line))
		ticket_submit(ticket);
	else if (one_in(&ticket->client->rnd, 4))
		ticket_cancel(ticket);
}

/* See it out, and its callback too. Process context. */
void ticket_end(struct ticket *ticket)
{
	unsigned long end = jiffies + FOREVER;

	while (flag_read(&ticket->in_line) && time_before(jiffies, end)) {
		ticket_cancel(ticket);
		if (flag_read(&ticket->in_line))
			usleep_range(50, 100);
	}
	if (flag_read(&ticket->in_line))
		broke(ticket->client->arena, "a callback never came");
	mpool_cancel_sync(&ticket->request);
	if (flag_read(&ticket->called))
		broke(ticket->client->arena, "a cancel did not wait for the callback");
}
