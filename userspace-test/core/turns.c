// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that take turns, in one thread: before any access to memory, who goes on is chosen, and
 * whether an interrupt comes. The same choices make the same things happen. Time passes where
 * nobody can go on, or where that is chosen. See threads.c for another kind.
 */
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include <turns.h>

__thread struct core_context core;
__thread struct task_struct *current;
void (*core_task_hook)(bool begins);

#define STACK_BYTES	(256UL << 10)

/* Who sleeps looks at least so often whether something happened that nobody told of. */
#define NAP		(10 * NSEC_PER_MSEC)

/* What a turn takes; and in one of so many, up to so much more time passes. */
#define TURN_TIME	NSEC_PER_USEC
#define LEAPS		20000
#define LEAP		(2 * NSEC_PER_SEC)

/* No test takes so long, nor waits for a lock so often. */
#define TOO_LONG	(10000 * NSEC_PER_SEC)
#define TOO_OFTEN	1000000

/* A task, while it does not run: where it is, and until when it sleeps. */
struct fiber {
	struct task_struct task;
	struct list_head link;		/* among those of its CPU */
	struct core_context at;
	char *stack;
	size_t stack_bytes;
	ucontext_t begin;
	jmp_buf place;
	void *shadow;			/* of a sanitizer */
	bool begun;
	bool ended;
	bool sleeps;
	unsigned int seen;		/* it sleeps until there is another event ... */
	s64 until;			/* ... or until then */
};

static struct cpu {
	struct list_head fibers;	/* that run here, or want to, or sleep */
	struct fiber *last;		/* ran here; none other does until it can be preempted */
	struct fiber *idle;		/* answers calls */
} cpus[CORE_CPUS];

static struct turns turns;
static struct fiber first;
static struct fiber *running;
static struct fiber *spare;		/* ended ones, by task.data: their stacks are used again */
static unsigned int stopped = 1;	/* how often turns_stop() was called */
static unsigned int countdown;		/* points to the next choice */
static unsigned int events;
static s64 now;
static int last_pid;
static u64 points, trace, chosen;

/* --- choices --- */

/*
 * xorshift64*: G. Marsaglia, "Xorshift RNGs", 2003; S. Vigna, "An experimental exploration of
 * Marsaglia's xorshift generators, scrambled", 2016.
 */
static u32 next_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL >> 32;
}

/* A number below n. */
static unsigned int choose(unsigned int n)
{
	unsigned int choice = next_random(&chosen) % n;

	trace = trace * 31 + points + choice;
	return choice;
}

/* Not of the same numbers: some are asked for once only, in the first of many runs. */
void core_random(void *to, size_t bytes)
{
	static u64 state = 1;
	u8 *at = to;

	while (bytes--)
		*at++ = next_random(&state);
}

u64 turns_points(void)
{
	return points;
}

u64 turns_trace(void)
{
	return trace;
}

void turns_stop(void)
{
	stopped++;
}

void turns_go_on(void)
{
	stopped--;
}

s64 core_now(void)
{
	return now;
}

/* --- who can go on --- */

static bool is_preemptible(const struct fiber *fiber)
{
	return !fiber->at.depth && !fiber->at.irqs_off && !fiber->at.rcu;
}

static bool is_ready(const struct fiber *fiber)
{
	if (fiber == cpus[fiber->at.cpu].idle)
		return core_is_called(fiber->at.cpu) || !is_preemptible(fiber);
	return !fiber->ended &&
	       (!fiber->sleeps || fiber->seen != events || fiber->until <= now);
}

#define MOST_CANDIDATES	64

/* Who could go on. */
struct candidates {
	const struct fiber *but;	/* this one not */
	unsigned int n;
	struct fiber *of[MOST_CANDIDATES];
};

static void add(struct candidates *candidates, struct fiber *fiber)
{
	if (fiber == candidates->but || !is_ready(fiber))
		return;
	if (candidates->n == MOST_CANDIDATES)
		core_panic("too many tasks\n");
	candidates->of[candidates->n++] = fiber;
}

static void add_those_of(struct candidates *candidates, const struct cpu *cpu)
{
	struct fiber *fiber;

	if (cpu->last && !is_preemptible(cpu->last)) {
		add(candidates, cpu->last);
		return;
	}
	list_for_each_entry(fiber, &cpu->fibers, link)
		add(candidates, fiber);
	add(candidates, cpu->idle);
}

/* Somebody who can go on, but for one; NULL if nobody can. */
static struct fiber *somebody(const struct fiber *but)
{
	struct candidates candidates = { .but = but };
	unsigned int cpu;

