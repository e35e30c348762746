// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mempool under attack: every call that a program can make of it, with all that is wrong, many
 * times, while pools come and go and while mpool.ko itself does. What is refused is refused by the
 * errno that it should; what is read is well formed; and the kernel has nothing to say. Needs
 * mpool.ko, mpool_playground.ko, stress-ng, trinity, and root.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/mpool.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

/* As many calls as the device has to stand, at least. */
#define CALLS_MIN	1000000

/* Seconds that each race lasts; ATTACK_SECONDS in the environment says otherwise. */
#define SECONDS		5

#define PAGE		4096UL
#define READERS		64

/* Not addresses that a program may use: of the kernel, of nothing, and between the two. */
#define KERNEL		((void *)0xffff888000000000UL)
#define NO_ADDRESS	((void *)0x00f0000000000000UL)

/* --- how often --- */

/* Calls of the device that all processes have made. */
static unsigned long *calls;

/* Of this process, not yet added. */
static unsigned long made;

/* The module stays from now on; of all processes too. */
static int *stay;

static __attribute__((constructor)) void share(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	calls = page;
	stay = page + sizeof(*calls);
}

static void add_calls(void)
{
	__atomic_add_fetch(calls, made, __ATOMIC_RELAXED);
	made = 0;
}

static int seconds(void)
{
	const char *text = getenv("ATTACK_SECONDS");

	return text ? atoi(text) : SECONDS;
}

/* Have that done by so many processes at once; how many of them found something wrong. */
static int crowd(unsigned int n, int (*attack)(unsigned int number, time_t end))
{
	time_t end = time(NULL) + seconds();
	int bad = 0, status;
	unsigned int i;
	pid_t child;

	for (i = 0; i < n; i++) {
		child = fork();
		if (child < 0)
			return -1;
		if (child)
			continue;
		status = attack(i, end);
		add_calls();
		_exit(status);
	}
	while (wait(&status) > 0)
		bad += !!status;
	return bad;
}

/* --- calls, and what came of them --- */

/* What a call returned, or its errno, negative. */
static long result(long returned)
{
	made++;
	return returned < 0 ? -errno : returned;
}

