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
	char memory[USER_BYTES] __aligned(8);
} program;

static char * const user = program.memory;
static bool text_used[MOST_TEXTS];

static unsigned int changes;		/* pools that came and went ... */
static unsigned int moving;		/* ... and that are coming or going */
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
		    memcmp(end - 11, " withheld=0", 11))
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
	n = core_read(&file->file, user + at, size);
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
	if (memcmp(text, "mpool format=1\n", 15))
		WRONG("it begins with %.20s", text);
	expect_lines(text, strlen(text));
	text_done(text);
}

/* --- ioctls --- */

/* A structure that may be of another size, and that what follows the known part of is not zero. */
static size_t make_request(struct mpool_sites *request, char *at)
{
	static const u32 sizes[] = { 0, 8, 23, sizeof(*request), 25, 64, 4096, 4097, U32_MAX };
	u32 size = choice(2) ? sizeof(*request) : sizes[choice(ARRAY_SIZE(sizes))];
	size_t room = user + USER_BYTES - at;

	*request = (struct mpool_sites){
		.size = size,
		.id = choice(4) ? pools[choice(POOLS)].id : choice(most_id + 3),
		.room = choice(4) ? choice(MOST_SITES + 1) : U32_MAX,
		.sites = (uintptr_t)user + choice(2) * 1024,
	};
	if (!choice(8))
		request->sites += choice(2) ? USER_BYTES : ~0ULL << 20;
	memset(at, 0, room);
	memcpy(at, request, min(room, sizeof(*request)));
	if (size > sizeof(*request) && size <= room && !choice(3))
		at[sizeof(*request) + choice(size - sizeof(*request))] = 1;
	return room;
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

static bool has_tail(const struct mpool_sites *request, const char *at)
{
	u32 i;

	for (i = sizeof(*request); i < request->size; i++) {
		if (at[i])
			return true;
	}
	return false;
}

/* What is wrong with it, whatever pools there are; 0 for nothing. */
static int foretell(const struct mpool_sites *request, const char *at, size_t room)
{
	if (!core_is_capable)
		return -EPERM;
	if (room < sizeof(request->size))
		return -EFAULT;
	if (request->size < sizeof(*request))
		return -EINVAL;
	if (request->size > PAGE_SIZE)
		return -E2BIG;
	if (request->size > room)
		return -EFAULT;
	return has_tail(request, at) ? -E2BIG : 0;
}

static int foretell_of_pool(const struct mpool_sites *request)
{
	const struct pool *pool = pool_by_id(request->id);

	if (!pool)
		return -ENOENT;
	return pool->tracked ? 0 : -ENODATA;
}

/* No more than there is room for, and not more objects than there ever are. */
static void expect_sites(const struct mpool_sites *request, const char *at)
{
	struct mpool_sites answer;
	struct mpool_site site;
	u32 i;

	memcpy(&answer, at, sizeof(answer));
	if (answer.nr > request->room)
		WRONG("%u sites of %u", answer.nr, request->room);
	for (i = 0; i < answer.nr; i++) {
		memcpy(&site, (char *)(uintptr_t)request->sites + i * sizeof(site), sizeof(site));
		if (!site.objects || site.objects > 2 * MOST_OBJECTS ||
		    strnlen(site.name, sizeof(site.name)) == sizeof(site.name))
			WRONG("a site with %llu objects", (unsigned long long)site.objects);
	}
}

/* By one at a time, for there is one memory; the answer is looked at before another asks. */
static void ask_for_sites(struct file *file)
{
	static bool under_way;
	char *at = user + 4096 - (choice(3) ? 0 : 8 * choice(8));
	unsigned int before = changes;
	bool quiet = !moving;
	struct mpool_sites request;
	int expected, err;
	size_t room;

	if (under_way)
		return;
	under_way = true;
	if (!choice(6))
		at = user + USER_BYTES - 8 * choice(5);
	room = make_request(&request, at);
	core_is_capable = choice(8);
	expected = foretell(&request, at, room) ?: foretell_of_pool(&request);
	err = core_ioctl(file, MPOOL_IOC_SITES, at);
	core_is_capable = true;
	if (!expected && err == -EFAULT && request.sites - (uintptr_t)user > 1024)
		expected = err;
	if (err != expected && ((quiet && before == changes) || foretell(&request, at, room)))
		WRONG("%d instead of %d", err, expected);
	if (!err)
		expect_sites(&request, at);
	under_way = false;
}

static void ask(enum where where)
{
	struct open_file *file = choose_file();
	unsigned int command;

	if (where != IN_TASK || !file)
		return;
	file->users++;
	if (choice(4)) {
		ask_for_sites(&file->file);
	} else {
		command = choice(65536) | choice(65536) << 16;
		if (_IOC_TYPE(command) != MPOOL_IOC_MAGIC &&
		    core_ioctl(&file->file, command, user) != -ENOTTY)
			WRONG("there is an ioctl %x", command);
	}
	file->users--;
}

void device_step(enum where where)
{
	static void (*const steps[])(enum where where) = {
		use, use, use, make_or_end, open_or_close, read_some, read_some, read_well,
		ask, ask, ask,
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
