// SPDX-License-Identifier: GPL-2.0
/*
 * What is done later: works, works of interrupts, and what waits for readers.
 */
#include <stdlib.h>

#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* --- works --- */

struct workqueue_struct {
	struct list_head works;		/* in the order in which they came */
	struct work_struct *running;	/* only to be compared: it may be gone */
	struct task_struct *task;
	bool stop;
};

struct workqueue_struct *system_wq;

/* Guards all queues, and what waits there. */
static raw_spinlock_t works_lock;

/* The first that is due; or when the next one will be. */
static struct work_struct *due(struct workqueue_struct *queue, s64 *next)
{
	struct work_struct *work;
	s64 now = core_now();

	*next = CORE_NEVER;
	list_for_each_entry(work, &queue->works, entry) {
		if (work->when <= now)
			return work;
		*next = min(*next, work->when);
	}
	return NULL;
}

static struct work_struct *take_due(struct workqueue_struct *queue, s64 *next)
{
	struct work_struct *work;
	unsigned long flags;

	raw_spin_lock_irqsave(&works_lock, flags);
	work = due(queue, next);
	if (work) {
		list_del_init(&work->entry);
		queue->running = work;
	}
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return work;
}

static void done(struct workqueue_struct *queue)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&works_lock, flags);
	queue->running = NULL;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	core_event();
}

static int run_queue(void *data)
{
	struct workqueue_struct *queue = data;
	struct work_struct *work;
	unsigned int seen;
	s64 next;

	for (;;) {
		seen = core_events();
		work = take_due(queue, &next);
		if (work) {
			current->work = work;
			work->func(work);
			current->work = NULL;
			done(queue);
		} else if (!READ_ONCE(queue->stop)) {
			core_sleep(seen, next);
		} else {
			return 0;
		}
	}
}

struct work_struct *current_work(void)
{
	return current->work;
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active, ...)
{
	struct workqueue_struct *queue = calloc(1, sizeof(*queue));

	INIT_LIST_HEAD(&queue->works);
	/* The last CPU is that of works. */
	queue->task = core_task(core_nr_cpus() - 1, run_queue, queue);
	return queue;
}

void destroy_workqueue(struct workqueue_struct *queue)
{
	flush_workqueue(queue);
	WRITE_ONCE(queue->stop, true);
	core_event();
	core_task_join(queue->task);
	free(queue);
}

/* False if it waits already; with @move it waits until another time then. */
static bool put(struct workqueue_struct *queue, struct work_struct *work, s64 when, bool move)
{
	unsigned long flags;
	bool waits;

	raw_spin_lock_irqsave(&works_lock, flags);
	waits = !list_empty(&work->entry);
	if (!waits) {
		work->queue = queue;
		list_add_tail(&work->entry, &queue->works);
	}
	if (!waits || move)
		work->when = when;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	core_event();
	return !waits;
}

bool queue_work(struct workqueue_struct *queue, struct work_struct *work)
{
	return put(queue, work, 0, false);
}

bool queue_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
			unsigned long delay)
{
	return put(queue, &work->work, core_deadline(delay), false);
}

bool mod_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
		      unsigned long delay)
{
	return !put(queue, &work->work, delay ? core_deadline(delay) : 0, true);
}

static bool is_busy(struct work_struct *work)
{
	unsigned long flags;
	bool busy;

	raw_spin_lock_irqsave(&works_lock, flags);
	busy = !list_empty(&work->entry) || (work->queue && work->queue->running == work);
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return busy;
}

static bool hurry(struct work_struct *work, bool cancel)
{
	unsigned long flags;
	bool waits;

	raw_spin_lock_irqsave(&works_lock, flags);
	waits = !list_empty(&work->entry);
	if (cancel)
		list_del_init(&work->entry);
	work->when = 0;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	core_event();
	return waits;
}

bool flush_work(struct work_struct *work)
{
	bool waits = hurry(work, false);

	core_wait_until(!is_busy(work), CORE_NEVER);
	return waits;
}

