// SPDX-License-Identifier: GPL-2.0
/*
 * mempooltop over the device itself. Needs mpool.ko and mpool_playground.ko, root, and mempooltop
 * in the path; what it makes of recordings is tested by userspace-test/mempooltop.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define ADM	4

/* A command for the playground, in a second. */
#define LATER(command)	"(sleep 1; echo " command " >" PLAYGROUND ") & "
#define WATCH		"mempooltop --timeout 60 --delay 0.1 --watch"

FIXTURE(top) {
	char *text;
};

FIXTURE_SETUP(top)
{
	self->text = malloc(TEXT_MAX);
	ASSERT_NE(NULL, self->text);
	ASSERT_EQ(0, play("create top 100 50 20 track"));
	ASSERT_EQ(0, play("alloc top 30"));
}

FIXTURE_TEARDOWN(top)
{
	free(self->text);
	EXPECT_EQ(0, play("destroy top"));
}

/* Become a user who is in that one group. */
static bool become(gid_t group)
{
	return !setgroups(0, NULL) && !setgid(group) && !setuid(12345);
}

/* Run a command, as root or in a group; its exit code, and all that it says. */
static int run(const char *command, gid_t group, char *text)
{
	int pipes[2], status = 0;
	pid_t child;

	if (pipe(pipes))
		return -1;
	child = fork();
	if (!child) {
		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		if (group && !become(group))
			_exit(255);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(255);
	}
	close(pipes[1]);
	read_rest(pipes[0], text, 4096);
	close(pipes[0]);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

TEST_F(top, prints_a_table)
{
	ASSERT_EQ(0, run("mempooltop --once | tr -s ' '", 0, self->text));
	EXPECT_NE(NULL, strstr(self->text, "1 pool, "));
	EXPECT_NE(NULL, strstr(self->text, "\ntop pool 100 "));
	EXPECT_NE(NULL, strstr(self->text, " mpool_playground\n"));
}

TEST_F(top, prints_json)
{
	ASSERT_EQ(0, run("mempooltop --json", 0, self->text));
	EXPECT_NE(NULL, strstr(self->text, "\"name\":\t\"top\""));
	EXPECT_NE(NULL, strstr(self->text, "\"in_use\":\t30"));
	EXPECT_NE(NULL, strstr(self->text, "\"checks\":\t\"track\""));
}

TEST_F(top, prints_metrics)
{
	ASSERT_EQ(0, run("mempooltop --prom", 0, self->text));
	EXPECT_NE(NULL, strstr(self->text, "\nmpool_in_use{name=\"top\",owner="));
	EXPECT_NE(NULL, strstr(self->text, "kind=\"pool\",of=\"\",state=\"live\"} 30\n"));
	EXPECT_NE(NULL, strstr(self->text, "\nmpool_pools{state=\"live\"} 1\n"));
}

TEST_F(top, knows_all_keys)
{
	ASSERT_EQ(0, run("mempooltop --json | grep -c '^\t\t\t\"'", 0, self->text));
	/* As many as parse_line() has. */
	EXPECT_STREQ("42\n", self->text);
}

TEST_F(top, tells_rates)
{
	ASSERT_EQ(0, run("mempooltop --json --delay 0.2 | grep -c allocs_per_second", 0,
			 self->text));
	EXPECT_STREQ("2\n", self->text);
}

TEST_F(top, tells_who_holds_objects)
{
	ASSERT_EQ(0, run("mempooltop --once --pool top", 0, self->text));
	EXPECT_NE(NULL, strstr(self->text, "     30   2.93K  "));
	EXPECT_NE(NULL, strstr(self->text, "[mpool_playground]\n"));
}

TEST_F(top, records)
{
	ASSERT_EQ(0, run("mempooltop --record --once >/tmp/top", 0, self->text));
	ASSERT_EQ(0, run("mempooltop --input /tmp/top --pool top", 0, self->text));
	EXPECT_NE(NULL, strstr(self->text, "  in_use        30 "));
	EXPECT_NE(NULL, strstr(self->text, "[mpool_playground]\n"));
}

/* The group reads, but does not see who holds objects; others are told about the group. */
TEST_F(top, is_for_the_group)
{
	int fd = open(DEVICE, O_RDONLY);

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, fchown(fd, 0, ADM));
	EXPECT_EQ(0, run("mempooltop --once --pool top", ADM, self->text));
	EXPECT_NE(NULL, strstr(self->text, "only root (CAP_SYS_ADMIN) may see them"));
	EXPECT_EQ(2, run("mempooltop --once", ADM + 1, self->text));
	EXPECT_NE(NULL, strstr(self->text, "is for root and the group adm"));
	ASSERT_EQ(0, fchown(fd, 0, 0));
	close(fd);
}

