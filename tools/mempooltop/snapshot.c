// SPDX-License-Identifier: GPL-2.0
/*
 * A snapshot's text, taken apart: the line of the format, then one for each pool, of key=value.
 * A recording can have comments, when each snapshot was taken, and the places that hold objects:
 *
 *	# words
 *	mpool format=1 time=SECONDS
 *	name=... id=4 ...
 *	site id=4 objects=3 bytes=192 name=my_submit+0xab/0x120 [my_driver]
 *
 * What is not understood is skipped, and the line counted: text that was cut or damaged is no
 * reason to show nothing.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

#define HEADING		"mpool "

/* A part of the text, from one blank to the next. */
struct field {
	const char *key, *value;
	size_t key_length, length;
};

/* The next field before @end; false if there is none. What has no '=' has no value. */
static bool next_field(const char **at, const char *end, struct field *field)
{
	const char *stop, *equals;

	while (*at < end && isspace((unsigned char)**at))
		++*at;
	if (*at == end)
		return false;
	stop = memchr(*at, ' ', end - *at);
	if (!stop)
		stop = end;
	equals = memchr(*at, '=', stop - *at);
	field->key = *at;
	field->key_length = (equals ? equals : stop) - *at;
	field->value = equals ? equals + 1 : NULL;
	field->length = equals ? stop - equals - 1 : 0;
	*at = stop;
	return true;
}

/* An unsigned number and nothing else. */
static bool read_number(const struct field *field, unsigned long long *number)
{
	char digits[24], *end;

	if (!field->length || field->length >= sizeof(digits))
		return false;
	memcpy(digits, field->value, field->length);
	digits[field->length] = '\0';
	if (!isdigit((unsigned char)digits[0]))
		return false;
	errno = 0;
	*number = strtoull(digits, &end, 10);
	return !errno && !*end;
}

