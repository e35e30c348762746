// SPDX-License-Identifier: GPL-2.0
/*
 * Pools as JSON. Sized pools have their classes inside, so that who adds up pools counts nothing
 * twice. What a line does not have is left out, and so are rates that are not known.
 */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "top.h"

/* A library's numbers are floating, and would lose what is beyond 2^53. */
static void add_count(cJSON *to, const char *key, unsigned long long value)
{
	char digits[CELL_LEN];

	snprintf(digits, sizeof(digits), "%llu", value);
	cJSON_AddRawToObject(to, key, digits);
}

static cJSON *make_pool(const struct row *row)
{
	cJSON *json = cJSON_CreateObject();
	int i;

	for (i = 0; i < NR_WORDS; i++) {
		if (row->pool->words[i][0])
			cJSON_AddStringToObject(json, word_keys[i], row->pool->words[i]);
	}
	for (i = 0; i < NR_FIGURES; i++) {
		if (pool_has(row->pool, i))
			add_count(json, figures[i].key, row->pool->figures[i]);
	}
	if (row->past && row->past->has_rates) {
		cJSON_AddNumberToObject(json, "allocs_per_second", row->past->allocs_rate);
		cJSON_AddNumberToObject(json, "fails_per_second", row->past->fails_rate);
	}
	return json;
}

/* What is chosen, as an array; its totals too. */
static cJSON *make_pools(const struct snapshot *snapshot, const struct pasts *pasts,
			 const struct choice *choice, struct totals *totals)
{
	cJSON *array = cJSON_CreateArray(), *json;
	struct choice within = *choice;
	struct rows rows;
	size_t i;

	rows_make(&rows, snapshot, pasts, choice);
	*totals = rows.totals;
	within.filter = "";
	for (i = 0; i < rows.nr; i++) {
		json = make_pool(&rows.rows[i]);
		cJSON_AddItemToArray(array, json);
		within.within = rows.rows[i].pool;
		if (pool_is(within.within, KIND, "sized")) {
			struct totals of_classes;

			cJSON_AddItemToObject(json, "classes",
					      make_pools(snapshot, pasts, &within, &of_classes));
		}
	}
	rows_free(&rows);
	return array;
}

static cJSON *make_totals(const struct totals *totals)
{
	cJSON *json = cJSON_CreateObject();
	enum figure i;

	add_count(json, "pools", totals->pools);
	add_count(json, "dying", totals->dying);
	for (i = 0; i < NR_FIGURES; i++) {
		if (figures[i].adds)
			add_count(json, figures[i].key, totals->figures[i]);
	}
	if (totals->has_rates) {
		cJSON_AddNumberToObject(json, "allocs_per_second", totals->allocs_rate);
		cJSON_AddNumberToObject(json, "fails_per_second", totals->fails_rate);
	}
	return json;
}

static void add_sites(cJSON *to, const struct source *source, const struct snapshot *snapshot,
		      const struct pool *pool)
{
	struct site sites[VIEW_SITES];
	int nr = source_sites(source, snapshot, pool, sites, VIEW_SITES), i;
	cJSON *array, *json;

	if (nr < 0) {
		cJSON_AddStringToObject(to, "sites_error", sites_error(source, pool, nr));
		return;
	}
	array = cJSON_AddArrayToObject(to, "sites");
	for (i = 0; i < nr; i++) {
		json = cJSON_CreateObject();
		add_count(json, "objects", sites[i].objects);
		add_count(json, "bytes", sites[i].bytes);
		cJSON_AddStringToObject(json, "name", sites[i].name);
		cJSON_AddItemToArray(array, json);
	}
}

/* The pool alone, its classes, and who holds its objects. */
static cJSON *make_one(const struct options *options, const struct snapshot *snapshot,
		       const struct pasts *pasts)
{
	const struct pool *pool = snapshot_find(snapshot, options->pool);
	struct choice choice = { .sort = options->sort, .reverse = options->reverse,
		.filter = "", .within = pool };
	struct totals totals;
	cJSON *json;

	if (!pool)
		return NULL;
	json = make_pool(&(struct row){ pool, pasts_find(pasts, pool) });
	if (pool_is(pool, KIND, "sized"))
		cJSON_AddItemToObject(json, "classes",
				      make_pools(snapshot, pasts, &choice, &totals));
	add_sites(json, &options->source, snapshot, pool);
	return json;
}

static cJSON *make_all(const struct options *options, const struct snapshot *snapshot,
		       const struct pasts *pasts)
{
	struct choice choice = {
		.sort = options->sort, .reverse = options->reverse, .filter = options->filter };
	cJSON *json = cJSON_CreateObject(), *pools;
	struct totals totals;

	pools = make_pools(snapshot, pasts, &choice, &totals);
	cJSON_AddStringToObject(json, "version", MPOOL_VERSION);
	cJSON_AddItemToObject(json, "totals", make_totals(&totals));
	cJSON_AddItemToObject(json, "pools", pools);
	return json;
}

int print_json(const struct options *options, const struct snapshot *snapshot,
	       const struct pasts *pasts)
{
	cJSON *json = options->pool ? make_one(options, snapshot, pasts) :
				      make_all(options, snapshot, pasts);
	char *text;

	if (!json) {
		complain("there is no pool \"%s\"", options->pool);
		return EXIT_TROUBLE;
	}
	text = cJSON_Print(json);
	cJSON_Delete(json);
	if (!text) {
		complain("out of memory");
		return EXIT_TROUBLE;
	}
	puts(text);
	cJSON_free(text);
	return EXIT_GOOD;
}
