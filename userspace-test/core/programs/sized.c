// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done with a pool of many sizes.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/sizes.h>
#include <turns.h>

#include "program.h"

#define MOST_PIECES	64

static struct piece {
	char *memory;
	size_t bytes;			/* as many can be used */
	size_t stamped;			/* as many were asked for */
	u32 stamp;
} pieces[MOST_PIECES];

static struct mpool_sized *sized;
static struct mpool_sized_params params;
static unsigned int n;
static unsigned int asked;		/* calls under way that may add one */
static u32 last_stamp;

void sized_start(void)
{
	params = (struct mpool_sized_params){ .name = "sized", .max = 512 << choice(4) };
	if (choice(2))
		params.min = 8 << choice(6);
	if (choice(2))
		params.growth = 100 + choice(1000);
	if (choice(2))
		params.run_max = params.max * (1 + choice(4));
	if (choice(2))
		params.flags |= MPOOL_BORROW;
	if (!choice(3))
		params.limit = SZ_1M + choice(4) * SZ_256K;
	n = 0;
	asked = 0;
	sized = mpool_sized_create(&params);
	if (IS_ERR(sized))
		WRONG("no sized pool: %ld", PTR_ERR(sized));
}

static void expect_apart(const struct piece *piece)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (piece->memory < pieces[i].memory + pieces[i].bytes &&
		    pieces[i].memory < piece->memory + piece->bytes)
			WRONG("%p is in part what another has", piece->memory);
	}
}

static void add(void *memory, size_t size)
{
	struct piece piece = { .memory = memory, .stamped = size, .stamp = ++last_stamp };

	piece.bytes = mpool_sized_size_of(sized, memory);
	if (piece.bytes < size)
		WRONG("%zu bytes of %zu", piece.bytes, size);
	turns_stop();
	expect_apart(&piece);
	stamp(piece.memory, size, piece.stamp);
	pieces[n++] = piece;
	turns_go_on();
}

static bool take(struct piece *piece)
{
	unsigned int i;

	if (!n)
		return false;
	i = choice(n);
	*piece = pieces[i];
	pieces[i] = pieces[--n];
	if (!has_stamp(piece->memory, piece->stamped, piece->stamp))
		WRONG("somebody else has written to %p", piece->memory);
	return true;
}

static size_t choose_request(void)
{
	size_t most = params.run_max ?: params.max;

	return 1 + choice(max(most >> choice(6), 1UL));
}

static gfp_t choose_gfp(enum where where)
{
	return where == IN_TASK && choice(3) ? GFP_KERNEL : GFP_NOWAIT;
}

static void get(enum where where)
{
	size_t size = choose_request();
	gfp_t gfp = choose_gfp(where);
	void *memory;

	if (n + asked >= MOST_PIECES)
		return;
	asked++;
	memory = mpool_sized_alloc(sized, size, gfp);
	if (memory)
		add(memory, size);
	else if (gfpflags_allow_blocking(gfp) && !params.limit && core_pages_max == ULONG_MAX)
		WRONG("%zu bytes are refused", size);
	asked--;
}

static void give_back(enum where where)
{
	struct piece piece;

	if (take(&piece))
		mpool_sized_free(sized, piece.memory);
}

/* The old one is the caller's until there is a new one, and stays so if there is none. */
static void resize(enum where where)
{
	size_t size = choose_request();
	struct piece piece;
	char *memory;

	if (!take(&piece))
		return;
	asked++;
	memory = mpool_sized_resize(sized, piece.memory, size, choose_gfp(where));
	if (memory && !has_stamp(memory, min(size, piece.stamped), piece.stamp) &&
	    min(size, piece.stamped) == piece.stamped)
		WRONG("%p has lost its content", piece.memory);
	add(memory ?: piece.memory, memory ? size : piece.stamped);
	asked--;
}

static void trim(enum where where)
{
	if (where == IN_TASK)
		mpool_sized_trim(sized);
}

static void look(enum where where)
{
	struct mpool_stats s;

	turns_stop();
	mpool_sized_read_stats(sized, &s);
	turns_go_on();
	if (s.misuses)
		WRONG("%lu misuses", s.misuses);
}

void sized_step(enum where where)
{
	static void (*const steps[])(enum where where) = {
		get, get, get, get, give_back, give_back, give_back, resize, resize, look, trim,
	};
	unsigned int step = choice(11);

	if (steps[step] != trim || !choice(8))
		steps[step](where);
}

/* What an NMI freed may be on its way home, and what the pool does by itself takes its time. */
static bool is_at_rest(struct mpool_stats *s)
{
	turns_stop();
	mpool_sized_read_stats(sized, s);
	turns_go_on();
	return !s->pending && !s->in_use && s->footprint == s->metadata;
}

void sized_end(void)
{
	struct mpool_stats s;

	while (n)
		give_back(IN_TASK);
	mpool_sized_trim(sized);
	if (!core_wait_until(is_at_rest(&s), core_now() + 60 * NSEC_PER_SEC))
		WRONG("%lu objects and %lu bytes are not given back", s.in_use,
		      s.footprint - s.metadata);
	mpool_sized_destroy(sized);
}
