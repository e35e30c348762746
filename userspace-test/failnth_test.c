// SPDX-License-Identifier: GPL-2.0
/*
 * Each call of mpool, made to fail at each point where it can: its first allocation, copy or the
 * like fails, then only its second, and so on until it was made without meeting one that fails.
 * Each time it must return an error and leave all as it was, or do without; and be able to do it
 * the next time. Needs mpool.ko, mpool_failnth.ko, a kernel with fault injection and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mpool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "failnth/ioctl.h"
#include "pools.h"

#define FAILNTH		"/dev/mpool_failnth"
#define FAULTS		"/sys/kernel/debug/"
#define CACHES		"/sys/kernel/slab"

/*
 * So often the same point is tried while nothing is said of it and the call does without: it may
 * have been something of the kernel's own, which it needs now and then, in the place of what comes
 * next; and so often if there is a sign that it was.
 */
#define TRIES		3
#define TRIES_STRAY	50

/* More than any call has; one that fails so often would never be made without. */
#define POINTS_MAX	1000

/* Lines of the device, and places of the code, that are kept. */
#define LINES_MAX	16
#define PLACES_MAX	32

struct call {
	char name[64];
	unsigned int points;		/* so often at least it must fail; if never, meet one */
	int err;			/* the only error that it may return; 0 for none */
	int (*prepare)(struct call *call);
	int (*run)(struct call *call);
	int (*undo)(struct call *call);
	int (*finish)(struct call *call);
	unsigned int number;		/* of mpool_failnth's calls */
	char group[16];			/* the list that it is in */
};

struct walk {
	unsigned int points;		/* that were walked */
	unsigned int named;		/* of those, the ones that the kernel's log told of */
	unsigned int refused;
	unsigned int without;		/* it was done without what failed */
	char places[PLACES_MAX][64];	/* there, where that was */
	unsigned int nr_places;
};

/* What /dev/mempool says of all pools. */
struct state {
	struct pool_line lines[LINES_MAX];
	unsigned int n;
};

static int failnth_fd, nth_fd, device_fd;
static char user_memory[FAILNTH_USER];

/* --- the calls that mpool_failnth makes --- */

/* 0 or the errno. */
static int command(unsigned int number, unsigned long argument)
{
	return ioctl(failnth_fd, number, argument) < 0 ? errno : 0;
}

static int module_prepare(struct call *call)
{
	return command(FAILNTH_PREPARE, call->number);
}

static int module_run(struct call *call)
{
	return command(FAILNTH_RUN, (unsigned long)user_memory);
}

static int module_undo(struct call *call)
{
	return command(FAILNTH_UNDO, 0);
}

static int module_finish(struct call *call)
{
	return command(FAILNTH_FINISH, 0);
}

/* The call of that number; false if there is none. */
static bool find_call(unsigned int number, struct call *call)
{
	FILE *list = fopen(FAILNTH, "r");
	bool found = false;
	unsigned int i;

	*call = (struct call){ .prepare = module_prepare, .run = module_run, .undo = module_undo,
			       .finish = module_finish, .number = number };
	for (i = 0; list && i <= number; i++)
		found = fscanf(list, "%15[^,],%63[^,],%u,%d\n", call->group, call->name,
			       &call->points, &call->err) == 4;
	if (list)
		fclose(list);
	return found;
}

/* --- the calls of the device --- */

/* A pool whose objects in use are tracked: what that call of the module needs. */
#define SCENE	"read the figures"

static unsigned long scene_id;

static int open_device(struct call *call)
{
	device_fd = open(DEVICE, O_RDONLY);
	return device_fd < 0 ? errno : 0;
}

static int close_device(struct call *call)
{
	close(device_fd);
	return 0;
}

static int set_scene(struct call *call)
{
	struct pool_line line = {};
	struct call scene;
	unsigned int i;
	int err;

	for (i = 0; find_call(i, &scene); i++) {
		if (!strcmp(scene.name, SCENE))
			break;
	}
	err = module_prepare(&scene);
	if (!err && !find_pool("failnth", &line))
		err = ENOENT;
	scene_id = line.id;
	return err;
}

