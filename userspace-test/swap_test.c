// SPDX-License-Identifier: GPL-2.0
/*
 * The RAM disk of samples/ where it has nothing left: as swap, when there is no memory; and at the
 * limit of its blocks, where writes wait for discards. Needs mpool.ko, some hundred MiB of memory,
 * root, and no other swap.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/types.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define DISK		"/dev/mpool_ramdisk"
#define BLOCKS		"ramdisk_blocks"
#define REQUESTS	"ramdisk_requests"

/* A page, and a block of the disk. */
#define PAGE_BYTES	4096UL
#define PAGE_WORDS	(PAGE_BYTES / sizeof(unsigned long))

/* A process that gets nowhere for so many seconds is stuck. */
#define STALL		30

/* As in the sample: writes that may wait at the same time. */
#define MAX_WAITING	64

/* --- what the tests look at --- */

/* A figure of a pool, or -1. */
static long pool_figure(const char *pool, const char *key)
{
	const char *line, *at;
	char word[64];

	snprintf(word, sizeof(word), "\nname=%s ", pool);
	line = strstr(read_device(), word);
	if (!line)
		return -1;
	snprintf(word, sizeof(word), " %s=", key);
	at = strstr(line + 1, word);
	return at && at < line + 1 + strcspn(line + 1, "\n") ? atol(at + strlen(word)) : -1;
}

/* Wait until a pool's figure is at least so high. */
static bool reaches(const char *pool, const char *key, long value)
{
	int tenths;

	for (tenths = 0; tenths < 200; tenths++) {
		if (pool_figure(pool, key) >= value)
			return true;
		usleep(100000);
	}
	return false;
}

/* Is each object of a pool somewhere, once, and was nothing freed that should not have been? */
static bool is_whole(const char *pool)
{
	return pool_figure(pool, "objects") == pool_figure(pool, "in_use") +
	       pool_figure(pool, "cached_cpu") + pool_figure(pool, "cached_depot") +
	       pool_figure(pool, "free_slab") && pool_figure(pool, "misuses") == 0;
}

/* The number after a word at the start of a line, as in /proc/meminfo; 0 if there is none. */
static unsigned long number_in(const char *file, const char *word)
{
	unsigned long number = 0, found = 0;
	char line[256], first[64];
	FILE *f = fopen(file, "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %lu", first, &number) == 2 && !strcmp(first, word))
			found = number;
	}
	if (f)
		fclose(f);
	return found;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* --- what pages and blocks are filled with --- */

/* Which page it is of whom, and which time it was written. */
static unsigned long stamp(unsigned long who, unsigned long number, unsigned long time)
{
	return who << 60 | time << 32 | number;
}

static unsigned long pattern(unsigned long stamp, size_t word)
{
	return (stamp + word) * 0x9e3779b97f4a7c15UL;
}

/* The last word is left for other uses. */
static void fill(unsigned long *page, unsigned long stamp)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS - 1; i++)
		page[i] = pattern(stamp, i);
}

static bool is_filled(const unsigned long *page, unsigned long stamp)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS - 1; i++) {
		if (page[i] != pattern(stamp, i))
			return false;
	}
	return true;
}

static bool is_zero(const unsigned long *page)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS - 1; i++) {
		if (page[i])
			return false;
	}
	return true;
}

/* --- blocks of the disk, past the page cache --- */

/* Most blocks that are written or read at a time here. */
#define PIECE	16
#define BUFFER_BYTES	(PIECE * PAGE_BYTES)

/* One for each process, aligned as O_DIRECT wants it. */
static unsigned long *buffer;

/* Write so many blocks; 0 or the errno. */
static int write_blocks(int fd, unsigned long block, size_t n, unsigned long who,
			unsigned long time)
{
	ssize_t written;
	size_t i;

	for (i = 0; i < n; i++)
		fill(buffer + i * PAGE_WORDS, stamp(who, block + i, time));
	written = pwrite(fd, buffer, n * PAGE_BYTES, block * PAGE_BYTES);
	if (written < 0)
		return errno;
	return written == n * PAGE_BYTES ? 0 : EIO;
}

static bool read_block(int fd, unsigned long block)
{
	return pread(fd, buffer, PAGE_BYTES, block * PAGE_BYTES) == PAGE_BYTES;
}

