// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading of every module, in orders that should work and orders that should
 * not. Takes the folder of the modules as its argument; needs root and none of them loaded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

TEST(mpool_again_and_again)
{
	int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, load("mpool", ""));
		EXPECT_EQ(0, access(DEVICE, R_OK));
		EXPECT_EQ(EEXIST, load("mpool", ""));
		ASSERT_EQ(0, unload("mpool"));
		EXPECT_NE(0, access(DEVICE, F_OK));
	}
}

TEST(users_need_mpool)
{
	EXPECT_EQ(ENOENT, load("mpool_hello", ""));
	EXPECT_EQ(ENOENT, load("mpool_ramdisk", ""));
	EXPECT_EQ(ENOENT, load("mpool_flows", ""));
	EXPECT_EQ(ENOENT, load("mpool_playground", ""));
}

TEST(mpool_stays_while_the_device_is_open)
{
	char text[16];
	int fd;

	ASSERT_EQ(0, load("mpool", ""));
	fd = open(DEVICE, O_RDONLY);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(EWOULDBLOCK, unload("mpool"));
	EXPECT_EQ(15, read(fd, text, 15));
	close(fd);
	ASSERT_EQ(0, unload("mpool"));
}

TEST(mpool_stays_while_a_user_is_there)
{
	struct pool_line pool;

	ASSERT_EQ(0, load("mpool", ""));
	ASSERT_EQ(0, load("mpool_hello", ""));
	EXPECT_TRUE(find_pool("hello_messages", &pool));
	EXPECT_STREQ("mpool_hello", pool.owner);
	EXPECT_EQ(4, pool.in_use);
	EXPECT_TRUE(adds_up(&pool));
	EXPECT_EQ(EWOULDBLOCK, unload("mpool"));
	ASSERT_EQ(0, unload("mpool_hello"));
	EXPECT_FALSE(find_pool("hello_messages", &pool));
	ASSERT_EQ(0, unload("mpool"));
}

TEST(ramdisk_comes_and_goes)
{
	struct pool_line pool;
	int i;

	ASSERT_EQ(0, load("mpool", ""));
	EXPECT_EQ(EINVAL, load("mpool_ramdisk", "size_mb=0"));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, load("mpool_ramdisk", "size_mb=3"));
		ASSERT_TRUE(find_pool("ramdisk_blocks", &pool));
		EXPECT_EQ(768, pool.limit);
		usleep(200000);
		ASSERT_EQ(0, unload("mpool_ramdisk"));
	}
	ASSERT_EQ(0, unload("mpool"));
}

TEST(flows_come_and_go)
{
	struct pool_line pool;
	int i;

	ASSERT_EQ(0, load("mpool", ""));
	EXPECT_EQ(EINVAL, load("mpool_flows", "limit_kb=31"));
	EXPECT_EQ(EINVAL, load("mpool_flows", "max_flows=0"));
	EXPECT_EQ(EINVAL, load("mpool_flows", "max_flows=4097"));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, load("mpool_flows", "limit_kb=64"));
		ASSERT_TRUE(find_pool("flow_parts-128", &pool));
		EXPECT_STREQ("class", pool.kind);
		EXPECT_STREQ("flow_parts", pool.of);
		ASSERT_TRUE(find_pool("flow_parts", &pool));
		EXPECT_STREQ("sized", pool.kind);
		EXPECT_EQ(65536, pool.limit_bytes);
		ASSERT_TRUE(find_pool("flows", &pool));
		EXPECT_STREQ("type", pool.kind);
		ASSERT_EQ(0, unload("mpool_flows"));
	}
	ASSERT_EQ(0, unload("mpool"));
}

FIXTURE(crowd) {
};

FIXTURE_SETUP(crowd)
{
}

FIXTURE_TEARDOWN(crowd)
{
}