static int control(int fd, unsigned int command, const void *argument)
{
	return result(ioctl(fd, command, argument));
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void *map(size_t bytes, int protection)
{
	return mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The end of a page behind which nothing can be read or written. */
static char *edge(void)
{
	char *pages = map(2 * PAGE, PROT_READ | PROT_WRITE);

	mprotect(pages + PAGE, PAGE, PROT_NONE);
	return pages + PAGE;
}

/* --- is what was read well formed? --- */

/* What holds of a line even while the pool is in use: figures that are of the same moment. */
static bool is_sound(const struct pool_line *p)
{
	return p->in_use == p->allocs - p->frees && p->m_pool == p->size * p->objects &&
	       p->footprint == p->slabs * p->slab_bytes + p->metadata && within_limit(p) &&
	       !strcmp(p->kind, "pool") && p->stride >= p->size;
}

/* Each line, and that ids ascend. */
static bool is_well_formed(const char *text)
{
	struct pool_line line;
	unsigned long id = 0;

	if (strncmp(text, FIRST_LINE, strlen(FIRST_LINE)))
		return false;
	for (text = strchr(text, '\n'); text[1]; text = strchr(text, '\n')) {
		text++;
		if (!parse_line(text, &line) || !is_sound(&line) || line.id <= id ||
		    !strchr(text, '\n')) {
			note("not sound: %.*s", (int)strcspn(text, "\n"), text);
			return false;
		}
		id = line.id;
	}
	return true;
}

/* All that the device says, from the start, in pieces of so many bytes; well formed, or NULL. */
static const char *read_sound(int fd, size_t piece)
{
	static char text[TEXT_MAX];
	size_t length = 0;
	ssize_t got;

	made++;
	if (lseek(fd, 0, SEEK_SET))
		return NULL;
	do {
		made++;
		got = read(fd, text + length, piece);
		length += got > 0 ? got : 0;
	} while (got > 0 && length + piece < sizeof(text));
	text[length] = '\0';
	return !got && is_well_formed(text) ? text : NULL;
}

/* --- a device with some pools that stay --- */

FIXTURE(attack) {
	int fd;
	char *text;			/* all of it */
	size_t length;
	unsigned int tracked;		/* the id of a pool that is */
	unsigned int untracked;
	unsigned int sites;		/* of the tracked one */
};

static unsigned int id_of(const char *name)
{
	struct pool_line line;

	return find_pool(name, &line) ? line.id : 0;
}

static int ask(int fd, unsigned int id, unsigned int room, void *sites, unsigned int *nr)
{
	struct mpool_sites request = { .size = sizeof(request), .id = id, .room = room,
				       .sites = (unsigned long)sites };
	int err = control(fd, MPOOL_IOC_SITES, &request);

	*nr = request.nr;
	return err;
}

FIXTURE_SETUP(attack)
{
	static struct mpool_site sites[256];

	self->fd = open(DEVICE, O_RDWR);
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, play("create plain 64 1000 10"));
	ASSERT_EQ(0, play("alloc plain 100"));
	ASSERT_EQ(0, play("create tracked 64 0 0 track"));
	ASSERT_EQ(0, play("alloc tracked 10"));
	ASSERT_EQ(0, play("atomic tracked 10"));
	ASSERT_EQ(0, play("create large 40000 0 0"));
	ASSERT_EQ(0, play("alloc large 3"));
	/* From now on they stay as they are. */
	ASSERT_EQ(0, play("trim plain"));
	ASSERT_EQ(0, play("trim tracked"));
	ASSERT_EQ(0, play("trim large"));
	self->text = strdup(read_device());
	self->length = strlen(self->text);
	self->tracked = id_of("tracked");
	self->untracked = id_of("plain");
	ASSERT_NE(0, self->tracked);
	ASSERT_NE(0, self->untracked);
	ASSERT_EQ(0, ask(self->fd, self->tracked, 256, sites, &self->sites));
	ASSERT_GT(self->sites, 1);
}

FIXTURE_TEARDOWN(attack)
{
	add_calls();
	play("destroy plain");
	play("destroy tracked");
	play("destroy large");
	free(self->text);
	close(self->fd);
}

/* --- ioctl --- */

/* The last test's fd, for those that are made by crowd(). */
static int shared_fd;

/* Is there an ioctl of that number? */
static bool is_ours(unsigned int number)
{
	return number >= _IOC_NR(MPOOL_IOC_SITES) && number <= _IOC_NR(MPOOL_IOC_EVENT);
}

/* Each number, size and direction with our own magic: by each process another direction. */
static int all_numbers(unsigned int direction, time_t end)
{
	unsigned int size, number;
	int wanted;

	for (size = 0; size <= 4096; size++) {
		for (number = 0; number < 256; number++) {
			wanted = is_ours(number) ? -EFAULT : -ENOTTY;
			if (control(shared_fd, _IOC(direction, MPOOL_IOC_MAGIC, number, size),
				    NULL) != wanted)
				return 1;
		}
	}
	return 0;
}

TEST_F_TIMEOUT(attack, every_ioctl_number_and_size, 300)
{
	shared_fd = self->fd;
	EXPECT_EQ(0, crowd(4, all_numbers));
}

/* Not the device's: the kernel takes these of any file. */
static bool is_for_any_file(unsigned int command)
{
	static const unsigned int commands[] = {
		FIOCLEX, FIONCLEX, FIONBIO, FIOASYNC, FIOQSIZE, FIFREEZE, FITHAW, FS_IOC_FIEMAP,
		FIGETBSZ, FICLONE, FICLONERANGE, FIDEDUPERANGE, FS_IOC_GETFLAGS, FS_IOC_SETFLAGS,
		FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR,
		_IOC(_IOC_READ, 0x15, 0, 17), _IOC(_IOC_READ, 0x15, 1, 129),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i] == command)
			return true;
	}
	return false;
}

static int all_magics(unsigned int direction, time_t end)
{
	static const unsigned int sizes[] = { 0, 4, 8, 32, 4096 };
	unsigned int magic, number, i, command;

	for (magic = 0; magic < 256; magic++) {
		if (magic == MPOOL_IOC_MAGIC)
			continue;
		for (number = 0; number < 256; number++) {
			for (i = 0; i < ARRAY_SIZE(sizes); i++) {
				command = _IOC(direction, magic, number, sizes[i]);
				if (!is_for_any_file(command) &&
				    control(shared_fd, command, NULL) != -ENOTTY)
					return 1;
			}
		}
	}
	return 0;
}

TEST_F_TIMEOUT(attack, every_ioctl_magic, 300)
{
	shared_fd = self->fd;
	EXPECT_EQ(0, crowd(4, all_magics));
}

/* What MPOOL_IOC_SITES should say of a request of @size bytes of which @there can be read. */
static int expected(const struct mpool_sites *request, size_t there, bool zero_tail,
		    bool writable, unsigned int tracked, unsigned int untracked)
{
	if (there < sizeof(request->size))
		return -EFAULT;
	if (request->size < sizeof(*request))
		return -EINVAL;
	if (request->size > PAGE)
		return -E2BIG;
	if (there < request->size)
		return -EFAULT;
	if (!zero_tail)
		return -E2BIG;
	if (request->id != tracked)
		return request->id == untracked ? -ENODATA : -ENOENT;
	return request->room && !writable ? -EFAULT : 0;
}

