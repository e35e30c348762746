// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mempool as a program sees it. Needs mpool.ko and mpool_playground.ko, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define MANY	300

FIXTURE(device) {
	int fd;
	char *text;
};

FIXTURE_SETUP(device)
{
	self->fd = open(DEVICE, O_RDONLY);
	ASSERT_GE(self->fd, 0);
	self->text = malloc(TEXT_MAX);
	ASSERT_NE(NULL, self->text);
}

FIXTURE_TEARDOWN(device)
{
	free(self->text);
	close(self->fd);
}

TEST_F(device, begins_with_its_format)
{
	ASSERT_EQ(0, strncmp(read_device(), FIRST_LINE, strlen(FIRST_LINE)));
}

TEST_F(device, has_a_line_for_each_pool)
{
	struct pool_line pool;

	ASSERT_EQ(0, play("create line 100 50 20"));
	ASSERT_EQ(0, play("alloc line 30"));
	ASSERT_TRUE(find_pool("line", &pool));
	EXPECT_STREQ("mpool_playground", pool.owner);
	EXPECT_STREQ("live", pool.state);
	EXPECT_EQ(100, pool.size);
	/* KASAN has a gap behind each object. */
	EXPECT_EQ(kernel_has("kasan_poison") ? 120 : 104, pool.stride);
	EXPECT_EQ(50, pool.limit);
	EXPECT_EQ(20, pool.keep);
	EXPECT_EQ(30, pool.in_use);
	EXPECT_EQ(1, pool.slabs);
	EXPECT_EQ(30, pool.allocs);
	EXPECT_TRUE(adds_up(&pool));
	EXPECT_TRUE(within_limit(&pool));
	ASSERT_EQ(0, play("free line 10"));
	EXPECT_EQ(ENOMEM, play("alloc line 31"));
	ASSERT_TRUE(find_pool("line", &pool));
	EXPECT_EQ(20, pool.in_use);
	EXPECT_EQ(1, pool.fails);
	EXPECT_TRUE(adds_up(&pool));
	ASSERT_EQ(0, play("destroy line"));
	EXPECT_FALSE(find_pool("line", &pool));
}

TEST_F(device, every_line_parses)
{
	struct pool_line pool;
	char *line;

	ASSERT_EQ(0, play("create parse 64 0 0"));
	line = strchr(read_device(), '\n');
	for (; line && line[1]; line = strchr(line + 1, '\n'))
		EXPECT_TRUE(parse_line(line + 1, &pool));
	ASSERT_EQ(0, play("destroy parse"));
}

TEST_F(device, short_reads_give_the_same)
{
	static const size_t pieces[] = { 1, 2, 7, 100, 333, 4095, 4096, 4097 };
	static char whole[TEXT_MAX];
	size_t i;

	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, play("create short%zu 64 0 0", i));
	snprintf(whole, sizeof(whole), "%s", read_device());
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
		EXPECT_EQ(strlen(whole), read_rest(self->fd, self->text, pieces[i]));
		EXPECT_STREQ(whole, self->text);
	}
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, play("destroy short%zu", i));
}

TEST_F(device, seeks)
{
	static char whole[TEXT_MAX];
	size_t at, length;

	for (at = 0; at < 10; at++)
		ASSERT_EQ(0, play("create seek%zu 64 0 0", at));
	snprintf(whole, sizeof(whole), "%s", read_device());
	length = strlen(whole);
	for (at = 0; at < length; at += 37) {
		ASSERT_EQ(at, lseek(self->fd, at, SEEK_SET));
		EXPECT_EQ(length - at, read_rest(self->fd, self->text, 500));
		EXPECT_STREQ(whole + at, self->text);
	}
	EXPECT_EQ(0, pread(self->fd, self->text, 10, length + 1000));
	EXPECT_EQ(5, pread(self->fd, self->text, 5, 6));
	EXPECT_EQ(0, memcmp("forma", self->text, 5));
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
	for (at = 0; at < 10; at++)
		ASSERT_EQ(0, play("destroy seek%zu", at));
}

/* Of the pools that are there all the time, each is shown once; of others, at most once. */
TEST_F(device, pools_come_and_go_between_reads)
{
	unsigned int seen[MANY] = {}, i;
	struct pool_line pool;
	size_t length, more;
	char *line;

	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, play("create churn-%u 64 0 0", i));
	length = read(self->fd, self->text, 3000);
	ASSERT_GT(length, 0);
	for (i = 0; i < MANY; i += 3)
		ASSERT_EQ(0, play("destroy churn-%u", i));
	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, play("create fresh-%u 64 0 0", i));
	more = read_rest(self->fd, self->text + length, 777);
	ASSERT_GT(more, 0);

	line = strchr(self->text, '\n');
	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		ASSERT_TRUE(parse_line(line + 1, &pool));
		if (sscanf(pool.name, "churn-%u", &i) == 1)
			seen[i]++;
	}
	for (i = 0; i < MANY; i++) {
		EXPECT_LE(seen[i], 1);
		if (i % 3)
			EXPECT_EQ(1, seen[i]);
	}
	for (i = 0; i < MANY; i++) {
		if (i % 3)
			ASSERT_EQ(0, play("destroy churn-%u", i));
	}
	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, play("destroy fresh-%u", i));
}

