// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done with objects of several pieces, and trees of them.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "program.h"

#define MOST_NODES	48
#define MOST_LEAVES	3

struct node {
	u64 content;
	u64 *leaf;
	u64 *leaves[MOST_LEAVES];
};

/* An object, and who uses its tree just now. */
static struct known {
	struct node *node;
	struct known *parent;
	bool busy;			/* of a root: so is all below */
} nodes[MOST_NODES];

static struct mpool *leaf_pool;
static struct mpool_type *type;
static long inits, leaf_inits;
static bool inits_fail;

static int init(void *obj, void *arg)
{
	struct node *node = obj;

	if (inits_fail && !choice(6))
		return -EIO;
	node->content = (unsigned long)obj;
	inits++;
	return 0;
}

static void fini(void *obj)
{
	struct node *node = obj;

	if (node->content != (unsigned long)obj)
		WRONG("the content of %p is lost", obj);
	inits--;
}

static int leaf_init(void *part, size_t count, void *obj, void *arg)
{
	if (inits_fail && !choice(6))
		return -EIO;
	*(u64 *)part = (unsigned long)part;
	leaf_inits++;
	return 0;
}

static void leaf_fini(void *part, void *obj)
{
	if (*(u64 *)part != (unsigned long)part)
		WRONG("the content of a part of %p is lost", obj);
	leaf_inits--;
}

void tree_start(void)
{
	struct mpool_params leaf = {
		.name = "leaf", .size = 40, .limit = choice(2) ? 0 : 20 + choice(60),
	};
	struct mpool_part parts[] = {
		{ .offset = offsetof(struct node, leaf), .count = 1,
		  .init = leaf_init, .fini = leaf_fini },
		{ .offset = offsetof(struct node, leaves), .count = MOST_LEAVES, .given = true,
		  .init = leaf_init, .fini = leaf_fini },
	};
	struct mpool_type_params params = {
		.name = "tree", .size = sizeof(struct node),
		.limit = choice(2) ? 0 : 1 + choice(40),
		.parts = parts, .nr_parts = ARRAY_SIZE(parts), .init = init, .fini = fini,
	};

	memset(nodes, 0, sizeof(nodes));
	inits = 0;
	leaf_inits = 0;
	inits_fail = choice(2);
	leaf_pool = mpool_create(&leaf);
	parts[0].pool = leaf_pool;
	parts[1].pool = leaf_pool;
	type = mpool_type_create(&params);
	if (IS_ERR(leaf_pool) || IS_ERR(type))
		WRONG("no type: %ld", PTR_ERR(type));
}

static struct known *root_of(struct known *known)
{
	while (known->parent)
		known = known->parent;
	return known;
}

/* One that is there, and whose tree nobody uses; NULL if the first that is looked at is none. */
static struct known *take_any(void)
{
	struct known *known = &nodes[choice(MOST_NODES)];

	return known->node && !root_of(known)->busy ? known : NULL;
}

static struct known *find_unused(void)
{
	unsigned int i;

	for (i = 0; i < MOST_NODES; i++) {
		if (!nodes[i].node && !nodes[i].busy)
			return &nodes[i];
	}
	return NULL;
}

static void create(enum where where)
{
	gfp_t gfp = where == IN_TASK && choice(3) ? GFP_KERNEL : GFP_NOWAIT;
	size_t counts[] = { 0, choice(MOST_LEAVES + 1) };
	struct known *known = find_unused();
	void *obj;

	if (!known)
		return;
	known->busy = true;
	obj = mpool_object_create(type, gfp, counts, NULL);
	if (!IS_ERR(obj))
		known->node = obj;
	else if (PTR_ERR(obj) != -EIO && PTR_ERR(obj) != -ENOMEM)
		WRONG("no object: %ld", PTR_ERR(obj));
	known->busy = false;
}

/* All below goes with it. */
static void forget(struct known *known)
{
	unsigned int i;

	for (i = 0; i < MOST_NODES; i++) {
		if (nodes[i].node && nodes[i].parent == known)
			forget(&nodes[i]);
	}
	known->node = NULL;
	known->parent = NULL;
}

static void destroy(enum where where)
{
	struct known *known = take_any(), *root;
	struct node *node;

	if (!known)
		return;
	root = root_of(known);
	node = known->node;
	root->busy = true;
	if (mpool_object_destroy(type, node))
		WRONG("%p cannot be destroyed", node);
	root->busy = false;
	forget(known);
}

static bool is_at_or_below(const struct known *known, const struct known *above)
{
	while (known && known != above)
		known = known->parent;
	return known;
}

/* Two trees become one; or it is said why not. */
static void adopt(enum where where)
{
	struct known *child = take_any(), *parent = take_any(), *roots[2];
	bool move = choice(2), loop, taken;
	int err;

	if (!child || !parent)
		return;
	roots[0] = root_of(child);
	roots[1] = root_of(parent);
	loop = is_at_or_below(parent, child);
	taken = child->parent && !move;
	roots[0]->busy = true;
	roots[1]->busy = true;
	if (move)
		err = mpool_object_move(type, child->node, parent->node);
	else
		err = mpool_object_adopt(type, child->node, parent->node);
	if ((err == -ELOOP && !loop) || (err == -EBUSY && !taken) || (!err && (loop || taken)) ||
	    (err && err != -ELOOP && err != -EBUSY))
		WRONG("two trees that become one come to %d", err);
	if (!err)
		child->parent = parent;
	roots[0]->busy = false;
	roots[1]->busy = false;
}

static void release(enum where where)
{
	struct known *child = take_any(), *root;
	int err;

	if (!child)
		return;
	root = root_of(child);
	root->busy = true;
	err = mpool_object_release(type, child->node);
	if (err != (child->parent ? 0 : -ENOENT))
		WRONG("a tree that becomes two comes to %d", err);
	child->parent = NULL;
	root->busy = false;
}

static void look_up(enum where where)
{
	struct known *known = take_any(), *root;
	void *parent;

	if (!known)
		return;
	root = root_of(known);
	root->busy = true;
	parent = mpool_object_parent(type, known->node);
	if (parent != (known->parent ? known->parent->node : NULL))
		WRONG("%p is not the parent of %p", parent, known->node);
	root->busy = false;
}

void tree_step(enum where where)
{
	static void (*const steps[])(enum where where) = {
		create, create, create, create, adopt, adopt, adopt, release, look_up,
		destroy, destroy,
	};

	if (where != IN_NMI)
		steps[choice(11)](where);
}

void tree_end(void)
{
	struct mpool_stats s;
	unsigned int i;

	for (i = 0; i < MOST_NODES; i++) {
		if (!nodes[i].node)
			continue;
		if (mpool_object_destroy(type, nodes[i].node))
			WRONG("%p cannot be destroyed", nodes[i].node);
		forget(&nodes[i]);
	}
	if (inits || leaf_inits)
		WRONG("%ld objects and %ld parts were not undone", inits, leaf_inits);
	mpool_read_stats(leaf_pool, &s);
	if (s.in_use || s.misuses)
		WRONG("%lu parts are in use, with %lu misuses", s.in_use, s.misuses);
	mpool_read_stats(mpool_type_pool(type), &s);
	if (s.in_use || s.misuses)
		WRONG("%lu objects are in use, with %lu misuses", s.in_use, s.misuses);
	mpool_type_destroy(type);
	mpool_destroy(leaf_pool);
}
