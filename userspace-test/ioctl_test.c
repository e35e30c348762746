// SPDX-License-Identifier: GPL-2.0
/*
 * What /dev/mempool answers by ioctl: all pools' figures, and changes to one of them. Where objects
 * were allocated is in watch_test.c. Needs mpool.ko and mpool_playground.ko, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mpool.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define MANY		500
#define ROOM		(MANY + 100)
#define PAGE		4096

FIXTURE(ioctls) {
	int fd;
	struct mpool_row *rows;
};

FIXTURE_SETUP(ioctls)
{
	self->fd = open(DEVICE, O_RDONLY);
	ASSERT_GE(self->fd, 0);
	self->rows = calloc(ROOM, sizeof(*self->rows));
	ASSERT_NE(NULL, self->rows);
}

FIXTURE_TEARDOWN(ioctls)
{
	free(self->rows);
	close(self->fd);
}

/* 0 or the errno. */
static int ask(int fd, unsigned long command, void *argument)
{
	return ioctl(fd, command, argument) ? errno : 0;
}

static int snapshot(int fd, struct mpool_snapshot *request, void *rows, unsigned int room)
{
	request->size = sizeof(*request);
	request->row_size = request->row_size ?: sizeof(struct mpool_row);
	request->rows = (uintptr_t)rows;
	request->room = room;
	return ask(fd, MPOOL_IOC_SNAPSHOT, request);
}

static const struct mpool_row *row_of(const struct mpool_row *rows, unsigned int nr,
				      const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	}
	return NULL;
}

static unsigned int id_of(const char *name)
{
	struct pool_line pool;

	return find_pool(name, &pool) ? pool.id : 0;
}

static int change(int fd, unsigned int id, unsigned int what, unsigned long long value)
{
	struct mpool_control control = {
		.size = sizeof(control), .id = id, .what = what, .value = value };

	return ask(fd, MPOOL_IOC_CONTROL, &control);
}

/* --- the figures of all pools --- */

TEST_F(ioctls, rows_say_what_lines_say)
{
	struct mpool_snapshot request = {};
	const struct mpool_row *row;
	struct pool_line line;

	ASSERT_EQ(0, play("create same 100 50 20"));
	ASSERT_EQ(0, play("alloc same 30"));
	ASSERT_EQ(0, play("free same 10"));
	EXPECT_EQ(ENOMEM, play("alloc same 31"));
	ASSERT_EQ(0, snapshot(self->fd, &request, self->rows, ROOM));
	ASSERT_EQ(0, request.more);
	row = row_of(self->rows, request.nr, "same");
	ASSERT_NE(NULL, row);
	ASSERT_TRUE(find_pool("same", &line));
	EXPECT_EQ(line.id, row->id);
	EXPECT_STREQ(line.owner, row->owner);
	EXPECT_EQ(MPOOL_ROW_POOL, row->kind);
	EXPECT_EQ(MPOOL_ROW_PAGES, row->backing);
	EXPECT_EQ(0, row->flags & MPOOL_ROW_DYING);
	EXPECT_EQ(0, row->of);
	EXPECT_EQ(0, row->pad);
	EXPECT_EQ(line.size, row->object_size);
	EXPECT_EQ(line.stride, row->stride);
	EXPECT_EQ(line.in_use, row->in_use);
	EXPECT_EQ(line.objects, row->objects);
	EXPECT_EQ(line.limit, row->limit);
	EXPECT_EQ(line.keep, row->keep);
	EXPECT_EQ(line.slabs, row->slabs);
	EXPECT_EQ(line.slab_bytes, row->slab_bytes);
	EXPECT_EQ(line.metadata, row->metadata);
	EXPECT_EQ(line.footprint, row->footprint);
	EXPECT_EQ(line.allocs, row->allocs);
	EXPECT_EQ(line.frees, row->frees);
	EXPECT_EQ(line.fails, row->fails);
	EXPECT_EQ(line.budget, row->budget);
	EXPECT_EQ(row->objects, row->in_use + row->cached_cpu + row->cached_depot + row->free_slab);
	EXPECT_EQ(row->footprint, row->slabs * row->slab_bytes + row->metadata);
	ASSERT_EQ(0, play("destroy same"));
}

