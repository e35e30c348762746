// SPDX-License-Identifier: GPL-2.0
/*
 * mpool in one glance: a pool, an object, several at once, the limit, the figures.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mpool.h>

struct message {
	struct list_head link;
	int number;
};

static struct mpool *messages;
static LIST_HEAD(queue);

/* Called once for each object when its slab is made, not at each allocation. */
static int message_ctor(void *obj, void *ctx, gfp_t gfp)
{
	struct message *message = obj;

	INIT_LIST_HEAD(&message->link);
	return 0;
}

static int send_some(void)
{
	struct message *message;
	void *several[3];
	int i;

	message = mpool_alloc(messages, GFP_KERNEL);
	if (!message)
		return -ENOMEM;
	message->number = 1;
	list_add_tail(&message->link, &queue);

	/* All three, or none. */
	if (mpool_alloc_bulk(messages, GFP_KERNEL, ARRAY_SIZE(several), several))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(several); i++) {
		message = several[i];
		message->number = 2 + i;
		list_add_tail(&message->link, &queue);
	}
	return 0;
}

static void receive_all(void)
{
	struct message *message, *next;

	list_for_each_entry_safe(message, next, &queue, link) {
		pr_info("message %d\n", message->number);
		/* As the constructor left it: the next user relies on that. */
		list_del_init(&message->link);
		mpool_free(messages, message);
	}
}

static int __init hello_init(void)
{
	struct mpool_params params = {
		.name = "hello_messages",
		.size = sizeof(struct message),
		.limit = 1000,		/* never more than this many, */
		.keep = 100,		/* and this many stay ready */
		.ctor = message_ctor,
	};
	int err;

	messages = mpool_create(&params);
	if (IS_ERR(messages))
		return PTR_ERR(messages);
	err = send_some();
	if (err) {
		receive_all();
		mpool_destroy(messages);
	}
	return err;
}

static void __exit hello_exit(void)
{
	receive_all();
	mpool_destroy(messages);
}

module_init(hello_init);
module_exit(hello_exit);

MODULE_DESCRIPTION("mpool in one glance");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
