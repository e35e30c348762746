// SPDX-License-Identifier: GPL-2.0
/*
 * Where slabs come from, on a real kernel: mapped memory with holes, NUMA nodes, memory cgroups,
 * two CPUs. Needs mpool.ko and mpool_playground.ko, two nodes of which the second has less than
 * 128 MiB, cgroup version 2, and root.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "kselftest_harness.h"
#include "pools.h"

#define MIB	(1024UL * 1024)

/* Each test has a pool named "backing" of its own, which must add up at the end. */
FIXTURE(backing) {
};

FIXTURE_SETUP(backing)
{
	ASSERT_TRUE(run_on(0));
}

/* Expectations only: an assertion that fails would come here again, and again. */
FIXTURE_TEARDOWN(backing)
{
	struct pool_line pool = {};

	EXPECT_TRUE(find_pool("backing", &pool));
	EXPECT_TRUE(adds_up(&pool));
	EXPECT_TRUE(within_limit(&pool));
	EXPECT_EQ(0, play("destroy backing"));
	EXPECT_FALSE(find_pool("backing", &pool));
}

TEST_F_TIMEOUT(backing, vmalloc_under_stress, 60)
{
	struct pool_line pool;

	ASSERT_EQ(0, play("create backing 3000 0 0 vmalloc"));
	EXPECT_EQ(0, play("alloc backing 500"));
	ASSERT_TRUE(find_pool("backing", &pool));
	EXPECT_STREQ("vmalloc", pool.backing);
	EXPECT_EQ(pool.slabs, pool.mapped);
	EXPECT_TRUE(adds_up(&pool));
	EXPECT_EQ(0, play("free backing 500"));
	EXPECT_EQ(0, play("stress backing 2000"));
	EXPECT_TRUE(wait_for_objects("backing", 0, 20));
}

TEST_F_TIMEOUT(backing, huge_under_stress, 60)
{
	struct pool_line pool;

	ASSERT_EQ(0, play("create backing 200 0 0 huge"));
	EXPECT_EQ(0, play("alloc backing 30000"));
	ASSERT_TRUE(find_pool("backing", &pool));
	EXPECT_STREQ("huge", pool.backing);
	EXPECT_EQ(2 * MIB, pool.slab_bytes);
	/* This machine has just been started. */
	EXPECT_EQ(0, pool.mapped);
	EXPECT_EQ(0, play("free backing 30000"));
	EXPECT_EQ(0, play("stress backing 2000"));
	EXPECT_TRUE(wait_for_objects("backing", 0, 20));
}

TEST_F_TIMEOUT(backing, buffer_under_stress, 60)
{
	struct pool_line pool;

	ASSERT_EQ(0, play("create backing 100 300 0 buffer=40000"));
	EXPECT_EQ(0, play("stress backing 2000"));
	ASSERT_TRUE(find_pool("backing", &pool));
	EXPECT_STREQ("buffer", pool.backing);
	EXPECT_EQ(300, pool.objects);
	EXPECT_EQ(1, pool.grows);
	EXPECT_GT(pool.fails, 0);
	EXPECT_EQ(0, play("alloc backing 300"));
	EXPECT_EQ(ENOMEM, play("alloc backing 1"));
}

/* Around mapped slabs there are holes, where a look at an address would fault. */
TEST_F(backing, wild_frees_of_every_kind_are_refused)
{
	static const char * const kinds[] = { "", "vmalloc", "huge", "buffer=600000" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ASSERT_EQ(0, play("create wild 1000 0 0 %s", kinds[i]));
		ASSERT_EQ(0, play("alloc wild 500"));
		EXPECT_EQ(0, play("wild wild"));
		ASSERT_EQ(0, play("destroy wild"));
	}
	ASSERT_EQ(0, play("create backing 64 0 0"));
}

TEST_F(backing, nodes_that_are_not_there)
{
	EXPECT_EQ(ENODEV, play("create backing 64 0 0 node=2"));
	EXPECT_EQ(ENODEV, play("create backing 64 0 0 strict=2"));
	EXPECT_EQ(EOPNOTSUPP, play("create backing 64 0 0 strict=1 buffer=4096"));
	ASSERT_EQ(0, play("create backing 64 0 0"));
}

/* From CPU 0, which is on node 0. */
TEST_F(backing, strict_node_is_the_only_one)
{
	ASSERT_EQ(0, play("create backing 4096 0 0 strict=1 nowarn"));
	EXPECT_EQ(0, play("alloc backing 2000"));
	EXPECT_EQ(0, play("node backing 1"));
	/* 128 MiB, more than that node has; the other one has them. */
	EXPECT_EQ(ENOMEM, play("alloc backing 30000"));
	EXPECT_EQ(0, play("node backing 1"));
}

TEST_F(backing, strict_node_of_mapped_pages)
{
	ASSERT_EQ(0, play("create backing 4096 0 0 strict=1 vmalloc nowarn"));
	EXPECT_EQ(0, play("alloc backing 2000"));
	EXPECT_EQ(0, play("node backing 1"));
}

/* A kernel with all checks that is emulated takes a minute for so many. */
TEST_F_TIMEOUT(backing, preferred_node_is_the_first, 180)
{
	ASSERT_EQ(0, play("create backing 4096 0 0 node=1 nowarn"));
	EXPECT_EQ(0, play("alloc backing 2000"));
	EXPECT_EQ(0, play("node backing 1"));
	EXPECT_EQ(0, play("alloc backing 30000"));
	EXPECT_EQ(EXDEV, play("node backing 1"));
}

/* The kernel charges up to 64 pages ahead on each CPU, which may have been before we looked. */
#define CHARGED_AHEAD	(2 * 64 * 4096)

/* What a pool of that kind charges to its user's cgroup for 16 MiB, and what it leaves there. */
static void charge_of(const char *kind, long *while_there, long *afterwards)
{
	long before = charged();

	play("create charge 1024 0 0 %s", kind);
	play("alloc charge 16384");
	*while_there = charged() - before;
	play("destroy charge");
	*afterwards = charged() - before;
}

TEST_F_TIMEOUT(backing, account_charges_the_users_cgroup, 180)
{
	long there, left;

	ASSERT_TRUE(enter_cgroup());
	charge_of("account", &there, &left);
	EXPECT_GE(there, (long)(16 * MIB - CHARGED_AHEAD));
	EXPECT_LT(left, (long)MIB);
	charge_of("account vmalloc", &there, &left);
	EXPECT_GE(there, (long)(16 * MIB - CHARGED_AHEAD));
	EXPECT_LT(left, (long)MIB);
	charge_of("", &there, &left);
	EXPECT_LT(there, (long)MIB);
	EXPECT_TRUE(leave_cgroup());
	ASSERT_EQ(0, play("create backing 64 0 0"));
}

TEST_HARNESS_MAIN
