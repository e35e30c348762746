// SPDX-License-Identifier: GPL-2.0
/*
 * Metrics in Prometheus' text format, as the textfile collector of node_exporter takes them in.
 *
 * A pool is known by its name, never its id: those of one that is made anew each day would grow
 * without end. Names are unique among live pools; those that are dying can have one more than
 * once, and are summed up: of them there are no counters, for such a sum shrinks when one of them
 * goes. Pools that cannot be told apart never make the same series twice.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"

static const enum word labels[] = { NAME, OWNER, KIND, OF, STATE };

/* "-" stands for nothing; so does, to Prometheus, an empty label. */
static const char *label(const struct pool *pool, enum word word)
{
	if (word == STATE)
		return pool_is_dying(pool) ? "dying" : "live";
	return strcmp(pool->words[word], "-") ? pool->words[word] : "";
}

static int by_labels(const void *a, const void *b)
{
	const struct pool *x = *(const struct pool **)a, *y = *(const struct pool **)b;
	int order = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(labels) && !order; i++)
		order = strcmp(label(x, labels[i]), label(y, labels[i]));
	return order;
}

static void print_value(const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putchar('\\');
		putchar(*value);
	}
}

static void print_series(const struct figure_info *info, const struct pool *pool,
			 unsigned long long value)
{
	size_t i;

	printf("%s{", info->metric);
	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		printf("%s%s=\"", i ? "," : "", word_keys[labels[i]]);
		print_value(label(pool, labels[i]));
		printf("\"");
	}
	printf("} %llu\n", value);
}

static bool is_series(const struct pool *pool, enum figure figure)
{
	const struct figure_info *info = &figures[figure];

	if (!pool_has(pool, figure) || (info->zero_is_none && !pool->figures[figure]))
		return false;
	if (info->not_of_sized && pool_is(pool, KIND, "sized"))
		return false;
	return !(info->counter && pool_is_dying(pool));
}

/* Of pools that cannot be told apart, the sum; or of what is none, the first one's. */
static void print_metric(enum figure figure, const struct pool **pools, size_t nr)
{
	const struct figure_info *info = &figures[figure];
	bool begun = false;
	size_t i, next;

	for (i = 0; i < nr; i = next) {
		unsigned long long value = 0;
		bool has = false;

		for (next = i; next < nr && !by_labels(&pools[i], &pools[next]); next++) {
			if (!is_series(pools[next], figure))
				continue;
			if (!has || info->adds)
				value += pools[next]->figures[figure];
			has = true;
		}
		if (!has)
			continue;
		if (!begun)
			printf("# HELP %s %s\n# TYPE %s %s\n", info->metric, info->help,
			       info->metric, info->counter ? "counter" : "gauge");
		begun = true;
		print_series(info, pools[i], value);
	}
}

static void print_pools(const struct pool **pools, size_t nr)
{
	size_t dying = 0, live = 0, i;

	for (i = 0; i < nr; i++) {
		if (pool_is_part(pools[i]))
			continue;
		if (pool_is_dying(pools[i]))
			dying++;
		else
			live++;
	}
	printf("# HELP mpool_pools Pools, without the classes of sized ones.\n"
	       "# TYPE mpool_pools gauge\n"
	       "mpool_pools{state=\"live\"} %zu\n"
	       "mpool_pools{state=\"dying\"} %zu\n", live, dying);
}

int print_prom(const struct snapshot *snapshot)
{
	const struct pool **pools = grow(NULL, snapshot->nr + 1, sizeof(*pools));
	enum figure figure;
	size_t i;

	for (i = 0; i < snapshot->nr; i++)
		pools[i] = &snapshot->pools[i];
	qsort(pools, snapshot->nr, sizeof(*pools), by_labels);
	print_pools(pools, snapshot->nr);
	for (figure = 0; figure < NR_FIGURES; figure++) {
		if (figures[figure].metric)
			print_metric(figure, pools, snapshot->nr);
	}
	free(pools);
	return EXIT_GOOD;
}