static bool is_written(int fd, unsigned long block, unsigned long who, unsigned long time)
{
	return read_block(fd, block) && is_filled(buffer, stamp(who, block, time));
}

static bool is_discarded(int fd, unsigned long block)
{
	return read_block(fd, block) && is_zero(buffer);
}

static int discard(int fd, unsigned long block, unsigned long n)
{
	__u64 range[] = { block * PAGE_BYTES, n * PAGE_BYTES };

	return ioctl(fd, BLKDISCARD, range) ? errno : 0;
}

static int open_disk(void)
{
	return open(DISK, O_RDWR | O_DIRECT);
}

/* --- processes that work, and are watched --- */

#define WORKERS	5

/* What workers and who watches them tell each other. */
struct shared {
	bool stop;
	struct {
		unsigned long steps;	/* what it has done so far */
		bool done;
	} worker[WORKERS];
};

static bool should_stop(struct shared *shared)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static void count_step(struct shared *shared, int me)
{
	__atomic_fetch_add(&shared->worker[me].steps, 1, __ATOMIC_RELAXED);
}

static unsigned long steps_of(struct shared *shared, int i)
{
	return __atomic_load_n(&shared->worker[i].steps, __ATOMIC_RELAXED);
}

/* What a worker is to do, besides what its function says. */
struct job {
	unsigned long pages;
	bool random;		/* every other sweep is in no order */
	bool gives_back;	/* places on the disk, as soon as what was there is in memory */
};

struct crowd {
	struct shared *shared;
	int count, running, failed;
	pid_t pid[WORKERS];
	unsigned long last[WORKERS];	/* steps when they were last seen to change */
	double changed[WORKERS];
};

/* Start a worker: its function returns 0 if all was well. */
static bool start(struct crowd *crowd, int (*function)(struct shared *shared, int me,
						       const struct job *job),
		  const struct job *job)
{
	int me = crowd->count;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(function(crowd->shared, me, job));
	}
	if (pid < 0)
		return false;
	crowd->pid[me] = pid;
	crowd->changed[me] = now();
	crowd->count++;
	crowd->running++;
	return true;
}

