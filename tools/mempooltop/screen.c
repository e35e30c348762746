// SPDX-License-Identifier: GPL-2.0
/*
 * The whole screen: a list of pools, a pool in full, or help; and what keys do.
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

/* Lines of the list that are not pools: title, totals and heading above, keys below. */
#define LINES_ABOVE	3
#define LINES_BELOW	1

#define KEY_ESCAPE	27

enum page { PAGE_LIST, PAGE_VIEW, PAGE_HELP };

/* What a pool is known by from one snapshot to the next. */
struct known {
	unsigned long long id;
	char name[WORD_LEN];
};

/**
 * struct screen - what is shown
 * @within: sized pool whose classes are; name is "" for all pools
 * @viewed: pool that is shown in full
 * @followed: pool that the cursor is on; name is "" while it stays at the top
 * @cursor: row that it is on
 * @top: first row that is shown
 * @scroll: first line of a page of text that is shown
 * @typing: the filter is being typed
 * @broken: the device could not be read last
 * @message: shown instead of the keys, until a key is pressed
 */
struct screen {
	struct options *options;
	struct snapshot snapshot;
	struct pasts pasts;
	struct rows rows;
	struct choice choice;
	enum page page;
	struct known within, viewed, followed;
	size_t cursor, top, scroll;
	char filter[WORD_LEN];
	bool typing, utf8, ended, broken, colours;
	char message[256];
};

static const char help[] =
"up down PgUp PgDn Home End   move, or scroll\n"
"ENTER right                  a sized pool's classes, or the pool in full\n"
"v                            the pool in full, a sized one too\n"
"ESC left BACKSPACE           back\n"
"f                            sort by footprint\n"
"u                            sort by objects in use\n"
"a                            sort by allocations a second\n"
"x                            sort by failed allocations\n"
"w                            sort by requests that wait\n"
"n                            sort by name\n"
"r                            the other way round\n"
"/                            only pools whose names have a text; empty for all\n"
"SPACE                        look at once\n"
"q                            quit\n"
"\n"
"Shown bold, or in colour: pools with misuses or withheld objects, which have\n"
"a bug; pools that are dying; and pools that somebody waits for.\n";

/* --- what is shown --- */

static void know(struct known *known, const struct pool *pool)
{
	*known = (struct known){ .id = pool->figures[ID] };
	memcpy(known->name, pool->words[NAME], WORD_LEN);
}

static bool is_known(const struct known *known, const struct pool *pool)
{
	return known->id == pool->figures[ID] && !strcmp(known->name, pool->words[NAME]);
}

static const struct pool *find_known(const struct screen *screen, const struct known *known)
{
	size_t i;

	for (i = 0; known->name[0] && i < screen->snapshot.nr; i++) {
		if (is_known(known, &screen->snapshot.pools[i]))
			return &screen->snapshot.pools[i];
	}
	return NULL;
}

static size_t room_for_rows(void)
{
	int room = LINES - LINES_ABOVE - LINES_BELOW;

	return room > 0 ? room : 1;
}

/* Rows have changed: the cursor stays at its pool, if that is still there. */
static void place_cursor(struct screen *screen)
{
	size_t i, room = room_for_rows();

	for (i = 0; screen->followed.name[0] && i < screen->rows.nr; i++) {
		if (is_known(&screen->followed, screen->rows.rows[i].pool))
			screen->cursor = i;
	}
	if (screen->cursor >= screen->rows.nr)
		screen->cursor = screen->rows.nr ? screen->rows.nr - 1 : 0;
	if (screen->top > screen->cursor)
		screen->top = screen->cursor;
	if (screen->cursor >= screen->top + room)
		screen->top = screen->cursor - room + 1;
}

static void make_rows(struct screen *screen)
{
	const struct pool *within = find_known(screen, &screen->within);

	if (screen->within.name[0] && !within) {
		snprintf(screen->message, sizeof(screen->message), "the pool %s is gone",
			 screen->within.name);
		screen->within.name[0] = '\0';
	}
	screen->choice.within = within;
	screen->choice.filter = within ? "" : screen->filter;
	rows_free(&screen->rows);
	rows_make(&screen->rows, &screen->snapshot, &screen->pasts, &screen->choice);
	place_cursor(screen);
}

