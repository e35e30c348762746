// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done with a pool whose objects are all of a size.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <turns.h>

#include "program.h"

static struct model model;
static bool ctor_fails;

/* A request that can be in line, and since when. */
static struct line {
	struct mpool_request request;
	void *objs[MOST_BULK];
	struct demand demand;
	bool used;			/* it is somebody's: of who submits, or of the pool */
	bool in_line;			/* submitted, and not answered */
	bool leaves;			/* somebody cancels it */
	u64 submitted;			/* when its call began ... */
	u64 entered;			/* ... and when that had returned */
} lines[MOST_REQUESTS];

static u64 clock;

/* What readers can see. It is given to mpool_free_rcu() when another takes its place. */
static struct held published;

/* --- what the pool is --- */

static int construct(void *obj, void *ctx, gfp_t gfp)
{
	if (ctor_fails && !choice(4))
		return -ENOMEM;
	model.constructed++;
	return 0;
}

static void destruct(void *obj, void *ctx)
{
	if (--model.constructed < 0)
		WRONG("more objects are destructed than were constructed");
}

static void choose_size(struct mpool_params *params)
{
	static const size_t sizes[] = { 8, 24, 100, 256, 700, 2000, 5000 };

	params->name = "fixed";
	params->size = sizes[choice(ARRAY_SIZE(sizes))] + choice(2);
	if (!choice(3))
		params->align = 8UL << choice(4);
}

static void choose_figures(struct mpool_params *params)
{
	unsigned long most;

	if (choice(4))
		params->limit = 1 + choice(40);
	most = params->limit ?: 40;
	if (choice(2))
		params->keep = choice(most + 1);
	if (!choice(3))
		params->low = choice(params->keep + 1);
	if (choice(2))
		params->reserve = choice(min(most, 6UL) + 1);
	if (!choice(3))
		params->budget = params->size * (1 + choice(10));
}

static void choose_kind(struct mpool_params *params)
{
	static const enum mpool_backing kinds[] = {
		MPOOL_PAGES, MPOOL_PAGES, MPOOL_VMALLOC, MPOOL_HUGE
	};

	params->backing = kinds[choice(ARRAY_SIZE(kinds))];
	if (!choice(6))
		params->flags |= choice(8) * MPOOL_REDZONE;
	if (!choice(6))
		params->quarantine = params->size * (1 + choice(8));
	if (!choice(3) && !(params->flags & MPOOL_POISON)) {
		params->ctor = construct;
		params->dtor = destruct;
	}
}

/* As many as a limit says; there is neither more to be had nor anything to be kept. */
static void choose_buffer(struct mpool_params *params)
{
	size_t n = 1 + choice(40), bytes;

	bytes = MPOOL_BUFFER_BYTES(n, params->size + 160, 64);
	params->backing = MPOOL_BUFFER;
	params->limit = n;
	params->buffer = kmalloc(ALIGN(bytes, 64), GFP_KERNEL);
	params->buffer_bytes = bytes;
	params->low = 0;
	params->keep = 0;
	params->reserve = min(params->reserve, params->limit);
}

void fixed_start(void)
{
	model = (struct model){};
	memset(lines, 0, sizeof(lines));
	published.obj = NULL;
	clock = 0;
	choose_size(&model.params);
	choose_figures(&model.params);
	choose_kind(&model.params);
	if (!choice(6))
		choose_buffer(&model.params);
	model_init(&model);
	ctor_fails = false;
	model.pool = mpool_create(&model.params);
	if (IS_ERR(model.pool))
		WRONG("no pool: %ld", PTR_ERR(model.pool));
}

/* --- to get objects, and to give them back --- */

static gfp_t choose_gfp(enum where where)
{
	gfp_t gfp = GFP_NOWAIT;

	if (where == IN_TASK && choice(3))
		gfp = GFP_KERNEL;
	else if (choice(2))
		gfp = GFP_ATOMIC;
	if (!choice(4))
		gfp |= MPOOL_PRIVILEGED;
	if (!choice(8) && !model.params.ctor)
		gfp |= __GFP_ZERO;
	return gfp;
}

static bool is_privileged(gfp_t gfp)
{
	return gfp & MPOOL_PRIVILEGED;
}

/* So many more can be held, with all that are asked for. */
static bool has_room(size_t n)
{
	struct demand *demand;

	n += model.n;
	list_for_each_entry(demand, &model.demands, link)
		n += demand->n;
	return n <= MOST_HELD;
}

