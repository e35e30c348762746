// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of all kinds in any order, on all CPUs: what is held after them can be found in tables that
 * kmemleak looks into. Objects go from one CPU to another, so that what one frees another may be
 * about to get.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "leaks.h"

#define HELD		24
#define BULK		4
#define BUFFER		20000

static int construct(void *obj, void *ctx, gfp_t gfp)
{
	void **slot = obj;

	*slot = kmalloc(24, gfp);
	return *slot ? 0 : -ENOMEM;
}

static void destruct(void *obj, void *ctx)
{
	kfree(*(void **)obj);
}

/* One of each kind. */
static struct mpool_params kinds[] = {
	{ .name = "random", .size = 64, .keep = 100, .low = 20 },
	{ .name = "random_limit", .size = 80, .limit = 100, .reserve = 10 },
	{ .name = "random_vmalloc", .size = 2000, .backing = MPOOL_VMALLOC },
	{ .name = "random_huge", .size = 96, .backing = MPOOL_HUGE },
	{ .name = "random_checks", .size = 72, .flags = MPOOL_CHECKS },
	{ .name = "random_quarantine", .size = 88, .quarantine = 3000 },
	{ .name = "random_ctor", .size = 104, .ctor = construct, .dtor = destruct },
	{ .name = "random_buffer", .size = 112, .backing = MPOOL_BUFFER, .buffer_bytes = BUFFER },
};

#define KINDS	ARRAY_SIZE(kinds)

static struct mpool *pools[KINDS];
static struct mpool_sized *sized;
static struct mpool_type *type;

/* Where objects go from one worker to another. */
static void *exchange[KINDS][HELD];

/* Who calls, and what he holds. */
struct worker {
	struct task_struct *task;
	struct completion done;
	struct rnd_state rnd;
	unsigned int calls;		/* that are left */
	unsigned long end;		/* in jiffies: none is made after this */
	unsigned int cpu;
	void *held[KINDS][HELD];
	void *pieces[HELD];
	void *roots[HELD];
	struct mpool_request request;
	void *answer;
	struct irq_work irq_work;
	void *from_irq;
};

static struct worker *workers;
static unsigned int nr_workers;

static u32 any(struct worker *this, u32 below)
{
	return prandom_u32_state(&this->rnd) % below;
}

static gfp_t any_gfp(struct worker *this)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_KERNEL, GFP_NOIO, GFP_ATOMIC, GFP_NOWAIT };
	gfp_t gfp = gfps[any(this, ARRAY_SIZE(gfps))] | __GFP_NOWARN;

	return any(this, 8) ? gfp : gfp | MPOOL_PRIVILEGED;
}

/* Zeroed or not, where that is allowed. */
static gfp_t any_gfp_for(struct worker *this, unsigned int kind)
{
	gfp_t gfp = any_gfp(this);

	return kinds[kind].ctor || any(this, 2) ? gfp : gfp | __GFP_ZERO;
}

/* --- objects of a pool --- */

static void free_somehow(struct worker *this, struct mpool *pool, void *obj)
{
	switch (any(this, 4)) {
	case 0:
		mpool_free_deferred(pool, obj);
		break;
	case 1:
		mpool_free_rcu(pool, obj);
		break;
	default:
		mpool_free(pool, obj);
	}
}

static void get_or_free(struct worker *this, unsigned int kind, void **slot)
{
	if (*slot) {
		free_somehow(this, pools[kind], *slot);
		*slot = NULL;
	} else {
		*slot = mpool_alloc(pools[kind], any_gfp_for(this, kind));
	}
}

/* Free what is in some slots, or fill them. */
static void get_or_free_bulk(struct worker *this, unsigned int kind)
{
	void **slots = &this->held[kind][any(this, HELD - BULK)];
	void *objs[BULK];

	if (slots[0]) {
		mpool_free_bulk(pools[kind], BULK, slots);
		memset(slots, 0, sizeof(objs));
	} else if (!slots[1] && !slots[2] && !slots[3] &&
		   !mpool_alloc_bulk(pools[kind], any_gfp_for(this, kind), BULK, objs)) {
		memcpy(slots, objs, sizeof(objs));
	}
}

static void wait_for_one(struct worker *this, unsigned int kind, void **slot)
{
	void *obj;

	if (*slot)
		return;
	obj = mpool_alloc_wait(pools[kind], any_gfp_for(this, kind), !any(this, 8));
	*slot = IS_ERR(obj) ? NULL : obj;
}

static void answered(struct mpool_request *request)
{
}

/* Of those that are not answered at once, some are cancelled, and some are answered before. */
static void request_one(struct worker *this, unsigned int kind, void **slot)
{
	int err;

	if (*slot)
		return;
	mpool_request_init(&this->request, &this->answer, any_gfp_for(this, kind), answered);
	err = mpool_alloc_async(pools[kind], &this->request, 1);
	if (err == -EINPROGRESS) {
		if (!any(this, 8))
			schedule_timeout_uninterruptible(1);
		err = mpool_cancel_sync(&this->request);
		err = err == -EALREADY ? this->request.err : -ECANCELED;
	}
	*slot = err ? NULL : this->answer;
	this->answer = NULL;
}

