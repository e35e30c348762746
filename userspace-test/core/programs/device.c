// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done with /dev/mempool while pools come and go. What it answers to anything that a
 * program may give it is known before, unless it hangs on a pool that changes meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include <uapi/linux/mpool.h>

#include "program.h"

#define POOLS		4
#define FILES		3
#define MOST_OBJECTS	8
#define USER_BYTES	8192
#define TEXT_BYTES	16384
#define MOST_TEXTS	5
#define MOST_SITES	8

static struct pool {
	struct mpool *pool;
	bool tracked;
	bool busy;			/* it is made, or taken down */
	u32 id;
	void *objs[MOST_OBJECTS];
	unsigned int n;
	unsigned int asked;		/* calls under way that may add one */
} pools[POOLS];

static struct open_file {
	struct file file;
	bool open;
	unsigned int users;
} files[FILES];

/* A program's memory: what is outside of it is not there for the device. */
static struct {
	char texts[MOST_TEXTS][TEXT_BYTES];
	char reads[USER_BYTES];
	char memory[USER_BYTES] __aligned(8);
} program;

static char * const user = program.memory;
static bool text_used[MOST_TEXTS];

static unsigned int changes;		/* pools that came and went ... */
static unsigned int moving;		/* ... and that are coming or going */
static bool asking;
static unsigned int made;
static u32 most_id;

void device_start(void)
{
	memset(pools, 0, sizeof(pools));
	memset(files, 0, sizeof(files));
	memset(text_used, 0, sizeof(text_used));
	core_user_memory = (char *)&program;
	core_user_bytes = sizeof(program);
	changes = 0;
	moving = 0;
	asking = false;
	made = 0;
	most_id = 0;
}

/* --- pools --- */

/* What reading gives of a pool: "name=NAME id=ID ..." */
static u32 id_of(const char *text, const char *name)
{
	char start[64];
	const char *line;
	u32 id = 0;

	snprintf(start, sizeof(start), "\nname=%s id=", name);
	line = strstr(text, start);
	if (line)
		sscanf(line + strlen(start), "%u", &id);
	return id;
}

/* All that can be read, from the beginning; text_done() when it is no more needed. */
static const char *read_all(void)
{
	struct file file;
	ssize_t n, at = 0;
	unsigned int i;
	char *text;

	for (i = 0; text_used[i]; i++)
		;
	text_used[i] = true;
	text = program.texts[i];
	if (core_open("mempool", &file))
		WRONG("/dev/mempool cannot be opened");
	while ((n = core_read(&file, text + at, TEXT_BYTES - 1 - at)) > 0)
		at += n;
	text[at] = '\0';
	core_close(&file);
	return text;
}

static void text_done(const char *text)
{
	text_used[(text - program.texts[0]) / TEXT_BYTES] = false;
}

static void make(struct pool *pool)
{
	struct mpool_params params = { .size = 8 << choice(6), .limit = choice(2) * 6 };
	const char *text;
	char name[32];

	pool->busy = true;
	changes++;
	moving++;
	pool->id = 0;
	pool->tracked = choice(2);
	pool->n = 0;
	pool->asked = 0;
	params.flags = pool->tracked ? MPOOL_TRACK : 0;
	snprintf(name, sizeof(name), "pool%u", made++);
	params.name = name;
	pool->pool = mpool_create(&params);
	if (IS_ERR(pool->pool))
		WRONG("no pool: %ld", PTR_ERR(pool->pool));
	text = read_all();
	pool->id = id_of(text, name);
	text_done(text);
	if (!pool->id)
		WRONG("%s cannot be read", name);
	most_id = max(most_id, pool->id);
	moving--;
	pool->busy = false;
}

static void end(struct pool *pool)
{
	struct mpool *old = pool->pool;

	if (pool->asked)
		return;
	pool->busy = true;
	changes++;
	moving++;
	while (pool->n)
		mpool_free(old, pool->objs[--pool->n]);
	pool->pool = NULL;
	mpool_destroy(old);
	moving--;
	pool->busy = false;
}

static void make_or_end(enum where where)
{
	struct pool *pool = &pools[choice(POOLS)];

	if (where != IN_TASK || pool->busy)
		return;
	if (!pool->pool)
		make(pool);
	else if (!choice(3))
		end(pool);
}

static void use(enum where where)
{
	struct pool *pool = &pools[choice(POOLS)];
	void *obj;

	if (pool->busy || !pool->pool)
		return;
	if (choice(2) && pool->n) {
		obj = pool->objs[--pool->n];
		pool->asked++;
		mpool_free(pool->pool, obj);
		pool->asked--;
	} else if (pool->n + pool->asked < MOST_OBJECTS) {
		pool->asked++;
		obj = mpool_alloc(pool->pool, where == IN_TASK ? GFP_KERNEL : GFP_NOWAIT);
		if (obj)
			pool->objs[pool->n++] = obj;
		pool->asked--;
	}
}

