// SPDX-License-Identifier: GPL-2.0
/*
 * The table of pools, as text. Which columns there are depends on how wide the terminal is: they
 * are taken in by their rank, as long as there is room, and shown in the order below.
 */
#include <assert.h>
#include <limits.h>
#include <string.h>

#include "top.h"

enum column {
	COL_POOL, COL_KIND, COL_SIZE, COL_FOOTPRINT, COL_IN_USE, COL_OBJECTS, COL_USE, COL_LIMIT,
	COL_RATE, COL_FAILS, COL_WAITING, COL_PAST, COL_OWNER
};

/* From this many columns on a name is cut where there is no room for all. */
#define NAME_LEAST	20
#define PAST_LEAST	10
#define PAST_MOST	60

static_assert(COL_OWNER + 1 == NR_COLUMNS, "a width for each column");

static const struct {
	const char *title;
	int width;
	bool left;
} columns[NR_COLUMNS] = {
	[COL_POOL]	= { "POOL", 4, true },
	[COL_KIND]	= { "KIND", 5, true },
	[COL_SIZE]	= { "SIZE", 5 },
	[COL_FOOTPRINT]	= { "FOOTPRINT", 9 },
	[COL_IN_USE]	= { "IN USE", 6 },
	[COL_OBJECTS]	= { "OBJECTS", 7 },
	[COL_USE]	= { "USE%", 4 },
	[COL_LIMIT]	= { "LIMIT", 6 },
	[COL_RATE]	= { "ALLOCS/S", 8 },
	[COL_FAILS]	= { "FAILS", 6 },
	[COL_WAITING]	= { "WAITING", 7 },
	[COL_PAST]	= { "IN USE OVER TIME", PAST_LEAST, true },
	[COL_OWNER]	= { "OWNER", 5, true },
};

static const enum column ranks[NR_COLUMNS] = {
	COL_POOL, COL_FOOTPRINT, COL_IN_USE, COL_RATE, COL_FAILS, COL_WAITING, COL_PAST, COL_KIND,
	COL_OBJECTS, COL_USE, COL_LIMIT, COL_SIZE, COL_OWNER
};

static int longest(const struct rows *rows, enum word word, int at_least)
{
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		int length = strlen(rows->rows[i].pool->words[word]);

		if (length > at_least)
			at_least = length;
	}
	return at_least;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

void layout_make(struct layout *layout, const struct rows *rows, int width, bool utf8)
{
	int name = longest(rows, NAME, columns[COL_POOL].width);
	int owner = longest(rows, OWNER, columns[COL_OWNER].width);
	int left = width == WIDTH_ANY ? 4 * WORD_LEN : width, more, i;

	*layout = (struct layout){ .utf8 = utf8 };
	for (i = 0; i < NR_COLUMNS; i++) {
		enum column column = ranks[i];
		/* But for the first column there is a blank before. */
		int want = columns[column].width, blank = i > 0;

		if (column == COL_POOL)
			want = least(least(name, NAME_LEAST), width == WIDTH_ANY ? name : width);
		else if (column == COL_OWNER)
			want = owner;
		if (width == WIDTH_ANY && column == COL_PAST)
			continue;
		if (left < want + blank)
			break;
		layout->widths[column] = want;
		left -= want + blank;
	}
	more = least(left, name - layout->widths[COL_POOL]);
	layout->widths[COL_POOL] += more;
	if (layout->widths[COL_PAST])
		layout->widths[COL_PAST] += least(left - more, PAST_MOST - PAST_LEAST);
}

/* What does not fit is cut, which a ~ shows. */
static void add_cell(struct text *text, const char *cell, int width, bool to_left)
{
	if ((int)strlen(cell) > width)
		text_add(text, "%.*s~", width - 1, cell);
	else
		text_add(text, "%*s", to_left ? -width : width, cell);
}

void layout_heading(const struct layout *layout, struct text *text)
{
	enum column i;

	for (i = 0; i < NR_COLUMNS; i++) {
		if (!layout->widths[i])
			continue;
		if (i > 0)
			text_add(text, " ");
		if (i == COL_PAST && layout->widths[i] < (int)strlen(columns[i].title))
			add_cell(text, "OVER TIME", layout->widths[i], true);
		else
			add_cell(text, columns[i].title, layout->widths[i], columns[i].left);
	}
}

