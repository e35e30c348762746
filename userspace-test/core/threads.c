// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that really run at the same time: tasks are threads, interrupts are signals. See turns.c for
 * another kind.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

__thread struct core_context core;
__thread struct task_struct *current;
void (*core_task_hook)(bool begins);

#ifdef __SANITIZE_THREAD__
int core_fence;
#endif

/* Sleeps no longer than this at a time, so that an event that nobody told of is noticed. */
#define NAP		(10 * NSEC_PER_MSEC)

/* A number that changes when something has happened, and how many sleep until it does. */
struct change {
	unsigned int number;
	unsigned int sleepers;
};

static struct cpu {
	raw_spinlock_t lock;		/* guards what follows; with interrupts off */
	bool taken;			/* by a task, or by who stands in: see stand_in() */
	bool running;			/* by a task, which @thread is */
	pthread_t thread;
	struct change left;		/* by who had taken it */
} __aligned(64) cpus[CORE_CPUS];

static int last_pid;

static struct change events;

s64 core_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/**
 * core_spin() - wait for a spinlock that somebody has
 * @lock: the lock
 */
void core_spin(raw_spinlock_t *lock)
{
	unsigned int spins;

	for (spins = 0; READ_ONCE(lock->locked); spins++) {
		if (spins < 1000)
			cpu_relax();
		else
			sched_yield();
	}
}

static unsigned int number_of(struct change *change)
{
	return __atomic_load_n(&change->number, __ATOMIC_SEQ_CST);
}