/* Take note of a worker that has ended, if it has. */
static void reap(struct crowd *crowd, int i)
{
	int status;

	if (!crowd->pid[i] || waitpid(crowd->pid[i], &status, WNOHANG) != crowd->pid[i])
		return;
	crowd->pid[i] = 0;
	crowd->running--;
	if (!status)
		return;
	crowd->failed++;
	printf("# worker %d: %s %d\n", i, WIFSIGNALED(status) ? "killed by signal" : "failed with",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* Has a worker that runs not made a step for too long? */
static bool is_stuck(struct crowd *crowd, int i)
{
	unsigned long steps = steps_of(crowd->shared, i);

	if (!crowd->pid[i] || steps != crowd->last[i]) {
		crowd->last[i] = steps;
		crowd->changed[i] = now();
	}
	return now() - crowd->changed[i] > STALL;
}

static unsigned long all_steps(const struct crowd *crowd)
{
	unsigned long steps = 0;
	int i;

	for (i = 0; i < crowd->count; i++)
		steps += steps_of(crowd->shared, i);
	return steps;
}

/*
 * Watch the workers, tell them to stop after so many seconds, and wait for their end. False if
 * one was stuck, was killed, or failed.
 */
static bool watch(struct crowd *crowd, double seconds, const char *what)
{
	double begin = now(), shown = begin;
	unsigned long steps, before = 0;
	bool stuck = false;
	int i;

	while (crowd->running && !stuck) {
		usleep(200000);
		if (now() - begin >= seconds)
			__atomic_store_n(&crowd->shared->stop, true, __ATOMIC_RELAXED);
		for (i = 0; i < crowd->count; i++) {
			reap(crowd, i);
			stuck |= is_stuck(crowd, i);
		}
		if (now() - shown < 2 && crowd->running && !stuck)
			continue;
		steps = all_steps(crowd);
		printf("# %4.1f s: %7.0f %s/s%s\n", now() - begin,
		       (steps - before) / (now() - shown), what, stuck ? ", STUCK" : "");
		before = steps;
		shown = now();
	}
	for (i = 0; i < crowd->count; i++) {
		if (crowd->pid[i])
			kill(crowd->pid[i], SIGKILL);
	}
	return !stuck && !crowd->failed;
}

/* --- memory that has to be swapped --- */

/* A prime above any number of pages here, so that steps of it come by all of them. */
#define STRIDE	1000003UL

/* The page to go to, in that sweep over all. */
static unsigned long page_number(const struct job *job, unsigned long sweep, unsigned long i)
{
	return job->random && sweep % 2 == 0 ? i * STRIDE % job->pages : i;
}

/*
 * The last word is written before the others are read, if memory is to give back its places on
 * the disk: those of a page that is only read are kept.
 */
static bool check_page(const struct job *job, unsigned long *page, unsigned long stamp)
{
	if (job->gives_back)
		__atomic_store_n(&page[PAGE_WORDS - 1], stamp, __ATOMIC_SEQ_CST);
	return is_filled(page, stamp);
}

/*
 * Go over all pages, again and again, check what is there and write something else. When told to
 * stop, do so, but not before all have been filled.
 */
static bool sweep_memory(struct shared *shared, int me, const struct job *job,
			 unsigned long *memory, unsigned long *sweep, unsigned long *done)
{
	unsigned long *page, number;

	for (*sweep = 1; ; ++*sweep) {
		for (*done = 0; *done < job->pages; ++*done) {
			if (*sweep > 1 && should_stop(shared))
				return true;
			number = page_number(job, *sweep, *done);
			page = memory + number * PAGE_WORDS;
			if (*sweep > 1 && !check_page(job, page, stamp(me, number, *sweep - 1)))
				return false;
			fill(page, stamp(me, number, *sweep));
			count_step(shared, me);
		}
	}
}

/* Check all pages, of which so many have been written in the last sweep. */
static bool check_memory(struct shared *shared, int me, const struct job *job,
			 unsigned long *memory, unsigned long sweep, unsigned long done)
{
	unsigned long i, number, last;

	for (i = 0; i < job->pages; i++) {
		number = page_number(job, sweep, i);
		last = i < done ? sweep : sweep - 1;
		if (!check_page(job, memory + number * PAGE_WORDS, stamp(me, number, last)))
			return false;
		count_step(shared, me);
	}
	return true;
}

static int use_memory(struct shared *shared, int me, const struct job *job)
{
	size_t bytes = job->pages * PAGE_BYTES;
	unsigned long sweep, done, *memory;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	/* If somebody must be killed, then not who would tell. */
	if (fd < 0 || write(fd, "1000", 4) != 4)
		return 2;
	close(fd);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 3;
	/* Huge pages are for one of two, and only where places on the disk are not scarce. */
	if (job->gives_back || me)
		madvise(memory, bytes, MADV_NOHUGEPAGE);
	if (!sweep_memory(shared, me, job, memory, &sweep, &done))
		return 4;
	return check_memory(shared, me, job, memory, sweep, done) ? 0 : 5;
}

/* Two processes use 1.3 times the memory that is free. */
static bool use_too_much(struct shared *shared, double seconds, struct job job)
{
	unsigned long free = number_in("/proc/meminfo", "MemFree:") / (PAGE_BYTES / 1024);
	struct crowd crowd = { .shared = shared };

	memset(shared, 0, sizeof(*shared));
	job.pages = free * 13 / 10 / 2;
	printf("# %lu MiB are free, 2 processes use %lu MiB each\n", free >> 8, job.pages >> 8);
	return free && start(&crowd, use_memory, &job) && start(&crowd, use_memory, &job) &&
	       watch(&crowd, seconds, "pages");
}

/* Write the header of a swap area, as mkswap does, and swap there; 0 or the errno. */
static int start_swap(__u32 mib, int flags)
{
	__u32 header[] = { 1, mib * 256 - 1, 0 };	/* version, last page, bad pages */
	char page[PAGE_BYTES] = "";
	int fd = open(DISK, O_WRONLY), err = 0;

	memcpy(page + 1024, header, sizeof(header));
	memcpy(page + PAGE_BYTES - 10, "SWAPSPACE2", 10);
	if (fd < 0 || pwrite(fd, page, PAGE_BYTES, 0) != PAGE_BYTES || fsync(fd))
		err = errno;
	close(fd);
	if (!err && swapon(DISK, flags))
		err = errno;
	return err;
}

FIXTURE(disk) {
	struct shared *shared;
};

/* Who watches must not be swapped out himself. */
FIXTURE_SETUP(disk)
{
	self->shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	buffer = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	ASSERT_NE(MAP_FAILED, self->shared);
	ASSERT_NE(MAP_FAILED, buffer);
	ASSERT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));
	/* A test ends without writing out what it has printed. */
	setlinebuf(stdout);
}

