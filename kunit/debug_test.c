// SPDX-License-Identifier: GPL-2.0
/*
 * Mistakes that a kernel which checks itself hears of. It says so in its log, between two marks
 * that tell tools/check.sh that this was planned.
 */
#include <linux/console.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "helpers.h"

#define BEGIN	"planned splat: begin\n"
#define END	"planned splat: end\n"

static bool heard;

static void listen(struct console *console, const char *text, unsigned int length)
{
	if (strnstr(text, "sleeping function called from invalid context", length))
		heard = true;
}

static struct console ear = { .name = "mpool", .write = listen, .flags = CON_ENABLED };

/* Also where there is nothing to wait for. UML before 6.12 cannot know. */
static void wait_with_preemption_off(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void *obj;

	mpool_free(pool, test_alloc(test, pool));
	heard = false;
	register_console(&ear);
	pr_info(BEGIN);
	preempt_disable();
	obj = mpool_alloc_wait(pool, GFP_NOWAIT, 0);
	preempt_enable();
	pr_info(END);
	unregister_console(&ear);
	KUNIT_EXPECT_EQ(test, heard, IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP));
	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	mpool_free(pool, obj);
}

static void never_called(struct mpool_request *request)
{
	heard = true;
}

/* The request is taken out of the line, so that what follows in its memory harms nobody. */
static void request_freed_in_line(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1);
	void *held = test_alloc(test, pool), *obj = NULL;
	struct mpool_request *request = kmalloc(sizeof(*request), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, request);
	heard = false;
	mpool_request_init(request, &obj, GFP_KERNEL, never_called);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, request, 1), -EINPROGRESS);
	pr_info(BEGIN);
	kfree(request);
	pr_info(END);
	KUNIT_EXPECT_EQ(test, test_stats(pool).waiting, 0);
	mpool_free(pool, held);
	mpool_flush(pool);
	KUNIT_EXPECT_FALSE(test, heard);
	test_identity(test, pool, 0);
}

static struct kunit_case debug_cases[] = {
	KUNIT_CASE(wait_with_preemption_off),
	KUNIT_CASE(request_freed_in_line),
	{}
};

static struct kunit_suite debug_suite = {
	.name = "mpool-debug",
	.exit = test_exit,
	.test_cases = debug_cases,
};

kunit_test_suite(debug_suite);
