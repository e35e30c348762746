// SPDX-License-Identifier: GPL-2.0
/*
 * What programs wait for at /dev/mempool: that pools come and go, and that a figure is above or
 * below a level. Needs mpool.ko and mpool_playground.ko, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mpool.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

/* Milliseconds: in which what should happen does, and in which nothing should. */
#define SOON		5000
#define A_WHILE		300

FIXTURE(polls) {
	int fd;
	char text[4096];
};

FIXTURE_SETUP(polls)
{
	self->fd = open(DEVICE, O_RDONLY);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(polls)
{
	close(self->fd);
}

/* What of @events happens within some time; 0 for nothing. */
static int wait_for(int fd, int events, int timeout)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	return poll(&poll_fd, 1, timeout) == 1 ? poll_fd.revents : 0;
}

static void read_anew(int fd)
{
	static char text[TEXT_MAX];

	lseek(fd, 0, SEEK_SET);
	read_rest(fd, text, sizeof(text) - 1);
}

static unsigned int id_of(const char *name)
{
	struct pool_line pool;

	return find_pool(name, &pool) ? pool.id : 0;
}

/* 0 or the errno. */
static int ask(int fd, unsigned long command, void *argument)
{
	return ioctl(fd, command, argument) ? errno : 0;
}

static int watch(int fd, unsigned int id, unsigned int figure, unsigned int flags,
		 unsigned long long level, unsigned long long slack)
{
	struct mpool_watch watch = {
		.size = sizeof(watch), .id = id, .figure = figure, .flags = flags,
		.level = level, .slack = slack, .interval = 20,
	};

	return ask(fd, MPOOL_IOC_WATCH, &watch);
}

static int take_event(int fd, struct mpool_event *event)
{
	*event = (struct mpool_event){ .size = sizeof(*event) };
	return ask(fd, MPOOL_IOC_EVENT, event);
}

TEST_F(polls, can_be_read_when_pools_come_and_go)
{
	EXPECT_EQ(POLLIN, wait_for(self->fd, POLLIN, 0));
	read_anew(self->fd);
	EXPECT_EQ(0, wait_for(self->fd, POLLIN, 0));
	ASSERT_EQ(0, play("create come 64 0 0"));
	EXPECT_EQ(POLLIN, wait_for(self->fd, POLLIN, SOON));
	read_anew(self->fd);
	EXPECT_EQ(0, wait_for(self->fd, POLLIN, 0));
	ASSERT_EQ(0, play("destroy come"));
	EXPECT_EQ(POLLIN, wait_for(self->fd, POLLIN, SOON));
}

TEST_F(polls, a_snapshot_is_a_reading)
{
	struct mpool_snapshot request = { .size = sizeof(request), .row_size = 24 };

	EXPECT_EQ(POLLIN, wait_for(self->fd, POLLIN, 0));
	ASSERT_EQ(0, ioctl(self->fd, MPOOL_IOC_SNAPSHOT, &request));
	EXPECT_EQ(0, wait_for(self->fd, POLLIN, 0));
}

TEST_F(polls, wakes_who_waits)
{
	pid_t child;

	read_anew(self->fd);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		usleep(100000);
		_exit(play("create wakes 64 0 0"));
	}
	EXPECT_EQ(POLLIN, wait_for(self->fd, POLLIN, SOON));
	waitpid(child, NULL, 0);
	ASSERT_EQ(0, play("destroy wakes"));
}

TEST_F(polls, above_a_level)
{
	struct mpool_event event;

	ASSERT_EQ(0, play("create above 64 0 0"));
	ASSERT_EQ(0, watch(self->fd, id_of("above"), MPOOL_WATCH_IN_USE, 0, 10, 0));
	ASSERT_EQ(0, play("alloc above 10"));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
	EXPECT_EQ(EAGAIN, take_event(self->fd, &event));
	ASSERT_EQ(0, play("alloc above 1"));
	EXPECT_EQ(POLLPRI, wait_for(self->fd, POLLPRI, SOON));
	EXPECT_EQ(0, take_event(self->fd, &event));
	EXPECT_EQ(id_of("above"), event.id);
	EXPECT_EQ(1, event.times);
	EXPECT_EQ(11, event.value);
	/* It has been told, and is no news. */
	EXPECT_EQ(EAGAIN, take_event(self->fd, &event));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
	ASSERT_EQ(0, play("free above 11"));
	ASSERT_EQ(0, play("destroy above"));
}

TEST_F(polls, below_a_level_at_once)
{
	struct mpool_event event;

	ASSERT_EQ(0, play("create below 64 0 0"));
	ASSERT_EQ(0, watch(self->fd, id_of("below"), MPOOL_WATCH_IN_USE, MPOOL_WATCH_BELOW, 5, 0));
	EXPECT_EQ(POLLPRI, wait_for(self->fd, POLLPRI, SOON));
	EXPECT_EQ(0, take_event(self->fd, &event));
	EXPECT_EQ(0, event.value);
	ASSERT_EQ(0, play("destroy below"));
}