/* --- reading --- */

static struct open_file *choose_file(void)
{
	struct open_file *file = &files[choice(FILES)];

	return file->open ? file : NULL;
}

static void open_or_close(enum where where)
{
	struct open_file *file = &files[choice(FILES)];

	if (where != IN_TASK || file->users)
		return;
	file->users++;
	if (file->open) {
		file->open = false;
		core_close(&file->file);
	} else if (core_open("mempool", &file->file)) {
		WRONG("/dev/mempool cannot be opened");
	} else {
		file->open = true;
	}
	file->users--;
}

/* Lines are whole, wherever reading begins; ids only grow. */
static void expect_lines(const char *text, size_t n)
{
	const char *line = text, *end;
	u32 before = 0, id;

	for (; (end = memchr(line, '\n', text + n - line)); line = end + 1) {
		if (line == text)
			continue;
		if (sscanf(line, "name=%*s id=%u owner=", &id) != 1 || id <= before ||
		    !memmem(line, end - line, " tracking=", 10))
			WRONG("a line is not right: %.*s", (int)(end - line), line);
		before = id;
	}
}

static void read_some(enum where where)
{
	struct open_file *file = choose_file();
	size_t size = choice(2) ? choice(64) : choice(4096), at = choice(256);
	ssize_t n;

	if (where != IN_TASK || !file)
		return;
	file->users++;
	if (!choice(3))
		core_seek(&file->file, choice(2) ? 0 : choice(3000));
	n = core_read(&file->file, program.reads + at, size);
	if (n < 0 || (size_t)n > size)
		WRONG("%zd bytes were read of %zu", n, size);
	file->users--;
}

static void read_well(enum where where)
{
	const char *text;

	if (where != IN_TASK)
		return;
	text = read_all();
	if (memcmp(text, "mpool format=1 generation=", 26))
		WRONG("it begins with %.20s", text);
	expect_lines(text, strlen(text));
	text_done(text);
}

/* --- ioctls --- */

/* A request as a program gives it: at an address, with what it says its size is. */
struct request {
	unsigned int command;
	bool privileged;		/* is it refused to who is not? */
	size_t bytes;			/* of the structure that the device knows */
	char *at;
	size_t room;			/* to the end of the program's memory */
	u32 size;
	int expected;			/* what is wrong with it, whatever pools there are; or 0 */
	bool quiet;			/* no pool comes or goes ... */
	unsigned int changes;		/* ... nor did, if these are still as many */
};

static bool has_tail(const struct request *request)
{
	u32 i;

	for (i = request->bytes; i < request->size; i++) {
		if (request->at[i])
			return true;
	}
	return false;
}

static int foretell(const struct request *request)
{
	if (request->privileged && !core_is_capable)
		return -EPERM;
	if (request->room < sizeof(request->size))
		return -EFAULT;
	if (request->size < request->bytes)
		return -EINVAL;
	if (request->size > PAGE_SIZE)
		return -E2BIG;
	if (request->size > request->room)
		return -EFAULT;
	return has_tail(request) ? -E2BIG : 0;
}

/* Somewhere; it may be of another size, and what follows the known part may not be zero. */
static void place(struct request *request, void *structure)
{
	const u32 sizes[] = { 0, 8, request->bytes - 1, request->bytes, request->bytes + 1,
			      request->bytes + 40, 4096, 4097, U32_MAX };

	request->size = choice(2) ? request->bytes : sizes[choice(ARRAY_SIZE(sizes))];
	request->at = user + 4096 - (choice(3) ? 0 : 8 * choice(8));
	if (!choice(6))
		request->at = user + USER_BYTES - 8 * choice(12);
	request->room = user + USER_BYTES - request->at;
	memcpy(structure, &request->size, sizeof(request->size));
	memset(request->at, 0, request->room);
	memcpy(request->at, structure, min(request->room, request->bytes));
	if (request->size > request->bytes && request->size <= request->room && !choice(3))
		request->at[request->bytes + choice(request->size - request->bytes)] = 1;
}

/* Ask for it. False if it was refused for what it is; the caller judges the rest. */
static bool ask_for(struct file *file, struct request *request, void *structure, int *err)
{
	place(request, structure);
	core_is_capable = choice(8);
	request->expected = foretell(request);
	request->quiet = !moving;
	request->changes = changes;
	*err = core_ioctl(file, request->command, request->at);
	core_is_capable = true;
	if (request->expected && *err != request->expected)
		WRONG("%d instead of %d", *err, request->expected);
	if (!request->expected)
		memcpy(structure, request->at, request->bytes);
	return !request->expected;
}

