/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands in for the kernel where mpool's own code runs in user space: CPUs, tasks on them,
 * interrupts. The headers in linux/ are made of it; tests and benches use it too.
 *
 * A CPU is a number, and a share of what is per CPU. A task is a thread that has a CPU while it
 * runs, and nobody else has that: it is not preempted, and gives the CPU up when it sleeps. An
 * interrupt is a signal to the thread that has the CPU, so it comes between any two instructions,
 * unless interrupts are off; a CPU that no task has is interrupted by who wants to interrupt it.
 */
#ifndef _CORE_H
#define _CORE_H

#include <linux/compiler.h>
#include <linux/types.h>

/* Most CPUs, and bytes that each has of what is per CPU. */
#define CORE_CPUS	16
#define CORE_CPU_BYTES	1024

/* Parts of core_context.depth, as in the kernel's preempt_count. */
#define CORE_PREEMPT	0x000001
#define CORE_SOFTIRQ	0x000100
#define CORE_HARDIRQ	0x010000
#define CORE_NMI	0x100000

/* Of the task that runs: where, and what it may not do there. */
struct core_context {
	unsigned long offset;		/* of its CPU's share, see this_cpu_ptr() */
	unsigned int cpu;
	unsigned int depth;		/* why it cannot be preempted */
	bool irqs_off;
	bool pending;			/* an interrupt came, but they were off */
	unsigned int rcu;		/* nested readers */
};

extern __thread struct core_context core __attribute__((tls_model("local-exec")));

static inline unsigned long core_offset(unsigned int cpu)
{
	return cpu * (unsigned long)CORE_CPU_BYTES;
}

void core_start(unsigned int cpus);
void core_smp_start(unsigned int cpus);
unsigned int core_nr_cpus(void);
bool core_cpu_is_idle(unsigned int cpu);
void core_random(void *to, size_t bytes);
void core_pending(void);
void core_panic(const char *format, ...) __printf(1, 2) __noreturn;

/* Interrupts off; returns whether they were. */
static inline bool core_irq_save(void)
{
	bool were_off = core.irqs_off;

	core.irqs_off = true;
	barrier();
	return were_off;
}

static inline void core_irq_restore(bool were_off)
{
	barrier();
	core.irqs_off = were_off;
	barrier();
	if (unlikely(core.pending) && !were_off)
		core_pending();
}

/* May this task sleep here? */
static inline bool core_may_sleep(void)
{
	return !core.depth && !core.irqs_off && !core.rcu;
}

/*
 * Sleep until a condition holds that core_event() is called for when it may, or until a time;
 * KTIME_MAX for never.
 */
unsigned int core_events(void);
void core_event(void);
void core_sleep(unsigned int seen, s64 until);
s64 core_now(void);

#define core_wait_until(condition, until)				\
({									\
	unsigned int __seen = core_events();				\
	s64 __until = (until);						\
	bool __holds;							\
									\
	while (!(__holds = (condition)) && core_now() < __until) {	\
		core_sleep(__seen, __until);				\
		__seen = core_events();					\
	}								\
	__holds;							\
})

#define CORE_NEVER	S64_MAX

struct task_struct;

/* A task that starts on a CPU, and one to wait for its end. */
struct task_struct *core_task(unsigned int cpu, int (*run)(void *data), void *data);
int core_task_join(struct task_struct *task);
void core_move(unsigned int cpu);

/* Called by each task that begins, and before it ends. */
extern void (*core_task_hook)(bool begins);

/* What a CPU is to do in an interrupt. */
struct core_call {
	void (*run)(void *data);
	void *data;
	bool *done;			/* set then, if there is one */
	struct core_call *next;
};

void core_raise(struct core_call *call);
void core_call(unsigned int cpu, struct core_call *call);
bool core_is_called(unsigned int cpu);
void core_answer(void);
void core_interrupt(unsigned int cpu, void (*call)(void *data), void *data);

/* Pages that are in use, and a limit on them: more are not to be had. */
extern unsigned long core_pages, core_pages_max;

/* And smaller pieces. */
extern long core_pieces;
void core_memory_anew(void);

/* What module_init() and module_exit() make of modules' functions. */
int core_mpool_init(void);
void core_mpool_exit(void);
int core_mpool_bench_init(void);
void core_mpool_bench_exit(void);

/* Load mpool, and unload it. */
int core_load(void);
void core_unload(void);

#endif
