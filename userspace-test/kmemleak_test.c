// SPDX-License-Identifier: GPL-2.0
/*
 * Does kmemleak see each object that is lost, and none that is not? mpool_leaks makes what there is
 * to be seen, all at once, and kmemleak looks once; then each test reads what it has found. After
 * that all is freed, and nothing must be found any more. Needs mpool.ko, mpool_leaks.ko, a kernel
 * with kmemleak, and root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define LEAKS		"/dev/mpool_leaks"

/* Where unbound works may run, a mask of CPUs. */
#define WORKS		"/sys/devices/virtual/workqueue/cpumask"

/* After so many seconds RCU would complain of the reader who holds it back. */
#define STALL		"/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout"

/* What was found. */
#define FOUND		"/tmp/kmemleak"

/* As many as mpool_leaks loses in each way. */
#define LOST		5

/* What kmemleak reports is that old, in seconds, and some more. */
#define OLD		6

/* Write a command; 0 or the errno. */
static int command(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);
	int err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int leaks(const char *text)
{
	return command(LEAKS, text);
}

/* Once kmemleak has disabled itself, it refuses everything but "clear", for good. */
static int kmemleak(const char *text)
{
	return command(KMEMLEAK, text);
}

/* All of a file, as one string; the next call overwrites it. */
static char *read_file(const char *name)
{
	static char text[TEXT_MAX];
	int fd = open(name, O_RDONLY);

	text[0] = '\0';
	if (fd >= 0)
		read_rest(fd, text, 65536);
	close(fd);
	return text;
}