/* Nothing must be left. Whoever had the disk open may be about to close it. */
FIXTURE_TEARDOWN(disk)
{
	int err, tenths = 0;

	swapoff(DISK);
	while ((err = unload("mpool_ramdisk")) == EWOULDBLOCK && tenths++ < 100)
		usleep(100000);
	EXPECT_EQ(0, err);
	/* There is no pool. */
	EXPECT_STREQ("\n", strchr(read_device(), '\n'));
}

/* All blocks are there from the start, so that to swap takes no memory. */
TEST_F_TIMEOUT(disk, swap_in_need_of_memory, 150)
{
	unsigned long before = number_in("/proc/vmstat", "pswpout");

	ASSERT_EQ(0, load("mpool_ramdisk", "size_mb=256 preallocate=1"));
	EXPECT_EQ(65536, pool_figure(BLOCKS, "reserve"));
	EXPECT_EQ(65536, pool_figure(BLOCKS, "objects"));
	ASSERT_EQ(0, start_swap(256, 0));
	EXPECT_TRUE(use_too_much(self->shared, 8, (struct job){ .random = true }));
	printf("# %lu pages swapped out\n", number_in("/proc/vmstat", "pswpout") - before);
	EXPECT_GT(number_in("/proc/vmstat", "pswpout") - before, 5000);
	EXPECT_EQ(0, swapoff(DISK));
	/* Nobody ever had to wait, nor went away with nothing. */
	EXPECT_EQ(0, pool_figure(BLOCKS, "waits"));
	EXPECT_EQ(0, pool_figure(BLOCKS, "fails"));
	EXPECT_EQ(0, pool_figure(REQUESTS, "fails"));
	EXPECT_EQ(65536, pool_figure(BLOCKS, "objects"));
	EXPECT_EQ(0, pool_figure(REQUESTS, "in_use"));
	EXPECT_TRUE(is_whole(BLOCKS));
	EXPECT_TRUE(is_whole(REQUESTS));
}

/* The area is much larger than all blocks: it lives on what the swap code discards. */
TEST_F_TIMEOUT(disk, swap_on_a_thin_disk, 150)
{
	const long limit = 192 * 256;
	int fd, round;

	ASSERT_EQ(0, load("mpool_ramdisk", "size_mb=1024 limit_kb=196608 preallocate=1"));
	EXPECT_EQ(limit, pool_figure(BLOCKS, "objects"));
	ASSERT_EQ(0, start_swap(1024, SWAP_FLAG_DISCARD));
	for (round = 0; round < 5 && pool_figure(BLOCKS, "allocs") <= limit; round++) {
		ASSERT_TRUE(use_too_much(self->shared, 5, (struct job){ .gives_back = true }));
		printf("# %ld blocks allocated, %ld freed, %ld writes had to wait\n",
		       pool_figure(BLOCKS, "allocs"), pool_figure(BLOCKS, "frees"),
		       pool_figure(BLOCKS, "waits"));
	}
	EXPECT_GT(pool_figure(BLOCKS, "allocs"), limit);
	EXPECT_EQ(0, swapoff(DISK));
	EXPECT_EQ(0, pool_figure(REQUESTS, "fails"));
	fd = open_disk();
	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, discard(fd, 0, 1024 * 256));
	close(fd);
	EXPECT_EQ(0, pool_figure(BLOCKS, "in_use"));
	EXPECT_EQ(limit, pool_figure(BLOCKS, "objects"));
	EXPECT_TRUE(is_whole(BLOCKS));
}

/* --- a disk that is full --- */

/* Blocks that the disk of these tests may have, of the 4096 that it shows. */
#define LIMIT	1024
#define FULL	"size_mb=16 limit_kb=4096 "