static void expect_zero(void **objs, size_t n, gfp_t gfp)
{
	size_t i;

	for (i = 0; i < n && gfp & __GFP_ZERO; i++) {
		if (memchr_inv(objs[i], 0, model.params.size))
			WRONG("%p is not zero", objs[i]);
	}
}

static void get_one(enum where where)
{
	gfp_t gfp = choose_gfp(where);
	struct demand demand;
	void *obj;

	if (!has_room(1))
		return;
	model_begin(&model, &demand, 1, is_privileged(gfp));
	obj = call_alloc(model.pool, gfp);
	if (!obj) {
		model_failed(&model, &demand, gfp, where);
		return;
	}
	expect_zero(&obj, 1, gfp);
	model_got(&model, &demand, &obj);
}

static void get_some(enum where where)
{
	size_t n = 1 + choice(MOST_BULK);
	gfp_t gfp = choose_gfp(where);
	void *objs[MOST_BULK];
	struct demand demand;

	if (!has_room(n))
		return;
	model_begin(&model, &demand, n, is_privileged(gfp));
	if (mpool_alloc_bulk(model.pool, gfp, n, objs)) {
		model_failed(&model, &demand, gfp, where);
		return;
	}
	expect_zero(objs, n, gfp);
	model_got(&model, &demand, objs);
}

static void wait_for_some(enum where where)
{
	size_t n = choice(4) ? 1 : 1 + choice(MOST_BULK);
	gfp_t gfp = GFP_KERNEL | (choice(3) ? 0 : MPOOL_PRIVILEGED);
	long timeout = choice(3) ? choice(200) : MAX_SCHEDULE_TIMEOUT;
	void *objs[MOST_BULK];
	struct demand demand;
	int err;

	if (where != IN_TASK || !has_room(n))
		return;
	model_begin(&model, &demand, n, is_privileged(gfp));
	err = mpool_alloc_wait_bulk(model.pool, gfp, n, objs, timeout);
	if (!err)
		model_got(&model, &demand, objs);
	else if (err == -E2BIG || (err == -ETIMEDOUT && timeout != MAX_SCHEDULE_TIMEOUT))
		model_abandon(&model, &demand);
	else
		WRONG("to wait fails: %d", err);
}

/* An NMI may find the pool's lock taken: what it frees can be on its way home for a while. */
static void freed(const struct held *held, enum where where)
{
	if (where == IN_NMI)
		model_freed_late(&model, held);
	else
		model_freed(&model, held);
}

static void free_one(enum where where)
{
	struct held held;

	if (!model_take(&model, &held))
		return;
	call_free(model.pool, held.obj);
	freed(&held, where);
}

static void free_late(enum where where)
{
	struct held held;

	if (!model_take(&model, &held))
		return;
	if (choice(2))
		mpool_free_deferred(model.pool, held.obj);
	else
		mpool_free_rcu(model.pool, held.obj);
	model_freed_late(&model, &held);
}

static void free_some(enum where where)
{
	struct held held[MOST_BULK];
	void *objs[MOST_BULK];
	size_t n, i;

	for (n = 0; n < MOST_BULK && model_take(&model, &held[n]); n++)
		objs[n] = held[n].obj;
	mpool_free_bulk(model.pool, n, objs);
	for (i = 0; i < n; i++)
		freed(&held[i], where);
}

/* --- what readers can see --- */

static void replace_published(struct held with)
{
	struct held old = published;

	published = with;
	if (!old.obj)
		return;
	mpool_free_rcu(model.pool, old.obj);
	model_freed_late(&model, &old);
}

static void publish(enum where where)
{
	struct held held;

	if (model_take(&model, &held))
		replace_published(held);
}

/* As long as a reader looks at it, it stays as it is. */
static void read_published(enum where where)
{
	unsigned int looks = choice(30);
	struct held held;

	rcu_read_lock();
	held = published;
	for (; held.obj && looks; looks--) {
		turns_point(&published);
		if (!has_stamp(held.obj, model.params.size, held.stamp))
			WRONG("%p changes under its reader", held.obj);
	}
	rcu_read_unlock();
}

/* --- requests in line --- */

/* Who came before, and is in line still, is answered before. */
static void expect_first(const struct line *line)
{
	const struct line *other;

	for (other = lines; other < lines + MOST_REQUESTS; other++) {
		if (other != line && other->in_line && !other->leaves && other->entered &&
		    other->entered < line->submitted &&
		    other->demand.privileged == line->demand.privileged)
			WRONG("a request is answered before another that came first");
	}
}

