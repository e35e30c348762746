// SPDX-License-Identifier: GPL-2.0
/*
 * A pool in full, as lines of text: its use over time, its classes if it is a sized pool, or the
 * places in the kernel that hold its objects; and all its figures.
 */
#include <string.h>

#include "top.h"

/* A figure takes that much, and as many are in a line as there is room for. */
#define FIGURE_WIDTH	38

static void add_figure(struct text *text, const struct pool *pool, enum figure figure)
{
	unsigned long long value = pool->figures[figure];
	char cell[CELL_LEN], exact[2 * CELL_LEN];

	short_bytes(cell, value);
	if (figures[figure].zero_is_none && !value)
		snprintf(exact, sizeof(exact), "none");
	else if (figures[figure].unit == UNIT_BYTES && value >= 1024)
		snprintf(exact, sizeof(exact), "%llu (%s)", value, cell);
	else
		snprintf(exact, sizeof(exact), "%llu", value);
	text_add(text, "  %-13s %-*s", figures[figure].key, FIGURE_WIDTH - 16, exact);
}

static void add_figures(struct text *text, const struct pool *pool, int width)
{
	int in_line = width == WIDTH_ANY ? 2 : width / FIGURE_WIDTH, nr = 0;
	bool is_sized = pool_is(pool, KIND, "sized");
	enum figure i;

	text_add(text, "\n");
	if (in_line < 1)
		in_line = 1;
	for (i = SIZE; i < NR_FIGURES; i++) {
		if (!pool_has(pool, i) || (is_sized && figures[i].not_of_sized))
			continue;
		add_figure(text, pool, i);
		if (++nr % in_line == 0)
			text_end_line(text);
	}
	if (nr % in_line)
		text_end_line(text);
}

/* In the line that begins at @begin, or in a new one if there is no room. */
static void add_word(struct text *text, size_t *begin, int width, const char *key,
		     const char *value)
{
	size_t length = strlen(key) + strlen(value) + 3;

	if (width != WIDTH_ANY && text->length - *begin + length > (size_t)width) {
		text_add(text, "\n");
		*begin = text->length;
	}
	text_add(text, "  %s %s", key, value);
}

static void add_words(struct text *text, const struct pool *pool, int width)
{
	size_t begin = text->length;
	char id[CELL_LEN];
	enum word i;

	text_add(text, "%s", pool->words[NAME]);
	snprintf(id, sizeof(id), "%llu", pool->figures[ID]);
	if (pool_has(pool, ID))
		add_word(text, &begin, width, "id", id);
	for (i = OWNER; i < NR_WORDS; i++) {
		if (pool->words[i][0] && strcmp(pool->words[i], "-"))
			add_word(text, &begin, width, word_keys[i], pool->words[i]);
	}
	text_add(text, "\n");
}

static const char title[] = "In use over time: ";

static void add_past(struct text *text, const struct past *past, int width, bool utf8)
{
	int columns = width == WIDTH_ANY ? PAST_LEN : width - (int)strlen(title);

	if (past && past->has_rates)
		text_add(text, "%.1f allocs/s, %.1f fails/s\n", past->allocs_rate,
			 past->fails_rate);
	if (!past || past->nr < 2 || columns < 1)
		return;
	text_add(text, "%s", title);
	sparkline(text, past, columns < past->nr ? columns : past->nr, utf8);
	text_add(text, "\n");
}

static void add_classes(struct text *text, const struct stage *stage, int width, bool utf8)
{
	struct choice choice = { .filter = "", .within = stage->pool };
	struct layout layout;
	struct rows rows;
	size_t i;

	rows_make(&rows, stage->snapshot, stage->pasts, &choice);
	layout_make(&layout, &rows, width, utf8);
	text_add(text, "\nClasses:\n");
	layout_heading(&layout, text);
	text_end_line(text);
	for (i = 0; i < rows.nr; i++) {
		layout_row(&layout, text, &rows.rows[i]);
		text_end_line(text);
	}
	rows_free(&rows);
}

static void add_sites(struct text *text, const struct stage *stage)
{
	struct site sites[VIEW_SITES];
	char objects[CELL_LEN], bytes[CELL_LEN];
	int nr = source_sites(stage->source, stage->snapshot, stage->pool, sites, VIEW_SITES);
	int i;

	text_add(text, "\nCall sites that hold its objects:");
	if (nr <= 0) {
		text_add(text, " %s\n", nr ? sites_error(stage->source, stage->pool, nr) : "none");
		return;
	}
	text_add(text, "\n  OBJECTS   BYTES  ALLOCATED BY\n");
	for (i = 0; i < nr; i++) {
		short_count(objects, sites[i].objects);
		short_bytes(bytes, sites[i].bytes);
		text_add(text, "  %7s %7s  %s\n", objects, bytes,
			 sites[i].name[0] ? sites[i].name : "(all others)");
	}
}

void view_make(struct text *text, const struct stage *stage, int width, bool utf8)
{
	add_words(text, stage->pool, width);
	add_past(text, pasts_find(stage->pasts, stage->pool), width, utf8);
	if (pool_is(stage->pool, KIND, "sized"))
		add_classes(text, stage, width, utf8);
	else
		add_sites(text, stage);
	add_figures(text, stage->pool, width);
}
