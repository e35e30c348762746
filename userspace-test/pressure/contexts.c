// SPDX-License-Identifier: GPL-2.0
/*
 * Each kind of call in each context that there is; and then, with no object free, requests in line
 * that are answered by a free in each of them.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "pressure.h"

struct visit {
	struct client client;
	void (*act)(struct visit *visit);
	unsigned long rounds;
	struct completion left;
	struct irq_work irq_work;
	struct tasklet_struct tasklet;
	struct hrtimer timer;
	bool been;			/* of an NMI */

	/* For act_on_line(). */
	struct mpool_request request;
	void *answer[2];
	struct stamp *spare[2];
	free_function *free;
	struct completion answered;
};

static void visit_process(struct visit *visit)
{
	visit->act(visit);
}

static void visit_preempt_off(struct visit *visit)
{
	preempt_disable();
	visit->act(visit);
	preempt_enable();
}

static void visit_irq_off(struct visit *visit)
{
	local_irq_disable();
	visit->act(visit);
	local_irq_enable();
}

static void visit_in_softirq(struct tasklet_struct *tasklet)
{
	struct visit *visit = container_of(tasklet, struct visit, tasklet);

	if (!in_serving_softirq())
		broke("not in a softirq");
	visit->act(visit);
}

static void visit_softirq(struct visit *visit)
{
	tasklet_setup(&visit->tasklet, visit_in_softirq);
	tasklet_schedule(&visit->tasklet);
	tasklet_kill(&visit->tasklet);
}

static enum hrtimer_restart visit_in_timer(struct hrtimer *timer)
{
	struct visit *visit = container_of(timer, struct visit, timer);

	if (!in_hardirq())
		broke("not in a hard interrupt");
	visit->act(visit);
	complete(&visit->left);
	return HRTIMER_NORESTART;
}

static void visit_timer(struct visit *visit)
{
	init_completion(&visit->left);
	hrtimer_init(&visit->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	visit->timer.function = visit_in_timer;
	hrtimer_start(&visit->timer, ns_to_ktime(20 * NSEC_PER_USEC), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&visit->left);
	hrtimer_cancel(&visit->timer);
}

static void visit_in_irq_work(struct irq_work *work)
{
	struct visit *visit = container_of(work, struct visit, irq_work);

	if (!in_hardirq())
		broke("not in a hard interrupt");
	visit->act(visit);
}

static void visit_irq_work(struct visit *visit)
{
	visit->irq_work = IRQ_WORK_INIT_HARD(visit_in_irq_work);
	irq_work_queue(&visit->irq_work);
	irq_work_sync(&visit->irq_work);
}

/* The visit that an NMI is to make, until it has been made. */
static struct visit *visit_by_nmi;

static void visit_in_nmi(void)
{
	struct visit *visit = READ_ONCE(visit_by_nmi);

	if (!visit || visit->been)
		return;
	visit->act(visit);
	flag_write(&visit->been, true);
}

static void visit_nmi_on(struct visit *visit, unsigned int cpu)
{
	unsigned int us;

	visit->been = false;
	/* What the visit needs is there before it can be found. */
	smp_store_release(&visit_by_nmi, visit);
	nmi_send(cpu);
	for (us = 0; us < USEC_PER_SEC && !flag_read(&visit->been); us++)
		udelay(1);
	if (us == USEC_PER_SEC)
		broke("an NMI did not come");
	WRITE_ONCE(visit_by_nmi, NULL);
}

static void visit_nmi(struct visit *visit)
{
	visit_nmi_on(visit, get_cpu());
	put_cpu();
}

static void visit_nmi_elsewhere(struct visit *visit)
{
	unsigned int cpu;

	cpus_read_lock();
	preempt_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	if (cpu < nr_cpu_ids)
		visit_nmi_on(visit, cpu);
	preempt_enable();
	cpus_read_unlock();
}

static const struct context {
	const char *name;
	const char *empty;
	void (*visit)(struct visit *visit);
	bool sleeps;
	bool nmi;
} contexts[] = {
	{ "process", "process_empty", visit_process, .sleeps = true },
	{ "preempt_off", "preempt_off_empty", visit_preempt_off },
	{ "irq_off", "irq_off_empty", visit_irq_off },
	{ "softirq", "softirq_empty", visit_softirq },
	{ "timer", "timer_empty", visit_timer },
	{ "irq_work", "irq_work_empty", visit_irq_work },
	{ "nmi", "nmi_empty", visit_nmi, .nmi = true },
	{ "nmi_elsewhere", "nmi_elsewhere_empty", visit_nmi_elsewhere, .nmi = true },
};

static void act_every_call(struct visit *visit)
{
	unsigned long round;

	for (round = 0; round < visit->rounds; round++)
		client_call_all(&visit->client);
}

/* A few rounds at a time: what is on its way home must come there before too much is. */
#define ROUNDS_AT_ONCE	25

static void call_in_context(struct visit *visit, const struct context *context, unsigned long n)
{
	struct client *client = &visit->client;
	unsigned long i;

	client->gfp = (context->sleeps ? GFP_KERNEL : GFP_ATOMIC) | __GFP_NOWARN;
	client->done = 0;
	client->empty = 0;
	visit->act = act_every_call;
	/* An NMI should be short. */
	visit->rounds = context->nmi ? 1 : ROUNDS_AT_ONCE;
	for (i = 0; i < n; i += visit->rounds) {
		context->visit(visit);
		if (i % ROUNDS_AT_ONCE == 0)
			mpool_flush(client->arena->pool);
	}
	mpool_flush(client->arena->pool);
	figures_add(context->name, client->done);
	figures_add(context->empty, client->empty);
}

static void line_answered(struct mpool_request *request)
{
	struct visit *visit = container_of(request, struct visit, request);

	if (request->err)
		broke("a request was answered with an error");
	atomic_long_inc(&visit->client.arena->called);
	complete(&visit->answered);
}

/* Get in line, leave it, and get in line again, for two objects of which none is free. */
static void get_in_line(struct visit *visit)
{
	struct arena *arena = visit->client.arena;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (mpool_alloc_async(arena->pool, &visit->request, 2) != -EINPROGRESS) {
			broke("a request did not get in line");
			return;
		}
		atomic_long_inc(&arena->queued);
		if (i)
			break;
		if (mpool_cancel(&visit->request))
			broke("a request in line could not be cancelled");
		else
			atomic_long_inc(&arena->cancelled);
	}
}