/* Unless it hangs on what has changed meanwhile. */
static void expect_err(const struct request *request, int err, int expected)
{
	if (err != expected && request->quiet && request->changes == changes)
		WRONG("%d instead of %d", err, expected);
}

static struct pool *pool_by_id(u32 id)
{
	struct pool *pool;

	for (pool = pools; pool < pools + POOLS; pool++) {
		if (pool->pool && pool->id == id)
			return pool;
	}
	return NULL;
}

static u32 choose_id(void)
{
	return choice(4) ? pools[choice(POOLS)].id : choice(most_id + 3);
}

/* Where there is room for an answer; it may be none. */
static u64 choose_address(void)
{
	u64 address = (uintptr_t)user + choice(2) * 1024;

	if (choice(8))
		return address;
	return address + (choice(2) ? USER_BYTES : ~0ULL << 20);
}

static bool is_bad_address(u64 address)
{
	return address - (uintptr_t)user > 1024;
}

/* No more than there is room for, and not more objects than there ever are. */
static void expect_sites(const struct mpool_sites *answer)
{
	struct mpool_site site;
	u32 i;

	if (answer->nr > answer->room)
		WRONG("%u sites of %u", answer->nr, answer->room);
	for (i = 0; i < answer->nr; i++) {
		memcpy(&site, (char *)(uintptr_t)answer->sites + i * sizeof(site), sizeof(site));
		if (!site.objects || site.objects > 2 * MOST_OBJECTS ||
		    strnlen(site.name, sizeof(site.name)) == sizeof(site.name))
			WRONG("a site with %llu objects", (unsigned long long)site.objects);
	}
}

static void ask_for_sites(struct file *file)
{
	struct request request = { MPOOL_IOC_SITES, true, sizeof(struct mpool_sites) };
	struct mpool_sites sites = {
		.id = choose_id(),
		.room = choice(4) ? choice(MOST_SITES + 1) : U32_MAX,
		.sites = choose_address(),
	};
	const struct pool *pool = pool_by_id(sites.id);
	int err;

	if (!ask_for(file, &request, &sites, &err))
		return;
	if (err == -EFAULT && pool && is_bad_address(sites.sites))
		return;
	expect_err(&request, err, !pool ? -ENOENT : !pool->tracked ? -ENODATA : 0);
	if (!err)
		expect_sites(&sites);
}

/* Rows as long as the program knows them, by ascending id. */
static void expect_rows(const struct mpool_snapshot *answer, u32 after)
{
	struct mpool_row row = {};
	u32 i;

	if (answer->nr > answer->room || answer->nr > POOLS + 1)
		WRONG("%u rows of %u", answer->nr, answer->room);
	for (i = 0; i < answer->nr; i++) {
		memcpy(&row, (char *)(uintptr_t)answer->rows + i * answer->row_size,
		       min_t(size_t, answer->row_size, sizeof(row)));
		if (row.id <= after || row.kind != MPOOL_ROW_POOL || row.of || row.pad)
			WRONG("a row of %u, kind %u, after %u", row.id, row.kind, after);
		after = row.id;
	}
	if (answer->nr && answer->after != after)
		WRONG("the last was %u, not %u", after, answer->after);
}

static void ask_for_rows(struct file *file)
{
	static const u32 row_sizes[] = { sizeof(struct mpool_row), 24, 100, 512, 23, 0, U32_MAX };
	struct request request = { MPOOL_IOC_SNAPSHOT, false, sizeof(struct mpool_snapshot) };
	struct mpool_snapshot snapshot = {
		.row_size = row_sizes[choice(ARRAY_SIZE(row_sizes))],
		.room = choice(4) ? choice(POOLS + 1) : U32_MAX,
		.after = choice(2) ? 0 : choose_id(),
		.rows = choose_address(),
	};
	u32 after = snapshot.after;
	int err;

	if (!ask_for(file, &request, &snapshot, &err))
		return;
	if (err == -EFAULT && is_bad_address(snapshot.rows))
		return;
	if (err != (snapshot.row_size < 24 || snapshot.row_size > PAGE_SIZE ? -EINVAL : 0))
		WRONG("%d for rows of %u", err, snapshot.row_size);
	if (!err)
		expect_rows(&snapshot, after);
}