static int set_scene_and_open(struct call *call)
{
	return set_scene(call) ?: open_device(call);
}

static int close_and_finish(struct call *call)
{
	close_device(call);
	return module_finish(call);
}

static int rewind_device(struct call *call)
{
	return lseek(device_fd, 0, SEEK_SET) < 0 ? errno : 0;
}

static int read_all(struct call *call)
{
	static char text[65536];
	ssize_t got;

	do {
		got = read(device_fd, text, sizeof(text));
	} while (got > 0);
	return got < 0 ? errno : 0;
}

static int read_some(struct call *call)
{
	char text[100];

	return pread(device_fd, text, sizeof(text), 300) < 0 ? errno : 0;
}

static int seek(struct call *call)
{
	return lseek(device_fd, 300, SEEK_SET) < 0 ? errno : 0;
}

static int ask_for_sites(struct call *call)
{
	static struct mpool_site sites[10];
	struct mpool_sites request = { .size = sizeof(request), .room = 10, .id = scene_id,
				       .sites = (unsigned long)sites };

	return ioctl(device_fd, MPOOL_IOC_SITES, &request) < 0 ? errno : 0;
}

static int ask_for_rows(struct call *call)
{
	static struct mpool_row rows[10];
	struct mpool_snapshot request = { .size = sizeof(request), .row_size = sizeof(rows[0]),
					  .room = 10, .rows = (unsigned long)rows };

	return ioctl(device_fd, MPOOL_IOC_SNAPSHOT, &request) < 0 ? errno : 0;
}

static int trim(struct call *call)
{
	struct mpool_control request = { .size = sizeof(request), .id = scene_id,
					 .what = MPOOL_CONTROL_TRIM };

	return ioctl(device_fd, MPOOL_IOC_CONTROL, &request) < 0 ? errno : 0;
}

static int watch(struct call *call)
{
	struct mpool_watch request = { .size = sizeof(request), .level = 1ULL << 60 };

	return ioctl(device_fd, MPOOL_IOC_WATCH, &request) < 0 ? errno : 0;
}

/* There is none, which is found out after what can fail. */
static int take_event(struct call *call)
{
	struct mpool_event request = { .size = sizeof(request) };

	return ioctl(device_fd, MPOOL_IOC_EVENT, &request) == 0 || errno == EAGAIN ? 0 : errno;
}

static struct call device_calls[] = {
	{ "device open", 2, ENOMEM, set_scene, open_device, close_device, module_finish,
	  .group = "device" },
	{ "device read", 2, ENOMEM, set_scene_and_open, read_all, rewind_device,
	  close_and_finish, .group = "device" },
	{ "device pread", 2, ENOMEM, set_scene_and_open, read_some, rewind_device,
	  close_and_finish, .group = "device" },
	{ "device seek", 1, ENOMEM, set_scene_and_open, seek, rewind_device, close_and_finish,
	  .group = "device" },
	{ "device sites", 3, ENOMEM, set_scene_and_open, ask_for_sites, rewind_device,
	  close_and_finish, .group = "device" },
	{ "device snapshot", 4, ENOMEM, set_scene_and_open, ask_for_rows, rewind_device,
	  close_and_finish, .group = "device" },
	{ "device trim", 2, EFAULT, set_scene_and_open, trim, rewind_device, close_and_finish,
	  .group = "device" },
	{ "device watch", 1, EFAULT, set_scene_and_open, watch, rewind_device, close_and_finish,
	  .group = "device" },
	{ "device event", 1, EFAULT, set_scene_and_open, take_event, rewind_device,
	  close_and_finish, .group = "device" },
};

/* --- what is there, before and after --- */

/* All pools; false if a line does not parse, or there are more than LINES_MAX. */
static bool look(struct state *state)
{
	char *line = strchr(read_device(), '\n');

	for (state->n = 0; line && line[1]; line = strchr(line + 1, '\n')) {
		if (state->n == LINES_MAX || !parse_line(line + 1, &state->lines[state->n++]))
			return false;
	}
	return line;
}