static void answered(struct mpool_request *request)
{
	struct line *line = container_of(request, struct line, request);

	line->in_line = false;
	if (!request->err)
		expect_first(line);
	if (!request->err)
		model_got(&model, &line->demand, request->objs);
	else if (request->err == -ESHUTDOWN || request->err == -E2BIG)
		model_abandon(&model, &line->demand);
	else
		WRONG("a request comes to %d", request->err);
	/* Who cancels it has it in hand still. */
	line->used = line->leaves;
}

static struct line *find_unused(void)
{
	unsigned int i;

	for (i = 0; i < MOST_REQUESTS; i++) {
		if (!lines[i].used)
			return &lines[i];
	}
	return NULL;
}

static void submit(enum where where)
{
	size_t n = choice(4) ? 1 : 1 + choice(MOST_BULK);
	struct line *line = find_unused();
	gfp_t gfp = choose_gfp(IN_ATOMIC) & ~__GFP_ZERO;
	u64 now = ++clock;
	int err;

	if (where == IN_NMI || !line || !has_room(n))
		return;
	*line = (struct line){ .used = true, .in_line = true, .submitted = now };
	mpool_request_init(&line->request, line->objs, gfp, answered);
	model_begin(&model, &line->demand, n, is_privileged(gfp));
	err = mpool_alloc_async(model.pool, &line->request, n);
	switch (err) {
	case 0:
		line->in_line = false;
		model_got(&model, &line->demand, line->objs);
		line->used = false;
		break;
	case -EINPROGRESS:
		/* Unless it was answered before we come here, and may be another one by now. */
		if (line->in_line && line->submitted == now)
			line->entered = ++clock;
		break;
	case -E2BIG:
		line->in_line = false;
		model_abandon(&model, &line->demand);
		line->used = false;
		break;
	default:
		WRONG("no request: %d", err);
	}
}

static void cancel(enum where where)
{
	struct line *line = &lines[choice(MOST_REQUESTS)];
	int err;

	/* One that nobody else cancels, and that is not in the hands of who submits it. */
	if (where == IN_NMI || !line->in_line || line->leaves || !line->entered)
		return;
	line->leaves = true;
	if (where == IN_TASK && choice(2))
		err = mpool_cancel_sync(&line->request);
	else
		err = mpool_cancel(&line->request);
	if (!err)
		model_abandon(&model, &line->demand);
	else if (err != -EALREADY)
		WRONG("to take a request back comes to %d", err);
	/* Its callback may be on its way still. */
	line->leaves = false;
	line->in_line = line->in_line && err;
	line->used = line->in_line;
}

/* --- what else can be done --- */

static void set_limit(enum where where)
{
	unsigned long limit = choice(4) ? 1 + choice(40) : 0;
	int err;

	if (where == IN_NMI || model.params.backing == MPOOL_BUFFER || model.changing)
		return;
	model.changing = true;
	model_change(&model);
	if (!limit || limit > model.ceiling)
		model.ceiling = limit ?: ULONG_MAX;
	err = mpool_set_limit(model.pool, limit);
	if (!err)
		model.params.limit = limit;
	else if (err != -ERANGE)
		WRONG("to set the limit fails: %d", err);
	model_change(&model);
	model.changing = false;
}

static void set_keep(enum where where)
{
	int err;

	if (where == IN_NMI || model.changing)
		return;
	model.changing = true;
	err = mpool_set_keep(model.pool, choice(40));
	if (err && err != -ERANGE && err != -EOPNOTSUPP)
		WRONG("to set what is kept fails: %d", err);
	model.changing = false;
}

static void set_reserve(enum where where)
{
	unsigned long reserve = choice(6);
	int err;

	if (where != IN_TASK || model.changing)
		return;
	model.changing = true;
	model_change(&model);
	err = mpool_set_reserve(model.pool, reserve);
	if (!err)
		model.params.reserve = reserve;
	else if (err != -ERANGE && err != -EBUSY && err != -ENOMEM)
		WRONG("to set the reserve fails: %d", err);
	model_change(&model);
	model.changing = false;
}

static void look(enum where where)
{
	model_look(&model);
}

static void flush(enum where where)
{
	if (where == IN_TASK)
		mpool_flush(model.pool);
}

static void trim(enum where where)
{
	if (where == IN_TASK)
		mpool_trim(model.pool);
}