	for (cpu = 0; cpu < core_nr_cpus(); cpu++)
		add_those_of(&candidates, &cpus[cpu]);
	return candidates.n ? candidates.of[choose(candidates.n)] : NULL;
}

/* All sleep: it becomes so late that one of them wakes. */
static void let_time_pass(void)
{
	s64 until = CORE_NEVER;
	struct fiber *fiber;
	unsigned int cpu;

	for (cpu = 0; cpu < core_nr_cpus(); cpu++) {
		list_for_each_entry(fiber, &cpus[cpu].fibers, link) {
			if (fiber->sleeps)
				until = min(until, fiber->until);
		}
	}
	if (until > TOO_LONG)
		core_panic("all wait for each other\n");
	now = until;
}

/* --- to go on with another --- */

/* What comes after this is done when somebody goes on with who has called it. */
static void go_on_with(struct fiber *next)
{
	struct fiber *from = running;

	__sanitizer_start_switch_fiber(&from->shadow, next->stack, next->stack_bytes);
	if (!_setjmp(from->place)) {
		running = next;
		current = &next->task;
		core = next->at;
		if (next->begun)
			_longjmp(next->place, 1);
		next->begun = true;
		setcontext(&next->begin);
	}
	__sanitizer_finish_switch_fiber(from->shadow, NULL, NULL);
}

/* Somebody goes on, but for one; when it is the caller's turn again, this returns. */
static void let_others(const struct fiber *but)
{
	struct fiber *next;

	running->at = core;
	now += TURN_TIME;
	while (!(next = somebody(but))) {
		if (but)
			core_panic("waits for what nobody does\n");
		let_time_pass();
	}
	cpus[next->at.cpu].last = next;
	if (next != running)
		go_on_with(next);
	core.pending = core_is_called(core.cpu);
	if (core.pending && !core.irqs_off)
		core_pending();
}

/* Non-maskable ones come at any time. */
static void interrupt(void)
{
	bool nmi = core.irqs_off || !choose(4), were_off;

	if (in_nmi())
		return;
	were_off = core_irq_save();
	core.depth += nmi ? CORE_NMI : CORE_HARDIRQ;
	turns.on_interrupt(nmi);
	core.depth -= nmi ? CORE_NMI : CORE_HARDIRQ;
	core_irq_restore(were_off);
}

static void move(struct fiber *fiber, unsigned int cpu)
{
	if (cpus[fiber->at.cpu].last == fiber)
		cpus[fiber->at.cpu].last = NULL;
	list_move_tail(&fiber->link, &cpus[cpu].fibers);
	fiber->at.cpu = cpu;
	fiber->at.offset = core_offset(cpu);
}

/* The caller goes on, on that CPU, when it is free. */
void core_move(unsigned int cpu)
{
	running->at = core;
	move(running, cpu);
	core = running->at;
	let_others(NULL);
}

static void take_turn(void)
{
	unsigned int cpu = choose(core_nr_cpus());

	if (turns.interrupts && !choose(turns.interrupts))
		interrupt();
	if (core_may_sleep() && running != cpus[core.cpu].idle && !choose(8) && cpu_online(cpu))
		core_move(cpu);
	else
		let_others(NULL);
	if (!choose(LEAPS))
		now += choose(LEAP);
}

static bool is_within(const void *address, const void *memory, size_t bytes)
{
	return (unsigned long)address - (unsigned long)memory < bytes;
}

/**
 * turns_point() - here somebody else may go on
 * @address: that the caller is about to access; where only he can see it, nothing happens
 */
void turns_point(const void *address)
{
	if (stopped || is_within(address, running->stack, running->stack_bytes) ||
	    is_within(address, &core, sizeof(core)))
		return;
	points++;
	if (countdown--)
		return;
	countdown = choose(turns.pace);
	take_turn();
}

/* --- what the kernel does --- */

void core_spin(raw_spinlock_t *lock)
{
	unsigned int spins;

	for (spins = 0; lock->locked; spins++) {
		if (spins == TOO_OFTEN)
			core_panic("a lock never comes free\n");
		let_others(running);
	}
}

unsigned int core_events(void)
{
	return events;
}

void core_event(void)
{
	events++;
}

void core_sleep(unsigned int seen, s64 until)
{
	if (!core_may_sleep())
		core_panic("sleeps where it must not\n");
	running->seen = seen;
	running->until = min(until, now + NAP);
	running->sleeps = true;
	let_others(NULL);
	running->sleeps = false;
}