/* A terminal or a parser may do anything at what is not plain: it gets none of that. */
static void copy_plain(char *to, size_t room, const char *from, size_t length)
{
	size_t i;

	if (length >= room)
		length = room - 1;
	for (i = 0; i < length; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[length] = '\0';
}

/* False if the field is damaged; one of an unknown key is not. */
static bool parse_field(struct pool *pool, const struct field *field)
{
	enum figure figure = figure_find(field->key, field->key_length);
	enum word word = word_find(field->key, field->key_length);

	if (!field->value)
		return false;
	if (word < NR_WORDS)
		copy_plain(pool->words[word], WORD_LEN, field->value, field->length);
	if (figure == NR_FIGURES)
		return true;
	if (!read_number(field, &pool->figures[figure])) {
		pool->figures[figure] = 0;
		return false;
	}
	pool->has |= 1ULL << figure;
	return true;
}

static void parse_pool(struct snapshot *snapshot, const char *at, const char *end)
{
	struct pool pool = {};
	struct field field;
	bool good = true;

	while (next_field(&at, end, &field))
		good &= parse_field(&pool, &field);
	if (!pool.words[NAME][0])
		good = false;
	snapshot->bad_lines += !good;
	if (!pool.words[NAME][0])
		return;
	/* Room is doubled whenever a power of two is full. */
	if (!(snapshot->nr & (snapshot->nr - 1)))
		snapshot->pools = grow(snapshot->pools, snapshot->nr ? 2 * snapshot->nr : 1,
				       sizeof(pool));
	snapshot->pools[snapshot->nr++] = pool;
}

static void parse_site(struct snapshot *snapshot, const char *at, const char *end)
{
	struct site site = {};
	struct field field;
	bool good = true;

	while (good && next_field(&at, end, &field)) {
		if (field.key_length == 4 && !memcmp(field.key, "name", 4) && field.value) {
			/* It has blanks, and so is the last. */
			copy_plain(site.name, SITE_LEN, field.value, end - field.value);
			break;
		}
		if (field.key_length == 2 && !memcmp(field.key, "id", 2))
			good = read_number(&field, &site.id);
		else if (field.key_length == 7 && !memcmp(field.key, "objects", 7))
			good = read_number(&field, &site.objects);
		else if (field.key_length == 5 && !memcmp(field.key, "bytes", 5))
			good = read_number(&field, &site.bytes);
	}
	if (!good || !site.id) {
		snapshot->bad_lines++;
		return;
	}
	snapshot->sites = grow(snapshot->sites, snapshot->nr_sites + 1, sizeof(site));
	snapshot->sites[snapshot->nr_sites++] = site;
}

static void parse_line(struct snapshot *snapshot, const char *at, const char *end)
{
	if (at == end || *at == '#')
		return;
	if (end - at > 5 && !memcmp(at, "site ", 5))
		parse_site(snapshot, at + 5, end);
	else
		parse_pool(snapshot, at, end);
}

static bool is_heading(const char *at)
{
	return !strncmp(at, HEADING, strlen(HEADING));
}

static void parse_heading(struct snapshot *snapshot, const char *at, const char *end, int *format)
{
	char digits[32], *stop;
	struct field field;
	unsigned long long number;

	while (next_field(&at, end, &field)) {
		if (field.key_length == 6 && !memcmp(field.key, "format", 6)) {
			if (read_number(&field, &number))
				*format = number == 1 ? 1 : -1;
		} else if (field.key_length == 4 && !memcmp(field.key, "time", 4)) {
			copy_plain(digits, sizeof(digits), field.value, field.length);
			snapshot->time = strtod(digits, &stop);
			snapshot->has_time = stop != digits && !*stop && isfinite(snapshot->time);
		}
	}
}

/* A sized pool comes before its classes, and the last of that name is the one. */
static void find_sized(struct snapshot *snapshot)
{
	const struct pool **sized = NULL;
	struct pool *pool;
	size_t nr = 0, i;

	for (pool = snapshot->pools; pool < snapshot->pools + snapshot->nr; pool++) {
		if (pool_is(pool, KIND, "sized")) {
			sized = grow(sized, nr + 1, sizeof(*sized));
			sized[nr++] = pool;
		}
		if (!pool_is(pool, KIND, "class"))
			continue;
		for (i = nr; i-- && !pool->sized;) {
			if (!strcmp(sized[i]->words[NAME], pool->words[OF]))
				pool->sized = sized[i];
		}
	}
	free(sized);
}

/* Where the line ends. The last field of a text that was cut may be cut itself, and is left out. */
static const char *line_end(const char *at)
{
	const char *end = strchr(at, '\n'), *blank;

	if (end)
		return end;
	blank = strrchr(at, ' ');
	return blank ? blank : at;
}

static const char *next_line(const char *at)
{
	at = strchr(at, '\n');
	return at ? at + 1 : "";
}

const char *snapshot_parse(struct snapshot *snapshot, const char *text, int *format)
{
	*snapshot = (struct snapshot){};
	*format = 0;
	while (*text == '#' || *text == '\n')
		text = next_line(text);
	if (!is_heading(text))
		return NULL;
	parse_heading(snapshot, text + strlen(HEADING), text + strcspn(text, "\n"), format);
	for (text = next_line(text); *text && !is_heading(text); text = next_line(text)) {
		snapshot->bad_lines += !strchr(text, '\n');
		parse_line(snapshot, text, line_end(text));
	}
	find_sized(snapshot);
	return text;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot->pools);
	free(snapshot->sites);
	*snapshot = (struct snapshot){};
}

const struct pool *snapshot_find(const struct snapshot *snapshot, const char *name)
{
	const struct pool *found = NULL;
	size_t i;

	for (i = 0; i < snapshot->nr; i++) {
		if (strcmp(snapshot->pools[i].words[NAME], name))
			continue;
		if (!found || pool_is_dying(found))
			found = &snapshot->pools[i];
	}
	return found;
}

bool pool_has(const struct pool *pool, enum figure figure)
{
	return pool->has & 1ULL << figure;
}

bool pool_is(const struct pool *pool, enum word word, const char *value)
{
	return !strcmp(pool->words[word], value);
}

bool pool_is_dying(const struct pool *pool)
{
	return pool_is(pool, STATE, "dying");
}

bool pool_is_part(const struct pool *pool)
{
	return pool->sized;
}
