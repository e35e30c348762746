// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mpool_pressure puts pools under pressure for the tests in user space: each write is one
 * command, which fails with the errno of what it did, and with EUCLEAN if a promise was broken;
 * the kernel's log says which. Reading gives the figures of the last command that has any, one line
 * of key=value.
 *
 *	create POOL [KEY=VALUE...]	make a pool: size, limit, keep, low, reserve, budget;
 *				backing=vmalloc, backing=huge, account
 *	destroy POOL		free what is held, destroy the pool
 *	set POOL [KEY=VALUE...]	change limit, keep, reserve
 *	hold POOL N		hold N more objects; all or nothing
 *	release POOL N		free N of those held
 *	fill POOL N		allocate and free so many, on each CPU its part of them
 *	trim POOL, flush POOL
 *	ask POOL N		put an asynchronous request for N objects in line
 *	asked POOL		figures of such requests
 *	called			figures of what mpool_forgetful's callbacks told
 *	drop			free the object that mpool_forgetful left
 *	contexts POOL N		N calls of each kind in each context there is; then, with
 *				nothing free, requests that are answered from each
 *	hotplug POOL		from now on call from within CPUs' going and coming
 *	hotplug_result POOL	stop that, and give its figures
 *	storm POOL MS		use it in all contexts on all CPUs, with NMIs all the time
 *	churn POOL MS		likewise without NMIs, while limit, keep and reserve are
 *				changed; ends early when who asked for it gets a signal
 *	order POOL THREADS N	are N asynchronous requests answered in the order in which
 *				they came? And N / 20 of both kinds?
 *	latency POOL N		how long until who waits runs, of N sleepers and N requests
 *	privileged POOL N	N privileged allocations while others exhaust the pool
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "../mpool_pressure.h"
#include "pressure.h"

/* Guards all arenas. Commands on different pools wait for each other; so be it. */
static DEFINE_MUTEX(arenas_mutex);
static LIST_HEAD(arenas);

/* What the last command measured, for reading the device. */
static char figures[1024];

/* Forget what the last command measured. */
void figures_clear(void)
{
	figures[0] = '\0';
}

void figures_add(const char *key, unsigned long value)
{
	size_t length = strlen(figures);

	scnprintf(figures + length, sizeof(figures) - length, "%s%s=%lu", length ? " " : "", key,
		  value);
}

atomic_t broken_promises = ATOMIC_INIT(0);

/* Whoever finds that a promise was broken; also in an NMI. */
void broke(const char *what)
{
	if (atomic_inc_return(&broken_promises) < 20)
		pr_err("%s\n", what);
}

static struct arena *find(const char *name)
{
	struct arena *arena;

	list_for_each_entry(arena, &arenas, link) {
		if (!strcmp(arena->name, name))
			return arena;
	}
	return NULL;
}

/* --- simple commands --- */

static int read_param(struct mpool_params *params, const char *word)
{
	if (sscanf(word, "size=%zu", &params->size) == 1 ||
	    sscanf(word, "limit=%lu", &params->limit) == 1 ||
	    sscanf(word, "keep=%lu", &params->keep) == 1 ||
	    sscanf(word, "low=%lu", &params->low) == 1 ||
	    sscanf(word, "reserve=%lu", &params->reserve) == 1 ||
	    sscanf(word, "budget=%zu", &params->budget) == 1)
		return 0;
	if (!strcmp(word, "backing=vmalloc"))
		params->backing = MPOOL_VMALLOC;
	else if (!strcmp(word, "backing=huge"))
		params->backing = MPOOL_HUGE;
	else if (!strcmp(word, "account"))
		params->gfp |= __GFP_ACCOUNT;
	else
		return -EINVAL;
	return 0;
}

static int read_params(struct mpool_params *params, char *args)
{
	char *word;

	while ((word = strsep(&args, " "))) {
		if (*word && read_param(params, word))
			return -EINVAL;
	}
	return 0;
}

static void arena_answered(struct mpool_request *request)
{
	struct arena *arena = container_of(request, struct arena, asked);

	if (!request->err)
		mpool_free_bulk(arena->pool, request->n, request->objs);
	atomic_long_inc(&arena->called);
}

