// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that go from arena to arena, and the interrupts that use it at the same time.
 */
#include <linux/array_size.h>
#include <linux/bottom_half.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "torture.h"

/* Steps that a task does in an arena before it goes on. */
#define STEPS	60

/* A timer rests for so many times as long as it took. */
#define REST	8

struct visitor {
	struct task_struct *task;
	u32 id;				/* that of its first client */
	struct torture_random_state rnd;
	struct client thread, softirq, hardirq, irq_work_client;
	struct hrtimer soft_timer, hard_timer;
	struct irq_work irq_work;
	bool stops;
};

static struct visitor *visitors;
static unsigned int nr_visitors;

/* --- interrupts --- */

/* After each a multiple of its time is left to others: in an emulator, tasks would have none. */
static enum hrtimer_restart on_timer(struct visitor *visitor, struct hrtimer *timer,
				     struct client *client, enum figure context)
{
	u64 start = ktime_get_mono_fast_ns(), took;

	client_step(client, context, GFP_ATOMIC, 20);
	if (READ_ONCE(visitor->stops))
		return HRTIMER_NORESTART;
	took = ktime_get_mono_fast_ns() - start;
	hrtimer_forward_now(timer, ns_to_ktime((2 + random_below(&client->rnd, 50)) *
					       (NSEC_PER_MSEC / 10) + REST * took));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart on_soft_timer(struct hrtimer *timer)
{
	struct visitor *visitor = container_of(timer, struct visitor, soft_timer);

	return on_timer(visitor, timer, &visitor->softirq, IN_SOFTIRQ);
}

static enum hrtimer_restart on_hard_timer(struct hrtimer *timer)
{
	struct visitor *visitor = container_of(timer, struct visitor, hard_timer);

	return on_timer(visitor, timer, &visitor->hardirq, IN_HARDIRQ);
}

static void on_irq_work(struct irq_work *work)
{
	struct visitor *visitor = container_of(work, struct visitor, irq_work);

	client_step(&visitor->irq_work_client, IN_IRQ_WORK, GFP_ATOMIC, 20);
}

static void interrupts_begin(struct visitor *visitor, struct arena *arena)
{
	client_begin(&visitor->softirq, arena, visitor->id + 1);
	client_begin(&visitor->hardirq, arena, visitor->id + 2);
	client_begin(&visitor->irq_work_client, arena, visitor->id + 3);
	WRITE_ONCE(visitor->stops, false);
	hrtimer_start(&visitor->soft_timer, ns_to_ktime(NSEC_PER_MSEC), HRTIMER_MODE_REL_SOFT);
	hrtimer_start(&visitor->hard_timer, ns_to_ktime(NSEC_PER_MSEC), HRTIMER_MODE_REL_HARD);
}

static void interrupts_end(struct visitor *visitor)
{
	WRITE_ONCE(visitor->stops, true);
	hrtimer_cancel(&visitor->soft_timer);
	hrtimer_cancel(&visitor->hard_timer);
	irq_work_sync(&visitor->irq_work);
	client_end(&visitor->softirq);
	client_end(&visitor->hardirq);
	client_end(&visitor->irq_work_client);
}

/* --- the task --- */

static void step_in_process(struct client *client)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_NOIO, GFP_NOWAIT,
		GFP_KERNEL | __GFP_NORETRY };

	client_step(client, IN_PROCESS, gfps[random_below(&client->rnd, ARRAY_SIZE(gfps))], 60);
}

static void step(struct visitor *visitor)
{
	struct client *client = &visitor->thread;

	switch (random_below(&visitor->rnd, 8)) {
	case 0:
		local_irq_disable();
		client_step(client, IN_IRQ_OFF, GFP_ATOMIC, 30);
		local_irq_enable();
		break;
	case 1:
		local_bh_disable();
		client_step(client, IN_BH_OFF, GFP_ATOMIC, 30);
		local_bh_enable();
		break;
	case 2:
		preempt_disable();
		client_step(client, IN_PREEMPT_OFF, GFP_NOWAIT, 30);
		preempt_enable();
		break;
	default:
		step_in_process(client);
	}
	irq_work_queue(&visitor->irq_work);
}

static void visit(struct visitor *visitor)
{
	struct arena *arena = arena_enter(&visitor->rnd, false);
	unsigned int steps;

	if (!arena) {
		schedule_timeout_idle(1);
		return;
	}
	client_begin(&visitor->thread, arena, visitor->id);
	interrupts_begin(visitor, arena);
	for (steps = 0; steps < STEPS && !torture_must_stop(); steps++) {
		if (READ_ONCE(arena->closing))
			break;
		step(visitor);
		cond_resched();
	}
	interrupts_end(visitor);
	client_end(&visitor->thread);
	arena_leave(arena);
}

static int mpool_torture_visitor(void *arg)
{
	/* Who takes CPUs off line is not to wait for us. */
	set_user_nice(current, MAX_NICE);
	do {
		visit(arg);
		stutter_wait("mpool_torture_visitor");
	} while (!torture_must_stop());
	torture_kthread_stopping("mpool_torture_visitor");
	return 0;
}

static void visitor_setup(struct visitor *visitor, u32 id)
{
	visitor->id = id;
	torture_random_init(&visitor->rnd);
	hrtimer_init(&visitor->soft_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	visitor->soft_timer.function = on_soft_timer;
	hrtimer_init(&visitor->hard_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	visitor->hard_timer.function = on_hard_timer;
	visitor->irq_work = IRQ_WORK_INIT_HARD(on_irq_work);
}

int visitors_begin(unsigned int n)
{
	unsigned int i;
	int err;

	visitors = kcalloc(n, sizeof(*visitors), GFP_KERNEL);
	if (!visitors)
		return -ENOMEM;
	nr_visitors = n;
	for (i = 0; i < n; i++) {
		visitor_setup(&visitors[i], 1 + 4 * i);
		err = torture_create_kthread(mpool_torture_visitor, &visitors[i], visitors[i].task);
		if (err)
			return err;
	}
	return 0;
}

void visitors_end(void)
{
	unsigned int i;

	for (i = 0; visitors && i < nr_visitors; i++)
		torture_stop_kthread(mpool_torture_visitor, visitors[i].task);
	kfree(visitors);
	visitors = NULL;
}