/* Write as many blocks as there may be, the first ones of the disk. */
static bool fill_disk(int fd)
{
	unsigned long block;

	for (block = 0; block < LIMIT; block += PIECE) {
		if (write_blocks(fd, block, PIECE, 1, 1))
			return false;
	}
	return pool_figure(BLOCKS, "in_use") == LIMIT && pool_figure(BLOCKS, "objects") == LIMIT;
}

/* Another process writes; its exit code will be the errno. */
static pid_t write_elsewhere(int fd, unsigned long block, size_t n)
{
	pid_t pid = fork();

	if (!pid)
		_exit(write_blocks(fd, block, n, 2, 1));
	return pid;
}

static int exit_code(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* It waits for as many blocks as it needs; meanwhile all goes on that needs none. */
TEST_F_TIMEOUT(disk, discard_lets_a_write_go_on, 60)
{
	pid_t writer;
	int fd;

	ASSERT_EQ(0, load("mpool_ramdisk", FULL "wait_ms=40000"));
	fd = open_disk();
	ASSERT_GE(fd, 0);
	ASSERT_TRUE(fill_disk(fd));
	writer = write_elsewhere(fd, 2000, PIECE);
	ASSERT_TRUE(reaches(BLOCKS, "waiting", 1));
	EXPECT_EQ(0, write_blocks(fd, 500, PIECE, 1, 2));
	EXPECT_TRUE(is_written(fd, 500, 1, 2));
	EXPECT_TRUE(is_written(fd, 1, 1, 1));
	EXPECT_EQ(0, discard(fd, 0, PIECE - 1));
	usleep(500000);
	EXPECT_EQ(1, pool_figure(BLOCKS, "waiting"));
	EXPECT_EQ(0, discard(fd, 1000, 1));
	EXPECT_EQ(0, exit_code(writer));
	EXPECT_EQ(0, pool_figure(BLOCKS, "waiting"));
	EXPECT_EQ(LIMIT, pool_figure(BLOCKS, "in_use"));
	EXPECT_TRUE(is_written(fd, 2000, 2, 1));
	EXPECT_TRUE(is_written(fd, 2000 + PIECE - 1, 2, 1));
	EXPECT_TRUE(is_discarded(fd, 0));
	EXPECT_TRUE(is_discarded(fd, 1000));
	close(fd);
}

TEST_F_TIMEOUT(disk, write_fails_in_time, 60)
{
	double begin;
	int fd;

	ASSERT_EQ(0, load("mpool_ramdisk", FULL "wait_ms=1000"));
	fd = open_disk();
	ASSERT_GE(fd, 0);
	ASSERT_TRUE(fill_disk(fd));
	EXPECT_EQ(0, discard(fd, 7, 1));
	begin = now();
	EXPECT_EQ(ENOSPC, write_blocks(fd, 3000, 2, 2, 1));
	EXPECT_GE(now() - begin, 0.9);
	EXPECT_LE(now() - begin, 15);
	/* It took nothing, and harmed nobody. */
	EXPECT_EQ(LIMIT - 1, pool_figure(BLOCKS, "in_use"));
	EXPECT_TRUE(is_discarded(fd, 3000));
	EXPECT_TRUE(is_written(fd, 8, 1, 1));
	EXPECT_EQ(0, write_blocks(fd, 3000, 1, 2, 2));
	EXPECT_TRUE(is_written(fd, 3000, 2, 2));
	EXPECT_EQ(0, discard(fd, 0, 4096));
	EXPECT_EQ(0, pool_figure(BLOCKS, "in_use"));
	close(fd);
}

/* More writes than the queue has requests: some are refused, so that a discard finds one. */
TEST_F_TIMEOUT(disk, waiting_writes_do_not_take_all_requests, 90)
{
	int fd, i, good = 0, refused = 0, code;
	pid_t writer[160];
	double begin;

	ASSERT_EQ(0, load("mpool_ramdisk", FULL "wait_ms=60000"));
	fd = open_disk();
	ASSERT_GE(fd, 0);
	ASSERT_TRUE(fill_disk(fd));
	/* No two of them side by side, for such would be made one. */
	for (i = 0; i < ARRAY_SIZE(writer); i++)
		writer[i] = write_elsewhere(fd, 2000 + 2 * i, 1);
	/*
	 * Most of them are in line for a block. Where new threads come too slowly, the thread that
	 * the queue has from the start takes several, and has them wait one after the other.
	 */
	EXPECT_TRUE(reaches(BLOCKS, "waiting", MAX_WAITING / 2));
	EXPECT_TRUE(reaches(REQUESTS, "in_use", MAX_WAITING));
	begin = now();
	EXPECT_TRUE(is_written(fd, 1023, 1, 1));
	EXPECT_EQ(0, discard(fd, 0, 512));
	EXPECT_LE(now() - begin, 15);
	for (i = 0; i < ARRAY_SIZE(writer); i++) {
		code = exit_code(writer[i]);
		good += code == 0;
		refused += code == ENOSPC;
	}
	printf("# %d writes waited or found room, %d were refused\n", good, refused);
	EXPECT_EQ(ARRAY_SIZE(writer), good + refused);
	EXPECT_GE(good, MAX_WAITING);
	EXPECT_EQ(512 + good, pool_figure(BLOCKS, "in_use"));
	close(fd);
}

/* --- a disk that is always full --- */

#define WRITERS		4
#define REGION		1024	/* blocks that a writer has for itself */

/* Nobody else writes there, so a block has what was last written, or was discarded since. */
static int write_at_random(struct shared *shared, int me, const struct job *job)
{
	static unsigned int times[REGION];
	unsigned int seed = me, time, at, n, i;
	int fd = open_disk(), err;

	for (time = 1; !should_stop(shared); time++) {
		n = 1 + rand_r(&seed) % PIECE;
		at = rand_r(&seed) % (REGION - n + 1);
		err = write_blocks(fd, me * REGION + at, n, me, time);
		if (err)
			return err;
		for (i = 0; i < n; i++)
			times[at + i] = time;
		at = rand_r(&seed) % REGION;
		if (!is_written(fd, me * REGION + at, me, times[at]) && !is_zero(buffer))
			return 255;
		count_step(shared, me);
	}
	__atomic_store_n(&shared->worker[me].done, true, __ATOMIC_RELAXED);
	return 0;
}

static bool writers_are_done(struct shared *shared)
{
	int i;

	for (i = 0; i < WRITERS; i++) {
		if (!__atomic_load_n(&shared->worker[i].done, __ATOMIC_RELAXED))
			return false;
	}
	return true;
}

/* Until the last writer is done: none should wait in vain. */
static int discard_at_random(struct shared *shared, int me, const struct job *job)
{
	unsigned int seed = me, n;
	int fd = open_disk();

	while (!writers_are_done(shared)) {
		n = 1 + rand_r(&seed) % 32;
		if (discard(fd, rand_r(&seed) % (WRITERS * REGION - n + 1), n))
			return errno;
		count_step(shared, me);
		usleep(500);
	}
	return 0;
}

TEST_F_TIMEOUT(disk, writers_and_discards, 90)
{
	struct crowd crowd = { .shared = self->shared };
	int fd, i;

	ASSERT_EQ(0, load("mpool_ramdisk", FULL "wait_ms=25000"));
	fd = open_disk();
	ASSERT_GE(fd, 0);
	for (i = 0; i < WRITERS; i++)
		ASSERT_TRUE(start(&crowd, write_at_random, NULL));
	ASSERT_TRUE(start(&crowd, discard_at_random, NULL));
	EXPECT_TRUE(watch(&crowd, 6, "writes and discards"));
	for (i = 0; i < WRITERS; i++)
		EXPECT_GT(self->shared->worker[i].steps, 10);
	printf("# %ld writes had to wait\n", pool_figure(BLOCKS, "waits"));
	EXPECT_GT(pool_figure(BLOCKS, "waits"), 10);
	EXPECT_EQ(0, pool_figure(BLOCKS, "waiting"));
	EXPECT_EQ(0, discard(fd, 0, WRITERS * REGION));
	EXPECT_EQ(0, pool_figure(BLOCKS, "in_use"));
	EXPECT_TRUE(is_whole(BLOCKS));
	close(fd);
}

TEST_HARNESS_MAIN
