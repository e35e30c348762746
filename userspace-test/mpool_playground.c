// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mpool_playground lets the tests in user space use pools: each write is one command, which
 * fails with the errno of what it did.
 *
 *	create NAME SIZE LIMIT KEEP [OPTIONS]	make a pool. Options: vmalloc, huge, account,
 *					nowarn, hwcache, node=N, strict=N, buffer=BYTES,
 *					redzone, poison, track, quarantine=BYTES
 *	destroy NAME			free what is held, destroy the pool
 *	leak NAME			destroy the pool and go on holding; free goes on working,
 *					and destroy then only drops the name
 *	forget NAME			free what is held; never destroy the pool
 *	alloc NAME N			hold N more objects; all or nothing
 *	atomic NAME N			likewise by GFP_ATOMIC, with interrupts off
 *	free NAME N			free N of those held, the oldest first
 *	trim NAME
 *	context NAME WHERE N		allocate and free N objects in another context: softirq,
 *					hardirq, nmi
 *	node NAME N			are all held objects on that NUMA node?
 *	copy NAME N			copy N bytes of this text to the first object held, and back
 *	again NAME			free the first object held, twice
 *	wiped NAME			free the first object held, all ones; are they zeroes then?
 *	orphan				free the object that mpool_early left
 *	wild NAME			free addresses around each slab that are no object
 *	measure NAME N SMALL		time N objects, and MEASURE_SMALL of the pool SMALL in turn;
 *					reading the device gives the figures
 *	stress NAME MS			hold, check and free objects in all contexts at once, on
 *					all CPUs, for so many milliseconds
 *
 * "nmi" makes the kernel believe that it is in an NMI: in_nmi() is true, interrupts are off.
 * It is not a real one, so that no code is interrupted at an arbitrary instruction.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mpool.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "mpool_playground.h"

#define HELD_MAX	SZ_32K

struct playground {
	struct list_head link;
	struct mpool *pool;
	char name[MPOOL_NAME_LEN];
	size_t size;
	unsigned long limit;
	void *buffer;
	void **held;
	size_t first, last;		/* of held: first..last - 1 are objects */
	bool destroyed;
};

/* Guards all playgrounds. Commands on different pools wait for each other; so be it. */
static DEFINE_MUTEX(playgrounds_mutex);
static LIST_HEAD(playgrounds);

static struct playground *find(const char *name)
{
	struct playground *pg;

	list_for_each_entry(pg, &playgrounds, link) {
		if (!strcmp(pg->name, name))
			return pg;
	}
	return NULL;
}

/* One option of create. */
static int read_option(struct mpool_params *params, const char *option)
{
	if (!strcmp(option, "vmalloc"))
		params->backing = MPOOL_VMALLOC;
	else if (!strcmp(option, "huge"))
		params->backing = MPOOL_HUGE;
	else if (!strcmp(option, "account"))
		params->gfp |= __GFP_ACCOUNT;
	else if (!strcmp(option, "redzone"))
		params->flags |= MPOOL_REDZONE;
	else if (!strcmp(option, "poison"))
		params->flags |= MPOOL_POISON;
	else if (!strcmp(option, "track"))
		params->flags |= MPOOL_TRACK;
	else if (sscanf(option, "quarantine=%zu", &params->quarantine) == 1)
		return 0;
	else if (!strcmp(option, "nowarn"))
		params->gfp |= __GFP_NOWARN;
	else if (!strcmp(option, "hwcache"))
		params->flags |= MPOOL_HWCACHE_ALIGN;
	else if (sscanf(option, "node=%d", &params->node) == 1)
		params->flags |= MPOOL_NODE;
	else if (sscanf(option, "strict=%d", &params->node) == 1)
		params->flags |= MPOOL_NODE | MPOOL_NODE_STRICT;
	else if (sscanf(option, "buffer=%zu", &params->buffer_bytes) == 1)
		params->backing = MPOOL_BUFFER;
	else
		return -EINVAL;
	return 0;
}

static int read_params(struct mpool_params *params, char *args)
{
	char *option;
	int used = 0;

	if (sscanf(args, "%zu %lu %lu %n", &params->size, &params->limit, &params->keep,
		   &used) < 3)
		return -EINVAL;
	args += used;
	while ((option = strsep(&args, " "))) {
		if (*option && read_option(params, option))
			return -EINVAL;
	}
	return 0;
}

