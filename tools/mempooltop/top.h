/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mempooltop, room by room: each part says which file it is of. Arrows point down only.
 *
 *	main.c		the loop of each way to be run
 *	  |
 *	screen.c terminal.c		print.c json.c prom.c watch.c	all other ways out
 *	  |					   |
 *	view.c		a pool in full: its figures, its classes, who holds its objects
 *	columns.c	the table of pools, as text of a given width
 *	rows.c		which pools are shown, in which order, and what they sum up to
 *	past.c		what pools were before: rates, and use over time
 *	source.c	where snapshots come from: the device, or recordings
 *	snapshot.c	text taken apart
 *	figures.c	what figures there are
 *	options.c text.c	the command line; words for people
 */
#ifndef TOP_H
#define TOP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DEVICE		"/dev/mempool"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))

/* Exit codes: see the man page. */
enum {
	EXIT_GOOD	= 0,
	EXIT_TIMEOUT	= 1,
	EXIT_TROUBLE	= 2,
	EXIT_GONE	= 3,
};

/* --- text.c --- */

#define CELL_LEN	32

/* A growing array of chars, always a string. */
struct text {
	char *at;
	size_t length, room;
};

void __printf(2, 3) text_add(struct text *text, const char *format, ...);
void text_append(struct text *text, const char *from, size_t length);
/* A newline, in place of the blanks at the end. */
void text_end_line(struct text *text);
void text_free(struct text *text);

/* One line on stderr. */
void __printf(1, 2) complain(const char *format, ...);

/* realloc() to nr elements; ends the program if there is no memory. */
void *grow(void *old, size_t nr, size_t size);

/* At most 6 columns: 99999, 123k, 4.57M; and 512, 4.0K, 12.3M for bytes. */
void short_count(char cell[CELL_LEN], unsigned long long count);
void short_bytes(char cell[CELL_LEN], unsigned long long bytes);

/* --- figures.c --- */

enum figure {
	ID, SIZE, STRIDE, IN_USE, CACHED_CPU, CACHED_DEPOT, FREE_SLAB, OBJECTS, LIMIT, KEEP,
	SLABS, SLAB_BYTES, METADATA, FOOTPRINT, ALLOCS, FREES, FAILS, GROWS, SHRINKS, MISUSES,
	MAPPED, M_POOL, LIMIT_BYTES, BORROWED, RESERVE, RESERVE_HELD, LOW, WAITING, WAITS,
	PENDING, BUDGET, QUARANTINE, QUARANTINED, WITHHELD,
	NR_FIGURES
};

enum unit { UNIT_OBJECTS, UNIT_BYTES, UNIT_OTHER };

/**
 * struct figure_info - a figure of a pool
 * @key: in the device's text
 * @metric: name for Prometheus; NULL for what is no metric
 * @help: what it is
 * @unit: of it
 * @counter: it only ever grows, as long as the pool is there
 * @adds: sums of it over pools mean something
 * @zero_is_none: a pool in which it is 0 has no such thing
 * @not_of_sized: of a sized pool as a whole there is no such thing
 */
struct figure_info {
	const char *key, *metric, *help;
	enum unit unit;
	bool counter, adds, zero_is_none, not_of_sized;
};

extern const struct figure_info figures[NR_FIGURES];

enum word { NAME, OWNER, STATE, KIND, OF, BACKING, CHECKS, TRACKING, NR_WORDS };

extern const char * const word_keys[NR_WORDS];

/* The figure of that key, which need not be a string; NR_FIGURES if there is none. */
enum figure figure_find(const char *key, size_t length);
enum word word_find(const char *key, size_t length);

/* --- snapshot.c --- */

#define WORD_LEN	64
#define SITE_LEN	112

/**
 * struct pool - a line of the device
 * @words: "" for what the line does not have
 * @figures: 0 for what the line does not have
 * @has: a bit for each figure that it does have
 * @sized: of a class, the sized pool that it belongs to, in the same snapshot; else NULL
 */
struct pool {
	char words[NR_WORDS][WORD_LEN];
	unsigned long long figures[NR_FIGURES];
	unsigned long long has;
	const struct pool *sized;
};

/* A place in the kernel from where somebody holds objects of the pool @id. */
struct site {
	unsigned long long id, objects, bytes;
	char name[SITE_LEN];
};

/**
 * struct snapshot - all pools at a time
 * @time: in seconds, from any beginning
 * @bad_lines: that were not understood, in whole or in part
 * @sites: that a recording has
 */
struct snapshot {
	struct pool *pools;
	size_t nr;
	double time;
	bool has_time;
	size_t bad_lines;
	struct site *sites;
	size_t nr_sites;
};

/*
 * The text of one snapshot, up to where the next begins or it ends; NULL if what follows does not
 * begin with the format's line. If it is of a format that is not known, @format is not 1.
 */
const char *snapshot_parse(struct snapshot *snapshot, const char *text, int *format);
void snapshot_free(struct snapshot *snapshot);

/* The one that is live, or else one that is dying; NULL if there is none. */
const struct pool *snapshot_find(const struct snapshot *snapshot, const char *name);

bool pool_has(const struct pool *pool, enum figure figure);
bool pool_is(const struct pool *pool, enum word word, const char *value);
bool pool_is_dying(const struct pool *pool);
/* Are its objects also counted by another line? */
bool pool_is_part(const struct pool *pool);

/* --- source.c --- */

