// SPDX-License-Identifier: GPL-2.0
/*
 * A RAM disk on two pools: one for its blocks, and one for what it must remember of each request.
 * A block is allocated when it is first written and freed when it is discarded.
 *
 *	modprobe mpool_ramdisk size_mb=64
 *	mkfs.ext4 /dev/mpool_ramdisk
 *
 * It can be swapped to. Then it is written to because there is no memory, and must not need any:
 * all blocks are made at load, as their pool's reserve.
 *
 *	modprobe mpool_ramdisk size_mb=256 preallocate=1
 *	mkswap /dev/mpool_ramdisk && swapon /dev/mpool_ramdisk
 *
 * And it can promise more than it has: with limit_kb there are fewer blocks than its size says.
 * A write that finds none waits until others are discarded, but for wait_ms at most.
 */
#include <linux/atomic.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mpool.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>

#define BLOCK_SIZE_BYTES	4096
#define BLOCK_SECTORS		(BLOCK_SIZE_BYTES >> SECTOR_SHIFT)
#define QUEUE_DEPTH		128

/* Writes that may wait at the same time: the queue's other requests are for reads and discards. */
#define MAX_WAITING		(QUEUE_DEPTH / 2)

/* Most blocks that a write touches: its sectors need not begin where a block does. */
#define MAX_BLOCKS		33
#define MAX_SECTORS		((MAX_BLOCKS - 1) * BLOCK_SECTORS)

/* In sectors, for one request: its bytes must fit into 32 bits. */
#define MAX_ZEROED		(UINT_MAX >> SECTOR_SHIFT)

/*
 * How blocks are allocated. To get memory, the disk must not wait for a disk. The reserve is for
 * every write, for none can be told from one that the system needs to get memory.
 */
#define BLOCK_GFP		(GFP_NOIO | __GFP_ZERO | MPOOL_PRIVILEGED)

static unsigned int size_mb = 64;
module_param(size_mb, uint, 0444);
MODULE_PARM_DESC(size_mb, "size of the disk in MiB (default 64)");

static unsigned int limit_kb;
module_param(limit_kb, uint, 0444);
MODULE_PARM_DESC(limit_kb, "most KiB of blocks that there may be (default 0: as the size)");

static bool preallocate;
module_param(preallocate, bool, 0444);
MODULE_PARM_DESC(preallocate, "make all blocks now, as swap on the disk needs it (default 0)");

static unsigned int wait_ms = 5000;
module_param(wait_ms, uint, 0644);
MODULE_PARM_DESC(wait_ms, "how long a write waits for a block, in ms (default 5000)");

/* What is remembered of a request until it is done. */
struct ramdisk_request {
	struct work_struct work;
	struct request *rq;
	unsigned long deadline;
};

static struct mpool *block_pool;
static struct mpool *request_pool;
static struct workqueue_struct *ramdisk_wq;
static struct blk_mq_tag_set tag_set;
static struct gendisk *disk;

/*
 * Where writes wait for blocks: a queue of their own. When memory is short, each queue may have but
 * one thread left, and in the other one that is for the discards that free blocks.
 */
static struct workqueue_struct *waiting_wq;
static atomic_t waiting;

/*
 * Blocks by number; one that was never written, or was discarded, is NULL. Any write may add a
 * block, by cmpxchg(). It is a plain array, since that needs no memory later.
 */
static void **blocks;
static unsigned long nr_blocks;

/* Read: what is in blocks may be used. Write: blocks may go. */
static DECLARE_RWSEM(blocks_sem);

/*
 * Held while blocks are added without waiting, so that nobody takes the last one to add what is
 * there by then, and somebody else waits in vain.
 */
static DEFINE_MUTEX(add_mutex);

static unsigned long first_block(struct request *rq)
{
	return blk_rq_pos(rq) / BLOCK_SECTORS;
}

static unsigned long last_block(struct request *rq)
{
	return (blk_rq_pos(rq) + blk_rq_sectors(rq) - 1) / BLOCK_SECTORS;
}

static size_t count_missing(struct request *rq)
{
	unsigned long number;
	size_t missing = 0;

	for (number = first_block(rq); number <= last_block(rq); number++)
		missing += !READ_ONCE(blocks[number]);
	return missing;
}