/* Structures of each size, with a tail of zeroes and with a byte that is not, at a page's end. */
TEST_F_TIMEOUT(attack, every_size_of_a_request, 300)
{
	static struct mpool_site sites[10];
	struct mpool_sites request = { .id = self->tracked, .room = 10,
				       .sites = (unsigned long)sites };
	char *end = edge(), *start;
	size_t size, there;

	for (size = 0; size <= PAGE + 10; size++) {
		request.size = size;
		there = size < PAGE ? size : PAGE;
		start = end - there;
		memset(start, 0, there);
		memcpy(start, &request, least(sizeof(request), there));
		ASSERT_EQ(expected(&request, there, true, true, self->tracked, 0),
			  control(self->fd, MPOOL_IOC_SITES, start));
		if (size <= sizeof(request) || size > PAGE)
			continue;
		memcpy(start, &request, sizeof(request));
		start[sizeof(request) + size % (size - sizeof(request))] = 1;
		ASSERT_EQ(-E2BIG, control(self->fd, MPOOL_IOC_SITES, start));
		/* One that is cut off. */
		memset(start, 0, there);
		memcpy(start + 1, &request, least(sizeof(request), there - 1));
		ASSERT_EQ(-EFAULT, control(self->fd, MPOOL_IOC_SITES, start + 1));
	}
}

/* A place for sites that is not as it should be, or is; true if objects can be put there. */
static bool any_place(struct mpool_sites *request, struct mpool_site *good, unsigned int nr)
{
	static char *end;
	static void *read_only, *nowhere;

	if (!end) {
		end = edge();
		read_only = map(PAGE * 16, PROT_READ);
		nowhere = map(PAGE * 16, PROT_NONE);
	}
	switch (rand() % 8) {
	case 0:
		request->sites = 0;
		return false;
	case 1:
		request->sites = (unsigned long)KERNEL + rand() % PAGE;
		return false;
	case 2:
		request->sites = (unsigned long)NO_ADDRESS;
		return false;
	case 3:
		request->sites = (unsigned long)read_only;
		return false;
	case 4:
		request->sites = (unsigned long)nowhere;
		return false;
	case 5:
		/* Some of it can be written. */
		request->sites = (unsigned long)end - rand() % (nr * sizeof(*good));
		return false;
	case 6:
		request->sites = ((unsigned long)rand() << 33) | (1UL << 63);
		return false;
	default:
		request->sites = (unsigned long)good + rand() % 8;
		return true;
	}
}

TEST_F_TIMEOUT(attack, random_requests, 300)
{
	static const unsigned int sizes[] = { 0, 1, 31, 32, 33, 40, 64, 4096, 4097, -1 };
	static struct mpool_site sites[257];
	char *end = edge(), *start;
	struct mpool_sites request;
	unsigned int i, nr, got;
	size_t there;
	bool good;
	int want;

	srand(1);
	for (i = 0; i < 100000; i++) {
		request.size = sizes[rand() % ARRAY_SIZE(sizes)];
		request.room = rand() % 2 ? rand() % 4 : rand();
		request.id = rand() % 4 ? self->tracked : rand() % 2 ? self->untracked : rand();
		nr = request.room < self->sites ? request.room : self->sites;
		good = any_place(&request, sites, nr + !nr);
		/* Sometimes it does not end where memory does. */
		there = request.size > PAGE ? sizeof(request) : request.size;
		if (!(rand() % 8))
			there = rand() % 64;
		start = end - there;
		memset(start, 0, there);
		memcpy(start, &request, least(sizeof(request), there));
		want = expected(&request, there, true, good, self->tracked, self->untracked);
		ASSERT_EQ(want, control(self->fd, MPOOL_IOC_SITES, start)) {
			TH_LOG("size %u, there %zu, room %u, sites %llx", request.size, there,
			       request.room, request.sites);
		}
		memcpy(&got, start + offsetof(struct mpool_sites, nr), sizeof(got) * !want);
		if (!want)
			ASSERT_EQ(nr, got);
	}
}

/* The least that a request of that number may have. */
static unsigned int least_of(unsigned int number)
{
	switch (number) {
	case _IOC_NR(MPOOL_IOC_SNAPSHOT):
		return sizeof(struct mpool_snapshot);
	case _IOC_NR(MPOOL_IOC_WATCH):
		return sizeof(struct mpool_watch);
	default:
		return sizeof(struct mpool_sites);
	}
}

static_assert(sizeof(struct mpool_control) == sizeof(struct mpool_sites), "one size for three");
static_assert(sizeof(struct mpool_event) == sizeof(struct mpool_sites), "one size for three");

