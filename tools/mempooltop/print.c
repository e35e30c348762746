// SPDX-License-Identifier: GPL-2.0
/*
 * A table of pools, or one in full, on stdout.
 */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "top.h"

int print_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return WIDTH_ANY;
	return size.ws_col;
}

/* The console's fonts do not have all of the blocks. */
bool print_utf8(void)
{
	const char *terminal = getenv("TERM");

	return !strcmp(nl_langinfo(CODESET), "UTF-8") && !(terminal && !strcmp(terminal, "linux"));
}

static void print_table(struct text *text, const struct rows *rows)
{
	int width = print_width();
	struct layout layout;
	size_t i;

	layout_make(&layout, rows, width, print_utf8());
	totals_line(text, &rows->totals, width);
	text_add(text, "\n\n");
	layout_heading(&layout, text);
	text_end_line(text);
	for (i = 0; i < rows->nr; i++) {
		layout_row(&layout, text, &rows->rows[i]);
		text_end_line(text);
	}
}

int print_once(const struct options *options, const struct snapshot *snapshot,
	       const struct pasts *pasts)
{
	struct choice choice = {
		.sort = options->sort, .reverse = options->reverse, .filter = options->filter };
	struct text text = {};
	struct rows rows;

	if (options->pool) {
		struct stage stage = { &options->source, snapshot, pasts,
			snapshot_find(snapshot, options->pool) };

		if (!stage.pool) {
			complain("there is no pool \"%s\"", options->pool);
			return EXIT_TROUBLE;
		}
		view_make(&text, &stage, print_width(), print_utf8());
	} else {
		rows_make(&rows, snapshot, pasts, &choice);
		print_table(&text, &rows);
		rows_free(&rows);
	}
	fputs(text.at, stdout);
	text_free(&text);
	return EXIT_GOOD;
}