/**
 * struct source - where snapshots come from
 * @recorded: text of all recordings; empty if it is the device
 * @next: where the next snapshot of it is
 * @time: of the last one
 * @delay: seconds between snapshots that do not say when they were taken
 * @error: why there is no snapshot
 */
struct source {
	struct text recorded;
	size_t next;
	double time, delay;
	char error[256];
};

enum got { GOT_SNAPSHOT, GOT_END, GOT_ERROR };

/* Take in a recording; false, and source->error, if it is none. */
bool source_record(struct source *source, const char *file);
bool source_is_device(const struct source *source);
enum got source_next(struct source *source, struct snapshot *snapshot);
void source_close(struct source *source);

/* The device's text as it is; false, and source->error. */
bool source_text(struct source *source, struct text *text);

/* The first sites of a pool, at most @room: how many; or a negative errno. */
int source_sites(const struct source *source, const struct snapshot *snapshot,
		 const struct pool *pool, struct site *sites, int room);

/* What a negative errno of that means. */
const char *sites_error(const struct source *source, const struct pool *pool, int err);

/* Seconds since any beginning. */
double now(void);

/* --- past.c --- */

#define PAST_LEN	160

/**
 * struct past - what one pool was in the snapshots before
 * @has_rates: there was a snapshot before
 * @use: objects in use, the latest at @nr - 1
 */
struct past {
	unsigned long long id, allocs, fails;
	char name[WORD_LEN];
	double allocs_rate, fails_rate;
	bool has_rates;
	int nr;
	float use[PAST_LEN];
};

/* All pools, in the order of their ids. */
struct pasts {
	struct past *pools;
	size_t nr;
	double time;
};

void pasts_update(struct pasts *pasts, const struct snapshot *snapshot);
const struct past *pasts_find(const struct pasts *pasts, const struct pool *pool);
void pasts_free(struct pasts *pasts);

/*
 * How much a counter grew, which is 0 at first and may wrap at 2^32; false if it began anew.
 */
bool counter_growth(unsigned long long before, unsigned long long after,
		    unsigned long long *growth);

/* So many columns of use over time: the lowest block is 0, the highest the most there was. */
void sparkline(struct text *text, const struct past *past, int columns, bool utf8);

/* --- rows.c --- */

enum sort { SORT_FOOTPRINT, SORT_IN_USE, SORT_RATE, SORT_FAILS, SORT_WAITING, SORT_NAME, NR_SORTS };

extern const char * const sort_names[NR_SORTS];

/**
 * struct choice - what is to be shown
 * @filter: what must be part of a name; "" for all
 * @within: the sized pool whose classes are shown; NULL for all but such classes
 */
struct choice {
	enum sort sort;
	bool reverse;
	const char *filter;
	const struct pool *within;
};

struct row {
	const struct pool *pool;
	const struct past *past;
};

struct totals {
	size_t pools, dying;
	unsigned long long figures[NR_FIGURES];
	double allocs_rate, fails_rate;
	bool has_rates;
};

struct rows {
	struct row *rows;
	size_t nr;
	struct totals totals;
};

void rows_make(struct rows *rows, const struct snapshot *snapshot, const struct pasts *pasts,
	       const struct choice *choice);
void rows_free(struct rows *rows);

/* --- columns.c --- */

#define NR_COLUMNS	13
#define WIDTH_ANY	0

/* How wide each column is; 0 if there is no room for it. */
struct layout {
	int widths[NR_COLUMNS];
	bool utf8;
};

/* Fit into so many columns of a terminal; all but use over time if that is WIDTH_ANY. */
void layout_make(struct layout *layout, const struct rows *rows, int width, bool utf8);
void layout_heading(const struct layout *layout, struct text *text);
void layout_row(const struct layout *layout, struct text *text, const struct row *row);
void totals_line(struct text *text, const struct totals *totals, int width);

/* --- view.c --- */

#define VIEW_SITES	20

/* What a view is made of. */
struct stage {
	const struct source *source;
	const struct snapshot *snapshot;
	const struct pasts *pasts;
	const struct pool *pool;
};

void view_make(struct text *text, const struct stage *stage, int width, bool utf8);

/* --- options.c --- */

enum mode { MODE_SCREEN, MODE_ONCE, MODE_JSON, MODE_PROM, MODE_WATCH, MODE_RECORD };

/* What --watch waits for. */
struct condition {
	enum figure figure;
	bool rate, above;
	unsigned long long value;
};

struct options {
	enum mode mode;
	enum sort sort;
	bool reverse;
	const char *filter, *pool;
	double delay, timeout;
	bool delay_given, once;
	struct condition condition;
	struct source source;
};

/* Ends the program at the first thing that is wrong, and after --help and --version. */
void options_parse(struct options *options, int argc, char **argv);

/* --- what else there is to do with snapshots; each returns an exit code --- */

/* print.c */
int print_once(const struct options *options, const struct snapshot *snapshot,
	       const struct pasts *pasts);
/* How wide the terminal at stdout is; WIDTH_ANY if it is none. */
int print_width(void);
bool print_utf8(void);

/* json.c */
int print_json(const struct options *options, const struct snapshot *snapshot,
	       const struct pasts *pasts);

/* prom.c */
int print_prom(const struct snapshot *snapshot);

/* watch.c */
int watch(struct options *options);

/* screen.c */
int screen_run(struct options *options);

/* terminal.c: can it place the cursor? */
bool screen_possible(void);

/* main.c */

/* Sleep so many seconds. */
void pause_for(double seconds);

#endif /* TOP_H */