/* It happens again only when it was away far enough. */
TEST_F(polls, has_slack)
{
	struct mpool_event event;

	ASSERT_EQ(0, play("create slack 64 0 0"));
	ASSERT_EQ(0, play("alloc slack 11"));
	ASSERT_EQ(0, watch(self->fd, id_of("slack"), MPOOL_WATCH_IN_USE, 0, 10, 3));
	EXPECT_EQ(POLLPRI, wait_for(self->fd, POLLPRI, SOON));
	EXPECT_EQ(0, take_event(self->fd, &event));
	ASSERT_EQ(0, play("free slack 3"));
	usleep(A_WHILE * 1000);
	ASSERT_EQ(0, play("alloc slack 3"));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
	ASSERT_EQ(0, play("free slack 4"));
	usleep(A_WHILE * 1000);
	ASSERT_EQ(0, play("alloc slack 4"));
	EXPECT_EQ(POLLPRI, wait_for(self->fd, POLLPRI, SOON));
	ASSERT_EQ(0, play("free slack 11"));
	ASSERT_EQ(0, play("destroy slack"));
}

TEST_F(polls, of_any_pool)
{
	struct mpool_event event;

	ASSERT_EQ(0, play("create any1 64 0 0"));
	ASSERT_EQ(0, play("create any2 64 0 0"));
	ASSERT_EQ(0, watch(self->fd, 0, MPOOL_WATCH_IN_USE, 0, 5000, 0));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
	ASSERT_EQ(0, play("alloc any2 5001"));
	EXPECT_EQ(POLLPRI, wait_for(self->fd, POLLPRI, SOON));
	EXPECT_EQ(0, take_event(self->fd, &event));
	EXPECT_EQ(id_of("any2"), event.id);
	ASSERT_EQ(0, play("free any2 5001"));
	ASSERT_EQ(0, play("destroy any1"));
	ASSERT_EQ(0, play("destroy any2"));
}

TEST_F(polls, says_when_its_pool_is_gone)
{
	ASSERT_EQ(0, play("create gone 64 0 0"));
	ASSERT_EQ(0, watch(self->fd, id_of("gone"), MPOOL_WATCH_FAILS, 0, 5, 0));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
	ASSERT_EQ(0, play("destroy gone"));
	EXPECT_EQ(POLLERR, wait_for(self->fd, POLLPRI, SOON));
	/* Until something else is waited for. */
	ASSERT_EQ(0, watch(self->fd, 0, MPOOL_WATCH_FAILS, 0, ~0ULL, 0));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
}

TEST_F(polls, each_figure)
{
	ASSERT_EQ(0, play("create figures 64 10 0"));
	ASSERT_EQ(0, watch(self->fd, id_of("figures"), MPOOL_WATCH_FAILS, 0, 0, 0));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
	EXPECT_EQ(ENOMEM, play("alloc figures 11"));
	EXPECT_EQ(POLLPRI, wait_for(self->fd, POLLPRI, SOON));
	ASSERT_EQ(0, watch(self->fd, id_of("figures"), MPOOL_WATCH_FOOTPRINT, 0, 1, 0));
	EXPECT_EQ(POLLPRI, wait_for(self->fd, POLLPRI, SOON));
	ASSERT_EQ(0, watch(self->fd, id_of("figures"), MPOOL_WATCH_WAITING, 0, 0, 0));
	EXPECT_EQ(0, wait_for(self->fd, POLLPRI, A_WHILE));
	ASSERT_EQ(0, play("destroy figures"));
}

TEST_F(polls, refuses_what_has_no_meaning)
{
	struct mpool_watch watch = { .size = sizeof(watch), .interval = 20 }, bad;
	struct mpool_event event = { .size = sizeof(event) - 1 };

	EXPECT_EQ(0, ask(self->fd, MPOOL_IOC_WATCH, &watch));
	bad = watch;
	bad.figure = MPOOL_WATCH_WAITING + 1;
	EXPECT_EQ(EINVAL, ask(self->fd, MPOOL_IOC_WATCH, &bad));
	bad = watch;
	bad.flags = 2;
	EXPECT_EQ(EINVAL, ask(self->fd, MPOOL_IOC_WATCH, &bad));
	bad = watch;
	bad.interval = 9;
	EXPECT_EQ(EINVAL, ask(self->fd, MPOOL_IOC_WATCH, &bad));
	bad = watch;
	bad.interval = 3600001;
	EXPECT_EQ(EINVAL, ask(self->fd, MPOOL_IOC_WATCH, &bad));
	bad = watch;
	bad.pad = 1;
	EXPECT_EQ(EINVAL, ask(self->fd, MPOOL_IOC_WATCH, &bad));
	bad = watch;
	bad.id = ~0U;
	EXPECT_EQ(ENOENT, ask(self->fd, MPOOL_IOC_WATCH, &bad));
	EXPECT_EQ(EINVAL, ask(self->fd, MPOOL_IOC_EVENT, &event));
}

TEST_F(polls, with_epoll_by_edges)
{
	struct epoll_event event = { .events = EPOLLPRI | EPOLLET };
	struct mpool_event happened;
	int epoll = epoll_create1(0);

	ASSERT_GE(epoll, 0);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd, &event));
	ASSERT_EQ(0, play("create edges 64 0 0"));
	ASSERT_EQ(0, watch(self->fd, id_of("edges"), MPOOL_WATCH_IN_USE, 0, 0, 0));
	ASSERT_EQ(0, play("alloc edges 1"));
	ASSERT_EQ(1, epoll_wait(epoll, &event, 1, SOON));
	EXPECT_EQ(EPOLLPRI, event.events);
	EXPECT_EQ(0, take_event(self->fd, &happened));
	ASSERT_EQ(0, play("free edges 1"));
	ASSERT_EQ(0, play("destroy edges"));
	close(epoll);
}

TEST_HARNESS_MAIN