static void happen(struct change *change)
{
	__atomic_add_fetch(&change->number, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&change->sleepers, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &change->number, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Until it happens, or until a time; perhaps less. */
static void nap(struct change *change, unsigned int seen, s64 until)
{
	s64 most = until - core_now();
	struct timespec time = {};

	if (most <= 0)
		return;
	time.tv_nsec = most < NAP ? most : NAP;
	__atomic_add_fetch(&change->sleepers, 1, __ATOMIC_SEQ_CST);
	if (number_of(change) == seen)
		syscall(SYS_futex, &change->number, FUTEX_WAIT_PRIVATE, seen, &time, NULL, 0);
	__atomic_sub_fetch(&change->sleepers, 1, __ATOMIC_SEQ_CST);
}

/* --- interrupts --- */

static void on_signal(int signal)
{
	int error = errno;

	core.pending = true;
	barrier();
	if (!core.irqs_off)
		core_pending();
	errno = error;
}

/* Become a CPU that nobody has, to be interrupted in its place; false if somebody has it. */
static bool stand_in(struct cpu *cpu)
{
	struct core_context own = core;
	unsigned int nr = cpu - cpus;
	bool free;

	core_irq_save();
	raw_spin_lock(&cpu->lock);
	free = !cpu->taken;
	WRITE_ONCE(cpu->taken, true);
	raw_spin_unlock(&cpu->lock);
	if (free) {
		core.cpu = nr;
		core.offset = core_offset(nr);
		core_answer();
		core.cpu = own.cpu;
		core.offset = own.offset;
		raw_spin_lock(&cpu->lock);
		WRITE_ONCE(cpu->taken, false);
		raw_spin_unlock(&cpu->lock);
		happen(&cpu->left);
	}
	core_irq_restore(own.irqs_off);
	return free;
}

/**
 * core_interrupt() - have a CPU call something in an interrupt, and wait until it has done so
 * @nr: its number
 * @run: what to call
 * @data: with what
 *
 * As in the kernel, interrupts are not off here.
 */
void core_interrupt(unsigned int nr, void (*run)(void *data), void *data)
{
	bool done = false, were_off;
	struct core_call call = { .run = run, .data = data, .done = &done };
	struct cpu *cpu = &cpus[nr];

	if (nr == core.cpu) {
		core_raise(&call);
		return;
	}
	core_call(nr, &call);
	were_off = core_irq_save();
	raw_spin_lock(&cpu->lock);
	if (cpu->running)
		pthread_kill(cpu->thread, SIGUSR1);
	raw_spin_unlock(&cpu->lock);
	core_irq_restore(were_off);
	/* Pairs with the release in answer_calls(). */
	while (!smp_load_acquire(&done)) {
		if (!READ_ONCE(cpu->taken))
			stand_in(cpu);
		else
			sched_yield();
	}
}

/* --- tasks --- */

/* Interrupts are off. */
static bool try_to_take(struct cpu *cpu)
{
	bool free;

	raw_spin_lock(&cpu->lock);
	free = !cpu->taken;
	if (free) {
		WRITE_ONCE(cpu->taken, true);
		cpu->running = true;
		cpu->thread = pthread_self();
	}
	raw_spin_unlock(&cpu->lock);
	if (free) {
		core.cpu = cpu - cpus;
		core.offset = core_offset(core.cpu);
	}
	return free;
}

/*
 * Interrupts are off from when a thread has left a CPU to when it has one again: a signal that was
 * sent before may come after, and must not do for that CPU what somebody else does by then.
 */
static void take_cpu(unsigned int nr)
{
	struct cpu *cpu = &cpus[nr];
	unsigned int seen;

	core_irq_save();
	seen = number_of(&cpu->left);
	while (!try_to_take(cpu)) {
		nap(&cpu->left, seen, CORE_NEVER);
		seen = number_of(&cpu->left);
	}
	/* What it was called for while nobody had it, and nobody stood in yet. */
	core.pending = true;
	core_irq_restore(false);
}

static void leave_cpu(void)
{
	struct cpu *cpu = &cpus[core.cpu];

	core_irq_save();
	raw_spin_lock(&cpu->lock);
	cpu->running = false;
	raw_spin_unlock(&cpu->lock);
	/* Nobody sends us a signal any more; what came by then is done here. */
	core_answer();
	raw_spin_lock(&cpu->lock);
	WRITE_ONCE(cpu->taken, false);
	raw_spin_unlock(&cpu->lock);
	happen(&cpu->left);
}

unsigned int core_events(void)
{
	return number_of(&events);
}

void core_event(void)
{
	happen(&events);
}

/**
 * core_sleep() - sleep until there is an event, or until a time; perhaps less
 * @seen: what core_events() returned before the look that found nothing
 * @until: the time
 */
void core_sleep(unsigned int seen, s64 until)
{
	unsigned int cpu = core.cpu;

	if (!core_may_sleep())
		core_panic("sleeps where it must not\n");
	leave_cpu();
	nap(&events, seen, until);
	take_cpu(cpu);
}

/* CPUs that work at the same time do so on cores of their own, as far as there are some. */
static void bind(unsigned int cpu)
{
	cpu_set_t cores;

	CPU_ZERO(&cores);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &cores);
	pthread_setaffinity_np(pthread_self(), sizeof(cores), &cores);
}

static void *run_task(void *data)
{
	struct task_struct *task = data;

	current = task;
	bind(task->cpu);
	if (core_task_hook)
		core_task_hook(true);
	take_cpu(task->cpu);
	task->result = task->run(task->data);
	leave_cpu();
	if (core_task_hook)
		core_task_hook(false);
	return NULL;
}

struct task_struct *core_task(unsigned int cpu, int (*run)(void *data), void *data)
{
	struct task_struct *task = calloc(1, sizeof(*task));

	task->cpu = cpu;
	task->run = run;
	task->data = data;
	task->pid = __atomic_add_fetch(&last_pid, 1, __ATOMIC_RELAXED);
	if (pthread_create(&task->thread, NULL, run_task, task))
		core_panic("no thread\n");
	return task;
}

int core_task_join(struct task_struct *task)
{
	unsigned int cpu = core.cpu;
	int result;

	leave_cpu();
	pthread_join(task->thread, NULL);
	take_cpu(cpu);
	result = task->result;
	free(task);
	return result;
}

/**
 * core_move() - have the caller go on, on another CPU
 * @cpu: its number
 */
void core_move(unsigned int cpu)
{
	if (cpu == core.cpu)
		return;
	leave_cpu();
	bind(cpu);
	take_cpu(cpu);
}

/**
 * core_start() - the caller becomes a task, on CPU 0
 * @n: how many CPUs there are
 */
void core_start(unsigned int n)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	static struct task_struct first;

	sigaction(SIGUSR1, &action, NULL);
	core_smp_start(n);
	current = &first;
	bind(0);
	take_cpu(0);
}

bool core_cpu_is_idle(unsigned int cpu)
{
	return !core_is_called(cpu) && !READ_ONCE(cpus[cpu].taken);
}

/* --- random numbers --- */

void core_random(void *to, size_t bytes)
{
	if (getrandom(to, bytes, 0) != (ssize_t)bytes)
		core_panic("no random numbers\n");
}