/* Does the identity hold of each? What the pools do in the background may take a while. */
static bool all_add_up(struct state *state)
{
	unsigned int tries, i;

	for (tries = 0; tries < 100; tries++) {
		if (!look(state))
			return false;
		for (i = 0; i < state->n; i++) {
			if (strcmp(state->lines[i].kind, "sized") && !adds_up(&state->lines[i]))
				break;
		}
		if (i == state->n)
			return true;
		usleep(10000);
	}
	return false;
}

/* Is a pool as it was, but for what may be kept for the next time? */
static bool is_same(const struct pool_line *a, const struct pool_line *b)
{
	return a->id == b->id && a->in_use == b->in_use && a->limit == b->limit &&
	       a->keep == b->keep && a->reserve == b->reserve &&
	       a->reserve_held == b->reserve_held && a->waiting == b->waiting &&
	       a->pending == b->pending && a->misuses == b->misuses &&
	       a->withheld == b->withheld;
}

static bool are_same(const struct state *a, const struct state *b)
{
	unsigned int i;

	for (i = 0; a->n == b->n && i < a->n; i++) {
		if (!is_same(&a->lines[i], &b->lines[i]))
			return false;
	}
	return a->n == b->n;
}

/* --- a fault, and what came of it --- */

/* The console need not have each stack, of which there are thousands: see log_of_fault(). */
static void set_console(int level)
{
	klogctl(8, NULL, level);
}

static bool arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	/* So that what is there afterwards is of this. */
	klogctl(5, NULL, 0);
	set_console(4);
	return !command(FAILNTH_WATCH, 0) && pwrite(nth_fd, text, length, 0) == length;
}

/* Did the fault hit? */
static bool disarm(void)
{
	bool hit = !ioctl(failnth_fd, FAILNTH_DISARM, 0);

	set_console(7);
	return hit;
}

/* What the kernel has said meanwhile. */
static char *log_of_fault(void)
{
	static char log[1 << 17];
	int length = klogctl(3, log, sizeof(log) - 1);

	log[length > 0 ? length : 0] = '\0';
	return log;
}

/* Was there something that the console would have been looked through for? */
static bool has_complained(const char *log)
{
	static const char * const signs[] = { "BUG:", "WARNING:", "Oops", "general protection",
					      "deadlock", "sleeping function", "detected stall" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signs); i++) {
		if (strstr(log, signs[i])) {
			note("%s", log);
			return true;
		}
	}
	return false;
}

/* Is that a frame of mpool's that says where in it we are? Then its function's name is in @name. */
static bool is_telling(char *line, char *name)
{
	char *end = strstr(line, "+0x"), *start;

	if (!end || !strstr(end, " [mpool]") || strstr(line, " ? ") || strstr(line, "noprof") ||
	    strstr(line, "kmalloc") || strstr(line, "alloc_pages"))
		return false;
	*end = '\0';
	start = strrchr(line, ' ');
	snprintf(name, 64, "%.63s", start ? start + 1 : line);
	return true;
}

/* The innermost function of mpool's that met the fault; NULL if the log does not tell of one. */
static const char *place(const char *log)
{
	static char name[64];
	const char *line = strstr(log, "FAULT_INJECTION: forcing a failure");
	char text[200];

	if (!line)
		return NULL;
	for (line = strstr(line, "Call Trace:"); line; line = strchr(line + 1, '\n')) {
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(line + 1, "\n"), line + 1);
		if (is_telling(text, name))
			return name;
	}
	return "the kernel";
}

static void note_place(struct walk *walk, const char *name)
{
	unsigned int i;

	for (i = 0; i < walk->nr_places; i++) {
		if (!strcmp(walk->places[i], name))
			return;
	}
	if (walk->nr_places < PLACES_MAX)
		snprintf(walk->places[walk->nr_places++], sizeof(walk->places[0]), "%s", name);
}