static int do_create(const char *name, char *args)
{
	struct mpool_params params = { .name = name, .size = sizeof(struct stamp) };
	struct arena *arena;
	int err = read_params(&params, args);

	if (err || params.size < sizeof(struct stamp))
		return -EINVAL;
	arena = kzalloc(sizeof(*arena), GFP_KERNEL);
	if (!arena)
		return -ENOMEM;
	arena->pool = mpool_create(&params);
	if (IS_ERR(arena->pool)) {
		err = PTR_ERR(arena->pool);
		kfree(arena);
		return err;
	}
	strscpy(arena->name, name, sizeof(arena->name));
	arena->limit = params.limit;
	arena->keep = params.keep;
	arena->reserve = params.reserve;
	mpool_request_init(&arena->asked, arena->asked_objs, GFP_KERNEL, arena_answered);
	list_add(&arena->link, &arenas);
	return 0;
}

static int do_destroy(struct arena *arena, char *args)
{
	if (hotplug_uses(arena))
		return -EBUSY;
	chain_drop(arena, &arena->held, ULONG_MAX);
	mpool_destroy(arena->pool);
	list_del(&arena->link);
	kfree(arena);
	return 0;
}

/* Change one of the pool's parameters, if it is to be another one. */
static int set_one(struct arena *arena, unsigned long *old, unsigned long new,
		   int (*set)(struct mpool *pool, unsigned long value))
{
	int err = *old == new ? 0 : set(arena->pool, new);

	if (!err)
		*old = new;
	return err;
}

/* What is not said stays. */
static int do_set(struct arena *arena, char *args)
{
	struct mpool_params params = {
		.limit = arena->limit, .keep = arena->keep, .reserve = arena->reserve };
	int err = read_params(&params, args);

	if (!err)
		err = set_one(arena, &arena->limit, params.limit, mpool_set_limit);
	if (!err)
		err = set_one(arena, &arena->keep, params.keep, mpool_set_keep);
	if (!err)
		err = set_one(arena, &arena->reserve, params.reserve, mpool_set_reserve);
	return err;
}

static int do_hold(struct arena *arena, char *args)
{
	unsigned long n, got;

	if (kstrtoul(args, 0, &n))
		return -EINVAL;
	got = chain_take(arena, &arena->held, n, GFP_KERNEL);
	if (got == n)
		return 0;
	chain_drop(arena, &arena->held, got);
	return -ENOMEM;
}

static int do_release(struct arena *arena, char *args)
{
	unsigned long n;

	if (kstrtoul(args, 0, &n) || n > arena->held.n)
		return -EINVAL;
	chain_drop(arena, &arena->held, n);
	return 0;
}

struct part {
	struct arena *arena;
	struct chain chain;
	unsigned long n;
};

static long take_part(void *data)
{
	struct part *part = data;

	return chain_take(part->arena, &part->chain, part->n, GFP_KERNEL);
}

static long free_part(void *data)
{
	struct part *part = data;

	chain_drop(part->arena, &part->chain, ULONG_MAX);
	return 0;
}

/* All are there at once, and are then freed on the CPU that got them. */
static int do_fill(struct arena *arena, char *args)
{
	unsigned long n, got = 0;
	struct part *parts;
	unsigned int cpu;

	if (kstrtoul(args, 0, &n))
		return -EINVAL;
	parts = kcalloc(nr_cpu_ids, sizeof(*parts), GFP_KERNEL);
	if (!parts)
		return -ENOMEM;
	n /= num_online_cpus();
	for_each_online_cpu(cpu) {
		parts[cpu].arena = arena;
		parts[cpu].n = n;
		got += work_on_cpu(cpu, take_part, &parts[cpu]);
	}
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, free_part, &parts[cpu]);
	kfree(parts);
	figures_clear();
	figures_add("got", got);
	return 0;
}

static int do_trim(struct arena *arena, char *args)
{
	mpool_trim(arena->pool);
	return 0;
}

static int do_flush(struct arena *arena, char *args)
{
	mpool_flush(arena->pool);
	return 0;
}

static int do_ask(struct arena *arena, char *args)
{
	unsigned long n;
	int err;

	if (kstrtoul(args, 0, &n) || n > BULK)
		return -EINVAL;
	err = mpool_alloc_async(arena->pool, &arena->asked, n);
	if (err == -EINPROGRESS) {
		atomic_long_inc(&arena->queued);
		return 0;
	}
	if (err)
		return err;
	mpool_free_bulk(arena->pool, n, arena->asked_objs);
	return -EALREADY;
}

static int do_asked(struct arena *arena, char *args)
{
	figures_clear();
	figures_add("queued", atomic_long_read(&arena->queued));
	figures_add("called", atomic_long_read(&arena->called));
	return 0;
}