static int do_create(const char *name, char *args)
{
	struct mpool_params params = { .name = name };
	struct playground *pg;
	int err = read_params(&params, args);

	if (err)
		return err;
	err = -ENOMEM;
	pg = kzalloc(sizeof(*pg), GFP_KERNEL);
	if (!pg)
		return -ENOMEM;
	pg->held = vmalloc(HELD_MAX * sizeof(void *));
	if (!pg->held)
		goto err_free;
	if (params.buffer_bytes) {
		pg->buffer = vmalloc(params.buffer_bytes);
		if (!pg->buffer)
			goto err_held;
		params.buffer = pg->buffer;
	}
	pg->pool = mpool_create(&params);
	if (IS_ERR(pg->pool)) {
		err = PTR_ERR(pg->pool);
		goto err_held;
	}
	strscpy(pg->name, name, sizeof(pg->name));
	pg->size = params.size;
	pg->limit = params.limit;
	list_add(&pg->link, &playgrounds);
	return 0;

err_held:
	vfree(pg->buffer);
	vfree(pg->held);
err_free:
	kfree(pg);
	return err;
}

static int do_free(struct playground *pg, unsigned long n)
{
	if (n > pg->last - pg->first)
		return -ERANGE;
	while (n--)
		mpool_free(pg->pool, pg->held[pg->first++]);
	if (pg->first == pg->last) {
		pg->first = 0;
		pg->last = 0;
	}
	return 0;
}

static void drop(struct playground *pg)
{
	list_del(&pg->link);
	vfree(pg->buffer);
	vfree(pg->held);
	kfree(pg);
}

static int do_destroy(struct playground *pg)
{
	do_free(pg, pg->last - pg->first);
	if (!pg->destroyed)
		mpool_destroy(pg->pool);
	drop(pg);
	return 0;
}

static int do_leak(struct playground *pg)
{
	if (pg->destroyed)
		return -EINVAL;
	pg->destroyed = true;
	mpool_destroy(pg->pool);
	return 0;
}

static int do_forget(struct playground *pg)
{
	do_free(pg, pg->last - pg->first);
	drop(pg);
	return 0;
}

static int do_alloc(struct playground *pg, unsigned long n, bool atomic)
{
	unsigned long flags = 0, i;
	void *obj = NULL;

	if (n > HELD_MAX - pg->last)
		return -ERANGE;
	for (i = 0; i < n; i++) {
		if (atomic)
			local_irq_save(flags);
		obj = mpool_alloc(pg->pool, atomic ? GFP_ATOMIC | __GFP_NOWARN : GFP_KERNEL);
		if (atomic)
			local_irq_restore(flags);
		if (!obj)
			break;
		memset(obj, 0x5a, pg->size);
		pg->held[pg->last + i] = obj;
	}
	if (i == n) {
		pg->last += n;
		return 0;
	}
	while (i--)
		mpool_free(pg->pool, pg->held[pg->last + i]);
	return -ENOMEM;
}

static int do_node(struct playground *pg, int node)
{
	struct page *page;
	size_t i;

	for (i = pg->first; i < pg->last; i++) {
		page = is_vmalloc_addr(pg->held[i]) ? vmalloc_to_page(pg->held[i]) :
						      virt_to_page(pg->held[i]);
		if (page_to_nid(page) != node)
			return -EXDEV;
	}
	return 0;
}

/* There and back; what is beyond the object is refused. */
static int do_copy(struct playground *pg, char __user *text, unsigned long n)
{
	void *obj = pg->held[pg->first];

	if (pg->first == pg->last)
		return -ENOENT;
	if (mpool_copy_from_user(pg->pool, obj, text, n))
		return -EFAULT;
	if (clear_user(text, n) || mpool_copy_to_user(pg->pool, text, obj, n))
		return -EFAULT;
	return 0;
}

/* It is free, which KASAN would say. */
static noinline __no_sanitize_address bool is_zero(const u8 *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (READ_ONCE(bytes[i]))
			return false;
	}
	return true;
}

static int do_wiped(struct playground *pg)
{
	u8 *obj;

	if (pg->first == pg->last)
		return -ENOENT;
	obj = pg->held[pg->first++];
	memset(obj, 0xff, pg->size);
	mpool_free(pg->pool, obj);
	return is_zero(obj, pg->size) ? 0 : -EIO;
}

static int do_again(struct playground *pg)
{
	void *obj = pg->held[pg->first];
	int err = do_free(pg, 1);

	if (!err)
		mpool_free(pg->pool, obj);
	return err;
}

