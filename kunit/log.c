// SPDX-License-Identifier: GPL-2.0
#include <linux/console.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "log.h"

/* Longest that a line is waited for. */
#define PATIENCE	(5 * HZ)

/* Longest text that is looked for. */
#define TEXT_MAX	160

static char heard[SZ_64K];
static size_t length;
static bool listening;

/* Guards @heard and @length. */
static DEFINE_RAW_SPINLOCK(heard_lock);

static void listen(struct console *console, const char *text, unsigned int bytes)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&heard_lock, flags);
	bytes = min_t(size_t, bytes, sizeof(heard) - 1 - length);
	memcpy(heard + length, text, bytes);
	length += bytes;
	heard[length] = '\0';
	raw_spin_unlock_irqrestore(&heard_lock, flags);
}

static struct console ear = { .name = "mpool", .write = listen };

void test_log_clear(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&heard_lock, flags);
	length = 0;
	heard[0] = '\0';
	raw_spin_unlock_irqrestore(&heard_lock, flags);
}

void test_log_begin(void)
{
	test_log_clear();
	if (!listening) {
		/* It was taken away when the ear was last unregistered. */
		ear.flags = CON_ENABLED;
		register_console(&ear);
	}
	listening = true;
}

void test_log_end(void)
{
	if (listening)
		unregister_console(&ear);
	listening = false;
}

static unsigned int count(const char *text)
{
	unsigned int lines = 0;
	unsigned long flags;
	char *at;

	raw_spin_lock_irqsave(&heard_lock, flags);
	for (at = strstr(heard, text); at; at = strstr(at, text)) {
		lines++;
		at = strchrnul(at, '\n');
	}
	raw_spin_unlock_irqrestore(&heard_lock, flags);
	return lines;
}

unsigned int test_log_lines(const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return count(text);
}

bool test_log_gets(const char *format, ...)
{
	unsigned long end = jiffies + PATIENCE;
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while (!count(text) && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	return count(text);
}