/* From when there is little memory to when there is enough nothing is promised. */
static void change_memory(enum where where)
{
	model_change(&model);
	model.short_of_memory = !choice(2);
	ctor_fails = model.short_of_memory && choice(2);
	core_pages_max = model.short_of_memory ? core_pages + choice(8) : ULONG_MAX;
}

static const struct step {
	void (*take)(enum where where);
	unsigned int weight;
} steps[] = {
	{ get_one, 30 }, { free_one, 20 }, { free_late, 6 }, { get_some, 6 }, { free_some, 6 },
	{ wait_for_some, 6 }, { submit, 6 }, { cancel, 3 }, { look, 4 }, { flush, 2 }, { trim, 2 },
	{ publish, 3 }, { read_published, 3 }, { set_limit, 1 }, { set_keep, 1 },
	{ set_reserve, 1 }, { change_memory, 1 },
};

void fixed_step(enum where where)
{
	unsigned int all = 0, at, i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		all += steps[i].weight;
	at = choice(all);
	for (i = 0; at >= steps[i].weight; i++)
		at -= steps[i].weight;
	steps[i].take(where);
}

/* --- the end --- */

static void have_enough_memory(void)
{
	core_pages_max = ULONG_MAX;
	ctor_fails = false;
}

/* All wait: what they wait for comes free bit by bit. */
void fixed_relax(void)
{
	struct held held;

	have_enough_memory();
	replace_published((struct held){});
	if (!model_take(&model, &held))
		return;
	call_free(model.pool, held.obj);
	model_freed(&model, &held);
}

static void leave_lines(void)
{
	struct line *line;

	for (line = lines; line < lines + MOST_REQUESTS; line++) {
		line->leaves = true;
		if (line->in_line && !mpool_cancel_sync(&line->request))
			model_abandon(&model, &line->demand);
	}
}

/* All that there may be can be had: none was lost. */
static void get_all(void)
{
	unsigned long most = model.params.limit, i;
	struct demand demand;
	void *obj;

	for (i = 0; most && i < most; i++) {
		model_begin(&model, &demand, 1, true);
		obj = call_alloc(model.pool, GFP_KERNEL | MPOOL_PRIVILEGED);
		if (!obj)
			WRONG("of %lu objects there were only %lu", most, i);
		model_got(&model, &demand, &obj);
	}
}

static void free_all(void)
{
	struct held held;

	while (model_take(&model, &held)) {
		call_free(model.pool, held.obj);
		model_freed(&model, &held);
	}
}

/* While somebody has objects: each that comes home is reported, and the last ends the pool. */
static void destroy_early(void)
{
	struct held held;

	program_expect_reports(true);
	mpool_destroy(model.pool);
	while (model_take(&model, &held))
		call_free(model.pool, held.obj);
}

/* How many objects to leave is chosen. */
static void destroy(void)
{
	unsigned int left = model.params.backing != MPOOL_BUFFER && !choice(3) ? choice(4) : 0;
	struct held held;

	while (model.n > left && model_take(&model, &held)) {
		call_free(model.pool, held.obj);
		model_freed(&model, &held);
	}
	if (model.n)
		destroy_early();
	else
		mpool_destroy(model.pool);
}

static int give_all_back(void *data)
{
	unsigned int n = 1 + choice(5);

	mpool_set_keep(model.pool, 0);
	while (n--)
		mpool_trim(model.pool);
	return 0;
}

/* It is refused and reported, though the object's slab may go at the same time. */
static void free_again_and_again(void)
{
	void *obj = mpool_alloc(model.pool, GFP_KERNEL);
	unsigned int n = 1 + choice(5);
	struct task_struct *other;

	if (!obj)
		return;
	program_expect_reports(true);
	other = core_task(choice(CPUS - 1), give_all_back, NULL);
	while (n--)
		mpool_free(model.pool, obj);
	core_task_join(other);
	program_expect_reports(false);
}

void fixed_end(void)
{
	have_enough_memory();
	leave_lines();
	replace_published((struct held){});
	mpool_flush(model.pool);
	model_rest(&model);
	free_all();
	get_all();
	model_rest(&model);
	if (choice(2))
		free_again_and_again();
	destroy();
	kfree(model.params.buffer);
}

/* The pool has ended, though its last object came home later. */
void fixed_gone(void)
{
	if (model.constructed)
		WRONG("%ld objects were not destructed", model.constructed);
}
