/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of mpool_leaks share. device.c says which command does what.
 */
#ifndef LEAKS_H
#define LEAKS_H

#include <linux/mpool.h>
#include <linux/types.h>

/* Objects that are lost in each situation. */
#define LOST	5

/* --- lost.c: how objects are lost --- */

enum where { IN_TASK, IN_SOFTIRQ, IN_HARDIRQ, IN_NMI };

/*
 * A way to lose objects: a pool, and a function that gets an object and forgets it. kmemleak is to
 * report each of them, and that function among those who have called for it.
 */
struct situation {
	struct mpool_params params;	/* of the pool; no name for none */
	int (*begin)(struct situation *this);	/* NULL: make the pool */
	void (*lose)(struct situation *this);	/* get an object, and call lost() */
	void (*free)(struct situation *this, void *obj);	/* NULL: mpool_free() */
	void (*end)(struct situation *this);	/* after the pool was destroyed; may be NULL */
	enum where where;		/* @lose is called */

	struct mpool *pool;
	struct mpool_sized *sized;
	struct mpool_type *type;
	void *held[LOST];		/* objects that are not lost */
	unsigned long lost[LOST];	/* addresses of those that are, inverted */
	unsigned int n;			/* in @lost */
};

int make_pool(struct situation *this);
int hold_objects(struct situation *this);
void free_held(struct situation *this);
void lost(struct situation *this, void *obj);
void wipe_stack(void);
void check_forgotten(void *memory, size_t bytes);
int lose_all(void);
void free_all(void);

/* Each ends with one that has no lose(). */
extern struct situation plain_situations[];
extern struct situation line_situations[];
extern struct situation memory_situations[];
extern struct situation piece_situations[];
extern struct situation stale_situations[];

/* --- kept.c: what is not lost, though kmemleak might think so --- */

int keep_all(void);
int keep_less(void);
void unkeep_all(void);

/* --- damaged.c: what mpool cannot know any more --- */

int damage_at_exit(void);
void leave_damaged(void);

/* --- pending.c: what is on its way home --- */

int pend(void);
int check_pending(void);
int end_pending(void);

/* --- random.c: calls of all kinds in any order --- */

int do_random(unsigned int n, unsigned int seconds);
int end_random(void);

#endif
