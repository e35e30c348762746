// SPDX-License-Identifier: GPL-2.0
/*
 * What pools were in the snapshots before, found again by their id and their name: after the
 * module was loaded anew ids begin anew as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

static int by_id(const void *a, const void *b)
{
	const struct past *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

const struct past *pasts_find(const struct pasts *pasts, const struct pool *pool)
{
	struct past key = { .id = pool->figures[ID] };
	const struct past *found;

	if (!pasts->nr || !pool_has(pool, ID))
		return NULL;
	found = bsearch(&key, pasts->pools, pasts->nr, sizeof(key), by_id);
	return found && !strcmp(found->name, pool->words[NAME]) ? found : NULL;
}

bool counter_growth(unsigned long long before, unsigned long long after, unsigned long long *growth)
{
	*growth = after - before;
	if (after >= before)
		return true;
	*growth = (uint32_t)*growth;
	return before <= UINT32_MAX && *growth < 1U << 31;
}

/* What the pool did since the snapshot before, which was @seconds ago. */
static void set_rates(struct past *past, const struct pool *pool, double seconds)
{
	unsigned long long allocs, fails;

	past->has_rates = seconds > 0 && pool_has(pool, ALLOCS) && pool_has(pool, FAILS) &&
		counter_growth(past->allocs, pool->figures[ALLOCS], &allocs) &&
		counter_growth(past->fails, pool->figures[FAILS], &fails);
	if (!past->has_rates)
		return;
	past->allocs_rate = allocs / seconds;
	past->fails_rate = fails / seconds;
}

static void add_use(struct past *past, const struct pool *pool)
{
	if (past->nr == PAST_LEN)
		memmove(past->use, past->use + 1, --past->nr * sizeof(past->use[0]));
	past->use[past->nr++] = pool->figures[IN_USE];
}

static void set_past(struct past *past, const struct pasts *pasts, const struct pool *pool,
		     double time)
{
	const struct past *before = pasts_find(pasts, pool);

	if (before) {
		*past = *before;
		set_rates(past, pool, time - pasts->time);
	} else {
		*past = (struct past){ .id = pool->figures[ID] };
		memcpy(past->name, pool->words[NAME], WORD_LEN);
	}
	past->allocs = pool->figures[ALLOCS];
	past->fails = pool->figures[FAILS];
	add_use(past, pool);
}

void pasts_update(struct pasts *pasts, const struct snapshot *snapshot)
{
	struct pasts next = { .time = snapshot->time };
	size_t i;

	next.pools = grow(NULL, snapshot->nr + 1, sizeof(*next.pools));
	for (i = 0; i < snapshot->nr; i++) {
		if (pool_has(&snapshot->pools[i], ID))
			set_past(&next.pools[next.nr++], pasts, &snapshot->pools[i],
				 snapshot->time);
	}
	qsort(next.pools, next.nr, sizeof(*next.pools), by_id);
	pasts_free(pasts);
	*pasts = next;
}

void pasts_free(struct pasts *pasts)
{
	free(pasts->pools);
	*pasts = (struct pasts){};
}

static const char * const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char * const letters[] = { "_", ".", ":", "-", "=", "+", "*", "#" };

void sparkline(struct text *text, const struct past *past, int columns, bool utf8)
{
	int nr = past ? past->nr : 0, first = nr > columns ? nr - columns : 0, i;
	float most = 0;

	for (i = first; i < nr; i++) {
		if (past->use[i] > most)
			most = past->use[i];
	}
	text_add(text, "%*s", columns - (nr - first), "");
	for (i = first; i < nr; i++) {
		int block = most ? past->use[i] / most * (ARRAY_SIZE(blocks) - 1) + 0.5 : 0;

		text_add(text, "%s", utf8 ? blocks[block] : letters[block]);
	}
}