/* Is that what a request of 128 random bytes may say, whose size they call @size? */
static bool fits_words(unsigned int command, unsigned int size, int err)
{
	static const int errs[] = { 0, -E2BIG, -ENOENT, -ENODATA, -EFAULT, -EINVAL, -EAGAIN,
				    -ERANGE, -EOPNOTSUPP };
	size_t i;

	if (_IOC_TYPE(command) != MPOOL_IOC_MAGIC || !is_ours(_IOC_NR(command)))
		return err == -ENOTTY;
	if (size < least_of(_IOC_NR(command)))
		return err == -EINVAL;
	if (size > 128)
		return err == -E2BIG || (err == -EFAULT && size <= PAGE);
	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		if (err == errs[i])
			return true;
	}
	return false;
}

/* Bytes that mean nothing. */
TEST_F_TIMEOUT(attack, random_bytes, 300)
{
	unsigned int i, j, command, *words = (unsigned int *)(edge() - 128);
	int err;

	srand(2);
	for (i = 0; i < 100000; i++) {
		for (j = 0; j < 32; j++)
			words[j] = rand() ^ (rand() << 16);
		if (rand() % 2)
			words[0] = 32 + rand() % 100;
		if (rand() % 2)
			words[1] = rand() % 2 ? self->tracked : self->untracked;
		command = rand() % 4 ? _IOC(rand(), MPOOL_IOC_MAGIC, 1 + rand() % 5, rand()) :
					 words[31];
		if (is_for_any_file(command))
			continue;
		err = control(self->fd, command, words);
		ASSERT_TRUE(fits_words(command, words[0], err));
	}
	ASSERT_STREQ(self->text, read_sound(self->fd, 65536));
}

TEST_F(attack, bad_pointers_for_a_request)
{
	struct mpool_sites request = { .size = sizeof(request), .id = self->tracked };
	void *read_only = map(PAGE, PROT_READ | PROT_WRITE);
	void *bad[] = { NULL, (void *)1, KERNEL, KERNEL + 5, NO_ADDRESS, (void *)-1, (void *)-4096,
			map(PAGE, PROT_NONE), edge(), edge() - 3 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EFAULT, control(self->fd, MPOOL_IOC_SITES, bad[i]));
	/* It can be read, but not what came of it be written. */
	memcpy(read_only, &request, sizeof(request));
	ASSERT_EQ(0, mprotect(read_only, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, control(self->fd, MPOOL_IOC_SITES, read_only));
}

/* Who may read the device may neither ask for sites nor change anything. */
static int ask_as_nobody(unsigned int number, time_t end)
{
	unsigned int nr;

	if (setgid(12345) || setuid(12345))
		return 1;
	return ask(shared_fd, 1, 0, NULL, &nr) != -EPERM ||
	       control(shared_fd, MPOOL_IOC_SITES, NULL) != -EPERM ||
	       control(shared_fd, MPOOL_IOC_CONTROL, NULL) != -EPERM ||
	       control(shared_fd, MPOOL_IOC_SNAPSHOT, NULL) != -EFAULT ||
	       control(shared_fd, _IO(MPOOL_IOC_MAGIC, 6), NULL) != -ENOTTY;
}

TEST_F(attack, requests_of_nobody)
{
	shared_fd = self->fd;
	EXPECT_EQ(0, crowd(1, ask_as_nobody));
}

/* --- reads --- */

/* Of each length from the start, and of any length from each offset. */
TEST_F_TIMEOUT(attack, partial_reads, 300)
{
	static char part[65536];
	size_t at, length, most = self->length;

	ASSERT_GT(most, 1000);
	for (length = 0; length <= most + 10; length++) {
		ASSERT_EQ(least(length, most), result(pread(self->fd, part, length, 0)));
		ASSERT_EQ(0, memcmp(self->text, part, least(length, most)));
	}
	srand(3);
	for (at = 0; at < most; at++) {
		length = rand() % (most - at) + 1;
		ASSERT_EQ(length, result(pread(self->fd, part, length, at)));
		ASSERT_EQ(0, memcmp(self->text + at, part, length));
	}
	for (at = most; at < most + 10; at++)
		ASSERT_EQ(0, result(pread(self->fd, part, 10, at)));
}

TEST_F_TIMEOUT(attack, seeks_anywhere, 300)
{
	static const off_t far[] = { 1L << 31, 1L << 32, 1L << 62 };
	static char part[65536];
	size_t at, length, i, most = self->length;

	srand(4);
	for (i = 0; i < 3000; i++) {
		at = rand() % most;
		length = rand() % (most - at) + 1;
		ASSERT_EQ(at, result(lseek(self->fd, at, SEEK_SET)));
		ASSERT_EQ(length, result(read(self->fd, part, length)));
		ASSERT_EQ(0, memcmp(self->text + at, part, length));
		ASSERT_EQ(at + length, result(lseek(self->fd, 0, SEEK_CUR)));
	}
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		EXPECT_EQ(far[i], result(lseek(self->fd, far[i], SEEK_SET)));
		EXPECT_EQ(0, result(read(self->fd, part, 10)));
	}
	ASSERT_EQ(LLONG_MAX, result(lseek(self->fd, LLONG_MAX, SEEK_SET)));
	EXPECT_EQ(-EINVAL, result(read(self->fd, part, 10)));
	EXPECT_EQ(-EINVAL, result(lseek(self->fd, 1, SEEK_CUR)));
	EXPECT_EQ(-EINVAL, result(lseek(self->fd, -1, SEEK_SET)));
	EXPECT_EQ(-EINVAL, result(lseek(self->fd, 0, SEEK_END)));
	EXPECT_EQ(-EINVAL, result(lseek(self->fd, 0, SEEK_DATA)));
	EXPECT_EQ(-EINVAL, result(lseek(self->fd, 0, SEEK_HOLE)));
	EXPECT_EQ(-EINVAL, result(lseek(self->fd, 0, 99)));
	EXPECT_EQ(-EINVAL, result(pread(self->fd, part, 10, -1)));
}