/* What came of a point. */
struct outcome {
	bool hit;			/* it was met */
	bool stray;			/* perhaps it was none of the call's */
	int err;
	const char *where;		/* as place() says */
};

static void note_outcome(struct walk *walk, const struct outcome *outcome)
{
	walk->points++;
	walk->named += !!outcome->where;
	walk->refused += !!outcome->err;
	walk->without += !outcome->err;
	if (!outcome->err)
		note_place(walk, outcome->where ? outcome->where : "silently");
}

/* The call has met its fault. NULL if all is well, else what is not. */
static const char *judge(struct call *call, int err, const struct state *before)
{
	struct state after;

	if (err && !call->err)
		return "it may never fail, and did";
	if (err && err != call->err && (err != EFAULT || strcmp(call->group, "device")))
		return "it failed with another error than it should";
	if (!err && call->undo(call))
		return "it could not be undone";
	if (!all_add_up(&after))
		return "the figures do not add up";
	if (err && !are_same(before, &after))
		return "it failed and left something behind";
	if (call->run(call))
		return "the next call failed too";
	return call->undo(call) ? "the next call could not be undone" : NULL;
}

/* Make the call with the fault at that point. NULL if all is well. */
static const char *try_point(struct call *call, unsigned int nth, struct outcome *outcome)
{
	const char *what = NULL, *log;
	struct state before;

	if (call->prepare(call))
		return "it could not be prepared";
	if (!all_add_up(&before))
		return "the figures did not add up before";
	if (!arm(nth))
		return "the fault could not be set";
	outcome->err = call->run(call);
	outcome->hit = disarm();
	outcome->stray = ioctl(failnth_fd, FAILNTH_STRAY, 0) == 1;
	log = log_of_fault();
	outcome->where = place(log);
	if (has_complained(log))
		what = "the kernel complained";
	else if (outcome->hit)
		what = judge(call, outcome->err, &before);
	else if (outcome->err)
		what = "it failed without a fault";
	else if (call->undo(call))
		what = "it could not be undone";
	if (call->finish(call))
		return what ?: "pages were lost";
	return what ?: look(&before) && !before.n ? what : "a pool is left";
}

static void show_walk(const struct call *call, const struct walk *walk)
{
	char text[1024] = "";
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < walk->nr_places && at < sizeof(text); i++)
		at += snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : ": ",
			       walk->places[i]);
	note("%s: points=%u named=%u refused=%u done_without=%u%s", call->name, walk->points,
	     walk->named, walk->refused, walk->without, text);
}

/* May that have been no point of the call's, and is it worth another try? */
static bool is_doubtful(const struct outcome *outcome, unsigned int tries)
{
	return outcome->hit && !outcome->err && !outcome->where &&
	       tries < (outcome->stray ? TRIES_STRAY : TRIES);
}

/* The same, again if there is doubt. */
static const char *walk_point(struct call *call, unsigned int nth, struct walk *walk, bool *hit)
{
	struct outcome outcome = {};
	unsigned int tries = 0;
	const char *what;

	do {
		command(FAILNTH_SHIFT, 0);
		what = try_point(call, nth, &outcome);
	} while (!what && is_doubtful(&outcome, ++tries));
	*hit = outcome.hit;
	if (outcome.hit)
		note_outcome(walk, &outcome);
	return what;
}

/* Walk all points of a call; true if all was well at each. */
static bool walk_call(struct call *call)
{
	struct walk walk = {};
	const char *what;
	unsigned int nth;
	bool hit;

	for (nth = 1; nth <= POINTS_MAX; nth++) {
		what = walk_point(call, nth, &walk, &hit);
		if (what) {
			note("%s: with the fault at point %u: %s", call->name, nth, what);
			return false;
		}
		if (!hit)
			break;
	}
	show_walk(call, &walk);
	if ((call->err ? walk.refused : walk.points) >= call->points && nth <= POINTS_MAX)
		return true;
	note("%s: it did not fail as often as it must, which is %u", call->name, call->points);
	return false;
}

