// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that readers find under RCU, and that are replaced all the time.
 */
#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>

#include "torture.h"

/* What readers may still have is left as it is; it is free when they have it no more. */
static void retire(struct arena *arena, struct payload *payload)
{
	if (!payload)
		return;
	payload_leave(arena);
	mpool_free_rcu(arena->pool, payload);
}

/* Put a new object where readers find it, and take away the old one. */
void published_renew(struct client *client)
{
	struct arena *arena = client->arena;
	struct payload __rcu **place = &arena->published[random_below(&client->rnd, NR_PUBLISHED)];
	struct payload *payload = mpool_alloc(arena->pool, client->gfp);

	if (!payload) {
		client_refused(client);
		return;
	}
	did(DID_PUBLISH);
	payload_begin(arena, payload, arena->size, HOLDER_READERS, ++client->generation);
	retire(arena, unrcu_pointer(xchg(place, RCU_INITIALIZER(payload))));
}

/* As a rule a look is short; at times it lasts, where that is no harm. */
static void linger(struct client *client)
{
	if (preemptible() && one_in(&client->rnd, 20))
		mdelay(1);
	else
		cpu_relax();
}

/* Nobody may write into it, nor get it, while a reader looks. */
static void look_at(struct client *client, const struct payload *payload)
{
	u32 generation = READ_ONCE(payload->generation);
	unsigned int looks;

	for (looks = 0; looks < 10; looks++) {
		if (!payload_is_intact(client->arena, payload, HOLDER_READERS) ||
		    READ_ONCE(payload->generation) != generation) {
			broke(client->arena, "an object was changed while readers had it");
			return;
		}
		linger(client);
	}
}

void published_read(struct client *client)
{
	struct payload __rcu **place;
	struct payload *payload;

	place = &client->arena->published[random_below(&client->rnd, NR_PUBLISHED)];
	did(DID_READ);
	rcu_read_lock();
	payload = rcu_dereference(*place);
	if (payload)
		look_at(client, payload);
	rcu_read_unlock();
}

/* Take all away. */
void published_end(struct arena *arena)
{
	unsigned int i;

	for (i = 0; i < NR_PUBLISHED; i++)
		retire(arena, unrcu_pointer(xchg(&arena->published[i], NULL)));
}
