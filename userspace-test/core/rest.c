// SPDX-License-Identifier: GPL-2.0
/*
 * What else of the kernel mpool uses.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

struct module core_module = { .name = "mpool" };
struct shrinker core_shrinker;

/* --- what is said --- */

void (*core_log)(const char *line);

/* One directive of a format, with what is to be printed by it. */
static int print_one(char *text, size_t size, const char *directive, va_list arguments)
{
	size_t longs = strlen(directive) - strlen(strchrnul(directive, 'l'));
	bool is_long = directive[longs] || strchr(directive, 'z');
	char last = directive[strlen(directive) - 1];

	if (last == 's')
		return scnprintf(text, size, directive, va_arg(arguments, char *));
	if (last == 'p')
		return scnprintf(text, size, directive, va_arg(arguments, void *));
	if (is_long)
		return scnprintf(text, size, directive, va_arg(arguments, long));
	return scnprintf(text, size, directive, va_arg(arguments, int));
}

/* As the kernel does it, with %pV; of an address nothing more is printed than that it is one. */
static int print(char *text, size_t size, const char *format, va_list arguments)
{
	char directive[16];
	size_t at = 0, n;

	while (*format && at + 1 < size) {
		n = strcspn(format, "%");
		if (n || !strncmp(format, "%%", 2)) {
			at += scnprintf(text + at, size - at, "%.*s", (int)max(n, 1UL), format);
			format += n ?: 2;
			continue;
		}
		n = strcspn(format, "dixucsp") + 1;
		strscpy(directive, format, min(n + 1, sizeof(directive)));
		format += n;
		if (*format == 'V' && directive[n - 1] == 'p') {
			struct va_format *inner = va_arg(arguments, struct va_format *);

			at += print(text + at, size - at, inner->fmt, *inner->va);
		} else {
			at += print_one(text + at, size - at, directive, arguments);
		}
		format += directive[n - 1] == 'p' ? strspn(format, "VsSK") : 0;
	}
	text[at] = '\0';
	return at;
}

int _printk(const char *format, ...)
{
	bool were_off = core_irq_save();
	va_list arguments;
	char line[512];
	int n;

	va_start(arguments, format);
	n = print(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (core_log)
		core_log(line);
	else
		fputs(line, stderr);
	core_irq_restore(were_off);
	return n;
}

/* --- strings --- */

int scnprintf(char *text, size_t size, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, size, format, arguments);
	va_end(arguments);
	return size ? min_t(int, n, size - 1) : 0;
}

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size);

	if (n == size) {
		memcpy(to, from, size - 1);
		to[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, n + 1);
	return n;
}

size_t core_strlcat(char *to, const char *from, size_t size)
{
	size_t n = strlen(to);

	strscpy(to + n, from, size - n);
	return n + strlen(from);
}

char *strim(char *text)
{
	size_t n;

	text += strspn(text, " \t\n");
	for (n = strlen(text); n && strchr(" \t\n", text[n - 1]); n--)
		text[n - 1] = '\0';
	return text;
}

void *memchr_inv(const void *memory, int byte, size_t bytes)
{
	const u8 *at = memory;

	for (; bytes; bytes--, at++) {
		if (*at != (u8)byte)
			return (void *)at;
	}
	return NULL;
}

/* --- random numbers --- */

unsigned long get_random_long(void)
{
	unsigned long value;

	core_random(&value, sizeof(value));
	return value;
}

void core_random_once(void *to, size_t bytes)
{
	static const u8 zero[64];

	if (bytes > sizeof(zero))
		core_panic("%zu random bytes are too many\n", bytes);
	if (!memcmp(to, zero, bytes))
		core_random(to, bytes);
}

/* --- entries by number --- */

struct core_table {
	struct rcu_head rcu;
	size_t n;
	struct {
		unsigned long index;
		void *entry;
	} of[];
};

/* The first of at least that number. */
static size_t find(const struct core_table *table, unsigned long index)
{
	size_t low = 0, high = table ? table->n : 0, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (table->of[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void replace(struct xarray *xa, struct core_table *table)
{
	struct core_table *old = xa->table;

	/* Pairs with the acquire in xa_find(): what is in it comes first. */
	smp_store_release(&xa->table, table);
	if (old)
		core_free_later(&old->rcu, old);
}

/* A copy with room for so many, of which the first @n are those of the old one; NULL for none. */
static struct core_table *copy(const struct xarray *xa, size_t room, size_t n)
{
	struct core_table *table;

	if (!room)
		return NULL;
	table = kmalloc(sizeof(*table) + room * sizeof(table->of[0]), GFP_NOWAIT);
	table->n = room;
	if (n)
		memcpy(table->of, xa->table->of, n * sizeof(table->of[0]));
	return table;
}

int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp)
{
	size_t n = xa->table ? xa->table->n : 0;
	struct core_table *table;

	/* They are never so many that the numbers begin anew. */
	if (*next == U32_MAX)
		return -EBUSY;
	*id = max(*next, 1U);
	*next = *id + 1;
	table = copy(xa, n + 1, n);
	table->of[n].index = *id;
	table->of[n].entry = entry;
	replace(xa, table);
	return 0;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	size_t at = find(xa->table, index);
	struct core_table *table;
	void *entry;

	if (!xa->table || at == xa->table->n || xa->table->of[at].index != index)
		return NULL;
	entry = xa->table->of[at].entry;
	table = copy(xa, xa->table->n - 1, at);
	if (table)
		memcpy(table->of + at, xa->table->of + at + 1,
		       (table->n - at) * sizeof(table->of[0]));
	replace(xa, table);
	return entry;
}

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, int filter)
{
	const struct core_table *table;
	size_t at;

	/* Pairs with the release in replace(). */
	table = smp_load_acquire(&xa->table);
	at = find(table, *index);
	if (!table || at == table->n || table->of[at].index > max)
		return NULL;
	*index = table->of[at].index;
	return table->of[at].entry;
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, int filter)
{
	++*index;
	return xa_find(xa, index, max, filter);
}