void core_interrupt(unsigned int cpu, void (*run)(void *data), void *data)
{
	bool done = false;
	struct core_call call = { .run = run, .data = data, .done = &done };

	if (cpu == core.cpu) {
		core_raise(&call);
		return;
	}
	core_call(cpu, &call);
	while (!READ_ONCE(done))
		let_others(running);
}

/* Who is there yet moves to CPU 0, which never dies. */
bool core_cpu_is_idle(unsigned int cpu)
{
	struct fiber *fiber, *next;

	if (core.cpu == cpu)
		core_move(0);
	if (cpus[cpu].last && !is_preemptible(cpus[cpu].last))
		return false;
	list_for_each_entry_safe(fiber, next, &cpus[cpu].fibers, link)
		move(fiber, 0);
	return !core_is_called(cpu);
}

/* --- tasks --- */

static void begin(void)
{
	struct fiber *fiber = running;

	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
	fiber->task.result = fiber->task.run(fiber->task.data);
	if (!core_may_sleep())
		core_panic("a task ends where it must not sleep\n");
	fiber->ended = true;
	core_event();
	let_others(NULL);
}

/* With a page below the stack that nobody may touch. */
static struct fiber *new_fiber(void)
{
	struct fiber *fiber = calloc(1, sizeof(*fiber));
	char *memory = mmap(NULL, PAGE_SIZE + STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory, PAGE_SIZE, PROT_NONE))
		core_panic("no stack\n");
	fiber->stack = memory + PAGE_SIZE;
	fiber->stack_bytes = STACK_BYTES;
	return fiber;
}

static struct fiber *take_spare(void)
{
	struct fiber *fiber = spare;

	spare = fiber->task.data;
	ASAN_UNPOISON_MEMORY_REGION(fiber->stack, fiber->stack_bytes);
	*fiber = (struct fiber){ .stack = fiber->stack, .stack_bytes = fiber->stack_bytes };
	return fiber;
}

static void make_spare(struct fiber *fiber)
{
	fiber->task.data = spare;
	spare = fiber;
}

static struct fiber *make_fiber(unsigned int cpu, int (*run)(void *data), void *data)
{
	struct fiber *fiber = spare ? take_spare() : new_fiber();

	fiber->task.run = run;
	fiber->task.data = data;
	fiber->task.pid = ++last_pid;
	fiber->at.cpu = cpu;
	fiber->at.offset = core_offset(cpu);
	getcontext(&fiber->begin);
	fiber->begin.uc_stack.ss_sp = fiber->stack;
	fiber->begin.uc_stack.ss_size = fiber->stack_bytes;
	makecontext(&fiber->begin, begin, 0);
	return fiber;
}

struct task_struct *core_task(unsigned int cpu, int (*run)(void *data), void *data)
{
	struct fiber *fiber = make_fiber(cpu, run, data);

	list_add_tail(&fiber->link, &cpus[cpu].fibers);
	return &fiber->task;
}

int core_task_join(struct task_struct *task)
{
	struct fiber *fiber = container_of(task, struct fiber, task);

	core_wait_until(fiber->ended, CORE_NEVER);
	if (cpus[fiber->at.cpu].last == fiber)
		cpus[fiber->at.cpu].last = NULL;
	list_del(&fiber->link);
	make_spare(fiber);
	return task->result;
}

/* What a CPU was called for is answered whenever somebody goes on there. */
static int answer(void *data)
{
	for (;;)
		let_others(NULL);
}

/* --- a run --- */

static void become_first(void)
{
	pthread_attr_t attributes;

	first = (struct fiber){ .begun = true };
	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, (void **)&first.stack, &first.stack_bytes);
	pthread_attr_destroy(&attributes);
	list_add(&first.link, &cpus[0].fibers);
	running = &first;
	current = &first.task;
	core = first.at;
}

/**
 * turns_start() - the caller becomes a task, on the first of some CPUs that take turns
 * @how: how they do
 * @n: how many there are
 */
void turns_start(const struct turns *how, unsigned int n)
{
	unsigned int cpu;

	turns = *how;
	chosen = how->seed * 0x9e3779b97f4a7c15ULL | 1;
	points = 0;
	trace = 0;
	now = 0;
	events = 0;
	last_pid = 0;
	countdown = 0;
	stopped = 0;
	core_smp_start(n);
	for (cpu = 0; cpu < n; cpu++) {
		INIT_LIST_HEAD(&cpus[cpu].fibers);
		cpus[cpu].last = NULL;
		cpus[cpu].idle = make_fiber(cpu, answer, NULL);
	}
	become_first();
}

/* All other tasks have ended, and were joined. */
void turns_end(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < core_nr_cpus(); cpu++)
		make_spare(cpus[cpu].idle);
	stopped = 1;
}