TEST_F(attack, reads_to_bad_pointers)
{
	void *bad[] = { NULL, (void *)1, KERNEL, NO_ADDRESS, (void *)-4096, map(PAGE, PROT_NONE),
			map(PAGE, PROT_READ), edge() };
	char *end = edge();
	size_t i, there;
	long got;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EFAULT, result(read(self->fd, bad[i], 100)));
		EXPECT_EQ(-EFAULT, result(pread(self->fd, bad[i], 1, 20)));
		EXPECT_EQ(0, result(lseek(self->fd, 0, SEEK_CUR)));
	}
	/* What there is room for, or less; and then on from there. */
	for (there = 1; there < self->length; there += 13) {
		ASSERT_EQ(0, result(lseek(self->fd, 0, SEEK_SET)));
		got = result(read(self->fd, end - there, self->length));
		ASSERT_TRUE(got == -EFAULT || (got > 0 && got <= (long)there));
		if (got < 0)
			continue;
		ASSERT_EQ(0, memcmp(self->text, end - there, got));
		ASSERT_EQ(self->length - got, read_rest(self->fd, self->text + got, 999));
		ASSERT_TRUE(is_well_formed(self->text));
	}
}

TEST_F_TIMEOUT(attack, vectors, 300)
{
	static char memory[65536];
	struct iovec iov[16];
	size_t i, j, sum, at;

	srand(5);
	for (i = 0; i < 2000; i++) {
		for (j = 0, sum = 0; j < ARRAY_SIZE(iov); j++) {
			iov[j].iov_len = rand() % 3 ? rand() % 300 : 0;
			/* Where nothing goes, anything may be. */
			iov[j].iov_base = iov[j].iov_len ? memory + sum : NULL;
			sum += iov[j].iov_len;
		}
		at = rand() % self->length;
		sum = least(sum, self->length - at);
		ASSERT_EQ(sum, result(preadv(self->fd, iov, ARRAY_SIZE(iov), at)));
		ASSERT_EQ(0, memcmp(self->text + at, memory, sum));
	}
	iov[0] = (struct iovec){ memory, 100 };
	iov[1] = (struct iovec){ KERNEL, 100 };
	EXPECT_EQ(-EFAULT, result(readv(self->fd, iov + 1, 1)));
	EXPECT_EQ(-EFAULT, result(readv(self->fd, KERNEL, 2)));
	EXPECT_EQ(0, result(readv(self->fd, iov, 0)));
	iov[1] = (struct iovec){ memory, (size_t)-1 };
	EXPECT_EQ(-EINVAL, result(readv(self->fd, iov, 2)));
}

/* --- what the device does not do --- */

