/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of mpool_failnth share: what a call is, and the stage that it is made on.
 */
#ifndef FAILNTH_H
#define FAILNTH_H

#include <linux/mpool.h>
#include <linux/types.h>

#include "ioctl.h"

/* Most objects that a call gets or frees. */
#define OBJECTS_MAX	128

/*
 * A call that is made again and again, each time with another of its failures. What it needs is
 * made before, without failures: so each point that is walked is one of the call itself.
 */
struct call {
	const char *name;		/* NULL behind the last of a list */
	unsigned int points;		/* at least so many places where it must be able to fail */
	int (*run)(const struct call *call);
	void (*undo)(const struct call *call);	/* NULL: free stage.objs */
	int (*prepare)(const struct call *call);	/* NULL: make stage.pool */
	struct mpool_params params;	/* of that; name, buffer and gfp are added */
	gfp_t gfp;			/* of a request */
	size_t n;			/* objects of a request */
	bool never;			/* it may not fail ... */
	int err;			/* ... or as this says; 0 is -ENOMEM */
};

/* Each ends with one that has no name. */
extern const struct call create_calls[], alloc_calls[], line_calls[], free_calls[], tune_calls[];
extern const struct call piece_calls[], object_calls[];

/* What the calls use. All that is there is destroyed at the end. */
struct stage {
	struct mpool *pool;
	struct mpool_sized *sized;
	struct mpool_type *type;
	void *piece;			/* of @sized */
	void *root;			/* of a tree of objects, which is destroyed before @type */
	void *buffer;
	void *objs[OBJECTS_MAX];	/* of @pool, that are held */
	size_t n;
	void __user *user;		/* FAILNTH_USER bytes of the program's memory */
};

extern struct stage stage;

/* --- stage.c: what calls need, and have in common --- */

int stage_pool(const struct call *call);
int stage_no_pool(const struct call *call);
int stage_held(const struct call *call);
int stage_create(const struct call *call);
void stage_destroy(const struct call *call);
void stage_free(const struct call *call);
void stage_stay(const struct call *call);
int stage_construct(void *obj, void *ctx, gfp_t gfp);
void stage_destruct(void *obj, void *ctx);
void stage_clear(void);

/* --- pages.c: do all pages of slabs come back? --- */

int pages_init(void);
void pages_exit(void);
void pages_watch(bool on);
void pages_call(bool on);
void pages_shift(void);
bool pages_met_fault(void);
bool pages_are_back(void);

#endif
