// SPDX-License-Identifier: GPL-2.0
/*
 * One program: some tasks and interrupts that do what can be done with a pool, while CPUs die and
 * memory is taken back. At the end, nothing is left.
 */
#include <stdio.h>
#include <string.h>

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/shrinker.h>

#include <turns.h>

#include "program.h"

#define MOST_TASKS	4

/* Points at which others may go on while a line is printed. */
#define PRINTING	1000

static const struct kind {
	void (*start)(void);
	void (*step)(enum where where);
	void (*relax)(void);		/* when all tasks wait */
	void (*end)(void);
	void (*gone)(void);		/* when mpool is unloaded */
} kinds[] = {
	{ fixed_start, fixed_step, fixed_relax, fixed_end, fixed_gone },
	{ .start = sized_start, .step = sized_step, .end = sized_end },
	{ .start = tree_start, .step = tree_step, .end = tree_end },
	{ .start = device_start, .step = device_step, .end = device_end },
};

static const struct kind *kind;
static unsigned int steps_left;
static unsigned int tasks_left;
static unsigned int under_way;		/* steps that have not come to their end */
static u64 steps;
static bool reports_expected;

void program_expect_reports(bool expected)
{
	reports_expected = expected;
}

/* To print takes so long that others go on meanwhile. */
static void hear(const char *line)
{
	unsigned int i;

	if (!reports_expected)
		WRONG("unexpected: %s", line);
	for (i = 0; i < PRINTING; i++)
		turns_point(&reports_expected);
}

static bool step_in(enum where where)
{
	if (!steps_left || choices_are_over())
		return false;
	steps_left--;
	steps++;
	under_way++;
	kind->step(where);
	under_way--;
	return true;
}

static bool step_in_atomic(void)
{
	bool irqs_off = choice(2), goes_on;
	unsigned long flags = 0;

	preempt_disable();
	if (irqs_off)
		local_irq_save(flags);
	goes_on = step_in(IN_ATOMIC);
	if (irqs_off)
		local_irq_restore(flags);
	preempt_enable();
	return goes_on;
}

static int run_task(void *data)
{
	while (choice(4) ? step_in(IN_TASK) : step_in_atomic()) {
		if (!choice(50))
			schedule_timeout_uninterruptible(choice(HZ));
	}
	tasks_left--;
	return 0;
}

static void on_interrupt(bool nmi)
{
	unsigned int n = choice(3);

	while (n-- && step_in(nmi ? IN_NMI : IN_IRQ))
		;
}

/* CPUs die and come back, and memory is taken back, while the tasks run. */
static int disturb(void *data)
{
	struct shrink_control control = { .gfp_mask = GFP_KERNEL };
	unsigned int cpu;

	while (steps_left && !choices_are_over()) {
		schedule_timeout_uninterruptible(1 + choice(HZ));
		cpu = 1 + choice(CPUS - 2);
		if (choice(2)) {
			core_cpu_down(cpu);
			schedule_timeout_uninterruptible(choice(HZ));
			core_cpu_up(cpu);
		} else if (core_shrinker.count_objects(&core_shrinker, &control) < SHRINK_EMPTY) {
			control.nr_to_scan = 1 + choice(500);
			core_shrinker.scan_objects(&core_shrinker, &control);
		}
	}
	return 0;
}

static void run_tasks(void)
{
	struct task_struct *tasks[MOST_TASKS + 1];
	unsigned int n = 1 + choice(MOST_TASKS), disturbed = choice(2), i;
	u64 before;

	tasks_left = n;
	for (i = 0; i < n; i++)
		tasks[i] = core_task(choice(CPUS), run_task, NULL);
	if (disturbed)
		tasks[n++] = core_task(0, disturb, NULL);
	while (tasks_left) {
		before = steps;
		schedule_timeout_uninterruptible(HZ / 4);
		if (steps == before && kind->relax)
			kind->relax();
	}
	for (i = 0; i < n; i++)
		core_task_join(tasks[i]);
	/* No interrupt does any more, but one may be in the midst of it on another CPU. */
	core_wait_until(!under_way, CORE_NEVER);
}

static void choose_turns(struct turns *turns, u64 seed)
{
	static const unsigned int paces[] = { 1, 2, 5, 20, 100, 1000 };
	static const unsigned int interrupts[] = { 0, 0, 3, 10, 50 };

	*turns = (struct turns){
		.seed = seed,
		.pace = paces[choice(ARRAY_SIZE(paces))],
		.interrupts = interrupts[choice(ARRAY_SIZE(interrupts))],
		.on_interrupt = on_interrupt,
	};
}

static void expect_no_memory(void)
{
	if (core_pages || core_pieces)
		WRONG("%lu pages and %ld pieces of memory are lost", core_pages, core_pieces);
	core_memory_anew();
}

void program_run(u64 seed, unsigned int most_steps, struct report *report)
{
	unsigned int which = choice(7);
	struct turns turns;

	kind = &kinds[which < ARRAY_SIZE(kinds) ? which : 0];
	steps_left = 0;
	steps = 0;
	reports_expected = false;
	core_log = hear;
	choose_turns(&turns, seed);
	turns_start(&turns, CPUS);
	if (core_load())
		WRONG("mpool does not start");
	kind->start();
	steps_left = most_steps;
	run_tasks();
	kind->end();
	core_unload();
	if (kind->gone)
		kind->gone();
	*report = (struct report){ steps, turns_points(), turns_trace() };
	turns_end();
	expect_no_memory();
}
