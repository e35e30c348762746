/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random programs: tasks and interrupts that use pools in every way at once, on CPUs that take
 * turns, and what is known of each pool besides, so that what it does can be judged.
 */
#ifndef _PROGRAM_H
#define _PROGRAM_H

#include <linux/mpool.h>

/* CPUs; the last one is for what is done later, and never dies. */
#define CPUS		5

/* Where a call is made. */
enum where {
	IN_TASK,			/* it may sleep */
	IN_ATOMIC,			/* preemption is off, or interrupts are too */
	IN_IRQ,
	IN_NMI,
};

/* --- choice.c: what a program is made of --- */

void choices_by_seed(u64 seed);
void choices_by_bytes(const u8 *bytes, size_t n);
unsigned int choice(unsigned int n);
bool choices_are_over(void);

/* --- stamp.c: whose an object is can be read from it --- */

void stamp(void *memory, size_t bytes, u32 with);
bool has_stamp(const void *memory, size_t bytes, u32 with);

/* --- model.c: what is known of a pool --- */

#define MOST_HELD	96
#define MOST_BULK	8
#define MOST_REQUESTS	6

struct held {
	void *obj;
	u32 stamp;
	bool privileged;
};

/* A call under way that asks for objects, or a request in line. */
struct demand {
	struct list_head link;
	size_t n;
	bool privileged;
	unsigned long most;		/* objects in use or asked for, at the worst time, ... */
	unsigned long most_privileged;	/* ... and those of privileged requests, late ones too */
	unsigned int changes;		/* model.changes at the start */
};

struct model {
	struct mpool *pool;
	struct mpool_params params;
	struct held held[MOST_HELD];
	unsigned int n;
	unsigned long used;		/* objects that somebody has, or asks for */
	unsigned long used_privileged;
	unsigned long late;		/* those of them that are on their way home */
	unsigned long late_privileged;
	struct list_head demands;
	unsigned long ceiling;		/* there are never more objects */
	unsigned int changes;		/* of what makes an allocation fail for good reasons */
	bool changing;			/* somebody changes a figure, one at a time */
	bool short_of_memory;
	long constructed;
	u32 last_stamp;
};

void model_init(struct model *model);
void model_begin(struct model *model, struct demand *demand, size_t n, bool privileged);
void model_got(struct model *model, struct demand *demand, void **objs);
void model_failed(struct model *model, struct demand *demand, gfp_t gfp, enum where where);
void model_abandon(struct model *model, struct demand *demand);
bool model_take(struct model *model, struct held *held);
void model_freed(struct model *model, const struct held *held);
void model_freed_late(struct model *model, const struct held *held);
void model_look(struct model *model);
void model_change(struct model *model);
void model_rest(struct model *model);

/* --- calls.c --- */

void *call_alloc(struct mpool *pool, gfp_t gfp);
void call_free(struct mpool *pool, void *obj);

/* --- fixed.c, sized.c, tree.c, device.c: what can be done with each kind of thing --- */

void fixed_start(void);
void fixed_step(enum where where);
void fixed_relax(void);
void fixed_end(void);
void fixed_gone(void);

void sized_start(void);
void sized_step(enum where where);
void sized_end(void);

void tree_start(void);
void tree_step(enum where where);
void tree_end(void);

void device_start(void);
void device_step(enum where where);
void device_end(void);

/* --- program.c --- */

struct report {
	u64 steps;			/* calls */
	u64 points;			/* where somebody else could have gone on */
	u64 trace;			/* differs if anything went another way */
};

/* Runs one, of as many steps; ends the process where anything is wrong. */
void program_run(u64 seed, unsigned int steps, struct report *report);

/* Reports of misuse that are to come; any other ends the process. */
void program_expect_reports(bool expected);

/* What is wrong, after which nothing can go on. */
#define WRONG(format, ...)	core_panic("WRONG: " format "\n", ##__VA_ARGS__)

#endif