/* Walk all calls of one of the module's lists, or of the device; how many were not as they must. */
static unsigned int walk_calls(const char *group)
{
	unsigned int i, bad = 0, calls = 0;
	struct call call;

	for (i = 0; find_call(i, &call); i++) {
		if (strcmp(call.group, group))
			continue;
		bad += !walk_call(&call);
		calls++;
	}
	for (i = 0; !strcmp(group, "device") && i < ARRAY_SIZE(device_calls); i++, calls++)
		bad += !walk_call(&device_calls[i]);
	note("%s: %u calls, %u of them not as they should be", group, calls, bad);
	return calls ? bad : 1;
}

/* All caches of the kernel's can fail, but those of who looks for leaks: see tools/check.sh. */
static bool caches_are_set(void)
{
	return read_number(CACHES "/kmalloc-64/failslab") == 1 &&
	       read_number(CACHES "/radix_tree_node/failslab") == 1 &&
	       read_number(CACHES "/kmemleak_object/failslab") == 0 &&
	       read_number(CACHES "/kmemleak_scan_area/failslab") == 0;
}

FIXTURE(failnth) {
};

/* Nothing but fail-nth makes anything fail, and all that can fail does; the log tells of each. */
FIXTURE_SETUP(failnth)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy",
					      "fail_mpool" };
	char name[100];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(name, sizeof(name), FAULTS "%s/probability", kinds[i]);
		ASSERT_EQ(0, read_number(name));
		snprintf(name, sizeof(name), FAULTS "%s/verbose", kinds[i]);
		ASSERT_TRUE(write_file(name, "2"));
	}
	ASSERT_TRUE(write_file(FAULTS "failslab/ignore-gfp-wait", "N"));
	ASSERT_TRUE(caches_are_set());
	ASSERT_TRUE(write_file(FAULTS "failslab/cache-filter", "Y"));
	ASSERT_TRUE(write_file(FAULTS "fail_page_alloc/ignore-gfp-wait", "N"));
	ASSERT_TRUE(write_file(FAULTS "fail_page_alloc/ignore-gfp-highmem", "N"));
	ASSERT_TRUE(write_file(FAULTS "fail_page_alloc/min-order", "0"));
	failnth_fd = open(FAILNTH, O_RDONLY);
	ASSERT_GE(failnth_fd, 0);
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	ASSERT_GE(nth_fd, 0);
}

FIXTURE_TEARDOWN(failnth)
{
	close(nth_fd);
	close(failnth_fd);
}

TEST_F_TIMEOUT(failnth, create, 300)
{
	EXPECT_EQ(0, walk_calls("create"));
}

TEST_F_TIMEOUT(failnth, alloc, 300)
{
	EXPECT_EQ(0, walk_calls("alloc"));
}

TEST_F_TIMEOUT(failnth, line, 300)
{
	EXPECT_EQ(0, walk_calls("line"));
}

TEST_F_TIMEOUT(failnth, free, 300)
{
	EXPECT_EQ(0, walk_calls("free"));
}

TEST_F_TIMEOUT(failnth, tune, 300)
{
	EXPECT_EQ(0, walk_calls("tune"));
}

TEST_F_TIMEOUT(failnth, piece, 300)
{
	EXPECT_EQ(0, walk_calls("piece"));
}

TEST_F_TIMEOUT(failnth, object, 300)
{
	EXPECT_EQ(0, walk_calls("object"));
}

TEST_F_TIMEOUT(failnth, device, 300)
{
	EXPECT_EQ(0, walk_calls("device"));
}

TEST_F(failnth, no_list_is_left_out)
{
	static const char * const groups = " create alloc line free tune piece object ";
	char group[32];
	struct call call;
	unsigned int i;

	for (i = 0; find_call(i, &call); i++) {
		snprintf(group, sizeof(group), " %s ", call.group);
		EXPECT_NE(NULL, strstr(groups, group));
	}
	EXPECT_GT(i, 0);
}

TEST_HARNESS_MAIN