/* Have kmemleak look for what is lost, which is what has not changed between two scans. */
static bool look(void)
{
	time_t start;
	char *text;
	bool done;
	int fd;

	sleep(OLD);
	start = time(NULL);
	if (kmemleak("scan") || kmemleak("scan"))
		return false;
	note("two scans took %ld s", (long)(time(NULL) - start));
	text = read_file(KMEMLEAK);
	fd = open(FOUND, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

#define RECORD	"unreferenced object "

/* The next record of what kmemleak has found, as a string of its own; NULL if that was the last. */
static char *next_record(char **text)
{
	char *record = strstr(*text, RECORD), *next;

	if (!record)
		return NULL;
	next = strstr(record + 1, RECORD);
	*text = next ? next : record + strlen(record);
	if (next)
		next[-1] = '\0';
	return record;
}

/* Did this function allocate it, itself or by what it has called? */
static bool is_by(const char *record, const char *function)
{
	char frame[100];

	snprintf(frame, sizeof(frame), " %s+0x", function);
	return strstr(record, frame);
}

static size_t size_of(const char *record)
{
	const char *size = strstr(record, "(size ");

	return size ? strtoul(size + strlen("(size "), NULL, 10) : 0;
}

/* How many objects of that size, or of any if that is 0, allocated by that function, were found. */
static int found(const char *function, size_t size)
{
	char *text = read_file(FOUND), *record;
	int n = 0;

	while ((record = next_record(&text)))
		n += is_by(record, function) && (!size || size_of(record) == size);
	return n;
}

/* Was it lost on purpose? What a callback gets was allocated before that is called. */
static bool is_lost(const char *record)
{
	return strstr(record, " lose_") || is_by(record, "callbacks_work");
}

static int found_lost(void)
{
	char *text = read_file(FOUND), *record;
	int n = 0;

	while ((record = next_record(&text)))
		n += is_lost(record);
	return n;
}

/*
 * How many of some that were lost must be found, at least: all. But in User Mode Linux addresses
 * are small numbers, and kmemleak takes each word that looks like one for one: few may be found
 * there.
 */
static int fewest(int lost)
{
	return strstr(read_file("/proc/cpuinfo"), "User Mode Linux") ? 1 : lost;
}

/* How many others have to do with mpool; they are shown. */
static int found_others(void)
{
	char *text = read_file(FOUND), *record;
	int n = 0;

	while ((record = next_record(&text))) {
		if (!strstr(record, "mpool") || is_lost(record))
			continue;
		printf("%s\n", record);
		n++;
	}
	fflush(stdout);
	return n;
}

/* --- the first time: all at once --- */

FIXTURE(all) {
	char works[100];
	char stall[20];
};

/* With two CPUs, what is on its way home is kept there by having the second one only at it. */
FIXTURE_SETUP(all)
{
	ASSERT_TRUE(run_on(0));
	snprintf(self->works, sizeof(self->works), "%s", read_file(WORKS));
	snprintf(self->stall, sizeof(self->stall), "%s", read_file(STALL));
}

FIXTURE_TEARDOWN(all)
{
	leaks("arrive");
	command(WORKS, self->works);
	command(STALL, self->stall);
}

TEST_F_TIMEOUT(all, is_lost_or_kept_and_looked_for, 240)
{
	int pending;

	/* What others have lost is not looked at, so that there is no need to forget it. */
	ASSERT_EQ(0, kmemleak("scan=off"));
	ASSERT_EQ(0, leaks("keep"));
	ASSERT_EQ(0, leaks("lose"));
	command(WORKS, "2");
	command(STALL, "300");
	pending = leaks("pend");
	if (pending == ENODEV)
		note("one CPU: nothing stays on its way home");
	else
		ASSERT_EQ(0, pending);
	ASSERT_TRUE(look());
	if (!pending)
		EXPECT_EQ(0, leaks("pending"));
}

/* --- what was lost --- */

/* The harness runs what has no fixture first. */
FIXTURE(found) {
};

FIXTURE_SETUP(found)
{
}

FIXTURE_TEARDOWN(found)
{
}

TEST_F(found, what_is_not_of_mpool)
{
	EXPECT_LE(fewest(LOST), found("lose_by_kmalloc", 64));
}

TEST_F(found, by_alloc)
{
	EXPECT_LE(fewest(LOST), found("lose_by_alloc", 64));
}

TEST_F(found, by_zalloc)
{
	EXPECT_LE(fewest(LOST), found("lose_by_zalloc", 72));
}

TEST_F(found, by_bulk)
{
	EXPECT_LE(fewest(LOST), found("lose_by_bulk", 80));
}

TEST_F(found, with_interrupts_off)
{
	EXPECT_LE(fewest(LOST), found("lose_with_irqs_off", 88));
}

TEST_F(found, in_softirq)
{
	EXPECT_LE(fewest(LOST), found("lose_in_softirq", 96));
}

TEST_F(found, in_hardirq)
{
	EXPECT_LE(fewest(LOST), found("lose_in_hardirq", 104));
}

/* There kmemleak cannot be told. */
TEST_F(found, in_nmi)
{
	EXPECT_EQ(0, found("lose_in_nmi", 0));
}

TEST_F(found, of_the_reserve)
{
	EXPECT_LE(fewest(LOST), found("lose_privileged", 120));
}

TEST_F(found, with_checks_and_quarantine)
{
	EXPECT_LE(fewest(LOST), found("lose_checked", 144));
}

TEST_F(found, with_constructor)
{
	EXPECT_LE(fewest(LOST), found("lose_constructed", 152));
}

TEST_F(found, by_wait_at_once)
{
	EXPECT_LE(fewest(LOST), found("lose_by_wait_at_once", 160));
}

TEST_F(found, by_wait)
{
	EXPECT_LE(fewest(LOST), found("lose_by_wait", 168));
}

TEST_F(found, by_wait_bulk)
{
	EXPECT_LE(fewest(LOST), found("lose_by_wait_bulk", 176));
}

TEST_F(found, by_request_at_once)
{
	EXPECT_LE(fewest(LOST), found("lose_by_request", 184));
}

/* What can be said is only that a callback got it. */
TEST_F(found, by_callback)
{
	EXPECT_LE(fewest(LOST), found("callbacks_work", 192));
}

TEST_F(found, from_vmalloc)
{
	EXPECT_LE(fewest(LOST), found("lose_from_vmalloc", 3000));
}

TEST_F(found, from_huge)
{
	EXPECT_LE(fewest(LOST), found("lose_from_huge", 5000));
}

TEST_F(found, from_kmalloc_buffer)
{
	EXPECT_LE(fewest(LOST), found("lose_from_kmalloc_buffer", 200));
}

TEST_F(found, from_large_kmalloc_buffer)
{
	EXPECT_LE(fewest(LOST), found("lose_from_large_kmalloc_buffer", 208));
}

TEST_F(found, from_vmalloc_buffer)
{
	EXPECT_LE(fewest(LOST), found("lose_from_vmalloc_buffer", 216));
}

TEST_F(found, from_pages_buffer)
{
	EXPECT_LE(fewest(LOST), found("lose_from_pages_buffer", 224));
}

TEST_F(found, piece)
{
	EXPECT_LE(fewest(LOST), found("lose_piece", 104));
}

TEST_F(found, run)
{
	EXPECT_LE(fewest(LOST), found("lose_run", 2000));
}

TEST_F(found, resized_piece)
{
	EXPECT_LE(fewest(LOST), found("lose_resized", 200));
}

TEST_F(found, piece_resized_in_place)
{
	EXPECT_LE(fewest(LOST), found("lose_resized_in_place", 200));
}

/* With its parts. Before what its user sees it has a head of six longs. */
TEST_F(found, composite_object)
{
	EXPECT_LE(fewest(LOST), found("lose_composite", 32 + 6 * sizeof(long)));
	EXPECT_LE(fewest(2 * LOST), found("lose_composite", 232));
	EXPECT_LE(fewest(LOST), found("lose_composite", 104));
}

TEST_F(found, tree)
{
	EXPECT_LE(fewest(3 * LOST), found("lose_tree", 48 + 6 * sizeof(long)));
}

/* --- what was lost, though its address is somewhere --- */

TEST_F(found, known_to_a_magazine)
{
	EXPECT_LE(fewest(LOST), found("lose_from_magazine", 240));
}

TEST_F(found, known_to_a_quarantine)
{
	EXPECT_LE(fewest(LOST), found("lose_from_quarantine", 248));
}

TEST_F(found, known_to_a_freed_object)
{
	EXPECT_LE(fewest(LOST), found("lose_in_freed", 256));
	EXPECT_LE(fewest(LOST), found("lose_in_deferred", 264));
	EXPECT_LE(fewest(LOST), found("lose_in_rcu_freed", 272));
	EXPECT_LE(fewest(LOST), found("lose_in_quarantined", 280));
	EXPECT_LE(fewest(LOST), found("lose_in_freed_vmalloc", 288));
	EXPECT_LE(fewest(LOST), found("lose_in_freed_buffer", 296));
}

/* --- what was not lost --- */

TEST_F(found, no_object_that_an_object_knows)
{
	EXPECT_EQ(0, found("keep_chain", 0));
}

TEST_F(found, not_what_constructors_have_allocated)
{
	EXPECT_EQ(0, found("keep_constructed", 0));
}

TEST_F(found, not_what_is_known_beside_a_pool)
{
	EXPECT_EQ(0, found("keep_beside_pool", 0));
}

TEST_F(found, nothing_in_the_data_of_a_module)
{
	EXPECT_EQ(0, found("keep_in_module", 0));
}

TEST_F(found, no_freed_object_that_is_withheld)
{
	EXPECT_EQ(0, found("keep_overrun", 0));
}

TEST_F(found, no_freed_object_that_is_on_its_way_home)
{
	EXPECT_EQ(0, found("pend_objects", 0));
}

TEST_F(found, nothing_else)
{
	EXPECT_EQ(0, found_others());
}

/* --- the second time: nothing --- */

/*
 * Calls of all kinds, while kmemleak looks again and again. Where a call takes a millisecond, as on
 * a kernel with all checks that is emulated, it would take minutes to make them all. How many there
 * were, or -1.
 */
static long make_calls(void)
{
	pid_t child = fork();
	int status = 0;

	if (!child)
		_exit(leaks("random 100000 20"));
	while (!waitpid(child, &status, WNOHANG)) {
		if (kmemleak("scan"))
			return -1;
	}
	return WIFEXITED(status) && !WEXITSTATUS(status) ? read_number(LEAKS) : -1;
}

FIXTURE(rest) {
};

FIXTURE_SETUP(rest)
{
}

FIXTURE_TEARDOWN(rest)
{
}

TEST_F_TIMEOUT(rest, is_freed_or_found_by_its_holder, 240)
{
	long calls;

	ASSERT_EQ(0, leaks("find"));
	ASSERT_EQ(0, leaks("less"));
	calls = make_calls();
	note("%ld calls", calls);
	EXPECT_GT(calls, 1000);
	ASSERT_TRUE(look());
	EXPECT_EQ(0, found_lost());
	EXPECT_EQ(0, found_others());
	EXPECT_EQ(0, leaks("rest"));
}

/* The marks of its objects cannot be believed; kmemleak must forget them all the same. */
TEST_F(rest, a_damaged_buffer_goes_with_its_owner)
{
	ASSERT_EQ(0, leaks("damage"));
	ASSERT_EQ(0, unload("mpool_leaks"));
	ASSERT_EQ(0, load("mpool_leaks", ""));
}

TEST_F(rest, kmemleak_is_still_on)
{
	EXPECT_EQ(0, kmemleak("scan=off"));
}

TEST_HARNESS_MAIN
