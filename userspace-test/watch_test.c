// SPDX-License-Identifier: GPL-2.0
/*
 * What a machine's operator can do to find a bug in a driver: have pools watched, ask who holds
 * their objects, read the log. Needs mpool.ko and mpool_playground.ko, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mpool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define CHECKS		"/sys/module/mpool/parameters/checks"
#define QUARANTINE	"/sys/module/mpool/parameters/quarantine"

static bool file_says(const char *name, const char *what)
{
	char text[64] = "";
	int fd = open(name, O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text) - 1);

	close(fd);
	return got > 0 && !strncmp(text, what, strlen(what)) && text[strlen(what)] == '\n';
}

FIXTURE(watch) {
	struct pool_line pool;
};

FIXTURE_SETUP(watch)
{
	ASSERT_TRUE(write_file(CHECKS, "-"));
	ASSERT_TRUE(write_file(QUARANTINE, "0"));
}

FIXTURE_TEARDOWN(watch)
{
	write_file(CHECKS, "-");
	write_file(QUARANTINE, "0");
}

TEST_F(watch, all_pools_get_what_the_parameter_says)
{
	EXPECT_TRUE(file_says(CHECKS, "-"));
	ASSERT_EQ(0, play("create before 64 0 0"));
	ASSERT_TRUE(write_file(CHECKS, "redzone,track"));
	EXPECT_TRUE(file_says(CHECKS, "redzone,track"));
	ASSERT_EQ(0, play("create some 64 0 0"));
	ASSERT_EQ(0, play("create more 64 0 0 poison"));
	ASSERT_TRUE(write_file(CHECKS, "all"));
	EXPECT_TRUE(file_says(CHECKS, "redzone,poison,track"));
	ASSERT_TRUE(write_file(QUARANTINE, "10000"));
	ASSERT_EQ(0, play("create all 64 0 0"));
	ASSERT_TRUE(find_pool("before", &self->pool));
	EXPECT_STREQ("-", self->pool.checks);
	EXPECT_EQ(0, self->pool.quarantine);
	ASSERT_TRUE(find_pool("some", &self->pool));
	EXPECT_STREQ("redzone,track", self->pool.checks);
	ASSERT_TRUE(find_pool("more", &self->pool));
	EXPECT_STREQ("redzone,poison,track", self->pool.checks);
	ASSERT_TRUE(find_pool("all", &self->pool));
	EXPECT_STREQ("redzone,poison,track", self->pool.checks);
	EXPECT_GE(self->pool.quarantine, 10000);
	EXPECT_EQ(0, play("destroy before"));
	EXPECT_EQ(0, play("destroy some"));
	EXPECT_EQ(0, play("destroy more"));
	EXPECT_EQ(0, play("destroy all"));
}

/* A buffer has room for what its owner has thought of, and no more. */
TEST_F(watch, buffers_get_what_they_have_room_for)
{
	ASSERT_TRUE(write_file(CHECKS, "all"));
	ASSERT_EQ(0, play("create buffered 64 0 0 buffer=65536"));
	ASSERT_TRUE(find_pool("buffered", &self->pool));
	EXPECT_STREQ("poison", self->pool.checks);
	EXPECT_EQ(0, play("destroy buffered"));
}

TEST_F(watch, bad_words_are_refused)
{
	ASSERT_TRUE(write_file(CHECKS, "poison"));
	EXPECT_FALSE(write_file(CHECKS, "poisson"));
	EXPECT_FALSE(write_file(CHECKS, "redzone,poison,track,redzone,poison,track,redzone"));
	EXPECT_FALSE(write_file(CHECKS, "redzone poison"));
	EXPECT_TRUE(file_says(CHECKS, "poison"));
	EXPECT_FALSE(write_file(QUARANTINE, "-1"));
	EXPECT_FALSE(write_file(QUARANTINE, "much"));
	EXPECT_TRUE(file_says(QUARANTINE, "0"));
}

TEST_F(watch, quarantine_is_shown)
{
	ASSERT_EQ(0, play("create held-back 64 0 0 quarantine=6400"));
	ASSERT_EQ(0, play("alloc held-back 300"));
	ASSERT_EQ(0, play("free held-back 300"));
	ASSERT_TRUE(find_pool("held-back", &self->pool));
	EXPECT_EQ(self->pool.quarantine / self->pool.stride, self->pool.quarantined);
	EXPECT_TRUE(adds_up(&self->pool));
	ASSERT_EQ(0, play("trim held-back"));
	ASSERT_TRUE(find_pool("held-back", &self->pool));
	EXPECT_EQ(0, self->pool.quarantined);
	EXPECT_TRUE(adds_up(&self->pool));
	EXPECT_EQ(0, play("destroy held-back"));
}

