// SPDX-License-Identifier: GPL-2.0
/*
 * One who uses an arena, in any context.
 */
#include <linux/gfp.h>
#include <linux/string.h>

#include "torture.h"

void client_begin(struct client *client, struct arena *arena, u32 id)
{
	struct ticket *ticket;

	memset(client, 0, sizeof(*client));
	client->arena = arena;
	client->id = id;
	client->gfp = GFP_KERNEL | __GFP_NOWARN;
	torture_random_init(&client->rnd);
	for (ticket = client->tickets; ticket < client->tickets + TICKETS; ticket++)
		ticket_setup(ticket, client);
}

bool client_may_sleep(const struct client *client)
{
	return gfpflags_allow_blocking(client->gfp);
}

/* A request got nothing. May that be? */
void client_refused(struct client *client)
{
	did(DID_REFUSED);
	if (client_may_sleep(client) && !(client->gfp & __GFP_NORETRY) &&
	    !client->arena->may_refuse && !inject)
		broke(client->arena, "a request was refused, and there is no limit");
}

/* An object that was allocated, if it is one, is the client's. */
struct payload *client_got(struct client *client, void *obj, size_t bytes)
{
	if (!obj) {
		client_refused(client);
		return NULL;
	}
	payload_begin(client->arena, obj, bytes, client->id, ++client->generation);
	return obj;
}

static void client_hold(struct client *client)
{
	struct payload *payload;

	if (client->n == HELD)
		return;
	payload = client->arena->kind->get(client);
	if (payload)
		client->held[client->n++] = payload;
}

/* Any of those held, which is not held any more. */
static struct payload *client_pick(struct client *client)
{
	unsigned int i = random_below(&client->rnd, client->n);
	struct payload *payload = client->held[i];

	client->held[i] = client->held[--client->n];
	return payload;
}

static void client_drop(struct client *client)
{
	if (client->n)
		client->arena->kind->put(client, client_pick(client));
}

/* Leave an object where any other can take it, and take what is there; on whatever CPU. */
static void client_exchange(struct client *client)
{
	struct arena *arena = client->arena;
	struct payload **place = &arena->exchange[random_below(&client->rnd, NR_EXCHANGES)];
	struct payload *payload;

	if (!client->n)
		return;
	payload = client_pick(client);
	payload_pass(arena, payload, client->id, HOLDER_EXCHANGE);
	payload = xchg(place, payload);
	if (!payload)
		return;
	did(DID_HAND_OVER);
	payload_pass(arena, payload, HOLDER_EXCHANGE, client->id);
	client->held[client->n++] = payload;
}

/* Hold more, or less, so that caches run empty and full; and a call of another kind at times. */
void client_step(struct client *client, enum figure context, gfp_t gfp, u32 most)
{
	u32 count = random_below(&client->rnd, most);
	bool more = one_in(&client->rnd, 2);

	did(context);
	client->gfp = gfp | __GFP_NOWARN;
	while (count--) {
		if (one_in(&client->rnd, 8))
			client->arena->kind->call(client);
		else if (one_in(&client->rnd, 8))
			client_exchange(client);
		else if (more)
			client_hold(client);
		else
			client_drop(client);
	}
}

/* Free all, and get out of line. Process context; the client is not active any more. */
void client_end(struct client *client)
{
	struct ticket *ticket;

	client->gfp = GFP_KERNEL | __GFP_NOWARN;
	WRITE_ONCE(client->ends, true);
	for (ticket = client->tickets; ticket < client->tickets + TICKETS; ticket++)
		ticket_end(ticket);
	while (client->n)
		client_drop(client);
}