/* What there was stays, if there is nothing new. */
static void take(struct screen *screen)
{
	struct snapshot next;

	enum got got = source_next(&screen->options->source, &next);

	if (screen->broken)
		screen->message[0] = '\0';
	screen->broken = got == GOT_ERROR;
	switch (got) {
	case GOT_SNAPSHOT:
		snapshot_free(&screen->snapshot);
		screen->snapshot = next;
		pasts_update(&screen->pasts, &next);
		break;
	case GOT_ERROR:
		snprintf(screen->message, sizeof(screen->message), "%s",
			 screen->options->source.error);
		break;
	case GOT_END:
		screen->ended = true;
		break;
	}
	make_rows(screen);
}

/* --- drawing --- */

/* How many bytes of a line fit into so many columns. A character of more bytes is of one column. */
static int fitting(const char *line, int length, int columns)
{
	int i;

	for (i = 0; i < length; i++) {
		if (((unsigned char)line[i] & 0xc0) != 0x80 && columns-- == 0)
			break;
	}
	return i;
}

/* The whole line has the attribute, to the terminal's end. */
static void put_line(int y, const char *line, int length, attr_t attributes)
{
	if (y < 0 || y >= LINES)
		return;
	attrset(attributes);
	mvhline(y, 0, ' ', COLS);
	mvaddnstr(y, 0, line, fitting(line, length, COLS));
	attrset(A_NORMAL);
}

static attr_t row_attributes(const struct screen *screen, const struct pool *pool)
{
	if (pool->figures[MISUSES] || pool->figures[WITHHELD])
		return A_BOLD | (screen->colours ? COLOR_PAIR(1) : 0);
	if (pool_is_dying(pool) || pool->figures[WAITING])
		return screen->colours ? COLOR_PAIR(2) : A_BOLD;
	return A_NORMAL;
}

static void draw_title(const struct screen *screen)
{
	struct text text = {};

	if (screen->within.name[0])
		text_add(&text, "mempooltop: classes of %s", screen->within.name);
	else
		text_add(&text, "mempooltop: pools");
	if (screen->filter[0] && !screen->within.name[0])
		text_add(&text, " with \"%s\"", screen->filter);
	text_add(&text, " by %s%s", sort_names[screen->choice.sort],
		 screen->choice.reverse ? ", reversed" : "");
	if (screen->ended)
		text_add(&text, ", end of the recording");
	if (screen->snapshot.bad_lines)
		text_add(&text, ", %zu bad lines", screen->snapshot.bad_lines);
	put_line(0, text.at, text.length, A_BOLD);
	text_free(&text);
}

static void draw_bottom(const struct screen *screen)
{
	static const char * const keys[] = {
		[PAGE_LIST] = "q quit  ENTER open  v in full  / filter  f u a x w n sort  ? help",
		[PAGE_VIEW] = "q quit  ESC back  up down scroll",
		[PAGE_HELP] = "q quit  ESC back  up down scroll",
	};
	struct text text = {};

	if (screen->typing)
		text_add(&text, "Names with: %s", screen->filter);
	else
		text_add(&text, "%s", screen->message[0] ? screen->message : keys[screen->page]);
	put_line(LINES - 1, text.at, text.length, A_BOLD);
	curs_set(screen->typing);
	if (screen->typing)
		move(LINES - 1, text.length < (size_t)COLS ? (int)text.length : COLS - 1);
	text_free(&text);
}

static void draw_list(const struct screen *screen)
{
	struct layout layout;
	struct text text = {};
	size_t i, room = room_for_rows();

	draw_title(screen);
	totals_line(&text, &screen->rows.totals, COLS);
	put_line(1, text.at, text.length, A_NORMAL);
	layout_make(&layout, &screen->rows, COLS, screen->utf8);
	text.length = 0;
	layout_heading(&layout, &text);
	put_line(2, text.at, text.length, A_REVERSE);
	for (i = screen->top; i < screen->rows.nr && i < screen->top + room; i++) {
		attr_t attributes = row_attributes(screen, screen->rows.rows[i].pool);

		text.length = 0;
		layout_row(&layout, &text, &screen->rows.rows[i]);
		put_line(LINES_ABOVE + i - screen->top, text.at, text.length,
			 attributes | (i == screen->cursor ? A_REVERSE : 0));
	}
	text_free(&text);
}