/* Free what a request in line waits for, one object after the other; nobody else gets the first. */
static void act_on_line(struct visit *visit)
{
	struct arena *arena = visit->client.arena;
	void *obj;

	if (!in_nmi())
		get_in_line(visit);
	visit->free(arena->pool, visit->spare[0]);
	obj = mpool_alloc(arena->pool, visit->client.gfp);
	if (obj) {
		broke("an object was given to a newcomer, though somebody was in line");
		mpool_free(arena->pool, obj);
	}
	visit->free(arena->pool, visit->spare[1]);
}

static void take_back_answer(struct visit *visit, struct chain *all)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		chain_push(visit->client.arena, all, visit->answer[i]);
}

/* With all objects in @all: one request in line, answered from that context. */
static bool line_in_context(struct visit *visit, const struct context *context,
			    struct chain *all)
{
	struct arena *arena = visit->client.arena;

	visit->act = act_on_line;
	visit->client.gfp = (context->sleeps ? GFP_KERNEL : GFP_ATOMIC) | __GFP_NOWARN;
	visit->spare[0] = chain_pop(arena, all);
	visit->spare[1] = chain_pop(arena, all);
	reinit_completion(&visit->answered);
	if (context->nmi)
		get_in_line(visit);
	context->visit(visit);
	if (!wait_for_completion_timeout(&visit->answered, FOREVER)) {
		broke("a request was not answered");
		mpool_cancel_sync(&visit->request);
		return false;
	}
	take_back_answer(visit, all);
	return true;
}

/* From each context, by each way to free. */
static void lines_in_contexts(struct visit *visit)
{
	static free_function * const ways[] = { mpool_free, mpool_free_deferred, mpool_free_rcu };
	struct arena *arena = visit->client.arena;
	struct chain all = {};
	size_t i, way;

	chain_take(arena, &all, ULONG_MAX, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(contexts) && all.n >= 2; i++) {
		/* There may be no CPU elsewhere. */
		if (contexts[i].visit == visit_nmi_elsewhere && num_online_cpus() < 2)
			continue;
		for (way = 0; way < 3 * ARRAY_SIZE(ways); way++) {
			visit->free = ways[way % ARRAY_SIZE(ways)];
			if (!line_in_context(visit, &contexts[i], &all))
				goto out;
		}
	}
out:
	chain_drop(arena, &all, ULONG_MAX);
}

int do_contexts(struct arena *arena, char *args)
{
	struct chain stock = {};
	struct visit *visit;
	unsigned long n;
	size_t i;
	int err;

	if (kstrtoul(args, 0, &n) || !arena->limit || arena->keep < arena->limit)
		return -EINVAL;
	visit = kzalloc(sizeof(*visit), GFP_KERNEL);
	if (!visit)
		return -ENOMEM;
	client_setup(&visit->client, arena, 0);
	visit->client.tunes = true;
	mpool_request_init(&visit->request, visit->answer, GFP_NOWAIT | __GFP_NOWARN,
			   line_answered);
	init_completion(&visit->answered);
	err = nmi_begin(visit_in_nmi);
	if (err)
		goto out;

	figures_clear();
	/* Where nothing can be made, on PREEMPT_RT or in an NMI, it must be there. */
	chain_take(arena, &stock, ULONG_MAX, GFP_KERNEL);
	chain_drop(arena, &stock, ULONG_MAX);
	for (i = 0; i < ARRAY_SIZE(contexts); i++)
		call_in_context(visit, &contexts[i], n);
	client_end(&visit->client);
	check_home(arena);
	lines_in_contexts(visit);
	nmi_end();
	check_home(arena);
out:
	kfree(visit);
	return err;
}