TEST_F(attack, does_nothing_else)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd poll_fd = { .fd = self->fd, .events = POLLIN | POLLPRI };
	int pipes[2], epoll = epoll_create1(0);
	char byte = 0;
	off_t at = 0;

	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(-EINVAL, result(write(self->fd, &byte, 1)));
	EXPECT_EQ(-ESPIPE, result(pwrite(self->fd, KERNEL, 1, 5)));
	EXPECT_EQ(-EINVAL, result(splice(self->fd, NULL, pipes[1], NULL, 100, 0)));
	EXPECT_EQ(-EINVAL, result(sendfile(pipes[1], self->fd, &at, 100)));
	EXPECT_EQ(1, write(pipes[1], &byte, 1));
	EXPECT_EQ(-EINVAL, result(splice(pipes[0], NULL, self->fd, NULL, 1, 0)));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-EINVAL, result(fsync(self->fd)));
	EXPECT_EQ(-EINVAL, result(ftruncate(self->fd, 0)));
	EXPECT_EQ(-ENODEV, result(fallocate(self->fd, 0, 0, 1)));
	EXPECT_EQ(-EPERM, result(epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd, &event)));
	EXPECT_EQ(1, result(poll(&poll_fd, 1, 0)));
	EXPECT_EQ(POLLIN, poll_fd.revents);
	EXPECT_EQ(-EINVAL, result(fcntl(self->fd, F_SETFL, O_DIRECT)));
	EXPECT_EQ(-ENOTDIR, result(fchdir(self->fd)));
	EXPECT_EQ(0, result(flock(self->fd, LOCK_EX)));
	ASSERT_STREQ(self->text, read_sound(self->fd, 65536));
	close(pipes[0]);
	close(pipes[1]);
	close(epoll);
}

/* --- signals --- */

static int alarms;

static void note_alarm(int number)
{
	__atomic_add_fetch(&alarms, 1, __ATOMIC_RELAXED);
}

#define ALARMS		1000

/* Reads that signals come into, by a timer that runs from each to the next. */
static int read_under_alarms(const char *text, int flags)
{
	struct sigaction action = { .sa_handler = note_alarm, .sa_flags = flags };
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = {};
	int fd = open(DEVICE, O_RDONLY), bad = 0;
	const char *got;

	sigaction(SIGVTALRM, &action, NULL);
	setitimer(ITIMER_VIRTUAL, &often, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (__atomic_load_n(&alarms, __ATOMIC_RELAXED) < ALARMS && !bad) {
		got = read_sound(fd, 100);
		bad = !got || strcmp(got, text);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	setitimer(ITIMER_VIRTUAL, &never, NULL);
	close(fd);
	add_calls();
	return bad;
}

/* In a process of its own: the harness has an alarm, too. */
static int read_under_signals(const char *text, int flags)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(read_under_alarms(text, flags));
	return waitpid(child, &status, 0) == child ? status : -1;
}

TEST_F_TIMEOUT(attack, signals, 300)
{
	EXPECT_EQ(0, read_under_signals(self->text, 0));
	EXPECT_EQ(0, read_under_signals(self->text, SA_RESTART));
}

/* Killed in the midst of it, wherever that is. */
TEST_F_TIMEOUT(attack, kills, 300)
{
	pid_t child;
	int i, status;

	for (i = 0; i < 200; i++) {
		child = fork();
		ASSERT_GE(child, 0);
		while (!child)
			read_sound(self->fd, 50);
		usleep(rand() % 3000);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
	}
	ASSERT_STREQ(self->text, read_sound(self->fd, 65536));
}

/* --- races --- */

/* Makes and destroys pools, and uses them. */
static int move_pools(unsigned int number, time_t end)
{
	const char * const options[] = { "", "track", "redzone poison", "quarantine=5000" };
	unsigned int i;

	for (i = 0; time(NULL) < end; i++) {
		if (play("create race%u 200 500 %u %s", number, i % 100, options[i % 4]) ||
		    play("alloc race%u 300", number) || play("free race%u 100", number) ||
		    play("trim race%u", number) || play("destroy race%u", number))
			return 1;
	}
	return 0;
}

/* Reads it whole, in one way or another; the ids that it meets it asks for sites. */
static int look_at_pools(unsigned int number, time_t end)
{
	static struct mpool_site sites[16];
	int fd = open(DEVICE, O_RDONLY), other, err;
	unsigned int nr, id = 1;

	srand(number);
	while (time(NULL) < end) {
		other = rand() % 2 ? dup(fd) : open(DEVICE, O_RDONLY);
		if (!read_sound(other, rand() % 8 ? 4096 : rand() % 300 + 1))
			return 1;
		id = rand() % 4 ? id_of("race0") : id + 1;
		err = ask(other, id, 16, sites, &nr);
		if (err && err != -ENOENT && err != -ENODATA)
			return 2;
		close(other);
	}
	return 0;
}

static int move_and_look(unsigned int number, time_t end)
{
	return number < 3 ? move_pools(number, end) : look_at_pools(number, end);
}

TEST_F_TIMEOUT(attack, pools_come_and_go, 300)
{
	EXPECT_EQ(0, crowd(10, move_and_look));
}

/* One table of open files, in which each closes what another uses. */
#define SLOTS		8
static int slots[SLOTS];
static time_t slots_end;

static void *churn_slots(void *seed)
{
	unsigned int state = (unsigned long)seed, slot, what;
	unsigned long n = 0;
	char part[200];
	long got = 0;
	int fd;

	while (time(NULL) < slots_end && got > -1000) {
		slot = rand_r(&state) % SLOTS;
		what = rand_r(&state) % 5;
		fd = slots[slot];
		if (what == 0)
			close(fd);
		else if (what == 1)
			dup2(slots[rand_r(&state) % SLOTS], fd);
		else if (what == 2)
			slots[slot] = open(DEVICE, O_RDONLY);
		else if (what == 3 && read(fd, part, sizeof(part)) < 0 && errno != EBADF)
			got = -1000;
		else if (what == 4 && lseek(fd, rand_r(&state) % 3000, SEEK_SET) < 0 &&
			 errno != EBADF)
			got = -1000;
		n++;
	}
	__atomic_add_fetch(calls, n, __ATOMIC_RELAXED);
	return (void *)got;
}

static int churn(unsigned int number, time_t end)
{
	pthread_t threads[6];
	unsigned long i;
	void *got;
	int bad = 0;

	slots_end = end;
	for (i = 0; i < SLOTS; i++)
		slots[i] = open(DEVICE, O_RDONLY);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_create(&threads[i], NULL, churn_slots, (void *)(i + 10 * number));
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &got);
		bad |= !!got;
	}
	return bad;
}