/* --- for other modules --- */

static struct mpool *kept_pool;
static void *kept;
static atomic_long_t forgetful_called = ATOMIC_LONG_INIT(0);

/**
 * pressure_pool() - find a pool that was made by command
 * @name: its name
 *
 * Return: the pool, or NULL.
 */
struct mpool *pressure_pool(const char *name)
{
	struct arena *arena;

	mutex_lock(&arenas_mutex);
	arena = find(name);
	mutex_unlock(&arenas_mutex);
	return arena ? arena->pool : NULL;
}
EXPORT_SYMBOL_GPL(pressure_pool);

/**
 * pressure_keep() - leave an object behind, to be freed by the command "drop"
 * @pool: its pool
 * @obj: the object
 */
void pressure_keep(struct mpool *pool, void *obj)
{
	kept_pool = pool;
	kept = obj;
}
EXPORT_SYMBOL_GPL(pressure_keep);

/**
 * pressure_called() - a callback was called; the command "called" tells how many were
 */
void pressure_called(void)
{
	atomic_long_inc(&forgetful_called);
}
EXPORT_SYMBOL_GPL(pressure_called);

static int do_drop(void)
{
	if (!kept)
		return -ENOENT;
	mpool_free(kept_pool, kept);
	kept = NULL;
	return 0;
}

static int do_called(void)
{
	figures_clear();
	figures_add("called", atomic_long_read(&forgetful_called));
	return 0;
}

/* --- the device --- */

static const struct command {
	const char *verb;
	int (*run)(struct arena *arena, char *args);
} commands[] = {
	{ "destroy", do_destroy },
	{ "set", do_set },
	{ "hold", do_hold },
	{ "release", do_release },
	{ "fill", do_fill },
	{ "trim", do_trim },
	{ "flush", do_flush },
	{ "ask", do_ask },
	{ "asked", do_asked },
	{ "contexts", do_contexts },
	{ "hotplug", do_hotplug },
	{ "hotplug_result", do_hotplug_result },
	{ "storm", do_storm },
	{ "churn", do_churn },
	{ "order", do_order },
	{ "latency", do_latency },
	{ "privileged", do_privileged },
};

static int do_command(char *line)
{
	char verb[16], name[64] = "";
	struct arena *arena;
	int used = 0;
	size_t i;

	if (sscanf(line, "%15s %63s %n", verb, name, &used) < 1)
		return -EINVAL;
	if (!strcmp(verb, "create"))
		return do_create(name, line + used);
	if (!strcmp(verb, "called"))
		return do_called();
	if (!strcmp(verb, "drop"))
		return do_drop();
	arena = find(name);
	if (!arena)
		return -ENOENT;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(verb, commands[i].verb))
			return commands[i].run(arena, line + used);
	}
	return -EINVAL;
}

static ssize_t pressure_write(struct file *file, const char __user *buffer, size_t length,
			      loff_t *position)
{
	char *line;
	int err, before;

	if (length > 256)
		return -EINVAL;
	line = memdup_user_nul(buffer, length);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&arenas_mutex);
	before = atomic_read(&broken_promises);
	err = do_command(strim(line));
	if (!err && atomic_read(&broken_promises) != before)
		err = -EUCLEAN;
	mutex_unlock(&arenas_mutex);
	kfree(line);
	return err ?: length;
}

static ssize_t pressure_read(struct file *file, char __user *buffer, size_t length,
			     loff_t *position)
{
	ssize_t got;

	mutex_lock(&arenas_mutex);
	got = simple_read_from_buffer(buffer, length, position, figures, strlen(figures));
	mutex_unlock(&arenas_mutex);
	return got;
}

static const struct file_operations pressure_fops = {
	.owner = THIS_MODULE,
	.read = pressure_read,
	.write = pressure_write,
};

static struct miscdevice pressure_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mpool_pressure",
	.fops = &pressure_fops,
	.mode = 0600,
};

static int __init pressure_init(void)
{
	return misc_register(&pressure_device);
}

static void __exit pressure_exit(void)
{
	struct arena *arena, *next;

	misc_deregister(&pressure_device);
	list_for_each_entry_safe(arena, next, &arenas, link) {
		if (hotplug_uses(arena))
			do_hotplug_result(arena, NULL);
		do_destroy(arena, NULL);
	}
}

module_init(pressure_init);
module_exit(pressure_exit);

MODULE_DESCRIPTION("Pools under pressure, for the tests in user space");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