/* Addresses near the held objects, where objects, slabs, holes and other memory may be. */
static int do_wild(struct playground *pg)
{
	static const long distances[] = { 1, -1, 8, SZ_4K, -SZ_4K, SZ_32K, SZ_1M, -SZ_1M, SZ_4M };
	struct mpool_stats before, after;
	unsigned long n = 0;
	size_t i, j;

	mpool_read_stats(pg->pool, &before);
	for (i = pg->first; i < pg->last; i++) {
		for (j = 0; j < ARRAY_SIZE(distances); j++, n++)
			/* Never a multiple of an object from one. */
			mpool_free(pg->pool, pg->held[i] + distances[j] * 8 + 1);
	}
	mpool_read_stats(pg->pool, &after);
	return after.misuses - before.misuses == n && after.in_use == before.in_use ? 0 : -EUCLEAN;
}

/* --- how long it takes --- */

#define MEASURE_WINDOW	500
#define MEASURE_SMALL	1000
#define MEASURE_TURNS	100000
#define MEASURE_ROUNDS	9

/* What the last measurement gave, for reading the device. */
static char measured[160];

/* Objects that are out form a list through their first words: the oldest is @first. */
struct chain {
	struct mpool *pool;
	void *first;
	void *last;
	unsigned long n;
};

static bool chain_alloc(struct chain *chain)
{
	void **obj = mpool_alloc(chain->pool, GFP_KERNEL);

	if (!obj)
		return false;
	*obj = NULL;
	if (chain->n++)
		*(void **)chain->last = obj;
	else
		chain->first = obj;
	chain->last = obj;
	return true;
}

static void chain_free(struct chain *chain)
{
	void *obj = chain->first;

	chain->first = *(void **)obj;
	chain->n--;
	mpool_free(chain->pool, obj);
}

static bool chain_fill(struct chain *chain, unsigned long n)
{
	while (chain->n < n) {
		if (!chain_alloc(chain))
			return false;
		if (!(chain->n % 4096))
			cond_resched();
	}
	return true;
}

static void chain_drain(struct chain *chain)
{
	while (chain->n) {
		chain_free(chain);
		if (!(chain->n % 4096))
			cond_resched();
	}
}

/* The oldest go, as many new ones come. */
static void turn(struct chain *chain)
{
	unsigned long i, j;

	for (i = 0; i < MEASURE_TURNS; i += MEASURE_WINDOW) {
		for (j = 0; j < MEASURE_WINDOW; j++)
			chain_free(chain);
		for (j = 0; j < MEASURE_WINDOW; j++)
			chain_alloc(chain);
	}
}

/* The same work on memory that is there, each word of as many bytes, for what caches do to it. */
static void floor_turn(struct chain *chain)
{
	unsigned long i;
	void **obj;

	for (i = 0; i < MEASURE_TURNS; i++) {
		obj = chain->first;
		chain->first = *obj;
		*obj = NULL;
		*(void **)chain->last = obj;
		chain->last = obj;
	}
}

/* Picoseconds for one of MEASURE_TURNS, if that is less than @best. */
static u64 time_turns(void (*turns)(struct chain *), struct chain *chain, u64 best)
{
	u64 start = ktime_get_ns();

	turns(chain);
	start = ktime_get_ns() - start;
	cond_resched();
	return min(best, div64_ul(1000 * start, MEASURE_TURNS));
}

struct measured {
	u64 turn, small, least;
};

/* In turn, so that what else the machine does in the meantime meets all of them. */
static void measure_turns(struct measured *m, struct chain *chain, struct chain *small)
{
	int round;

	*m = (struct measured){ U64_MAX, U64_MAX, U64_MAX };
	for (round = 0; round < MEASURE_ROUNDS; round++) {
		m->turn = time_turns(turn, chain, m->turn);
		m->small = time_turns(turn, small, m->small);
		m->least = time_turns(floor_turn, chain, m->least);
	}
}

