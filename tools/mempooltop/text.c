// SPDX-License-Identifier: GPL-2.0
/*
 * Words for people: strings that grow, complaints, and numbers that are short enough for a table.
 */
#include <stdlib.h>
#include <string.h>

#include "top.h"

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "mempooltop: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
}

void *grow(void *old, size_t nr, size_t size)
{
	void *new = reallocarray(old, nr, size);

	if (new)
		return new;
	complain("out of memory");
	exit(EXIT_TROUBLE);
}

static void text_reserve(struct text *text, size_t more)
{
	if (text->room > text->length + more)
		return;
	text->room = 2 * (text->length + more) + 256;
	text->at = grow(text->at, text->room, 1);
}

void text_append(struct text *text, const char *from, size_t length)
{
	text_reserve(text, length);
	memcpy(text->at + text->length, from, length);
	text->length += length;
	text->at[text->length] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return;
	text_reserve(text, length);
	va_start(args, format);
	vsnprintf(text->at + text->length, length + 1, format, args);
	va_end(args);
	text->length += length;
}

void text_end_line(struct text *text)
{
	while (text->length && text->at[text->length - 1] == ' ')
		text->length--;
	text_append(text, "\n", 1);
}

void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){};
}

/* Three digits that count, and a letter for how often @base was divided by. */
static void short_number(char cell[CELL_LEN], double value, int base, const char *letters)
{
	while (value >= 999.5 && letters[1]) {
		value /= base;
		letters++;
	}
	snprintf(cell, CELL_LEN, "%.*f%c", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value,
		 *letters);
}

void short_count(char cell[CELL_LEN], unsigned long long count)
{
	if (count < 100000)
		snprintf(cell, CELL_LEN, "%llu", count);
	else
		short_number(cell, count / 1000.0, 1000, "kMGTPE");
}

void short_bytes(char cell[CELL_LEN], unsigned long long bytes)
{
	if (bytes < 1024)
		snprintf(cell, CELL_LEN, "%llu", bytes);
	else
		short_number(cell, bytes / 1024.0, 1024, "KMGTPE");
}