/* However many there are, each once, in as many calls as it takes. */
TEST_F_TIMEOUT(ioctls, many_pools_by_pieces, 120)
{
	static const unsigned int rooms[] = { 1, 7, 100, ROOM };
	struct mpool_snapshot request;
	unsigned int i, room, found, last;

	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, play("create many%u 64 0 0", i));
	for (room = 0; room < ARRAY_SIZE(rooms); room++) {
		request = (struct mpool_snapshot){};
		found = 0;
		last = 0;
		do {
			ASSERT_EQ(0, snapshot(self->fd, &request, self->rows, rooms[room]));
			ASSERT_LE(request.nr, rooms[room]);
			for (i = 0; i < request.nr; i++) {
				ASSERT_GT(self->rows[i].id, last);
				last = self->rows[i].id;
				found += !strncmp(self->rows[i].name, "many", 4);
			}
			ASSERT_EQ(last, request.after);
		} while (request.more);
		EXPECT_EQ(MANY, found);
	}
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, play("destroy many%u", i));
}

TEST_F(ioctls, a_program_may_know_other_rows)
{
	struct mpool_snapshot request = { .row_size = 24 };
	unsigned char *at;
	unsigned int id;

	ASSERT_EQ(0, play("create rows 64 0 0"));
	id = id_of("rows");
	/* Short ones: there is nothing but the beginning. */
	memset(self->rows, 0x5a, sizeof(*self->rows) * ROOM);
	request.after = id - 1;
	ASSERT_EQ(0, snapshot(self->fd, &request, self->rows, 1));
	ASSERT_EQ(1, request.nr);
	EXPECT_EQ(id, self->rows[0].id);
	EXPECT_EQ(0x5a, self->rows[0].name[0]);
	/* Long ones: what is not known is zero. */
	memset(self->rows, 0x5a, sizeof(*self->rows) * ROOM);
	request = (struct mpool_snapshot){ .row_size = PAGE, .after = id - 1 };
	ASSERT_EQ(0, snapshot(self->fd, &request, self->rows, 1));
	EXPECT_STREQ("rows", self->rows[0].name);
	for (at = (unsigned char *)(self->rows + 1); at < (unsigned char *)self->rows + PAGE; at++)
		ASSERT_EQ(0, *at);
	EXPECT_EQ(0x5a, *at);
	request = (struct mpool_snapshot){ .row_size = 23 };
	EXPECT_EQ(EINVAL, snapshot(self->fd, &request, self->rows, 1));
	request = (struct mpool_snapshot){ .row_size = PAGE + 1 };
	EXPECT_EQ(EINVAL, snapshot(self->fd, &request, self->rows, 1));
	ASSERT_EQ(0, play("destroy rows"));
}

TEST_F(ioctls, a_program_may_know_another_snapshot)
{
	struct {
		struct mpool_snapshot known;
		char later[PAGE];
	} request = {};

	request.known.row_size = sizeof(struct mpool_row);
	request.known.rows = (uintptr_t)self->rows;
	request.known.size = sizeof(request.known) - 1;
	EXPECT_EQ(EINVAL, ask(self->fd, MPOOL_IOC_SNAPSHOT, &request));
	request.known.size = sizeof(request.known) + 100;
	EXPECT_EQ(0, ask(self->fd, MPOOL_IOC_SNAPSHOT, &request));
	request.later[99] = 1;
	EXPECT_EQ(E2BIG, ask(self->fd, MPOOL_IOC_SNAPSHOT, &request));
	request.later[99] = 0;
	request.known.size = PAGE + 1;
	EXPECT_EQ(E2BIG, ask(self->fd, MPOOL_IOC_SNAPSHOT, &request));
}