/* Whatever is done with a pool, nothing is found where nothing is wrong. */
TEST_F_TIMEOUT(watch, stress_while_all_is_watched, 60)
{
	unsigned int limit;

	ASSERT_TRUE(write_file(CHECKS, "all"));
	ASSERT_TRUE(write_file(QUARANTINE, "65536"));
	for (limit = 0; limit <= 200; limit += 200) {
		ASSERT_EQ(0, play("create stressed 100 %u 0", limit));
		EXPECT_EQ(0, play("stress stressed 3000"));
		ASSERT_TRUE(find_pool("stressed", &self->pool));
		EXPECT_STREQ("redzone,poison,track", self->pool.checks);
		EXPECT_EQ(0, self->pool.in_use);
		EXPECT_EQ(0, self->pool.misuses);
		EXPECT_EQ(0, self->pool.withheld);
		EXPECT_TRUE(adds_up(&self->pool));
		EXPECT_EQ(0, play("destroy stressed"));
		EXPECT_FALSE(find_pool("stressed", &self->pool));
	}
}

/* With the whole stack, down to who asked the module for it. */
TEST_F(watch, log_names_who_had_it)
{
	ASSERT_EQ(0, play("create traced 64 0 0 track"));
	ASSERT_EQ(0, play("alloc traced 2"));
	ASSERT_EQ(0, play("again traced"));
	EXPECT_TRUE(log_says("pool traced (id "));
	EXPECT_TRUE(log_says("double free of object 1/0, called from "));
	EXPECT_TRUE(log_says("allocated by do_alloc"));
	EXPECT_TRUE(log_says("freed by do_free"));
	EXPECT_TRUE(log_says(" playground_write+"));
	ASSERT_EQ(0, play("leak traced"));
	EXPECT_TRUE(log_says("pool traced (id "));
	EXPECT_TRUE(log_says("  1 objects, 64 bytes, allocated by do_alloc"));
	EXPECT_EQ(0, play("destroy traced"));
}

/* --- where objects were allocated --- */

static int sites_of(unsigned long id, struct mpool_site *sites, unsigned int room, int *nr)
{
	struct mpool_sites request = {
		.size = sizeof(request), .id = id, .room = room, .sites = (uintptr_t)sites };
	int fd = open(DEVICE, O_RDONLY), err = 0;

	if (ioctl(fd, MPOOL_IOC_SITES, &request))
		err = errno;
	*nr = request.nr;
	close(fd);
	return err;
}

TEST_F(watch, sites_are_told)
{
	struct mpool_site sites[8];
	int nr;

	ASSERT_EQ(0, play("create sites 64 0 0 track"));
	ASSERT_TRUE(find_pool("sites", &self->pool));
	EXPECT_EQ(0, sites_of(self->pool.id, sites, 8, &nr));
	EXPECT_EQ(0, nr);
	ASSERT_EQ(0, play("alloc sites 5"));
	ASSERT_EQ(0, play("atomic sites 7"));
	ASSERT_EQ(0, play("free sites 3"));
	EXPECT_EQ(0, sites_of(self->pool.id, sites, 8, &nr));
	/* By one function, but called from two places. */
	ASSERT_EQ(2, nr);
	EXPECT_EQ(7, sites[0].objects);
	EXPECT_EQ(7 * 64, sites[0].bytes);
	EXPECT_EQ(2, sites[1].objects);
	EXPECT_NE(NULL, strstr(sites[0].name, "do_alloc"));
	EXPECT_NE(NULL, strstr(sites[0].name, "[mpool_playground]"));
	EXPECT_EQ(0, sites_of(self->pool.id, sites, 1, &nr));
	EXPECT_EQ(1, nr);
	EXPECT_EQ(7, sites[0].objects);
	EXPECT_EQ(0, sites_of(self->pool.id, NULL, 0, &nr));
	EXPECT_EQ(0, nr);
	EXPECT_EQ(0, play("destroy sites"));
}

TEST_F(watch, sites_of_what_is_not_tracked)
{
	struct mpool_site site;
	int nr;

	ASSERT_EQ(0, play("create untracked 64 0 0"));
	ASSERT_TRUE(find_pool("untracked", &self->pool));
	EXPECT_EQ(ENODATA, sites_of(self->pool.id, &site, 1, &nr));
	EXPECT_EQ(0, play("destroy untracked"));
	EXPECT_EQ(ENOENT, sites_of(self->pool.id, &site, 1, &nr));
	EXPECT_EQ(ENOENT, sites_of(0, &site, 1, &nr));
	EXPECT_EQ(ENOENT, sites_of(UINT32_MAX, &site, 1, &nr));
}

