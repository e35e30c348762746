// SPDX-License-Identifier: GPL-2.0
/*
 * A crowd on one sized pool and one type of objects: when it is loaded, threads on all CPUs and
 * one more allocate, resize, build trees and destroy them for a while, check what they hold, and
 * watch the limit. Loading fails if a promise is broken.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mpool.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#define LIMIT		SZ_2M
#define LARGEST		10000
#define HELD		60
#define NODES		40

static unsigned int ms = 3000;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "how long, in milliseconds");

static struct mpool_sized *sized;
static struct mpool_type *type;
static atomic_t broken = ATOMIC_INIT(0);
static atomic_long_t refused = ATOMIC_LONG_INIT(0);

static void broke(const char *what)
{
	if (!atomic_fetch_inc(&broken))
		pr_err("%s\n", what);
}

/* A piece that a member of the crowd holds, filled with @byte. */
struct piece {
	u8 *memory;
	size_t size;
	u8 byte;
};

/* A node of a tree, with a part of varying size. */
struct node {
	u8 *part;
	u64 magic;
};

#define MAGIC	0x6d706f6f6c212121ULL

struct member {
	struct task_struct *task;
	struct rnd_state rnd;
	u8 byte;
	struct piece held[HELD];
	struct node *node[NODES];	/* all in one tree, below the first */
};

static gfp_t any_gfp(struct member *member)
{
	return (prandom_u32_state(&member->rnd) % 4 ? GFP_KERNEL : GFP_ATOMIC) | __GFP_NOWARN;
}

static void check_piece(const struct piece *piece)
{
	if (memchr_inv(piece->memory, piece->byte, piece->size))
		broke("somebody wrote into a piece that was held");
}

static void touch_piece(struct member *member, struct piece *piece)
{
	size_t size = prandom_u32_state(&member->rnd) % LARGEST + 1;
	u8 *memory;

	if (!piece->memory || prandom_u32_state(&member->rnd) % 4 == 0) {
		memory = mpool_sized_resize(sized, piece->memory, size, any_gfp(member));
		if (!memory) {
			atomic_long_inc(&refused);
			return;
		}
		piece->memory = memory;
		piece->size = min(piece->size, size);
		check_piece(piece);
		piece->size = size;
		piece->byte = member->byte;
		memset(memory, piece->byte, size);
	} else {
		check_piece(piece);
		mpool_sized_free(sized, piece->memory);
		piece->memory = NULL;
		piece->size = 0;
	}
}

static int node_init(void *obj, void *arg)
{
	((struct node *)obj)->magic = MAGIC;
	return 0;
}

static void node_fini(void *obj)
{
	struct node *node = obj;

	if (node->magic != MAGIC)
		broke("a node was undone twice, or was written to");
	node->magic = 0;
}

static const struct mpool_part node_parts[] = {
	{ .offset = offsetof(struct node, part), .size = 1, .count = 2000, .given = true },
};

/* Plant a tree, each node below any of those before it, and fell it at once. */
static void plant_tree(struct member *member)
{
	unsigned int n, below;
	size_t count;

	for (n = 0; n < NODES; n++) {
		count = prandom_u32_state(&member->rnd) % 2000;
		member->node[n] = mpool_object_create(type, any_gfp(member), &count, NULL);
		if (IS_ERR(member->node[n]))
			break;
		below = n ? prandom_u32_state(&member->rnd) % n : 0;
		if (n && mpool_object_adopt(type, member->node[n], member->node[below]))
			broke("a node was not adopted");
	}
	if (n && mpool_object_destroy(type, member->node[0]))
		broke("a tree was not destroyed");
}

static void watch_limit(void)
{
	struct mpool_stats stats;

	mpool_sized_read_stats(sized, &stats);
	if (stats.footprint - stats.metadata > LIMIT)
		broke("more bytes of slabs than the limit");
}

static int crowd_thread(void *data)
{
	struct member *member = data;
	u32 what;

	while (!kthread_should_stop()) {
		what = prandom_u32_state(&member->rnd);
		if (what % 64 == 0)
			plant_tree(member);
		else if (what % 64 == 1)
			watch_limit();
		else
			touch_piece(member, &member->held[what / 64 % HELD]);
		cond_resched();
	}
	for (what = 0; what < HELD; what++)
		mpool_sized_free(sized, member->held[what].memory);
	return 0;
}