TEST_F(ioctls, rows_need_memory_to_be_put_in)
{
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mpool_snapshot request = {};

	ASSERT_NE(MAP_FAILED, nowhere);
	ASSERT_EQ(0, play("create nowhere 64 0 0"));
	EXPECT_EQ(EFAULT, snapshot(self->fd, &request, nowhere, 10));
	EXPECT_EQ(EFAULT, ask(self->fd, MPOOL_IOC_SNAPSHOT, nowhere));
	/* None are asked for: none are put there. */
	request = (struct mpool_snapshot){};
	EXPECT_EQ(0, snapshot(self->fd, &request, nowhere, 0));
	EXPECT_EQ(1, request.more);
	ASSERT_EQ(0, play("destroy nowhere"));
}

TEST_F(ioctls, generation_changes_with_the_pools)
{
	struct mpool_snapshot first = {}, same = {}, other = {}, last = {};
	unsigned long long shown;

	ASSERT_EQ(0, snapshot(self->fd, &first, self->rows, 0));
	ASSERT_EQ(0, snapshot(self->fd, &same, self->rows, 0));
	EXPECT_EQ(first.generation, same.generation);
	ASSERT_EQ(0, play("create change 64 0 0"));
	ASSERT_EQ(0, snapshot(self->fd, &other, self->rows, 0));
	EXPECT_NE(first.generation, other.generation);
	shown = strtoull(read_device() + strlen(FIRST_LINE), NULL, 10);
	EXPECT_EQ(other.generation, shown);
	ASSERT_EQ(0, play("destroy change"));
	ASSERT_EQ(0, snapshot(self->fd, &last, self->rows, 0));
	EXPECT_NE(other.generation, last.generation);
}

/* --- control --- */

TEST_F(ioctls, changes_what_its_owner_can_change)
{
	struct pool_line pool;
	unsigned int id;

	ASSERT_EQ(0, play("create tuned 64 100 10"));
	id = id_of("tuned");
	EXPECT_EQ(0, change(self->fd, id, MPOOL_CONTROL_LIMIT, 200));
	EXPECT_EQ(0, change(self->fd, id, MPOOL_CONTROL_KEEP, 150));
	EXPECT_EQ(0, change(self->fd, id, MPOOL_CONTROL_RESERVE, 5));
	ASSERT_TRUE(find_pool("tuned", &pool));
	EXPECT_EQ(200, pool.limit);
	EXPECT_EQ(150, pool.keep);
	EXPECT_EQ(5, pool.reserve);
	EXPECT_EQ(ERANGE, change(self->fd, id, MPOOL_CONTROL_LIMIT, 149));
	EXPECT_EQ(ERANGE, change(self->fd, id, MPOOL_CONTROL_KEEP, 201));
	EXPECT_EQ(ERANGE, change(self->fd, id, MPOOL_CONTROL_RESERVE, 201));
	EXPECT_EQ(0, change(self->fd, id, MPOOL_CONTROL_LIMIT, 0));
	ASSERT_TRUE(find_pool("tuned", &pool));
	EXPECT_EQ(0, pool.limit);
	EXPECT_EQ(EINVAL, change(self->fd, id, MPOOL_CONTROL_TRACK + 1, 0));
	EXPECT_EQ(EINVAL, change(self->fd, id, MPOOL_CONTROL_TRIM, 1));
	EXPECT_EQ(ENODATA, change(self->fd, id, MPOOL_CONTROL_TRACK, 0));
	EXPECT_EQ(ENOENT, change(self->fd, id + 1, MPOOL_CONTROL_TRIM, 0));
	ASSERT_EQ(0, play("destroy tuned"));
	EXPECT_EQ(ENOENT, change(self->fd, id, MPOOL_CONTROL_TRIM, 0));
}

TEST_F(ioctls, trims)
{
	struct mpool_control control = { .size = sizeof(control), .what = MPOOL_CONTROL_TRIM };
	struct pool_line before, after;

	ASSERT_EQ(0, play("create trimmed 1000 0 0"));
	ASSERT_EQ(0, play("alloc trimmed 500"));
	ASSERT_EQ(0, play("free trimmed 500"));
	ASSERT_TRUE(find_pool("trimmed", &before));
	control.id = before.id;
	ASSERT_EQ(0, ask(self->fd, MPOOL_IOC_CONTROL, &control));
	ASSERT_TRUE(find_pool("trimmed", &after));
	EXPECT_EQ(0, after.objects);
	/* Some may have gone by themselves before. */
	EXPECT_LE(control.value, before.objects);
	ASSERT_EQ(0, play("destroy trimmed"));
}