/* Lines of text, from the one that was scrolled to. */
static void draw_text(struct screen *screen, const struct text *text)
{
	size_t count = 0, room = LINES - LINES_BELOW, i;
	const char *at;

	for (at = text->at; *at; at++)
		count += *at == '\n';
	if (!room)
		return;
	if (screen->scroll + room > count)
		screen->scroll = count > room ? count - room : 0;
	at = text->at;
	for (i = 0; *at; i++) {
		size_t length = strcspn(at, "\n");

		if (i >= screen->scroll && i - screen->scroll < room)
			put_line(i - screen->scroll, at, length, i ? A_NORMAL : A_BOLD);
		at += length + (at[length] == '\n');
	}
}

static void draw_view(struct screen *screen)
{
	struct stage stage = { &screen->options->source, &screen->snapshot, &screen->pasts,
		find_known(screen, &screen->viewed) };
	struct text text = {};

	if (stage.pool)
		view_make(&text, &stage, COLS, screen->utf8);
	else
		text_add(&text, "The pool %s is gone.\n", screen->viewed.name);
	draw_text(screen, &text);
	text_free(&text);
}

static void draw(struct screen *screen)
{
	struct text text = {};

	erase();
	place_cursor(screen);
	switch (screen->page) {
	case PAGE_LIST:
		draw_list(screen);
		break;
	case PAGE_VIEW:
		draw_view(screen);
		break;
	case PAGE_HELP:
		text_add(&text, "%s", help);
		draw_text(screen, &text);
		text_free(&text);
		break;
	}
	draw_bottom(screen);
	refresh();
}

/* --- keys --- */

static void show_page(struct screen *screen, enum page page)
{
	screen->page = page;
	screen->scroll = 0;
}

/* Rows are others now. */
static void go_to_top(struct screen *screen)
{
	screen->followed.name[0] = '\0';
	screen->cursor = 0;
	screen->top = 0;
	make_rows(screen);
}

static void view_pool(struct screen *screen)
{
	if (!screen->rows.nr)
		return;
	know(&screen->viewed, screen->rows.rows[screen->cursor].pool);
	show_page(screen, PAGE_VIEW);
}

static void open_pool(struct screen *screen)
{
	const struct pool *pool;

	if (!screen->rows.nr)
		return;
	pool = screen->rows.rows[screen->cursor].pool;
	if (!pool_is(pool, KIND, "sized")) {
		view_pool(screen);
		return;
	}
	know(&screen->within, pool);
	go_to_top(screen);
}

static void go_back(struct screen *screen)
{
	struct known was = screen->within;

	if (screen->page != PAGE_LIST) {
		show_page(screen, PAGE_LIST);
		return;
	}
	screen->within.name[0] = '\0';
	if (!was.name[0])
		screen->filter[0] = '\0';
	go_to_top(screen);
	screen->followed = was;
}

static void move_cursor(struct screen *screen, long by)
{
	long to = (long)screen->cursor + by, last = (long)screen->rows.nr - 1;

	if (!screen->rows.nr)
		return;
	screen->cursor = to < 0 ? 0 : to > last ? last : to;
	know(&screen->followed, screen->rows.rows[screen->cursor].pool);
}

static void move_by(struct screen *screen, long by)
{
	if (screen->page == PAGE_LIST)
		move_cursor(screen, by);
	else if (by < 0 && screen->scroll < (size_t)-by)
		screen->scroll = 0;
	else
		screen->scroll += by;
}

static void sort_by(struct screen *screen, int key)
{
	static const char keys[NR_SORTS + 1] = "fuaxwn";

	screen->choice.sort = strchr(keys, key) - keys;
	go_to_top(screen);
}

/* A key while the filter is typed. */
static void type(struct screen *screen, int key)
{
	size_t length = strlen(screen->filter);

	switch (key) {
	case '\n':
	case '\r':
	case KEY_ENTER:
		screen->typing = false;
		break;
	case KEY_ESCAPE:
		screen->typing = false;
		screen->filter[0] = '\0';
		break;
	case KEY_BACKSPACE:
	case '\b':
	case 127:
		if (length)
			screen->filter[length - 1] = '\0';
		break;
	default:
		if (key > ' ' && key <= '~' && length + 1 < sizeof(screen->filter)) {
			screen->filter[length] = key;
			screen->filter[length + 1] = '\0';
		}
	}
	go_to_top(screen);
}