TEST_F(top, waits_for_a_figure)
{
	EXPECT_EQ(0, run("mempooltop --watch top --above in_use=29 --timeout 0", 0, self->text));
	EXPECT_STREQ("top: in_use is 30, above 29\n", self->text);
	EXPECT_EQ(1, run("mempooltop --watch top --above in_use=30 --timeout 0.3", 0,
			 self->text));
	EXPECT_EQ(2, run("mempooltop --watch bottom --above in_use=30", 0, self->text));
	EXPECT_EQ(0, run(LATER("alloc top 5") WATCH " top --above in_use=34", 0, self->text));
	EXPECT_STREQ("top: in_use is 35, above 34\n", self->text);
}

TEST_F(top, notices_that_a_pool_goes)
{
	ASSERT_EQ(0, play("create goes 64 0 0"));
	EXPECT_EQ(3, run(LATER("destroy goes") WATCH " goes --above in_use=34", 0, self->text));
	EXPECT_STREQ("mempooltop: the pool \"goes\" is gone\n", self->text);
}

/* Wait until a terminal has been told that; false if it has not been for 30 s. */
static bool wait_for(int terminal, char *text, const char *what)
{
	struct pollfd event = { .fd = terminal, .events = POLLIN };
	size_t length = 0;
	ssize_t got;

	while (length < TEXT_MAX - 1 && poll(&event, 1, 30000) > 0) {
		got = read(terminal, text + length, TEXT_MAX - 1 - length);
		if (got <= 0)
			return false;
		length += got;
		text[length] = '\0';
		if (strstr(text, what))
			return true;
	}
	return false;
}

/* A new terminal of 80 by 24, with that program on it. */
static pid_t start(int *terminal, const char *program)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	pid_t child;
	int other;

	*terminal = posix_openpt(O_RDWR | O_NOCTTY);
	if (*terminal < 0 || grantpt(*terminal) || unlockpt(*terminal))
		return -1;
	ioctl(*terminal, TIOCSWINSZ, &size);
	child = fork();
	if (child)
		return child;
	setsid();
	other = open(ptsname(*terminal), O_RDWR);
	dup2(other, STDIN_FILENO);
	dup2(other, STDOUT_FILENO);
	setenv("TERM", "vt100", 1);
	execlp(program, program, NULL);
	_exit(255);
}

TEST_F(top, takes_the_screen)
{
	int terminal, status;
	pid_t child;

	/* Where terminals are; it may be there. */
	mkdir("/dev/pts", 0755);
	run("mount -t devpts none /dev/pts", 0, self->text);
	child = start(&terminal, "mempooltop");
	ASSERT_GT(child, 0);
	EXPECT_TRUE(wait_for(terminal, self->text, "mempooltop: pools by footprint"));
	EXPECT_EQ(1, write(terminal, "v", 1));
	EXPECT_TRUE(wait_for(terminal, self->text, "[mpool_playground]"));
	EXPECT_EQ(1, write(terminal, "q", 1));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(terminal);
}

TEST_HARNESS_MAIN