static int do_measure(struct playground *pg, char *args)
{
	struct chain chain = { .pool = pg->pool }, small = {};
	char name[MPOOL_NAME_LEN];
	struct playground *other;
	u64 fill, drain, start;
	struct measured m = {};
	unsigned long n;
	bool filled;

	if (sscanf(args, "%lu %31s", &n, name) != 2 || n < MEASURE_WINDOW)
		return -EINVAL;
	other = find(name);
	if (!other || other->destroyed)
		return -ENOENT;
	if (min(pg->size, other->size) < sizeof(void *))
		return -EINVAL;
	small.pool = other->pool;
	start = ktime_get_ns();
	filled = chain_fill(&chain, n);
	fill = ktime_get_ns() - start;
	if (filled && chain_fill(&small, MEASURE_SMALL))
		measure_turns(&m, &chain, &small);
	else
		filled = false;
	chain_drain(&small);
	start = ktime_get_ns();
	chain_drain(&chain);
	mpool_trim(pg->pool);
	drain = ktime_get_ns() - start;
	snprintf(measured, sizeof(measured),
		 "fill_ps=%llu turn_ps=%llu small_ps=%llu floor_ps=%llu drain_ps=%llu\n",
		 div64_ul(1000 * fill, n), m.turn, m.small, m.least, div64_ul(1000 * drain, n));
	return filled ? 0 : -ENOMEM;
}

/* --- other contexts --- */

struct visit {
	struct mpool *pool;
	unsigned long n;
	int err;
	struct irq_work irq_work;
	struct tasklet_struct tasklet;
};

/* Allocate and free, a few at a time, so that magazines run empty and full. */
static void visit_pool(struct visit *visit)
{
	void *objs[80];
	unsigned long done = 0;
	size_t i, got;

	while (done < visit->n) {
		for (got = 0; got < ARRAY_SIZE(objs); got++) {
			objs[got] = mpool_alloc(visit->pool, GFP_ATOMIC | __GFP_NOWARN);
			if (!objs[got])
				break;
		}
		for (i = 0; i < got; i++)
			mpool_free(visit->pool, objs[i]);
		if (!got) {
			visit->err = -ENOMEM;
			return;
		}
		done += got;
	}
}

static void visit_hardirq(struct irq_work *work)
{
	struct visit *visit = container_of(work, struct visit, irq_work);

	visit->err = in_hardirq() ? 0 : -EXDEV;
	if (!visit->err)
		visit_pool(visit);
}

static void visit_softirq(struct tasklet_struct *tasklet)
{
	struct visit *visit = container_of(tasklet, struct visit, tasklet);

	visit->err = in_serving_softirq() ? 0 : -EXDEV;
	if (!visit->err)
		visit_pool(visit);
}

#define PRETEND_NMI	(NMI_OFFSET + HARDIRQ_OFFSET)

static void visit_nmi(struct visit *visit)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_count_add(PRETEND_NMI);
	visit_pool(visit);
	preempt_count_sub(PRETEND_NMI);
	local_irq_restore(flags);
}

static int do_context(struct playground *pg, const char *args)
{
	struct visit visit = { .pool = pg->pool };
	char where[16];

	if (sscanf(args, "%15s %lu", where, &visit.n) != 2)
		return -EINVAL;
	if (!strcmp(where, "hardirq")) {
		visit.irq_work = IRQ_WORK_INIT_HARD(visit_hardirq);
		irq_work_queue(&visit.irq_work);
		irq_work_sync(&visit.irq_work);
	} else if (!strcmp(where, "softirq")) {
		tasklet_setup(&visit.tasklet, visit_softirq);
		tasklet_schedule(&visit.tasklet);
		tasklet_kill(&visit.tasklet);
	} else if (!strcmp(where, "nmi")) {
		visit_nmi(&visit);
	} else {
		return -EINVAL;
	}
	return visit.err;
}

/* --- stress --- */

#define STRESS_HELD	200
#define STRESS_STAMP	0x57a3b00c

/* What is written into an object while it is held: whose it is. */
struct stamp {
	u32 magic;
	u32 holder;
	void *self;
};

struct stress {
	struct playground *pg;
	atomic_long_t out;		/* objects that anybody holds */
	atomic_t broken;		/* promises */
	atomic_long_t done;
};

/* One who uses the pool: a thread, or a timer's hard interrupt on the same CPU. */
struct client {
	struct stress *stress;
	u32 id;
	struct rnd_state rnd;
	size_t n;
	void *held[STRESS_HELD];
};

struct stress_cpu {
	struct client thread;
	struct client timer_client;
	struct hrtimer timer;
	struct task_struct *task;
	bool stop;
};

static void broken(struct stress *stress, const char *what)
{
	if (!atomic_fetch_inc(&stress->broken))
		pr_err("stress on %s: %s\n", stress->pg->name, what);
}