/* Put new blocks where some are missing, and free what others were faster to put there. */
static void add_blocks(struct request *rq, void **new, size_t n)
{
	unsigned long number;

	for (number = first_block(rq); n && number <= last_block(rq); number++)
		n -= !cmpxchg(&blocks[number], NULL, new[n - 1]);
	mpool_free_bulk(block_pool, n, new);
}

/* Have all blocks of a write there, or as many as before if some cannot be had now. */
static int try_to_add_blocks(struct request *rq)
{
	void *new[MAX_BLOCKS];
	size_t missing;
	int err;

	if (!count_missing(rq))
		return 0;
	mutex_lock(&add_mutex);
	missing = count_missing(rq);
	err = mpool_alloc_bulk(block_pool, BLOCK_GFP, missing, new);
	if (!err)
		add_blocks(rq, new, missing);
	mutex_unlock(&add_mutex);
	return err;
}

/*
 * Likewise, but wait for those that cannot be had, without any lock: for a discard, which takes
 * blocks_sem, or for memory. The write gets all that it needs at once, so that no two of them can
 * have half of it each.
 */
static int wait_for_blocks(struct request *rq, unsigned long deadline)
{
	long left = max_t(long, deadline - jiffies, 0);
	size_t missing = count_missing(rq);
	void *new[MAX_BLOCKS];

	if (!missing)
		return 0;
	if (mpool_alloc_wait_bulk(block_pool, BLOCK_GFP, missing, new, left))
		/* They may have been added for another write meanwhile. */
		return count_missing(rq) ? -ENOSPC : 0;
	add_blocks(rq, new, missing);
	return 0;
}

static void free_blocks(unsigned long first, unsigned long last)
{
	unsigned long number;

	for (number = first; number <= last; number++) {
		if (READ_ONCE(blocks[number]))
			mpool_free(block_pool, xchg(&blocks[number], NULL));
	}
}

/* Copy between memory and the one block that @position lies in. */
static void copy_in_block(loff_t position, void *memory, size_t length, bool write)
{
	void *block = READ_ONCE(blocks[position / BLOCK_SIZE_BYTES]);
	size_t offset = position % BLOCK_SIZE_BYTES;

	if (!write && block)
		memcpy(memory, block + offset, length);
	else if (!write)
		memset(memory, 0, length);
	else if (block)
		memcpy(block + offset, memory, length);
	/* Else it was discarded since it was added: as if that had come after the write. */
}

static void copy_segment(loff_t position, struct bio_vec *segment, bool write)
{
	void *memory = bvec_kmap_local(segment);
	size_t done, length;

	for (done = 0; done < segment->bv_len; done += length) {
		length = min_t(size_t, segment->bv_len - done,
			       BLOCK_SIZE_BYTES - (position + done) % BLOCK_SIZE_BYTES);
		copy_in_block(position + done, memory + done, length, write);
	}
	kunmap_local(memory);
}

static void do_copy(struct request *rq)
{
	loff_t position = blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iterator;
	struct bio_vec segment;

	down_read(&blocks_sem);
	rq_for_each_segment(segment, rq, iterator) {
		copy_segment(position, &segment, op_is_write(req_op(rq)));
		position += segment.bv_len;
	}
	up_read(&blocks_sem);
}

/* Zero what lies in the one block that @position lies in, if that is there. */
static void zero_in_block(loff_t position, size_t length)
{
	void *block = READ_ONCE(blocks[position / BLOCK_SIZE_BYTES]);

	if (block)
		memset(block + position % BLOCK_SIZE_BYTES, 0, length);
}

/* Whole blocks are freed; what is left of them at both ends is zeroed. */
static void do_discard(struct request *rq)
{
	loff_t start = blk_rq_pos(rq) << SECTOR_SHIFT;
	loff_t end = start + blk_rq_bytes(rq);
	loff_t first = round_up(start, BLOCK_SIZE_BYTES);
	loff_t last = round_down(end, BLOCK_SIZE_BYTES);

	down_write(&blocks_sem);
	if (first > last) {
		zero_in_block(start, end - start);
	} else {
		if (start < first)
			zero_in_block(start, first - start);
		if (last < end)
			zero_in_block(last, end - last);
		if (first < last)
			free_blocks(first / BLOCK_SIZE_BYTES, last / BLOCK_SIZE_BYTES - 1);
	}
	up_write(&blocks_sem);
}