static int churn_and_move(unsigned int number, time_t end)
{
	return number < 2 ? move_pools(number, end) : churn(number, end);
}

TEST_F_TIMEOUT(attack, files_are_shared_and_closed, 300)
{
	EXPECT_EQ(0, crowd(5, churn_and_move));
}

/* All read one open file: each gets something else of it. */
static int read_shared(unsigned int number, time_t end)
{
	char part[300];

	srand(number);
	while (time(NULL) < end) {
		if (result(read(shared_fd, part, rand() % sizeof(part))) < 0 ||
		    (!(rand() % 20) && result(lseek(shared_fd, 0, SEEK_SET))))
			return 1;
	}
	return 0;
}

TEST_F_TIMEOUT(attack, one_file_for_all, 300)
{
	shared_fd = self->fd;
	EXPECT_EQ(0, crowd(8, read_shared));
	ASSERT_STREQ(self->text, read_sound(self->fd, 65536));
}

static int read_busy(unsigned int number, time_t end)
{
	int fd = open(DEVICE, O_RDONLY);

	if (!number)
		return play("stress plain %d", 1000 * seconds());
	if (number == 1)
		return move_pools(number, end);
	while (time(NULL) < end) {
		if (!read_sound(fd, 65536))
			return 1;
	}
	return 0;
}

/* In all contexts, the limit and the identities are kept in what is read meanwhile. */
TEST_F_TIMEOUT(attack, many_readers_while_pools_are_busy, 300)
{
	EXPECT_EQ(0, crowd(READERS + 2, read_busy));
}

/* --- attackers from elsewhere --- */

#define STRESS_LOG	"/tmp/stress-ng.log"
#define TRINITY_LOG	"/tmp/trinity.log"