static void ask_for_change(struct file *file)
{
	struct request request = { MPOOL_IOC_CONTROL, true, sizeof(struct mpool_control) };
	struct mpool_control control = {
		.id = choose_id(),
		.what = choice(MPOOL_CONTROL_TRACK + 2),
		.pad = !choice(10),
		.value = choice(2) ? 0 : choice(2) ? choice(20) : ~0ULL,
	};
	const struct pool *pool = pool_by_id(control.id);
	const struct mpool_control was = control;
	int err;

	if (!ask_for(file, &request, &control, &err))
		return;
	if (was.what > MPOOL_CONTROL_TRACK || was.pad)
		expect_err(&request, err, -EINVAL);
	else if (!pool)
		expect_err(&request, err, -ENOENT);
	else if (was.what == MPOOL_CONTROL_TRIM)
		expect_err(&request, err, was.value ? -EINVAL : 0);
	else if (was.what == MPOOL_CONTROL_TRACK)
		expect_err(&request, err, !pool->tracked ? -ENODATA : was.value > 1 ? -EINVAL : 0);
	else if (was.what == MPOOL_CONTROL_RESERVE && was.value == ~0ULL)
		expect_err(&request, err, err == -ERANGE ? err : -ENOMEM);
	else if (err && err != -ERANGE && (was.what != MPOOL_CONTROL_RESERVE || err != -EBUSY))
		expect_err(&request, err, 0);
}

static void ask_to_watch(struct file *file)
{
	struct request request = { MPOOL_IOC_WATCH, false, sizeof(struct mpool_watch) };
	struct mpool_watch watch = {
		.id = choice(2) ? 0 : choose_id(),
		.figure = choice(MPOOL_WATCH_WAITING + 2),
		.flags = choice(3),
		.level = choice(10),
		.slack = choice(4),
		.interval = choice(3) ? 10 + choice(100) : choice(11),
		.pad = !choice(10),
	};
	const struct mpool_watch was = watch;
	int err;

	if (!ask_for(file, &request, &watch, &err))
		return;
	if (was.figure > MPOOL_WATCH_WAITING || was.flags > 1 || was.pad ||
	    (was.interval && was.interval < 10))
		expect_err(&request, err, -EINVAL);
	else
		expect_err(&request, err, !was.id || pool_by_id(was.id) ? 0 : -ENOENT);
}

static void ask_for_event(struct file *file)
{
	struct request request = { MPOOL_IOC_EVENT, false, sizeof(struct mpool_event) };
	struct mpool_event event = {};
	int err;

	if (!ask_for(file, &request, &event, &err))
		return;
	if (err && err != -EAGAIN)
		WRONG("%d for an event", err);
	if (!err && (!event.times || !event.id || event.size != request.size))
		WRONG("an event of pool %u, %llu times", event.id, (unsigned long long)event.times);
}

/* One at a time, for there is one memory: the answer is looked at before another asks. */
static void ask(enum where where)
{
	static void (*const questions[])(struct file *file) = {
		ask_for_sites, ask_for_rows, ask_for_rows, ask_for_change, ask_to_watch,
		ask_for_event,
	};
	struct open_file *file = choose_file();
	unsigned int command;

	if (where != IN_TASK || !file || asking)
		return;
	asking = true;
	file->users++;
	if (choice(8)) {
		questions[choice(ARRAY_SIZE(questions))](&file->file);
	} else {
		command = choice(65536) | choice(65536) << 16;
		if (_IOC_TYPE(command) != MPOOL_IOC_MAGIC &&
		    core_ioctl(&file->file, command, user) != -ENOTTY)
			WRONG("there is an ioctl %x", command);
	}
	file->users--;
	asking = false;
}

/* Who reads all, and looks before anything changes, has seen all. */
static void poll_it(enum where where)
{
	struct open_file *file = choose_file();

	if (where != IN_TASK || !file)
		return;
	file->users++;
	if (core_poll(&file->file) & ~(EPOLLIN | EPOLLRDNORM | EPOLLPRI | EPOLLERR))
		WRONG("poll() says what it never should");
	file->users--;
}

void device_step(enum where where)
{
	static void (*const steps[])(enum where where) = {
		use, use, use, make_or_end, open_or_close, read_some, read_some, read_well,
		poll_it, ask, ask, ask,
	};

	steps[choice(ARRAY_SIZE(steps))](where);
}

void device_end(void)
{
	struct pool *pool;
	struct open_file *file;

	for (pool = pools; pool < pools + POOLS; pool++) {
		if (pool->pool)
			end(pool);
	}
	read_well(IN_TASK);
	for (file = files; file < files + FILES; file++) {
		if (file->open)
			core_close(&file->file);
	}
	core_user_memory = NULL;
}