/* A pool that is destroyed and made anew has another id, and the old one's figures are gone. */
TEST_F(device, ids_are_not_reused)
{
	struct pool_line first, second;

	ASSERT_EQ(0, play("create again 64 0 0"));
	ASSERT_EQ(0, play("alloc again 5"));
	ASSERT_TRUE(find_pool("again", &first));
	ASSERT_EQ(0, play("destroy again"));
	ASSERT_EQ(0, play("create again 64 0 0"));
	ASSERT_TRUE(find_pool("again", &second));
	EXPECT_GT(second.id, first.id);
	EXPECT_EQ(0, second.allocs);
	ASSERT_EQ(0, play("destroy again"));
}

static int reader(int rounds)
{
	struct pool_line pool;
	char *line;

	while (rounds--) {
		line = read_device();
		if (strncmp(line, FIRST_LINE, strlen(FIRST_LINE)))
			return 1;
		for (line = strchr(line, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
			if (!parse_line(line + 1, &pool))
				return 1;
		}
	}
	return 0;
}

TEST_F(device, many_readers_at_once)
{
	pid_t readers[16];
	int status;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		readers[i] = fork();
		ASSERT_GE(readers[i], 0);
		if (!readers[i])
			_exit(reader(50));
	}
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, play("create busy 64 0 0"));
		ASSERT_EQ(0, play("alloc busy 100"));
		ASSERT_EQ(0, play("destroy busy"));
	}
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		ASSERT_EQ(readers[i], waitpid(readers[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

TEST_F(device, only_reads)
{
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open(DEVICE, O_RDWR);

	ASSERT_NE(MAP_FAILED, nowhere);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(-1, write(fd, "x", 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(fd, _IO(0xE6, 0)));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(-1, read(fd, nowhere, 100));
	EXPECT_EQ(EFAULT, errno);
	close(fd);
}

#define CANNOT_TELL	255

/* Try to open the device as a user who is in that one group; the errno, or CANNOT_TELL. */
static int open_as(gid_t group)
{
	int status;
	pid_t child = fork();

	if (!child) {
		if (setgroups(0, NULL) || setgid(group) || setuid(12345))
			_exit(CANNOT_TELL);
		_exit(open(DEVICE, O_RDONLY) < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return CANNOT_TELL;
	return WEXITSTATUS(status);
}

TEST_F(device, is_for_root_and_a_group)
{
	struct stat stat;

	ASSERT_EQ(0, fstat(self->fd, &stat));
	EXPECT_EQ(0440, stat.st_mode & 07777);
	EXPECT_EQ(EACCES, open_as(4));
	/* What the udev rule does. */
	ASSERT_EQ(0, fchown(self->fd, 0, 4));
	EXPECT_EQ(0, open_as(4));
	EXPECT_EQ(EACCES, open_as(5));
	ASSERT_EQ(0, fchown(self->fd, 0, 0));
}

/* Looks like an address of kernel memory: ffff and twelve more digits. */
static bool has_address(const char *text)
{
	while ((text = strstr(text, "ffff"))) {
		if (strspn(text, "0123456789abcdef") >= 16)
			return true;
		text++;
	}
	return false;
}

TEST_F(device, shows_no_address)
{
	ASSERT_EQ(0, play("create address 64 0 0"));
	ASSERT_EQ(0, play("alloc address 100"));
	EXPECT_FALSE(has_address(read_device()));
	ASSERT_EQ(0, play("destroy address"));
}

TEST_F(device, create_refuses_what_it_should)
{
	ASSERT_EQ(0, play("create taken 64 0 0"));
	EXPECT_EQ(EEXIST, play("create taken 64 0 0"));
	EXPECT_EQ(EILSEQ, play("create Upper 64 0 0"));
	EXPECT_EQ(ENAMETOOLONG, play("create a23456789-123456789-123456789-12 64 0 0"));
	EXPECT_EQ(EINVAL, play("create zero 0 0 0"));
	EXPECT_EQ(E2BIG, play("create big 65537 0 0"));
	EXPECT_EQ(ERANGE, play("create keep 64 10 11"));
	ASSERT_EQ(0, play("destroy taken"));
}

TEST_HARNESS_MAIN