/* Run a program, its output to a file; its exit code, or -1. */
static int run_program(const char *log, const char * const arguments[])
{
	pid_t child = fork();
	int fd, status;

	if (!child) {
		fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execvp(arguments[0], (char * const *)arguments);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int run_stress(unsigned int number, time_t end)
{
	char timeout[16];

	if (number)
		return move_pools(number, end + 5);
	snprintf(timeout, sizeof(timeout), "%d", 2 * seconds());
	return run_program(STRESS_LOG, (const char * const []){
		"stress-ng", "--dev", "4", "--dev-file", DEVICE, "--temp-path", "/tmp",
		"--metrics-brief", "--timeout", timeout, NULL });
}

static void show(const char *name, const char *what)
{
	char line[256];
	FILE *log = fopen(name, "r");

	while (log && fgets(line, sizeof(line), log)) {
		if (strstr(line, what))
			note("%.*s", (int)strcspn(line, "\n"), line);
	}
	if (log)
		fclose(log);
}

TEST_F_TIMEOUT(attack, stress_ng, 300)
{
	EXPECT_EQ(0, crowd(3, run_stress));
	show(STRESS_LOG, " dev ");
	ASSERT_STREQ(self->text, read_sound(self->fd, 65536));
}

/* Of a folder of nodes trinity opens each, with flags of its own choice. */
#define VICTIMS		"/tmp/victims"
#define NR_VICTIMS	20
#define TRINITY_CALLS	"3000"

static bool make_victims(void)
{
	struct stat device;
	char name[64];
	int i;

	if (stat(DEVICE, &device) || mkdir(VICTIMS, 0700))
		return false;
	for (i = 0; i < NR_VICTIMS; i++) {
		snprintf(name, sizeof(name), VICTIMS "/%d", i);
		if (mknod(name, S_IFCHR | 0600, device.st_rdev))
			return false;
	}
	return true;
}

static int run_trinity(unsigned int number, time_t end)
{
	/* It waits for 10 s first. */
	if (number)
		return move_pools(number, end + 15);
	if (chdir("/tmp"))
		return 1;
	return run_program(TRINITY_LOG, (const char * const []){
		"trinity", "--dangerous", "-q", "-a", "64", "-l", "off", "-s", "7", "-C", "4",
		"-N", TRINITY_CALLS, "-V", VICTIMS, "--enable-fds=pseudo",
		"-c", "read", "-c", "readv", "-c", "pread64", "-c", "preadv", "-c", "ioctl",
		"-c", "lseek", "-c", "mmap", "-c", "write", "-c", "pwrite64", "-c", "fsync",
		"-c", "fallocate", NULL });
}

TEST_F_TIMEOUT(attack, trinity, 300)
{
	ASSERT_TRUE(make_victims());
	EXPECT_EQ(0, crowd(2, run_trinity))
		show(TRINITY_LOG, "");
	show(TRINITY_LOG, "Ran ");
	ASSERT_STREQ(self->text, read_sound(self->fd, 65536));
}

/* --- the module comes and goes --- */

/* So often, and not longer than that. */
#define GOES		10
#define GOES_SECONDS	100

/* What a node says whose device is not there, or is on its way. */
static bool is_away(int err)
{
	return err == ENOENT || err == ENODEV || err == ENXIO;
}

static int open_and_read(unsigned int number)
{
	unsigned int opened = 0;
	char part[100];
	int fd;

	while (!__atomic_load_n(stay, __ATOMIC_RELAXED)) {
		/* At times nobody has it open. */
		usleep(rand() % 3000);
		made++;
		fd = open(number % 2 ? DEVICE : "/tmp/mempool", O_RDONLY);
		if (fd < 0 && !is_away(errno))
			return 1;
		if (fd < 0)
			continue;
		opened++;
		if (result(read(fd, part, sizeof(part))) < 26 || strncmp(part, FIRST_LINE, 26))
			return 2;
		if (control(fd, MPOOL_IOC_SITES, NULL) != -EFAULT)
			return 3;
		close(fd);
	}
	return !opened;
}

/* Unload the module as often as that can be, and load it again; until it was also refused. */
static int come_and_go(void)
{
	time_t end = time(NULL) + GOES_SECONDS;
	unsigned int busy = 0, gone = 0;
	int err = 0;

	while ((gone < GOES || !busy) && time(NULL) < end) {
		usleep(rand() % 3000);
		err = unload("mpool");
		if (err == EAGAIN) {
			busy++;
			err = 0;
			continue;
		}
		err = err ? err : load("mpool", "");
		if (err)
			break;
		gone++;
	}
	note("mpool.ko went and came %u times, and could not %u times", gone, busy);
	return err || gone < GOES || !busy;
}

static int load_and_open(unsigned int number, time_t end)
{
	int bad;

	srand(number);
	if (number)
		return open_and_read(number);
	bad = come_and_go();
	__atomic_store_n(stay, 1, __ATOMIC_RELAXED);
	return bad;
}

FIXTURE(module) {
};

FIXTURE_SETUP(module)
{
}

FIXTURE_TEARDOWN(module)
{
	add_calls();
}

TEST_F_TIMEOUT(module, comes_and_goes, 300)
{
	struct stat device;
	int fd;

	ASSERT_EQ(0, stat(DEVICE, &device));
	ASSERT_EQ(0, unload("mpool_playground"));
	/* A node that stays when the device goes; its number is the same the next time. */
	ASSERT_EQ(0, mknod("/tmp/mempool", S_IFCHR | 0600, device.st_rdev));
	fd = open(DEVICE, O_RDONLY);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(EAGAIN, unload("mpool"));
	ASSERT_NE(NULL, read_sound(fd, 10));
	close(fd);
	EXPECT_EQ(0, crowd(5, load_and_open));
	unlink("/tmp/mempool");
	ASSERT_EQ(0, load("mpool_playground", ""));
}

/* The last of all. */
FIXTURE(sum) {
};

FIXTURE_SETUP(sum)
{
}

FIXTURE_TEARDOWN(sum)
{
}

TEST_F(sum, there_were_enough_calls)
{
	note("%lu calls of the device in all", *calls);
	EXPECT_GE(*calls, CALLS_MIN);
}

TEST_HARNESS_MAIN