/* A key of the list only. */
static void list_key(struct screen *screen, int key)
{
	switch (key) {
	case '\n':
	case '\r':
	case KEY_ENTER:
	case KEY_RIGHT:
		open_pool(screen);
		break;
	case 'v':
		view_pool(screen);
		break;
	case '/':
		screen->typing = !screen->within.name[0];
		break;
	case 'r':
		screen->choice.reverse = !screen->choice.reverse;
		go_to_top(screen);
		break;
	case 'f':
	case 'u':
	case 'a':
	case 'x':
	case 'w':
	case 'n':
		sort_by(screen, key);
		break;
	}
}

static void any_key(struct screen *screen, int key)
{
	long page = room_for_rows();

	switch (key) {
	case KEY_UP:
		move_by(screen, -1);
		break;
	case KEY_DOWN:
		move_by(screen, 1);
		break;
	case KEY_PPAGE:
		move_by(screen, -page);
		break;
	case KEY_NPAGE:
		move_by(screen, page);
		break;
	case KEY_HOME:
		move_by(screen, -1000000);
		break;
	case KEY_END:
		move_by(screen, 1000000);
		break;
	case KEY_ESCAPE:
	case KEY_LEFT:
	case KEY_BACKSPACE:
	case '\b':
	case 127:
		go_back(screen);
		break;
	case '?':
	case 'h':
		show_page(screen, PAGE_HELP);
		break;
	case ' ':
		take(screen);
		break;
	default:
		if (screen->page == PAGE_LIST)
			list_key(screen, key);
	}
}

/* False to quit. */
static bool press(struct screen *screen, int key)
{
	if (key == KEY_RESIZE)
		return true;
	screen->message[0] = '\0';
	if (screen->typing) {
		type(screen, key);
		return true;
	}
	if (key == 'q')
		return false;
	any_key(screen, key);
	return true;
}

/* --- the loop --- */

static void begin(struct screen *screen)
{
	initscr();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, true);
	set_escdelay(25);
	screen->colours = !getenv("NO_COLOR") && has_colors() && start_color() != ERR &&
		use_default_colors() != ERR;
	if (!screen->colours)
		return;
	init_pair(1, COLOR_RED, -1);
	init_pair(2, COLOR_YELLOW, -1);
}

static void loop(struct screen *screen)
{
	double next = now() + screen->options->delay, left;
	int key;

	do {
		draw(screen);
		left = next - now();
		timeout(left > 0 ? (int)(1000 * left) + 1 : 0);
		key = getch();
		if (now() >= next) {
			take(screen);
			next = now() + screen->options->delay;
		}
	} while (key == ERR || press(screen, key));
}

/* The pool that --pool names; false if there is none. */
static bool start_at_pool(struct screen *screen)
{
	const struct pool *pool;

	if (!screen->options->pool)
		return true;
	pool = snapshot_find(&screen->snapshot, screen->options->pool);
	if (!pool) {
		complain("there is no pool \"%s\"", screen->options->pool);
		return false;
	}
	know(&screen->viewed, pool);
	screen->page = PAGE_VIEW;
	return true;
}

int screen_run(struct options *options)
{
	struct screen screen = { .options = options, .utf8 = print_utf8(),
		.choice = { .sort = options->sort, .reverse = options->reverse } };
	int code = EXIT_TROUBLE;

	snprintf(screen.filter, sizeof(screen.filter), "%s", options->filter);
	if (source_next(&options->source, &screen.snapshot) != GOT_SNAPSHOT) {
		complain("%s", options->source.error);
	} else if (start_at_pool(&screen)) {
		pasts_update(&screen.pasts, &screen.snapshot);
		make_rows(&screen);
		begin(&screen);
		loop(&screen);
		endwin();
		code = EXIT_GOOD;
	}
	rows_free(&screen.rows);
	pasts_free(&screen.pasts);
	snapshot_free(&screen.snapshot);
	return code;
}