/* On a kernel with all checks that is emulated, what has begun takes a while to end. */
TEST_F_TIMEOUT(crowd, on_sized_pools_and_trees, 120)
{
	ASSERT_EQ(0, load("mpool", ""));
	EXPECT_EQ(0, load("mpool_crowd", "ms=5000"));
	EXPECT_EQ(0, unload("mpool_crowd"));
	ASSERT_EQ(0, unload("mpool"));
}

/* A pool was destroyed in an init, with an object in use; free that, and the pool must go. */
static bool early_pool_goes(void)
{
	struct pool_line pool;

	if (!find_pool("early", &pool) || strcmp(pool.state, "dying") || pool.in_use != 1 ||
	    play("orphan"))
		return false;
	sleep(2);
	return !find_pool("early", &pool);
}

/* The pool held its module, for the destructor; but a module whose init fails goes all the same. */
TEST(owner_whose_init_fails_is_let_go)
{
	ASSERT_EQ(0, load("mpool", ""));
	ASSERT_EQ(0, load("mpool_playground", ""));
	EXPECT_EQ(ENOENT, play("orphan"));
	EXPECT_EQ(ECANCELED, load("mpool_early", "fail=1"));
	EXPECT_TRUE(early_pool_goes());
	EXPECT_FALSE(log_says("mpool_early: destructor called"));
	ASSERT_EQ(0, unload("mpool_playground"));
	ASSERT_EQ(0, unload("mpool"));
}

/* A pool defined at file scope, in a module's own data. Nothing of it outlives the module. */
TEST(buffer_goes_with_its_owner)
{
	struct pool_line pool;

	ASSERT_EQ(0, load("mpool", ""));
	ASSERT_EQ(0, load("mpool_playground", ""));
	ASSERT_EQ(0, load("mpool_early", "buffer=1"));
	ASSERT_TRUE(find_pool("early_buffer", &pool));
	EXPECT_STREQ("buffer", pool.backing);
	EXPECT_EQ(50, pool.objects);
	EXPECT_EQ(1, pool.in_use);
	EXPECT_TRUE(adds_up(&pool));
	ASSERT_EQ(0, unload("mpool_early"));
	EXPECT_FALSE(find_pool("early_buffer", &pool));
	EXPECT_TRUE(log_says("1 objects in use; their memory goes with its owner"));
	EXPECT_EQ(ECANCELED, load("mpool_early", "buffer=1 fail=1"));
	sleep(2);
	EXPECT_FALSE(find_pool("early_buffer", &pool));
	ASSERT_EQ(0, unload("mpool_playground"));
	ASSERT_EQ(0, unload("mpool"));
}

TEST(owner_whose_init_succeeds_is_held)
{
	ASSERT_EQ(0, load("mpool", ""));
	ASSERT_EQ(0, load("mpool_playground", ""));
	EXPECT_EQ(0, load("mpool_early", ""));
	EXPECT_EQ(EWOULDBLOCK, unload("mpool_early"));
	EXPECT_TRUE(early_pool_goes());
	EXPECT_TRUE(log_says("mpool_early: destructor called"));
	ASSERT_EQ(0, unload("mpool_early"));
	ASSERT_EQ(0, unload("mpool_playground"));
	ASSERT_EQ(0, unload("mpool"));
}

TEST(owner_that_forgets_its_pool_is_named)
{
	struct pool_line pool;

	ASSERT_EQ(0, load("mpool", ""));
	ASSERT_EQ(0, load("mpool_playground", ""));
	ASSERT_EQ(0, play("create forgotten 64 0 0"));
	ASSERT_EQ(0, play("alloc forgotten 10"));
	ASSERT_EQ(0, play("forget forgotten"));
	EXPECT_TRUE(find_pool("forgotten", &pool));
	ASSERT_EQ(0, unload("mpool_playground"));
	EXPECT_FALSE(find_pool("forgotten", &pool));
	EXPECT_TRUE(log_says("its owner mpool_playground is unloaded and did not destroy it"));
	ASSERT_EQ(0, unload("mpool"));
}

TEST_HARNESS_MAIN
