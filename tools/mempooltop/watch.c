// SPDX-License-Identifier: GPL-2.0
/*
 * Wait until a figure of a pool is above or below a value, for scripts.
 */
#include <string.h>

#include "top.h"

/* What was seen of the pool last. */
struct seen {
	bool pool;
	unsigned long long id, counter;
	double first, time;
};

/* By its name at first, and then by its id: another of that name is another pool. */
static const struct pool *find_pool(const struct snapshot *snapshot, const char *name,
				    const struct seen *seen)
{
	const struct pool *pool;

	if (!seen->pool)
		return snapshot_find(snapshot, name);
	for (pool = snapshot->pools; pool < snapshot->pools + snapshot->nr; pool++) {
		if (pool->figures[ID] == seen->id && !strcmp(pool->words[NAME], name))
			return pool;
	}
	return NULL;
}

static bool is_beyond(double value, const struct condition *condition)
{
	return condition->above ? value > condition->value : value < condition->value;
}

static void tell(const struct options *options, const char *value)
{
	const struct condition *condition = &options->condition;

	printf("%s: %s%s is %s, %s %llu\n", options->pool, figures[condition->figure].key,
	       condition->rate ? "/s" : "", value, condition->above ? "above" : "below",
	       condition->value);
}

static bool is_reached(const struct options *options, const struct snapshot *snapshot,
		       const struct pool *pool, const struct seen *seen)
{
	const struct condition *condition = &options->condition;
	unsigned long long figure = pool->figures[condition->figure], growth;
	double seconds = snapshot->time - seen->time, value = figure;
	char digits[CELL_LEN];

	if (condition->rate) {
		if (!seen->pool || seconds <= 0 ||
		    !counter_growth(seen->counter, figure, &growth))
			return false;
		value = growth / seconds;
		snprintf(digits, sizeof(digits), "%.1f", value);
	} else {
		snprintf(digits, sizeof(digits), "%llu", figure);
	}
	if (!is_beyond(value, condition))
		return false;
	tell(options, digits);
	return true;
}

/* An exit code, or -1 to look again. */
static int look(const struct options *options, const struct snapshot *snapshot, struct seen *seen)
{
	const struct pool *pool = find_pool(snapshot, options->pool, seen);

	if (!pool) {
		complain(seen->pool ? "the pool \"%s\" is gone" : "there is no pool \"%s\"",
			 options->pool);
		return seen->pool ? EXIT_GONE : EXIT_TROUBLE;
	}
	if (!pool_has(pool, options->condition.figure)) {
		complain("the pool \"%s\" has no %s", options->pool,
			 figures[options->condition.figure].key);
		return EXIT_TROUBLE;
	}
	if (!seen->pool)
		seen->first = snapshot->time;
	else if (options->timeout >= 0 && snapshot->time - seen->first > options->timeout &&
		 !source_is_device(&options->source))
		return EXIT_TIMEOUT;
	if (is_reached(options, snapshot, pool, seen))
		return EXIT_GOOD;
	*seen = (struct seen){ true, pool->figures[ID], pool->figures[options->condition.figure],
		seen->first, snapshot->time };
	return -1;
}

/* Until the next look, or until time is up; false if it is. */
static bool wait_for_next(const struct options *options, const struct seen *seen)
{
	double left = options->timeout - (now() - seen->first);

	if (!source_is_device(&options->source))
		return true;
	if (options->timeout < 0 || left > options->delay) {
		pause_for(options->delay);
		return true;
	}
	if (left <= 0)
		return false;
	pause_for(left);
	return true;
}

int watch(struct options *options)
{
	struct seen seen = {};
	struct snapshot snapshot;
	int code = -1;

	while (code < 0) {
		switch (source_next(&options->source, &snapshot)) {
		case GOT_ERROR:
			complain("%s", options->source.error);
			return EXIT_TROUBLE;
		case GOT_END:
			code = EXIT_TIMEOUT;
			break;
		case GOT_SNAPSHOT:
			code = look(options, &snapshot, &seen);
			snapshot_free(&snapshot);
			if (code < 0 && !wait_for_next(options, &seen))
				code = EXIT_TIMEOUT;
			break;
		}
	}
	if (code == EXIT_TIMEOUT)
		complain("%s of \"%s\" was not %s %llu in time",
			 figures[options->condition.figure].key, options->pool,
			 options->condition.above ? "above" : "below", options->condition.value);
	return code;
}
