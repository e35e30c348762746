// SPDX-License-Identifier: GPL-2.0
/*
 * A RAM disk on two pools: one for its blocks, with the disk's size for a limit, and one for
 * what it must remember of each request. A block is allocated when it is first written and
 * freed when it is discarded.
 *
 *	modprobe mpool_ramdisk size_mb=64
 *	mkfs.ext4 /dev/mpool_ramdisk
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/mpool.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#define BLOCK_SIZE_BYTES	4096
#define QUEUE_DEPTH		128

/* In sectors, for one request: its bytes must fit into 32 bits. */
#define MAX_ZEROED		(UINT_MAX >> SECTOR_SHIFT)

static unsigned int size_mb = 64;
module_param(size_mb, uint, 0444);
MODULE_PARM_DESC(size_mb, "size of the disk in MiB (default 64)");

/* What is remembered of a request until its work runs. */
struct ramdisk_request {
	struct work_struct work;
	struct request *rq;
};

static struct mpool *block_pool;
static struct mpool *request_pool;
static struct workqueue_struct *ramdisk_wq;
static struct blk_mq_tag_set tag_set;
static struct gendisk *disk;

/* Blocks by number; one that was never written, or was discarded, is not there. */
static DEFINE_XARRAY(blocks);

/* Read: blocks may be used, and new ones come. Write: blocks may go. */
static DECLARE_RWSEM(blocks_sem);

/*
 * Held while a block is added, so that nobody takes the last one to add what is there by then:
 * there are just as many as the disk has.
 */
static DEFINE_MUTEX(add_mutex);

/* Make the block of that number, of zeroes, unless somebody else just did. */
static void *add_block(unsigned long number)
{
	void *block;

	mutex_lock(&add_mutex);
	block = xa_load(&blocks, number);
	if (!block) {
		block = mpool_zalloc(block_pool, GFP_NOIO);
		if (block && xa_err(xa_store(&blocks, number, block, GFP_NOIO))) {
			mpool_free(block_pool, block);
			block = NULL;
		}
	}
	mutex_unlock(&add_mutex);
	return block;
}

static void *get_block(unsigned long number)
{
	return xa_load(&blocks, number) ?: add_block(number);
}

static void free_blocks(unsigned long first, unsigned long last)
{
	unsigned long number;
	void *block;

	xa_for_each_range(&blocks, number, block, first, last) {
		xa_erase(&blocks, number);
		mpool_free(block_pool, block);
	}
}

/* Copy between memory and the one block that @position lies in. */
static int copy_in_block(loff_t position, void *memory, size_t length, bool write)
{
	unsigned long number = position / BLOCK_SIZE_BYTES;
	size_t offset = position % BLOCK_SIZE_BYTES;
	void *block = write ? get_block(number) : xa_load(&blocks, number);

	if (write && !block)
		return -ENOMEM;
	if (write)
		memcpy(block + offset, memory, length);
	else if (block)
		memcpy(memory, block + offset, length);
	else
		memset(memory, 0, length);
	return 0;
}

static int copy_segment(loff_t position, struct bio_vec *segment, bool write)
{
	void *memory = bvec_kmap_local(segment);
	size_t done, length;
	int err = 0;

	for (done = 0; done < segment->bv_len && !err; done += length) {
		length = min_t(size_t, segment->bv_len - done,
			       BLOCK_SIZE_BYTES - (position + done) % BLOCK_SIZE_BYTES);
		err = copy_in_block(position + done, memory + done, length, write);
	}
	kunmap_local(memory);
	return err;
}

static int do_copy(struct request *rq)
{
	loff_t position = blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iterator;
	struct bio_vec segment;
	int err = 0;

	down_read(&blocks_sem);
	rq_for_each_segment(segment, rq, iterator) {
		err = copy_segment(position, &segment, op_is_write(req_op(rq)));
		if (err)
			break;
		position += segment.bv_len;
	}
	up_read(&blocks_sem);
	return err;
}

/* Zero what lies in the one block that @position lies in, if that is there. */
static void zero_in_block(loff_t position, size_t length)
{
	void *block = xa_load(&blocks, position / BLOCK_SIZE_BYTES);

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

static void ramdisk_work(struct work_struct *work)
{
	struct ramdisk_request *request = container_of(work, struct ramdisk_request, work);
	struct request *rq = request->rq;
	int err = 0;

	mpool_free(request_pool, request);
	switch (req_op(rq)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		err = do_copy(rq);
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		do_discard(rq);
		break;
	default:
		err = -EOPNOTSUPP;
	}
	blk_mq_end_request(rq, errno_to_blk_status(err));
}

static blk_status_t ramdisk_queue_rq(struct blk_mq_hw_ctx *hctx,
				     const struct blk_mq_queue_data *data)
{
	struct ramdisk_request *request = mpool_alloc(request_pool, GFP_NOWAIT);

	if (!request)
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

/* Kernels that have this macro (6.11 on) are told the limits when the disk is made. */
#ifdef BLK_FEAT_WRITE_CACHE

static struct gendisk *ramdisk_alloc_disk(void)
{
	struct queue_limits limits = {
		.physical_block_size = BLOCK_SIZE_BYTES,
		.discard_granularity = BLOCK_SIZE_BYTES,
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
	blk_queue_max_discard_sectors(new->queue, MAX_ZEROED);
	blk_queue_max_write_zeroes_sectors(new->queue, MAX_ZEROED);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, new->queue);
	return new;
}

#endif

static int __init make_pools(void)
{
	struct mpool_params for_blocks = {
		.name = "ramdisk_blocks",
		.size = BLOCK_SIZE_BYTES,
		.limit = (unsigned long)size_mb * (SZ_1M / BLOCK_SIZE_BYTES),
	};
	struct mpool_params for_requests = {
		.name = "ramdisk_requests",
		.size = sizeof(struct ramdisk_request),
		.keep = QUEUE_DEPTH,
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
	set_capacity(disk, (sector_t)size_mb * (SZ_1M >> SECTOR_SHIFT));
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
	int err;

	if (!size_mb)
		return -EINVAL;
	err = make_pools();
	if (err)
		return err;
	ramdisk_wq = alloc_workqueue("mpool_ramdisk", WQ_MEM_RECLAIM, 0);
	if (!ramdisk_wq) {
		err = -ENOMEM;
		goto err_pools;
	}
	err = make_disk();
	if (err)
		goto err_wq;
	return 0;

err_wq:
	destroy_workqueue(ramdisk_wq);
err_pools:
	mpool_destroy(request_pool);
	mpool_destroy(block_pool);
	return err;
}

static void __exit ramdisk_exit(void)
{
	del_gendisk(disk);
	put_disk(disk);
	blk_mq_free_tag_set(&tag_set);
	destroy_workqueue(ramdisk_wq);
	free_blocks(0, ULONG_MAX);
	xa_destroy(&blocks);
	mpool_destroy(request_pool);
	mpool_destroy(block_pool);
}

module_init(ramdisk_init);
module_exit(ramdisk_exit);

MODULE_DESCRIPTION("RAM disk whose blocks and requests live in memory pools");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