bool flush_delayed_work(struct delayed_work *work)
{
	return flush_work(&work->work);
}

bool cancel_work_sync(struct work_struct *work)
{
	bool waits = hurry(work, true);

	core_wait_until(({ hurry(work, true); !is_busy(work); }), CORE_NEVER);
	/* The queue may go before the work is used again. */
	work->queue = NULL;
	return waits;
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	return cancel_work_sync(&work->work);
}

static bool is_idle(struct workqueue_struct *queue)
{
	struct work_struct *work;
	unsigned long flags;
	bool idle;

	raw_spin_lock_irqsave(&works_lock, flags);
	idle = !queue->running;
	list_for_each_entry(work, &queue->works, entry)
		idle = idle && work->when;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return idle;
}

/* What is to run later is not waited for. */
void flush_workqueue(struct workqueue_struct *queue)
{
	core_wait_until(is_idle(queue), CORE_NEVER);
}

/* --- works of interrupts --- */

static void run_irq_work(void *data)
{
	struct irq_work *work = data;

	atomic_set_release(&work->queued, 0);
	work->func(work);
	atomic_dec(&work->running);
}

/* This CPU's interrupt, as soon as it takes some. */
bool irq_work_queue(struct irq_work *work)
{
	int queued = 0;

	if (!atomic_try_cmpxchg(&work->queued, &queued, 1))
		return false;
	atomic_inc(&work->running);
	work->call = (struct core_call){ .run = run_irq_work, .data = work };
	core_raise(&work->call);
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	core_wait_until(!atomic_read_acquire(&work->running), S64_MAX);
}

/* --- readers --- */

void rcu_read_lock(void)
{
	preempt_disable();
	core.rcu++;
}

void rcu_read_unlock(void)
{
	core.rcu--;
	preempt_enable();
}

/* In an interrupt: is what it has interrupted no reader? Whoever cannot be preempted is one. */
static void look_for_reader(void *data)
{
	bool *quiet = data;

	*quiet = core.depth == CORE_HARDIRQ;
}

static bool is_quiet(unsigned int cpu)
{
	bool quiet = false;

	core_interrupt(cpu, look_for_reader, &quiet);
	return quiet;
}

/* Wait until each CPU was seen without a reader: then all have ended that had begun before. */
void synchronize_rcu(void)
{
	bool seen[CORE_CPUS] = {};
	unsigned int cpu, left;

	for (;;) {
		left = 0;
		for_each_possible_cpu(cpu) {
			seen[cpu] = seen[cpu] || is_quiet(cpu);
			left += !seen[cpu];
		}
		if (!left)
			return;
		core_sleep(core_events(), core_now() + 50 * NSEC_PER_USEC);
	}
}

/* What is to be freed when readers are over; guarded by the lock of works. */
static struct rcu_head *later;
static struct workqueue_struct *later_queue;

static void free_all(struct work_struct *work)
{
	struct rcu_head *head, *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&works_lock, flags);
	head = later;
	later = NULL;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	if (!head)
		return;
	synchronize_rcu();
	for (; head; head = next) {
		next = head->next;
		kfree(head->memory);
	}
}

static struct work_struct later_work;

void core_free_later(struct rcu_head *head, void *memory)
{
	unsigned long flags;

	head->memory = memory;
	raw_spin_lock_irqsave(&works_lock, flags);
	head->next = later;
	later = head;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	queue_work(later_queue, &later_work);
}

int core_load(void)
{
	INIT_WORK(&later_work, free_all);
	later_queue = alloc_workqueue("rcu", 0, 0);
	system_wq = alloc_workqueue("events", 0, 0);
	return core_mpool_init();
}

/* As rmmod: not while somebody uses it. */
void core_unload(void)
{
	core_wait_until(!atomic_read_acquire(&core_module.users), CORE_NEVER);
	core_mpool_exit();
	destroy_workqueue(system_wq);
	destroy_workqueue(later_queue);
}
