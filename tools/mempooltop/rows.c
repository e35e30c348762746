// SPDX-License-Identifier: GPL-2.0
/*
 * Which pools are shown, in which order, and what they sum up to. A sized pool stands for its
 * classes, which are shown, and counted, only where they are looked into.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"

const char * const sort_names[NR_SORTS] = {
	[SORT_FOOTPRINT]	= "footprint",
	[SORT_IN_USE]		= "in_use",
	[SORT_RATE]		= "rate",
	[SORT_FAILS]		= "fails",
	[SORT_WAITING]		= "waiting",
	[SORT_NAME]		= "name",
};

static const enum figure sort_figures[NR_SORTS] = {
	[SORT_FOOTPRINT]	= FOOTPRINT,
	[SORT_IN_USE]		= IN_USE,
	[SORT_FAILS]		= FAILS,
	[SORT_WAITING]		= WAITING,
};

static int by_name(const void *a, const void *b)
{
	const struct pool *x = ((const struct row *)a)->pool, *y = ((const struct row *)b)->pool;
	unsigned long long m = x->figures[ID], n = y->figures[ID];
	int order = strcmp(x->words[NAME], y->words[NAME]);

	return order ? order : (m > n) - (m < n);
}

static double rate_of(const struct row *row)
{
	return row->past && row->past->has_rates ? row->past->allocs_rate : -1;
}

/* The largest first; those that are equal by name. */
static int by_rate(const void *a, const void *b)
{
	double x = rate_of(a), y = rate_of(b);

	return x < y ? 1 : x > y ? -1 : by_name(a, b);
}

static int by_figure(const void *a, const void *b, void *figure)
{
	const struct row *x = a, *y = b;
	unsigned long long m = x->pool->figures[*(enum figure *)figure];
	unsigned long long n = y->pool->figures[*(enum figure *)figure];

	return m < n ? 1 : m > n ? -1 : by_name(a, b);
}

static void reverse_rows(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->nr / 2; i++) {
		struct row row = rows->rows[i];

		rows->rows[i] = rows->rows[rows->nr - 1 - i];
		rows->rows[rows->nr - 1 - i] = row;
	}
}

static void sort_rows(struct rows *rows, const struct choice *choice)
{
	enum figure figure = sort_figures[choice->sort];

	if (choice->sort == SORT_NAME)
		qsort(rows->rows, rows->nr, sizeof(*rows->rows), by_name);
	else if (choice->sort == SORT_RATE)
		qsort(rows->rows, rows->nr, sizeof(*rows->rows), by_rate);
	else
		qsort_r(rows->rows, rows->nr, sizeof(*rows->rows), by_figure, &figure);
	if (choice->reverse)
		reverse_rows(rows);
}

static void add_to_totals(struct totals *totals, const struct row *row)
{
	enum figure i;

	totals->pools++;
	totals->dying += pool_is_dying(row->pool);
	for (i = 0; i < NR_FIGURES; i++) {
		if (figures[i].adds)
			totals->figures[i] += row->pool->figures[i];
	}
	if (!row->past || !row->past->has_rates)
		return;
	totals->has_rates = true;
	totals->allocs_rate += row->past->allocs_rate;
	totals->fails_rate += row->past->fails_rate;
}

static bool is_chosen(const struct pool *pool, const struct choice *choice)
{
	return pool->sized == choice->within && strstr(pool->words[NAME], choice->filter);
}

void rows_make(struct rows *rows, const struct snapshot *snapshot, const struct pasts *pasts,
	       const struct choice *choice)
{
	size_t i;

	*rows = (struct rows){ .rows = grow(NULL, snapshot->nr + 1, sizeof(*rows->rows)) };
	for (i = 0; i < snapshot->nr; i++) {
		const struct pool *pool = &snapshot->pools[i];

		if (!is_chosen(pool, choice))
			continue;
		rows->rows[rows->nr] = (struct row){ pool, pasts_find(pasts, pool) };
		add_to_totals(&rows->totals, &rows->rows[rows->nr++]);
	}
	sort_rows(rows, choice);
}

void rows_free(struct rows *rows)
{
	free(rows->rows);
	*rows = (struct rows){};
}
