// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of several pieces, and trees of them. Whoever has the root has the tree.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "torture.h"

/* Most nodes that a tree is made of. */
#define NODES	6

#define LABEL_MAX	200

struct leaf {
	struct payload payload;
	u32 pattern[8];
};

struct node {
	struct payload payload;
	u32 pattern[2];
	struct arena *arena;
	struct node *up;
	unsigned int children;
	struct node *other;		/* of a root: some node below it, or NULL */
	u8 *label;
	size_t label_bytes;
	struct leaf *leaves[2];
};

/* --- what mpool.ko calls --- */

static int node_init(void *obj, void *arg)
{
	struct client *client = arg;
	struct node *node = obj;

	if (one_in(&client->rnd, 100))
		return -EIO;
	node->arena = client->arena;
	node->up = NULL;
	node->children = 0;
	node->other = NULL;
	payload_begin(client->arena, &node->payload, offsetof(struct node, arena), HOLDER_TREE,
		      ++client->generation);
	atomic_long_inc(&client->arena->made);
	return 0;
}

static void node_fini(void *obj)
{
	struct node *node = obj;

	if (node->children)
		broke(node->arena, "an object was destroyed before what is below it");
	if (node->up)
		node->up->children--;
	payload_end(node->arena, &node->payload, HOLDER_TREE);
	atomic_long_dec(&node->arena->made);
}

static int label_init(void *part, size_t count, void *obj, void *arg)
{
	struct client *client = arg;
	struct node *node = obj;

	if (one_in(&client->rnd, 100))
		return -EIO;
	node->label_bytes = count;
	memset(part, count, count);
	return 0;
}

static void label_fini(void *part, void *obj)
{
	struct node *node = obj;

	if (memchr_inv(part, node->label_bytes, node->label_bytes))
		broke(node->arena, "somebody wrote into a part of an object");
}

static int leaf_init(void *part, size_t count, void *obj, void *arg)
{
	struct client *client = arg;

	payload_begin(client->arena, part, sizeof(struct leaf), HOLDER_TREE, 0);
	return 0;
}

static void leaf_fini(void *part, void *obj)
{
	struct node *node = obj;

	payload_end(node->arena, part, HOLDER_TREE);
}

/* --- calls --- */

static struct node *node_create(struct client *client)
{
	size_t counts[] = { random_below(&client->rnd, LABEL_MAX + 1), 0 };
	struct arena *arena = client->arena;
	struct node *node;

	node = mpool_object_create(arena->type, client->gfp, counts, client);
	if (!IS_ERR(node))
		return node;
	if (PTR_ERR(node) == -ENOMEM)
		client_refused(client);
	else if (PTR_ERR(node) != -EIO)
		broke(arena, "an object was not made, for a reason that it cannot have");
	return NULL;
}

static void node_adopt(struct arena *arena, struct node *node, struct node *up)
{
	if (mpool_object_adopt(arena->type, node, up))
		broke(arena, "an object could not be adopted");
	node->up = up;
	up->children++;
}

static void node_leave(struct node *node)
{
	node->up->children--;
	node->up = NULL;
}

static struct payload *trees_get(struct client *client)
{
	u32 most = 1 + random_below(&client->rnd, NODES), n;
	struct node *nodes[NODES];

	did(DID_TREE);
	for (n = 0; n < most; n++) {
		nodes[n] = node_create(client);
		if (!nodes[n])
			break;
		if (n)
			node_adopt(client->arena, nodes[n], nodes[random_below(&client->rnd, n)]);
	}
	if (!n)
		return NULL;
	nodes[0]->other = n > 1 ? nodes[n - 1] : NULL;
	payload_pass(client->arena, &nodes[0]->payload, HOLDER_TREE, client->id);
	return &nodes[0]->payload;
}

static void trees_put(struct client *client, struct payload *payload)
{
	struct arena *arena = client->arena;

	payload_pass(arena, payload, client->id, HOLDER_TREE);
	if (mpool_object_destroy(arena->type, payload))
		broke(arena, "a tree could not be destroyed");
}