/* Our part is freed first, so that there are never more of them than the queue has requests. */
static void end_request(struct ramdisk_request *request, int err)
{
	struct request *rq = request->rq;

	mpool_free(request_pool, request);
	blk_mq_end_request(rq, errno_to_blk_status(err));
}

static void waiting_work(struct work_struct *work)
{
	struct ramdisk_request *request = container_of(work, struct ramdisk_request, work);
	int err = wait_for_blocks(request->rq, request->deadline);

	atomic_dec(&waiting);
	if (!err)
		do_copy(request->rq);
	end_request(request, err);
}

/* Have a write wait for blocks. With too many there already, no discard could get through. */
static void start_waiting(struct ramdisk_request *request)
{
	if (!atomic_add_unless(&waiting, 1, MAX_WAITING)) {
		end_request(request, -ENOSPC);
		return;
	}
	request->deadline = jiffies + msecs_to_jiffies(READ_ONCE(wait_ms));
	INIT_WORK(&request->work, waiting_work);
	queue_work(waiting_wq, &request->work);
}

static void ramdisk_work(struct work_struct *work)
{
	struct ramdisk_request *request = container_of(work, struct ramdisk_request, work);
	struct request *rq = request->rq;
	int err = 0;

	switch (req_op(rq)) {
	case REQ_OP_WRITE:
		if (try_to_add_blocks(rq)) {
			start_waiting(request);
			return;
		}
		fallthrough;
	case REQ_OP_READ:
		do_copy(rq);
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		do_discard(rq);
		break;
	default:
		err = -EOPNOTSUPP;
	}
	end_request(request, err);
}

static blk_status_t ramdisk_queue_rq(struct blk_mq_hw_ctx *hctx,
				     const struct blk_mq_queue_data *data)
{
	struct ramdisk_request *request;

	/* As many as the queue has requests are in reserve, so this cannot fail. */
	request = mpool_alloc(request_pool, GFP_NOWAIT | MPOOL_PRIVILEGED);
	if (WARN_ON_ONCE(!request))
		return BLK_STS_RESOURCE;
	request->rq = data->rq;
	INIT_WORK(&request->work, ramdisk_work);
	blk_mq_start_request(data->rq);
	queue_work(ramdisk_wq, &request->work);
	return BLK_STS_OK;
}

static const struct blk_mq_ops ramdisk_mq_ops = {
	.queue_rq = ramdisk_queue_rq,
};

static const struct block_device_operations ramdisk_ops = {
	.owner = THIS_MODULE,
};

/*
 * Kernels that have this macro (6.11 on) are told the limits when the disk is made. That it does
 * not rotate is what they take for granted; the swap code discards nothing on a disk that does.
 */
#ifdef BLK_FEAT_WRITE_CACHE

static struct gendisk *ramdisk_alloc_disk(void)
{
	struct queue_limits limits = {
		.physical_block_size = BLOCK_SIZE_BYTES,
		.discard_granularity = BLOCK_SIZE_BYTES,
		.max_hw_sectors = MAX_SECTORS,
		.max_hw_discard_sectors = MAX_ZEROED,
		.max_write_zeroes_sectors = MAX_ZEROED,
	};

	return blk_mq_alloc_disk(&tag_set, &limits, NULL);
}

#else

static struct gendisk *ramdisk_alloc_disk(void)
{
	struct gendisk *new = blk_mq_alloc_disk(&tag_set, NULL);

	if (IS_ERR(new))
		return new;
	blk_queue_physical_block_size(new->queue, BLOCK_SIZE_BYTES);
	new->queue->limits.discard_granularity = BLOCK_SIZE_BYTES;
	blk_queue_max_hw_sectors(new->queue, MAX_SECTORS);
	blk_queue_max_discard_sectors(new->queue, MAX_ZEROED);
	blk_queue_max_write_zeroes_sectors(new->queue, MAX_ZEROED);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, new->queue);
	return new;
}

#endif