#define PRETEND_NMI	(NMI_OFFSET + HARDIRQ_OFFSET)

static void call_in_nmi(struct worker *this, unsigned int kind, void **slot)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_count_add(PRETEND_NMI);
	if (*slot) {
		free_somehow(this, pools[kind], *slot);
		*slot = NULL;
	} else {
		*slot = mpool_alloc(pools[kind], GFP_ATOMIC | __GFP_NOWARN);
	}
	preempt_count_sub(PRETEND_NMI);
	local_irq_restore(flags);
}

static void in_hardirq_work(struct irq_work *work)
{
	struct worker *this = container_of(work, struct worker, irq_work);

	if (this->from_irq) {
		mpool_free(pools[0], this->from_irq);
		this->from_irq = NULL;
	} else {
		this->from_irq = mpool_alloc(pools[0], GFP_ATOMIC | __GFP_NOWARN);
	}
}

static void call_on_object(struct worker *this)
{
	unsigned int kind = any(this, KINDS);
	void **slot = &this->held[kind][any(this, HELD)];

	switch (any(this, 10)) {
	case 0:
		get_or_free_bulk(this, kind);
		break;
	case 1:
		wait_for_one(this, kind, slot);
		break;
	case 2:
		request_one(this, kind, slot);
		break;
	case 3:
		call_in_nmi(this, kind, slot);
		break;
	case 4:
	case 5:
		*slot = xchg(&exchange[kind][any(this, HELD)], *slot);
		break;
	default:
		get_or_free(this, kind, slot);
	}
}

/* --- pieces, and objects of several --- */

static void call_on_piece(struct worker *this)
{
	void **slot = &this->pieces[any(this, HELD)];
	void *piece;

	switch (any(this, 3)) {
	case 0:
		mpool_sized_free(sized, *slot);
		*slot = NULL;
		break;
	default:
		piece = mpool_sized_resize(sized, *slot, any(this, 5000) + 1, any_gfp(this));
		if (piece)
			*slot = piece;
	}
}

static void *any_object(struct worker *this)
{
	const size_t counts[] = { any(this, 4), any(this, 100) };
	void *obj = mpool_object_create(type, any_gfp(this), counts, NULL);

	return IS_ERR(obj) ? NULL : obj;
}

/* A tree is known by its root: what is below it only the tree knows. */
static void call_on_tree(struct worker *this)
{
	void **slot = &this->roots[any(this, HELD)], **other = &this->roots[any(this, HELD)];
	void *obj;

	switch (any(this, 6)) {
	case 0:
		mpool_object_destroy(type, *slot);
		*slot = NULL;
		break;
	case 1:
		if (*slot && *other && !mpool_object_adopt(type, *slot, *other))
			*slot = NULL;
		break;
	default:
		obj = any_object(this);
		if (!*slot)
			*slot = obj;
		else if (obj)
			mpool_object_adopt(type, obj, *slot);
	}
}

/* --- pools --- */

/* A pool's life, with some objects. */
static void make_and_destroy(struct worker *this)
{
	struct mpool_params params = kinds[any(this, KINDS)];
	void *objs[BULK], *buffer = NULL;
	struct mpool *pool;
	char name[32];

	snprintf(name, sizeof(name), "random_short_%u", this->cpu);
	params.name = name;
	if (params.backing == MPOOL_BUFFER) {
		buffer = any(this, 2) ? vmalloc(BUFFER) : kmalloc(BUFFER, GFP_KERNEL);
		params.buffer = buffer;
	}
	pool = mpool_create(&params);
	if (!IS_ERR(pool)) {
		if (!mpool_alloc_bulk(pool, GFP_KERNEL, BULK, objs)) {
			free_somehow(this, pool, objs[0]);
			mpool_free_bulk(pool, BULK - 1, objs + 1);
		}
		mpool_destroy(pool);
	}
	kvfree(buffer);
}

static void call_on_pool(struct worker *this)
{
	struct mpool *pool = pools[any(this, KINDS)];
	struct mpool_stats stats;

	switch (any(this, 100)) {
	case 0:
		make_and_destroy(this);
		break;
	case 1:
		mpool_flush(pool);
		break;
	case 2:
		irq_work_queue(&this->irq_work);
		irq_work_sync(&this->irq_work);
		break;
	case 3:
		mpool_trim(pool);
		break;
	case 4:
		mpool_sized_trim(sized);
		break;
	case 5 ... 20:
		mpool_set_limit(pools[1], 60 + any(this, 41));
		break;
	case 21 ... 30:
		mpool_set_reserve(pools[1], any(this, 11));
		break;
	case 31 ... 50:
		mpool_set_keep(pools[0], 20 + any(this, 200));
		break;
	default:
		mpool_read_stats(pool, &stats);
	}
}