/* A node goes from where it is to the root, from there away, and its end. */
static void call_move(struct arena *arena, struct node *root, struct node *node)
{
	did(DID_MOVE);
	if (mpool_object_parent(arena->type, node) != node->up)
		broke(arena, "an object has another parent");
	if (mpool_object_move(arena->type, root, node) != -ELOOP)
		broke(arena, "an object is below itself");
	if (mpool_object_move(arena->type, node, root))
		broke(arena, "an object could not be moved");
	node_leave(node);
	node->up = root;
	root->children++;
	if (mpool_object_release(arena->type, node))
		broke(arena, "an object could not be released");
	node_leave(node);
	if (mpool_object_destroy(arena->type, node))
		broke(arena, "an object could not be destroyed");
}

static void trees_call(struct client *client)
{
	struct node *root, *node;

	if (!client->n)
		return;
	root = container_of(client->held[client->n - 1], struct node, payload);
	node = root->other;
	root->other = NULL;
	if (node)
		call_move(client->arena, root, node);
}

/* --- its owner --- */

static int make_pools(struct arena *arena)
{
	struct torture_random_state *rnd = &arena->owner.rnd;
	char name[MPOOL_NAME_LEN];

	snprintf(name, sizeof(name), "torture-%u-leaves", arena->id);
	arena->pool = mpool_create(&(struct mpool_params){
		.name = name, .size = sizeof(struct leaf), .flags = recipe_checks(rnd) });
	if (IS_ERR(arena->pool))
		return PTR_ERR(arena->pool);
	snprintf(name, sizeof(name), "torture-%u-labels", arena->id);
	arena->sized = mpool_sized_create(&(struct mpool_sized_params){
		.name = name, .max = LABEL_MAX, .growth = 500, .flags = recipe_checks(rnd) });
	if (!IS_ERR(arena->sized))
		return 0;
	mpool_destroy(arena->pool);
	return PTR_ERR(arena->sized);
}

static int make_type(struct arena *arena)
{
	struct torture_random_state *rnd = &arena->owner.rnd;
	const struct mpool_part parts[] = {
		{ .offset = offsetof(struct node, label), .sized = arena->sized, .size = 1,
		  .count = LABEL_MAX, .given = true, .init = label_init, .fini = label_fini },
		{ .offset = offsetof(struct node, leaves), .pool = arena->pool, .count = 2,
		  .init = leaf_init, .fini = leaf_fini },
	};
	struct mpool_type_params params = {
		.name = arena->name,
		.size = sizeof(struct node),
		.flags = recipe_checks(rnd),
		.init = node_init,
		.fini = node_fini,
		.parts = parts,
		.nr_parts = ARRAY_SIZE(parts),
	};

	if (one_in(rnd, 2))
		params.limit = NODES + random_below(rnd, 1000);
	arena->may_refuse = params.limit;
	arena->type = mpool_type_create(&params);
	return PTR_ERR_OR_ZERO(arena->type);
}

static int trees_make(struct arena *arena)
{
	int err = make_pools(arena);

	if (err)
		return err;
	err = make_type(arena);
	if (err) {
		mpool_sized_destroy(arena->sized);
		mpool_destroy(arena->pool);
	}
	return err;
}

static void trees_tend(struct arena *arena)
{
	if (one_in(&arena->owner.rnd, 20))
		mpool_trim(mpool_type_pool(arena->type));
}

static void trees_check(struct arena *arena)
{
	if (atomic_long_read(&arena->made))
		broke(arena, "there are objects that nobody has");
	arena_check_pool(arena, mpool_type_pool(arena->type));
	arena_check_pool(arena, arena->pool);
	pieces_check_sized(arena, arena->sized);
}

static void trees_end(struct arena *arena)
{
	did(POOLS_OF_TREES);
	mpool_type_destroy(arena->type);
	mpool_sized_destroy(arena->sized);
	mpool_destroy(arena->pool);
}

const struct kind trees_kind = {
	.name = "trees",
	.make = trees_make,
	.get = trees_get,
	.put = trees_put,
	.call = trees_call,
	.tend = trees_tend,
	.check = trees_check,
	.end = trees_end,
};