static void client_alloc(struct client *client, gfp_t gfp)
{
	struct stress *stress = client->stress;
	struct stamp *stamp;
	long out;

	if (client->n == STRESS_HELD)
		return;
	stamp = mpool_alloc(stress->pg->pool, gfp | __GFP_NOWARN);
	if (!stamp)
		return;
	out = atomic_long_inc_return(&stress->out);
	if (stress->pg->limit && out > stress->pg->limit)
		broken(stress, "more objects out than the limit");
	if (stamp->magic == STRESS_STAMP)
		broken(stress, "an object was handed out twice");
	*stamp = (struct stamp){ STRESS_STAMP, client->id, stamp };
	client->held[client->n++] = stamp;
}

static void client_free(struct client *client)
{
	struct stress *stress = client->stress;
	struct stamp *stamp;
	size_t i;

	if (!client->n)
		return;
	i = prandom_u32_state(&client->rnd) % client->n;
	stamp = client->held[i];
	client->held[i] = client->held[--client->n];
	if (stamp->magic != STRESS_STAMP || stamp->holder != client->id || stamp->self != stamp)
		broken(stress, "somebody wrote into an object that was held");
	stamp->magic = 0;
	atomic_long_dec(&stress->out);
	mpool_free(stress->pg->pool, stamp);
}

static void client_step(struct client *client, gfp_t gfp)
{
	u32 count = prandom_u32_state(&client->rnd) % 90;
	bool alloc = prandom_u32_state(&client->rnd) % 2;

	while (count--) {
		if (alloc)
			client_alloc(client, gfp);
		else
			client_free(client);
		atomic_long_inc(&client->stress->done);
	}
}

static enum hrtimer_restart stress_timer(struct hrtimer *timer)
{
	struct stress_cpu *cpu = container_of(timer, struct stress_cpu, timer);