/* A pool that its owner has destroyed is nobody's to change. */
TEST_F(ioctls, leaves_dying_pools_alone)
{
	struct mpool_snapshot request = {};
	const struct mpool_row *row;
	unsigned int id;

	ASSERT_EQ(0, play("create late 64 0 0"));
	ASSERT_EQ(0, play("alloc late 3"));
	id = id_of("late");
	ASSERT_EQ(0, play("leak late"));
	EXPECT_EQ(ENOENT, change(self->fd, id, MPOOL_CONTROL_TRIM, 0));
	ASSERT_EQ(0, snapshot(self->fd, &request, self->rows, ROOM));
	row = row_of(self->rows, request.nr, "late");
	ASSERT_NE(NULL, row);
	EXPECT_EQ(MPOOL_ROW_DYING, row->flags & MPOOL_ROW_DYING);
	ASSERT_EQ(0, play("destroy late"));
}

TEST_F(ioctls, pauses_tracking)
{
	struct mpool_site site = {};
	struct mpool_sites sites = { .size = sizeof(sites), .room = 1, .sites = (uintptr_t)&site };

	ASSERT_TRUE(write_file("/sys/module/mpool/parameters/checks", "track"));
	ASSERT_EQ(0, play("create tracked 64 0 0"));
	ASSERT_TRUE(write_file("/sys/module/mpool/parameters/checks", "-"));
	sites.id = id_of("tracked");
	ASSERT_NE(NULL, strstr(read_device(), " tracking=on\n"));
	ASSERT_EQ(0, change(self->fd, sites.id, MPOOL_CONTROL_TRACK, 0));
	ASSERT_NE(NULL, strstr(read_device(), " tracking=paused\n"));
	ASSERT_EQ(0, play("alloc tracked 3"));
	ASSERT_EQ(0, ask(self->fd, MPOOL_IOC_SITES, &sites));
	ASSERT_EQ(1, sites.nr);
	EXPECT_EQ(3, site.objects);
	EXPECT_STREQ("", site.name);
	ASSERT_EQ(0, change(self->fd, sites.id, MPOOL_CONTROL_TRACK, 1));
	ASSERT_EQ(0, play("alloc tracked 7"));
	ASSERT_EQ(0, ask(self->fd, MPOOL_IOC_SITES, &sites));
	EXPECT_EQ(7, site.objects);
	EXPECT_STRNE("", site.name);
	EXPECT_EQ(EINVAL, change(self->fd, sites.id, MPOOL_CONTROL_TRACK, 2));
	ASSERT_EQ(0, play("free tracked 10"));
	ASSERT_EQ(0, ask(self->fd, MPOOL_IOC_SITES, &sites));
	EXPECT_EQ(0, sites.nr);
	ASSERT_EQ(0, play("destroy tracked"));
}

/* --- who may --- */

/* What a control of no pool says to a process that has done @give_up first; 255 if that failed. */
static int control_without(int fd, int (*give_up)(void))
{
	struct mpool_snapshot request = {};
	pid_t child = fork();
	int status;

	if (!child) {
		/* What may be read may be read this way too. */
		if (give_up() || snapshot(fd, &request, NULL, 0))
			_exit(255);
		_exit(change(fd, 0, MPOOL_CONTROL_TRIM, 0));
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 255;
	return WEXITSTATUS(status);
}

static int stay(void)
{
	return 0;
}

static int become_nobody(void)
{
	return setuid(12345);
}

static int own_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

TEST_F(ioctls, changes_are_for_root)
{
	EXPECT_EQ(ENOENT, control_without(self->fd, stay));
	EXPECT_EQ(EPERM, control_without(self->fd, become_nobody));
	/* Root of a user namespace is not the machine's. */
	if (access("/proc/self/ns/user", F_OK) == 0)
		EXPECT_EQ(EPERM, control_without(self->fd, own_namespace));
}

TEST_HARNESS_MAIN
