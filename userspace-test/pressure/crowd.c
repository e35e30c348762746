// SPDX-License-Identifier: GPL-2.0
/*
 * All kinds of calls in all contexts on all CPUs at once; with NMIs all the time, or while the
 * pool's parameters are changed.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include "pressure.h"

/* A thread, and a hard interrupt where it runs. */
struct worker {
	struct client thread;
	struct client timer_client;
	struct hrtimer timer;
	struct task_struct *task;
	bool stop;
	bool sends_nmis;
};

static enum hrtimer_restart worker_timer(struct hrtimer *timer)
{
	struct worker *worker = container_of(timer, struct worker, timer);

	if (READ_ONCE(worker->stop))
		return HRTIMER_NORESTART;
	client_step(&worker->timer_client, GFP_ATOMIC, 60);
	hrtimer_forward_now(timer, ns_to_ktime(400 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void worker_wait(struct client *client)
{
	long timeout = client_random(client, 10);
	gfp_t privileged = client_random(client, 4) ? 0 : MPOOL_PRIVILEGED;

	if (client_random(client, 2))
		client_wait(client, GFP_KERNEL | __GFP_NOWARN | privileged, timeout);
	else
		client_wait_bulk(client, GFP_KERNEL | __GFP_NOWARN | privileged, timeout);
}

/* What only few should do: it takes long, or takes from the others what they need. */
static void worker_tidy(struct client *client)
{
	if (client->id)
		return;
	if (client_random(client, 2))
		mpool_trim(client->arena->pool);
	else
		mpool_flush(client->arena->pool);
}

static void worker_step(struct client *client)
{
	switch (client_random(client, 12)) {
	case 0:
		local_irq_disable();
		client_step(client, GFP_ATOMIC, 90);
		local_irq_enable();
		break;
	case 1:
		local_bh_disable();
		client_step(client, GFP_ATOMIC, 90);
		local_bh_enable();
		break;
	case 2:
		preempt_disable();
		client_step(client, GFP_NOWAIT, 90);
		preempt_enable();
		break;
	case 3:
		worker_wait(client);
		break;
	case 4:
		worker_tidy(client);
		break;
	default:
		client_step(client, GFP_KERNEL, 90);
	}
}

/* To any CPU, this one too: then it comes in the midst of what is done next. */
static void worker_send_nmi(struct client *client)
{
	unsigned int cpu = client_random(client, nr_cpu_ids);

	if (cpu_online(cpu))
		nmi_send(cpu);
	client_call_all(client);
}

static int worker_thread(void *data)
{
	struct worker *worker = data;
	struct client *client = &worker->thread;

	/* The threads that take a CPU off line are not to wait for us. */
	set_user_nice(current, MAX_NICE);
	hrtimer_start(&worker->timer, ns_to_ktime(NSEC_PER_MSEC), HRTIMER_MODE_REL_HARD);
	while (!kthread_should_stop()) {
		worker_step(client);
		if (worker->sends_nmis)
			worker_send_nmi(client);
		cond_resched();
	}
	WRITE_ONCE(worker->stop, true);
	hrtimer_cancel(&worker->timer);
	client_end(client);
	client_end(&worker->timer_client);
	return 0;
}

static void worker_start(struct worker *worker, struct arena *arena, unsigned int i,
			 bool sends_nmis)
{
	client_setup(&worker->thread, arena, 2 * i);
	client_setup(&worker->timer_client, arena, 2 * i + 1);
	worker->thread.gfp = GFP_KERNEL | __GFP_NOWARN;
	worker->sends_nmis = sends_nmis;
	hrtimer_init(&worker->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	worker->timer.function = worker_timer;
	/* Not bound to their CPU, so that the CPU can go off line meanwhile. */
	worker->task = kthread_run(worker_thread, worker, "mpool_worker/%u", i);
}

/* Clients of the NMIs, for each CPU. */
static struct client *nmi_clients;

static void storm_in_nmi(void)
{
	client_step(&nmi_clients[smp_processor_id()], GFP_ATOMIC, 12);
}

/* Move what can be moved; the original values are the highest. */
static void tune(struct arena *arena, struct rnd_state *rnd)
{
	unsigned long limit = arena->limit, keep, reserve;
	int err;

	if (limit)
		limit -= prandom_u32_state(rnd) % (limit / 2 + 1);
	keep = prandom_u32_state(rnd) % (arena->keep + 1);
	reserve = prandom_u32_state(rnd) % (arena->reserve + 1);
	err = mpool_set_limit(arena->pool, limit);
	if (err && err != -ERANGE)
		broke("the limit could not be changed");
	err = mpool_set_keep(arena->pool, keep);
	if (err && err != -ERANGE)
		broke("keep could not be changed");
	err = mpool_set_reserve(arena->pool, reserve);
	if (err && err != -ERANGE && err != -EBUSY && err != -ENOMEM)
		broke("the reserve could not be changed");
}

static void untune(struct arena *arena)
{
	mpool_flush(arena->pool);
	if (mpool_set_limit(arena->pool, arena->limit) ||
	    mpool_set_keep(arena->pool, arena->keep) ||
	    mpool_set_reserve(arena->pool, arena->reserve))
		broke("the parameters could not be changed back");
}

static void crowd_stop(struct worker *workers, unsigned int n)
{
	unsigned long done = 0, empty = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (IS_ERR(workers[i].task)) {
			broke("no thread");
			continue;
		}
		kthread_stop(workers[i].task);
		done += workers[i].thread.done + workers[i].timer_client.done;
		empty += workers[i].thread.empty + workers[i].timer_client.empty;
	}
	figures_clear();
	figures_add("objects", done);
	figures_add("empty", empty);
}

static void crowd_run(struct arena *arena, unsigned long ms, bool storm)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	unsigned int n = num_online_cpus() + 1, i;
	struct worker *workers = vzalloc(array_size(n, sizeof(*workers)));
	struct rnd_state rnd;

	if (!workers) {
		broke("no memory");
		return;
	}
	prandom_seed_state(&rnd, ms);
	for (i = 0; i < n; i++)
		worker_start(&workers[i], arena, i, storm);
	while (time_before(jiffies, end) && !signal_pending(current)) {
		if (!storm)
			tune(arena, &rnd);
		msleep_interruptible(5);
	}
	crowd_stop(workers, n);
	vfree(workers);
}

static void crowd_figures(struct arena *arena)
{
	struct mpool_stats stats;

	mpool_read_stats(arena->pool, &stats);
	figures_add("waits", stats.waits);
	figures_add("queued", atomic_long_read(&arena->queued));
	figures_add("called", atomic_long_read(&arena->called));
	figures_add("cancelled", atomic_long_read(&arena->cancelled));
}

int do_churn(struct arena *arena, char *args)
{
	int before = atomic_read(&broken_promises);
	unsigned long ms;

	if (kstrtoul(args, 0, &ms))
		return -EINVAL;
	crowd_run(arena, ms, false);
	untune(arena);
	crowd_figures(arena);
	if (!hotplug_uses(arena))
		check_home(arena);
	/* For who has killed the one who asked, and cannot see its errno. */
	figures_add("broken", atomic_read(&broken_promises) - before);
	return 0;
}

static void storm_end(void)
{
	unsigned long nmis = nmi_end(), done = 0, empty = 0;
	unsigned int i;

	for (i = 0; i < nr_cpu_ids; i++) {
		done += nmi_clients[i].done;
		empty += nmi_clients[i].empty;
		client_end(&nmi_clients[i]);
	}
	figures_add("nmis", nmis);
	figures_add("nmi_objects", done);
	figures_add("nmi_empty", empty);
}

int do_storm(struct arena *arena, char *args)
{
	unsigned long ms;
	unsigned int i;
	int err;

	if (kstrtoul(args, 0, &ms))
		return -EINVAL;
	nmi_clients = vzalloc(array_size(nr_cpu_ids, sizeof(*nmi_clients)));
	if (!nmi_clients)
		return -ENOMEM;
	for (i = 0; i < nr_cpu_ids; i++)
		client_setup(&nmi_clients[i], arena, BIT(16) + i);
	/* A CPU that is off line would get its NMI when it comes back. */
	cpus_read_lock();
	err = nmi_begin(storm_in_nmi);
	if (!err) {
		crowd_run(arena, ms, true);
		storm_end();
	}
	cpus_read_unlock();
	vfree(nmi_clients);
	if (err)
		return err;
	crowd_figures(arena);
	check_home(arena);
	return 0;
}