	if (READ_ONCE(cpu->stop))
		return HRTIMER_NORESTART;
	client_step(&cpu->timer_client, GFP_ATOMIC);
	hrtimer_forward_now(timer, ns_to_ktime(300 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

/* One step as if in an NMI: with pool locks held elsewhere, frees go the late way. */
static void nmi_step(struct client *client)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_count_add(PRETEND_NMI);
	client_step(client, GFP_ATOMIC);
	preempt_count_sub(PRETEND_NMI);
	local_irq_restore(flags);
}

static int stress_thread(void *data)
{
	struct stress_cpu *cpu = data;
	struct client *client = &cpu->thread;

	hrtimer_start(&cpu->timer, ns_to_ktime(NSEC_PER_MSEC), HRTIMER_MODE_REL_HARD);
	while (!kthread_should_stop()) {
		switch (prandom_u32_state(&client->rnd) % 8) {
		case 0:
			nmi_step(client);
			break;
		case 1:
			local_bh_disable();
			client_step(client, GFP_NOWAIT);
			local_bh_enable();
			break;
		case 2:
			if (client->id == 0)
				mpool_trim(client->stress->pg->pool);
			break;
		default:
			client_step(client, GFP_KERNEL);
		}
		cond_resched();
	}
	WRITE_ONCE(cpu->stop, true);
	hrtimer_cancel(&cpu->timer);
	while (client->n)
		client_free(client);
	while (cpu->timer_client.n)
		client_free(&cpu->timer_client);
	return 0;
}

static void stress_start(struct stress_cpu *cpu, struct stress *stress, unsigned int i)
{
	cpu->thread.stress = stress;
	cpu->thread.id = 2 * i;
	cpu->timer_client.stress = stress;
	cpu->timer_client.id = 2 * i + 1;
	prandom_seed_state(&cpu->thread.rnd, 2 * i + 1);
	prandom_seed_state(&cpu->timer_client.rnd, 2 * i + 2);
	hrtimer_init(&cpu->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	cpu->timer.function = stress_timer;
	/* Not bound to their CPU, so that the CPU can go off line meanwhile. */
	cpu->task = kthread_run(stress_thread, cpu, "mpool_stress/%u", i);
}

static int do_stress(struct playground *pg, unsigned long ms)
{
	struct stress stress = { .pg = pg };
	unsigned int i, n = num_online_cpus() + 1;
	struct stress_cpu *cpus;

	if (pg->size < sizeof(struct stamp))
		return -EINVAL;
	cpus = vzalloc(array_size(n, sizeof(*cpus)));
	if (!cpus)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		stress_start(&cpus[i], &stress, i);
	msleep(ms);
	for (i = 0; i < n; i++) {
		if (!IS_ERR(cpus[i].task))
			kthread_stop(cpus[i].task);
		else
			broken(&stress, "no thread");
	}
	vfree(cpus);
	pr_info("stress on %s: %ld operations, %d promises broken\n", pg->name,
		atomic_long_read(&stress.done), atomic_read(&stress.broken));
	return atomic_read(&stress.broken) ? -EUCLEAN : 0;
}

/* --- what others leave with us --- */

static struct mpool *orphans_pool;
static void *orphan;

/**
 * playground_leave() - have an object freed by the command "orphan"
 * @pool: its pool
 * @obj: the object
 */
void playground_leave(struct mpool *pool, void *obj)
{
	orphans_pool = pool;
	orphan = obj;
}
EXPORT_SYMBOL_GPL(playground_leave);

static int do_orphan(void)
{
	if (!orphan)
		return -ENOENT;
	mpool_free(orphans_pool, orphan);
	orphan = NULL;
	return 0;
}

/* --- the device --- */

static int do_command(char *line, char __user *text)
{
	char verb[16], name[64] = "";
	struct playground *pg;
	unsigned long n = 0;
	int used = 0;
	char *args;

	if (sscanf(line, "%15s %63s %n", verb, name, &used) < 1)
		return -EINVAL;
	args = line + used;
	if (!strcmp(verb, "create"))
		return do_create(name, args);
	if (!strcmp(verb, "orphan"))
		return do_orphan();
	pg = find(name);
	if (!pg)
		return -ENOENT;
	if (!strcmp(verb, "destroy"))
		return do_destroy(pg);
	if (!strcmp(verb, "measure") && !pg->destroyed)
		return do_measure(pg, args);
	if (*args && strcmp(verb, "context") && kstrtoul(args, 0, &n))
		return -EINVAL;
	if (!strcmp(verb, "free"))
		return do_free(pg, n);
	if (pg->destroyed)
		return -ENOENT;
	if (!strcmp(verb, "context"))
		return do_context(pg, args);
	if (!strcmp(verb, "alloc"))
		return do_alloc(pg, n, false);
	if (!strcmp(verb, "atomic"))
		return do_alloc(pg, n, true);
	if (!strcmp(verb, "stress"))
		return do_stress(pg, n);
	if (!strcmp(verb, "node"))
		return do_node(pg, n);
	if (!strcmp(verb, "copy"))
		return do_copy(pg, text, n);
	if (!strcmp(verb, "again"))
		return do_again(pg);
	if (!strcmp(verb, "wiped"))
		return do_wiped(pg);
	if (!strcmp(verb, "wild"))
		return do_wild(pg);
	if (!strcmp(verb, "leak"))
		return do_leak(pg);
	if (!strcmp(verb, "forget"))
		return do_forget(pg);
	if (strcmp(verb, "trim"))
		return -EINVAL;
	mpool_trim(pg->pool);
	return 0;
}

static ssize_t playground_write(struct file *file, const char __user *buffer, size_t length,
				loff_t *position)
{
	char *line;
	int err;

	if (length > 256)
		return -EINVAL;
	line = memdup_user_nul(buffer, length);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&playgrounds_mutex);
	/* Who writes "copy" has it where it can be written to. */
	err = do_command(strim(line), (char __user *)buffer);
	mutex_unlock(&playgrounds_mutex);
	kfree(line);
	return err ?: length;
}

static ssize_t playground_read(struct file *file, char __user *buffer, size_t length,
			       loff_t *position)
{
	ssize_t got;

	mutex_lock(&playgrounds_mutex);
	got = simple_read_from_buffer(buffer, length, position, measured, strlen(measured));
	mutex_unlock(&playgrounds_mutex);
	return got;
}

static const struct file_operations playground_fops = {
	.owner = THIS_MODULE,
	.read = playground_read,
	.write = playground_write,
};

static struct miscdevice playground_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mpool_playground",
	.fops = &playground_fops,
	.mode = 0600,
};

static int __init playground_init(void)
{
	return misc_register(&playground_device);
}

static void __exit playground_exit(void)
{
	struct playground *pg, *next;

	misc_deregister(&playground_device);
	list_for_each_entry_safe(pg, next, &playgrounds, link)
		do_destroy(pg);
}

module_init(playground_init);
module_exit(playground_exit);

MODULE_DESCRIPTION("Pools for the tests in user space to play with");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