static void run_crowd(struct member *members, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		prandom_seed_state(&members[i].rnd, i);
		members[i].byte = i + 1;
		members[i].task = kthread_run(crowd_thread, &members[i], "mpool_crowd/%u", i);
	}
	msleep(ms);
	for (i = 0; i < n; i++) {
		if (IS_ERR(members[i].task))
			broke("no thread");
		else
			kthread_stop(members[i].task);
	}
}

/* Nothing is held any more. */
static void check_end(void)
{
	struct mpool_stats stats;

	mpool_sized_trim(sized);
	mpool_sized_read_stats(sized, &stats);
	if (stats.in_use || stats.objects || stats.misuses || stats.footprint != stats.metadata)
		broke("something is left");
	mpool_read_stats(mpool_type_pool(type), &stats);
	if (stats.in_use || stats.misuses)
		broke("objects are left");
	pr_info("%lu pieces, %ld refused, %d promises broken\n", stats.allocs,
		atomic_long_read(&refused), atomic_read(&broken));
}

/* --- two who want the first slab of a class at the same moment: there is enough for both --- */

#define ROUNDS	300

static struct mpool_sized *narrow;
static atomic_t arrived;

static void meet(int at)
{
	atomic_inc(&arrived);
	while (atomic_read(&arrived) < at)
		cpu_relax();
}

static int rival_thread(void *done)
{
	unsigned int round;
	void *ptr;

	for (round = 0; round < ROUNDS; round++) {
		meet(4 * round + 2);
		ptr = mpool_sized_alloc(narrow, 100, GFP_KERNEL);
		if (!ptr)
			broke("refused, though the limit has room for many");
		meet(4 * round + 4);
		mpool_sized_free(narrow, ptr);
		mpool_sized_trim(narrow);
	}
	complete(done);
	return 0;
}

static void run_rivals(void)
{
	static const size_t size = 100;
	struct completion done[2];
	struct task_struct *task;
	unsigned int i;

	narrow = mpool_sized_create(&(struct mpool_sized_params){
		.name = "narrow", .classes = &size, .nr_classes = 1, .limit = SZ_256K,
		.backing = MPOOL_VMALLOC });
	if (IS_ERR(narrow)) {
		broke("no narrow pool");
		return;
	}
	for (i = 0; i < 2; i++) {
		init_completion(&done[i]);
		task = kthread_create(rival_thread, &done[i], "mpool_rival/%u", i);
		/* Without both of them the one would wait for ever. */
		if (WARN_ON(IS_ERR(task)))
			return;
		kthread_bind(task, i);
		wake_up_process(task);
	}
	for (i = 0; i < 2; i++)
		wait_for_completion(&done[i]);
	mpool_sized_destroy(narrow);
}

static int make_pools(void)
{
	struct mpool_part part = node_parts[0];

	sized = mpool_sized_create(&(struct mpool_sized_params){
		.name = "crowd", .min = 16, .max = 4096, .run_max = LARGEST, .growth = 500,
		.limit = LIMIT, .flags = MPOOL_BORROW });
	if (IS_ERR(sized))
		return PTR_ERR(sized);
	part.sized = sized;
	type = mpool_type_create(&(struct mpool_type_params){
		.name = "crowd_nodes", .size = sizeof(struct node), .parts = &part, .nr_parts = 1,
		.init = node_init, .fini = node_fini });
	if (IS_ERR(type))
		mpool_sized_destroy(sized);
	return PTR_ERR_OR_ZERO(type);
}

static int __init crowd_init(void)
{
	unsigned int n = num_online_cpus() + 1;
	struct member *members;
	int err;

	members = kcalloc(n, sizeof(*members), GFP_KERNEL);
	if (!members)
		return -ENOMEM;
	err = make_pools();
	if (!err) {
		run_crowd(members, n);
		check_end();
		mpool_type_destroy(type);
		mpool_sized_destroy(sized);
		run_rivals();
	}
	kfree(members);
	return err ?: atomic_read(&broken) ? -EUCLEAN : 0;
}

/* Without this it could not be unloaded. */
static void __exit crowd_exit(void)
{
}

module_init(crowd_init);
module_exit(crowd_exit);

MODULE_DESCRIPTION("A crowd of threads on a sized pool and trees of objects");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