/* What a later program knows and this kernel does not must be zero. */
TEST_F(watch, sites_of_other_sizes)
{
	struct mpool_site site;
	struct {
		struct mpool_sites request;
		char more[8192];
	} later = { .request = { .room = 1, .sites = (uintptr_t)&site } };
	int fd = open(DEVICE, O_RDONLY);

	ASSERT_EQ(0, play("create sizes 64 0 0 track"));
	ASSERT_EQ(0, play("alloc sizes 1"));
	ASSERT_TRUE(find_pool("sizes", &self->pool));
	later.request.id = self->pool.id;
	later.request.size = sizeof(later.request) + 8;
	EXPECT_EQ(0, ioctl(fd, MPOOL_IOC_SITES, &later));
	EXPECT_EQ(1, later.request.nr);
	later.more[7] = 1;
	EXPECT_EQ(-1, ioctl(fd, MPOOL_IOC_SITES, &later));
	EXPECT_EQ(E2BIG, errno);
	later.request.size = sizeof(later);
	EXPECT_EQ(-1, ioctl(fd, MPOOL_IOC_SITES, &later));
	EXPECT_EQ(E2BIG, errno);
	later.request.size = sizeof(later.request) - 1;
	EXPECT_EQ(-1, ioctl(fd, MPOOL_IOC_SITES, &later));
	EXPECT_EQ(EINVAL, errno);
	later.request.size = 0;
	EXPECT_EQ(-1, ioctl(fd, MPOOL_IOC_SITES, &later));
	EXPECT_EQ(EINVAL, errno);
	close(fd);
	EXPECT_EQ(0, play("destroy sizes"));
}

TEST_F(watch, sites_at_bad_addresses)
{
	struct mpool_sites request = { .size = sizeof(request), .room = 1, .sites = 8 };
	int fd = open(DEVICE, O_RDONLY);

	ASSERT_EQ(0, play("create nowhere 64 0 0 track"));
	ASSERT_EQ(0, play("alloc nowhere 1"));
	ASSERT_TRUE(find_pool("nowhere", &self->pool));
	request.id = self->pool.id;
	EXPECT_EQ(-1, ioctl(fd, MPOOL_IOC_SITES, &request));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, MPOOL_IOC_SITES, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, MPOOL_IOC_SITES, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, _IO(MPOOL_IOC_MAGIC, 99), &request));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(fd, _IOWR('x', 1, struct mpool_sites), &request));
	EXPECT_EQ(ENOTTY, errno);
	close(fd);
	EXPECT_EQ(0, play("destroy nowhere"));
}

/* Who may read the figures may not ask who in the kernel allocated. */
TEST_F(watch, sites_are_for_root)
{
	struct mpool_sites request = { .size = sizeof(request) };
	int fd = open(DEVICE, O_RDONLY), status;
	pid_t child = fork();

	if (!child)
		_exit(setuid(12345) || !ioctl(fd, MPOOL_IOC_SITES, &request) ? 255 : errno);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(EPERM, WEXITSTATUS(status));
	close(fd);
}

/* --- copies --- */

/* What the playground copies is a command, which is where it can be written to. */
static int copy_command(unsigned int bytes, char *text, size_t length)
{
	int fd = open(PLAYGROUND, O_WRONLY), err = 0;

	memset(text, ' ', length);
	memcpy(text, "copy copied ", 12);
	text[12 + sprintf(text + 12, "%u", bytes)] = ' ';
	if (write(fd, text, length) < 0)
		err = errno;
	close(fd);
	return err;
}

TEST_F(watch, copies_within_an_object_and_no_further)
{
	char text[200], before[200];

	ASSERT_EQ(0, play("create copied 100 0 0"));
	ASSERT_EQ(0, play("alloc copied 1"));
	EXPECT_EQ(0, copy_command(100, text, sizeof(text)));
	memcpy(before, text, sizeof(text));
	EXPECT_EQ(0, strncmp(text, "copy copied 100 ", 16));
	EXPECT_EQ(EFAULT, copy_command(101, text, sizeof(text)));
	EXPECT_TRUE(log_says("copy of 101 bytes from user space, to byte 0 of object 1/"));
	ASSERT_TRUE(find_pool("copied", &self->pool));
	EXPECT_EQ(1, self->pool.misuses);
	EXPECT_EQ(0, play("destroy copied"));
}

TEST_HARNESS_MAIN
