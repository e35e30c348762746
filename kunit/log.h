/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's log says while a test runs.
 */
#ifndef _MPOOL_KUNIT_LOG_H
#define _MPOOL_KUNIT_LOG_H

#include <linux/types.h>

/* Listen from now on, to what is said from now on. */
void test_log_begin(void);

/* Forget what was said. */
void test_log_clear(void);

/* How many lines have this text in them. */
unsigned int test_log_lines(const char *format, ...) __printf(1, 2);

/* There are so many. */
#define test_log_expect(test, lines, ...) \
	KUNIT_EXPECT_EQ(test, test_log_lines(__VA_ARGS__), lines)

/* Is there such a line, or will there be soon? */
bool test_log_gets(const char *format, ...) __printf(1, 2);

void test_log_end(void);

#endif