/* Memory that is not there is no reason to warn: the reserve and the waiting are for that. */
static int __init make_pools(unsigned long limit)
{
	struct mpool_params for_blocks = {
		.name = "ramdisk_blocks",
		.size = BLOCK_SIZE_BYTES,
		.limit = limit,
		.reserve = preallocate ? limit : 0,
		.gfp = __GFP_NOWARN,
	};
	struct mpool_params for_requests = {
		.name = "ramdisk_requests",
		.size = sizeof(struct ramdisk_request),
		.keep = QUEUE_DEPTH,
		.reserve = QUEUE_DEPTH,
		.gfp = __GFP_NOWARN,
	};

	block_pool = mpool_create(&for_blocks);
	if (IS_ERR(block_pool))
		return PTR_ERR(block_pool);
	request_pool = mpool_create(&for_requests);
	if (IS_ERR(request_pool)) {
		mpool_destroy(block_pool);
		return PTR_ERR(request_pool);
	}
	return 0;
}

static void destroy_pools(void)
{
	mpool_destroy(request_pool);
	mpool_destroy(block_pool);
}

/* Both have a thread from the start that is there if memory for others is not. */
static int __init make_workqueues(void)
{
	ramdisk_wq = alloc_workqueue("mpool_ramdisk", WQ_MEM_RECLAIM, 0);
	if (!ramdisk_wq)
		return -ENOMEM;
	waiting_wq = alloc_workqueue("mpool_ramdisk_wait", WQ_MEM_RECLAIM | WQ_UNBOUND,
				     MAX_WAITING);
	if (!waiting_wq) {
		destroy_workqueue(ramdisk_wq);
		return -ENOMEM;
	}
	return 0;
}

static void destroy_workqueues(void)
{
	destroy_workqueue(ramdisk_wq);
	destroy_workqueue(waiting_wq);
}

static int __init make_disk(void)
{
	int err;

	tag_set.ops = &ramdisk_mq_ops;
	tag_set.nr_hw_queues = 1;
	tag_set.queue_depth = QUEUE_DEPTH;
	tag_set.numa_node = NUMA_NO_NODE;
	tag_set.flags = BLK_MQ_F_SHOULD_MERGE;
	err = blk_mq_alloc_tag_set(&tag_set);
	if (err)
		return err;
	disk = ramdisk_alloc_disk();
	if (IS_ERR(disk)) {
		err = PTR_ERR(disk);
		goto err_tags;
	}
	strscpy(disk->disk_name, "mpool_ramdisk", DISK_NAME_LEN);
	disk->fops = &ramdisk_ops;
	set_capacity(disk, (sector_t)nr_blocks * BLOCK_SECTORS);
	err = add_disk(disk);
	if (err)
		goto err_disk;
	return 0;

err_disk:
	put_disk(disk);
err_tags:
	blk_mq_free_tag_set(&tag_set);
	return err;
}

static int __init ramdisk_init(void)
{
	unsigned long limit = limit_kb / (BLOCK_SIZE_BYTES / SZ_1K);
	int err = -ENOMEM;

	if (!size_mb || (limit_kb && !limit))
		return -EINVAL;
	nr_blocks = (unsigned long)size_mb * (SZ_1M / BLOCK_SIZE_BYTES);
	blocks = kvcalloc(nr_blocks, sizeof(*blocks), GFP_KERNEL | __GFP_NOWARN);
	if (!blocks)
		return err;
	err = make_pools(limit_kb ? min(limit, nr_blocks) : nr_blocks);
	if (err)
		goto err_blocks;
	err = make_workqueues();
	if (err)
		goto err_pools;
	err = make_disk();
	if (err)
		goto err_workqueues;
	return 0;

err_workqueues:
	destroy_workqueues();
err_pools:
	destroy_pools();
err_blocks:
	kvfree(blocks);
	return err;
}

static void __exit ramdisk_exit(void)
{
	del_gendisk(disk);
	put_disk(disk);
	blk_mq_free_tag_set(&tag_set);
	destroy_workqueues();
	free_blocks(0, nr_blocks - 1);
	destroy_pools();
	kvfree(blocks);
}

module_init(ramdisk_init);
module_exit(ramdisk_exit);

MODULE_DESCRIPTION("RAM disk whose blocks and requests live in memory pools");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