static void figure_cell(char cell[CELL_LEN], const struct pool *pool, enum figure figure)
{
	if (!pool_has(pool, figure) ||
	    (figures[figure].not_of_sized && pool_is(pool, KIND, "sized")) ||
	    (figures[figure].zero_is_none && !pool->figures[figure]))
		snprintf(cell, CELL_LEN, "-");
	else if (figures[figure].unit == UNIT_BYTES)
		short_bytes(cell, pool->figures[figure]);
	else
		short_count(cell, pool->figures[figure]);
}

static void rate_cell(char cell[CELL_LEN], bool known, double rate)
{
	if (!known)
		snprintf(cell, CELL_LEN, "-");
	else if (rate < 9.95 && rate > 0)
		snprintf(cell, CELL_LEN, "%.1f", rate);
	else
		short_count(cell, rate < 1e19 ? rate + 0.5 : ULLONG_MAX);
}

static void use_cell(char cell[CELL_LEN], const struct pool *pool)
{
	double objects = pool->figures[OBJECTS];
	double use = objects ? 100.0 * pool->figures[IN_USE] / objects : 0;

	if (!pool_has(pool, IN_USE) || !objects)
		snprintf(cell, CELL_LEN, "-");
	else
		snprintf(cell, CELL_LEN, "%.0f%%", use < 999 ? use : 999);
}

static const enum figure column_figures[NR_COLUMNS] = {
	[COL_SIZE]	= SIZE,
	[COL_FOOTPRINT]	= FOOTPRINT,
	[COL_IN_USE]	= IN_USE,
	[COL_OBJECTS]	= OBJECTS,
	[COL_LIMIT]	= LIMIT,
	[COL_FAILS]	= FAILS,
	[COL_WAITING]	= WAITING,
};

static const char *kind_cell(const struct pool *pool)
{
	if (pool_is_dying(pool))
		return "dying";
	return pool->words[KIND][0] ? pool->words[KIND] : "-";
}

void layout_row(const struct layout *layout, struct text *text, const struct row *row)
{
	const struct pool *pool = row->pool;
	char cell[CELL_LEN];
	enum column i;

	for (i = 0; i < NR_COLUMNS; i++) {
		if (!layout->widths[i])
			continue;
		if (i > 0)
			text_add(text, " ");
		if (i == COL_POOL) {
			add_cell(text, pool->words[NAME], layout->widths[i], true);
		} else if (i == COL_KIND) {
			add_cell(text, kind_cell(pool), layout->widths[i], true);
		} else if (i == COL_OWNER) {
			add_cell(text, pool->words[OWNER], layout->widths[i], true);
		} else if (i == COL_PAST) {
			sparkline(text, row->past, layout->widths[i], layout->utf8);
		} else {
			if (i == COL_USE)
				use_cell(cell, pool);
			else if (i == COL_RATE)
				rate_cell(cell, row->past && row->past->has_rates,
					  row->past ? row->past->allocs_rate : 0);
			else
				figure_cell(cell, pool, column_figures[i]);
			add_cell(text, cell, layout->widths[i], false);
		}
	}
}

/* Add one more part, if there is still room for it. */
static void add_part(struct text *text, int width, const char *format, ...)
{
	char part[80];
	va_list args;

	va_start(args, format);
	vsnprintf(part, sizeof(part), format, args);
	va_end(args);
	if (width == WIDTH_ANY || text->length + strlen(part) <= (size_t)width)
		text_add(text, "%s", part);
}

void totals_line(struct text *text, const struct totals *totals, int width)
{
	const unsigned long long *sums = totals->figures;
	char cell[CELL_LEN], more[CELL_LEN];

	text_add(text, "%zu pool%s", totals->pools, totals->pools == 1 ? "" : "s");
	if (totals->dying)
		add_part(text, width, " (%zu dying)", totals->dying);
	short_bytes(cell, sums[FOOTPRINT]);
	add_part(text, width, ", %s footprint", cell);
	short_count(cell, sums[IN_USE]);
	short_count(more, sums[OBJECTS]);
	add_part(text, width, ", %s of %s in use", cell, more);
	short_count(cell, sums[WAITING]);
	add_part(text, width, ", %s waiting", cell);
	rate_cell(cell, totals->has_rates, totals->allocs_rate);
	add_part(text, width, ", %s allocs/s", cell);
	short_count(cell, sums[FAILS]);
	add_part(text, width, ", %s fails", cell);
}