static int work(void *data)
{
	struct worker *this = data;

	for (; this->calls && time_before(jiffies, this->end); this->calls--) {
		switch (any(this, 16)) {
		case 0:
			call_on_pool(this);
			break;
		case 1:
		case 2:
		case 3:
			call_on_piece(this);
			break;
		case 4:
		case 5:
			call_on_tree(this);
			break;
		default:
			call_on_object(this);
		}
		cond_resched();
	}
	/* It is not looked at after this, and not freed: it is used again. */
	complete(&this->done);
	return 0;
}

/* --- all of it --- */

static int make_pools(void)
{
	struct mpool_part parts[] = {
		{ .offset = 0, .count = 3, .given = true },
		{ .offset = 3 * sizeof(void *), .size = 10, .count = 100, .given = true },
	};
	unsigned int i;

	for (i = 0; i < KINDS; i++) {
		if (kinds[i].backing == MPOOL_BUFFER)
			kinds[i].buffer = kmalloc(BUFFER, GFP_KERNEL);
		pools[i] = mpool_create(&kinds[i]);
		if (IS_ERR(pools[i]))
			return PTR_ERR(pools[i]);
	}
	sized = mpool_sized_create(&(struct mpool_sized_params){
		.name = "random_sized", .max = 1000, .run_max = 5000, .growth = 1000,
		.limit = SZ_1M, .flags = MPOOL_BORROW });
	if (IS_ERR(sized))
		return PTR_ERR(sized);
	parts[0].pool = pools[0];
	parts[1].sized = sized;
	type = mpool_type_create(&(struct mpool_type_params){
		.name = "random_type", .size = 4 * sizeof(void *), .parts = parts, .nr_parts = 2 });
	return PTR_ERR_OR_ZERO(type);
}

static int make_workers(void)
{
	unsigned int cpu, i = 0;

	workers = kvcalloc(num_online_cpus(), sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		workers[i].cpu = cpu;
		prandom_seed_state(&workers[i].rnd, cpu + 1);
		workers[i].irq_work = IRQ_WORK_INIT_HARD(in_hardirq_work);
		i++;
	}
	nr_workers = i;
	return 0;
}

static int start(struct worker *this)
{
	init_completion(&this->done);
	this->task = kthread_create(work, this, "mpool_random/%u", this->cpu);
	if (IS_ERR(this->task))
		return PTR_ERR(this->task);
	kthread_bind(this->task, this->cpu);
	wake_up_process(this->task);
	return 0;
}

/*
 * So many calls, of all workers together, or what there is time for. What is returned is how many
 * there have been, or an error.
 */
int do_random(unsigned int n, unsigned int seconds)
{
	int err = workers ? 0 : make_workers() ?: make_pools();
	unsigned int i, made = 0;

	for (i = 0; !err && i < nr_workers; i++) {
		workers[i].calls = n / nr_workers;
		workers[i].end = jiffies + seconds * HZ;
		err = start(&workers[i]);
	}
	while (i--) {
		if (IS_ERR(workers[i].task))
			continue;
		wait_for_completion(&workers[i].done);
		made += n / nr_workers - workers[i].calls;
	}
	return err ?: made;
}

static void free_things(struct worker *this)
{
	unsigned int kind, i;

	for (i = 0; i < HELD; i++) {
		for (kind = 0; kind < KINDS; kind++)
			mpool_free(pools[kind], this->held[kind][i]);
		mpool_sized_free(sized, this->pieces[i]);
		mpool_object_destroy(type, this->roots[i]);
	}
	mpool_free(pools[0], this->from_irq);
}

static void free_exchange(void)
{
	unsigned int kind, i;

	for (kind = 0; kind < KINDS; kind++) {
		for (i = 0; i < HELD; i++)
			mpool_free(pools[kind], exchange[kind][i]);
	}
	memset(exchange, 0, sizeof(exchange));
}

static bool is_clean(struct mpool *pool)
{
	struct mpool_stats stats;

	mpool_flush(pool);
	mpool_read_stats(pool, &stats);
	return !stats.in_use && !stats.misuses;
}

/* Free what is held: then nothing must be in use. */
int end_random(void)
{
	bool clean = true;
	unsigned int i;

	if (!workers)
		return 0;
	for (i = 0; i < nr_workers; i++)
		free_things(&workers[i]);
	free_exchange();
	kvfree(workers);
	workers = NULL;
	mpool_type_destroy(type);
	mpool_sized_destroy(sized);
	for (i = 0; i < KINDS; i++) {
		clean &= is_clean(pools[i]);
		mpool_destroy(pools[i]);
		kfree(kinds[i].buffer);
	}
	return clean ? 0 : -EUCLEAN;
}
