// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of several pieces: how they are made, undone, and kept in trees.
 */
#include <linux/vmalloc.h>

#include "helpers.h"

/* --- a machine: an object with parts of every kind, all of which say what happens to them --- */

#define SEVERAL		3
#define NUMBERS		10
#define MAGIC		0x600d0b1ec7f00d5aULL

struct machine {
	u64 magic;
	u64 *one;
	u64 *several[SEVERAL];
	u32 *numbers;
	unsigned int id;
};

/* Steps of making a machine, in order. Undoing it takes the same, backwards. */
enum step {
	STEP_OBJECT,
	STEP_ONE,
	STEP_SEVERAL,
	STEP_NUMBERS = STEP_SEVERAL + SEVERAL,
	NR_STEPS
};

#define RECORD_MAX	1000

/* What has happened since the record was cleared. */
static struct {
	unsigned int nr;
	struct {
		unsigned int step;
		unsigned int id;
		bool fini;
	} event[RECORD_MAX];
	unsigned int wrong;	/* things that were not as they must be */
	int fail_at;		/* step that fails; -1 for none */
	int error;		/* ... with this */
	void *arg;		/* that the first init got */
} record;

static void record_clear(void)
{
	memset(&record, 0, sizeof(record));
	record.fail_at = -1;
}

static int note(unsigned int step, unsigned int id, bool fini)
{
	if (record.nr < RECORD_MAX) {
		record.event[record.nr].step = step;
		record.event[record.nr].id = id;
		record.event[record.nr].fini = fini;
		record.nr++;
	}
	return !fini && step == record.fail_at ? record.error : 0;
}

/* Which of the several is it? A wrong one if it is none. */
static unsigned int several_index(const struct machine *machine, const void *part)
{
	unsigned int i;

	for (i = 0; i < SEVERAL; i++) {
		if (machine->several[i] == part)
			return i;
	}
	record.wrong++;
	return 0;
}

static int machine_init(void *obj, void *arg)
{
	struct machine *machine = obj;
	unsigned int i;

	/* All that it is made of is there already. */
	record.wrong += !machine->one || !machine->numbers;
	for (i = 0; i < SEVERAL; i++)
		record.wrong += !machine->several[i];
	record.arg = arg;
	machine->magic = MAGIC;
	machine->id = arg ? *(unsigned int *)arg : 0;
	return note(STEP_OBJECT, machine->id, false);
}

static void machine_fini(void *obj)
{
	struct machine *machine = obj;

	/* All that it is made of is still there. */
	record.wrong += machine->magic != MAGIC || !machine->one || !machine->numbers;
	machine->magic = 0;
	*machine->one = 0;
	memset(machine->numbers, 0, NUMBERS * sizeof(u32));
	note(STEP_OBJECT, machine->id, true);
}

static int one_init(void *part, size_t count, void *obj, void *arg)
{
	struct machine *machine = obj;

	record.wrong += machine->magic != MAGIC || part != machine->one || count != 1 ||
			arg != record.arg;
	*machine->one = 1;
	return note(STEP_ONE, machine->id, false);
}

static void one_fini(void *part, void *obj)
{
	struct machine *machine = obj;

	record.wrong += machine->magic != MAGIC || part != machine->one || *machine->one != 1;
	note(STEP_ONE, machine->id, true);
}

static int several_init(void *part, size_t count, void *obj, void *arg)
{
	struct machine *machine = obj;
	unsigned int index = several_index(machine, part);

	record.wrong += machine->magic != MAGIC || *machine->one != 1 || count != 1 ||
			arg != record.arg;
	*machine->several[index] = 100 + index;
	return note(STEP_SEVERAL + index, machine->id, false);
}

static void several_fini(void *part, void *obj)
{
	struct machine *machine = obj;
	unsigned int index = several_index(machine, part);

	record.wrong += *machine->several[index] != 100 + index;
	note(STEP_SEVERAL + index, machine->id, true);
}

static int numbers_init(void *part, size_t count, void *obj, void *arg)
{
	struct machine *machine = obj;
	size_t i;

	record.wrong += part != machine->numbers || count != NUMBERS || arg != record.arg;
	for (i = 0; i < NUMBERS; i++)
		machine->numbers[i] = i;
	return note(STEP_NUMBERS, machine->id, false);
}

static void numbers_fini(void *part, void *obj)
{
	struct machine *machine = obj;

	record.wrong += part != machine->numbers || machine->numbers[NUMBERS - 1] != NUMBERS - 1;
	note(STEP_NUMBERS, machine->id, true);
}

/* The pools that machines are made from. */
struct workshop {
	struct mpool *pool;
	struct mpool_sized *sized;
	struct mpool_type *type;
};

static struct workshop workshop_open(struct kunit *test, unsigned long pool_limit)
{
	struct workshop shop;

	record_clear();
	shop.pool = test_pool(test, .size = sizeof(u64), .limit = pool_limit);
	shop.sized = test_sized(test, .max = 256);
	shop.type = test_type(test, .size = sizeof(struct machine), .nr_parts = 3,
			      .init = machine_init, .fini = machine_fini,
			      .parts = (const struct mpool_part[]){
		{ .offset = offsetof(struct machine, one), .pool = shop.pool, .count = 1,
		  .init = one_init, .fini = one_fini },
		{ .offset = offsetof(struct machine, several), .pool = shop.pool,
		  .count = SEVERAL, .init = several_init, .fini = several_fini },
		{ .offset = offsetof(struct machine, numbers), .sized = shop.sized,
		  .size = sizeof(u32), .count = NUMBERS, .init = numbers_init,
		  .fini = numbers_fini },
	});
	return shop;
}

/* So many machines are there, with all their parts and no others. */
static void expect_machines(struct kunit *test, const struct workshop *shop, unsigned long n)
{
	test_identity(test, mpool_type_pool(shop->type), n);
	test_identity(test, shop->pool, n * (1 + SEVERAL));
	test_sized_identity(test, shop->sized, n);
}

static struct machine *machine_create(struct kunit *test, const struct workshop *shop,
				      unsigned int id)
{
	struct machine *machine = mpool_object_create(shop->type, GFP_KERNEL, NULL, &id);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, machine);
	return machine;
}

/* The events from a given one on are these steps of a machine, up or down. */
static void expect_steps(struct kunit *test, unsigned int from, unsigned int id, unsigned int steps,
			 bool fini)
{
	unsigned int i;

	KUNIT_ASSERT_LE(test, from + steps, record.nr);
	for (i = 0; i < steps; i++) {
		KUNIT_EXPECT_EQ(test, record.event[from + i].step, fini ? steps - 1 - i : i);
		KUNIT_EXPECT_EQ(test, record.event[from + i].id, id);
		KUNIT_EXPECT_EQ(test, record.event[from + i].fini, fini);
	}
}

static void object_is_made_and_undone_in_order(struct kunit *test)
{
	struct workshop shop = workshop_open(test, 0);
	struct machine *machine = machine_create(test, &shop, 7);

	KUNIT_EXPECT_EQ(test, record.nr, NR_STEPS);
	expect_steps(test, 0, 7, NR_STEPS, false);
	expect_machines(test, &shop, 1);
	KUNIT_EXPECT_EQ(test, machine->magic, MAGIC);
	KUNIT_EXPECT_GE(test, mpool_sized_size_of(shop.sized, machine->numbers),
			NUMBERS * sizeof(u32));
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, machine), 0);
	KUNIT_EXPECT_EQ(test, record.nr, 2 * NR_STEPS);
	expect_steps(test, NR_STEPS, 7, NR_STEPS, true);
	expect_machines(test, &shop, 0);
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
}

static void object_is_undone_from_where_it_failed(struct kunit *test)
{
	static const int errors[] = { -EIO, -ENOMEM, -EAGAIN, -EINVAL, -ENODEV, -ERANGE };
	struct workshop shop = workshop_open(test, 0);
	unsigned int step;
	void *obj;

	for (step = 0; step < NR_STEPS; step++) {
		record_clear();
		record.fail_at = step;
		record.error = errors[step];
		obj = mpool_object_create(shop.type, GFP_KERNEL, NULL, &step);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(obj), errors[step]);
		KUNIT_EXPECT_EQ(test, record.nr, 2 * step + 1);
		expect_steps(test, 0, step, step + 1, false);
		expect_steps(test, step + 1, step, step, true);
		KUNIT_EXPECT_EQ(test, record.wrong, 0);
		expect_machines(test, &shop, 0);
	}
	record_clear();
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, machine_create(test, &shop, 1)), 0);
}

/* Wherever the pools have no more, nothing is begun. */
static void object_is_not_begun_without_its_blocks(struct kunit *test)
{
	unsigned long limit;
	struct workshop shop;
	void *obj;

	for (limit = 1; limit <= SEVERAL; limit++) {
		shop = workshop_open(test, limit);
		obj = mpool_object_create(shop.type, GFP_KERNEL, NULL, NULL);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(obj), -ENOMEM);
		KUNIT_EXPECT_EQ(test, record.nr, 0);
		expect_machines(test, &shop, 0);
		test_exit(test);
	}
}

static void object_limit_is_exact(struct kunit *test)
{
	struct mpool_type *type = test_type(test, .size = 40, .limit = 10);
	void *objs[10], *more;
	size_t i;

	for (i = 0; i < 10; i++) {
		objs[i] = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, objs[i]);
	}
	more = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(more), -ENOMEM);
	test_identity(test, mpool_type_pool(type), 10);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, objs[i]), 0);
	test_identity(test, mpool_type_pool(type), 0);
}

/* Each has all of its bytes for itself. */
static void objects_do_not_overlap(struct kunit *test)
{
	static const size_t sizes[] = { 1, 7, 8, 100, 1000, 5000, 60000 };
	static const size_t aligns[] = { 0, 8, 64, PAGE_SIZE };
	void *objs[50];
	struct mpool_type *type;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(aligns); i++) {
		const size_t size = sizes[i / ARRAY_SIZE(aligns)];
		const size_t align = aligns[i % ARRAY_SIZE(aligns)];

		type = test_type(test, .size = size, .align = align);
		for (j = 0; j < ARRAY_SIZE(objs); j++) {
			objs[j] = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, objs[j]);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[j],
							   max_t(size_t, align, 8)));
			memset(objs[j], j, size);
		}
		for (j = 0; j < ARRAY_SIZE(objs); j++)
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[j], j, size));
		for (j = 1; j < ARRAY_SIZE(objs); j++)
			KUNIT_EXPECT_EQ(test, mpool_object_adopt(type, objs[j], objs[j / 2]), 0);
		for (j = 0; j < ARRAY_SIZE(objs); j++)
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[j], j, size));
		KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, objs[0]), 0);
		test_identity(test, mpool_type_pool(type), 0);
		test_destroy(test);
	}
}

static void machines_share_nothing(struct kunit *test)
{
	struct workshop shop = workshop_open(test, 0);
	struct machine *machines[100];
	unsigned int i;

	for (i = 0; i < 100; i++) {
		machines[i] = machine_create(test, &shop, i);
		machines[i]->numbers[0] = i;
	}
	expect_machines(test, &shop, 100);
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, machines[i]->id, i);
		KUNIT_EXPECT_EQ(test, machines[i]->numbers[0], i);
		KUNIT_EXPECT_EQ(test, *machines[i]->several[SEVERAL - 1], 100 + SEVERAL - 1);
	}
	test_shuffle((void **)machines, 100, 3);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, machines[i]), 0);
	expect_machines(test, &shop, 0);
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
}

/* --- parts whose number is said when the object is made --- */

struct flexible {
	u64 *numbers;
	u64 *items[4];
	u64 *fixed;
};

/* How often each part was made and undone, and how many there were. */
static struct {
	unsigned int numbers;
	size_t count;
	unsigned int items;
	unsigned int numbers_left;
	unsigned int items_left;
} flexible;

static int flexible_numbers_init(void *part, size_t count, void *obj, void *arg)
{
	flexible.numbers++;
	flexible.numbers_left++;
	flexible.count = count;
	memset(part, 1, count * sizeof(u64));
	return 0;
}

static void flexible_numbers_fini(void *part, void *obj)
{
	flexible.numbers_left--;
}

static int flexible_item_init(void *part, size_t count, void *obj, void *arg)
{
	flexible.items++;
	flexible.items_left++;
	*(u64 *)part = 2;
	return arg && flexible.items == *(unsigned int *)arg ? -EIO : 0;
}

static void flexible_item_fini(void *part, void *obj)
{
	flexible.items_left--;
}

static struct workshop flexible_open(struct kunit *test)
{
	struct workshop shop;

	shop.pool = test_pool(test, .size = sizeof(u64));
	shop.sized = test_sized(test, test_classes(8, 32, 80));
	shop.type = test_type(test, .size = sizeof(struct flexible), .nr_parts = 3,
			      .parts = (const struct mpool_part[]){
		{ .offset = offsetof(struct flexible, numbers), .sized = shop.sized,
		  .size = sizeof(u64), .count = 10, .given = true,
		  .init = flexible_numbers_init, .fini = flexible_numbers_fini },
		{ .offset = offsetof(struct flexible, items), .pool = shop.pool, .count = 4,
		  .given = true, .init = flexible_item_init, .fini = flexible_item_fini },
		{ .offset = offsetof(struct flexible, fixed), .pool = shop.pool, .count = 1 },
	});
	return shop;
}

static void expect_counts(struct kunit *test, const struct workshop *shop, size_t numbers,
			  size_t items)
{
	/* The last is not asked for, as the part has its number already. */
	const size_t counts[] = { numbers, items, SIZE_MAX };
	struct flexible *obj;
	size_t i;

	memset(&flexible, 0, sizeof(flexible));
	obj = mpool_object_create(shop->type, GFP_KERNEL, counts, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, flexible.numbers, !!numbers);
	KUNIT_EXPECT_EQ(test, flexible.count, numbers);
	KUNIT_EXPECT_EQ(test, flexible.items, items);
	KUNIT_EXPECT_EQ(test, !!obj->numbers, !!numbers);
	if (numbers) {
		KUNIT_EXPECT_GE(test, mpool_sized_size_of(shop->sized, obj->numbers), 8 * numbers);
		KUNIT_EXPECT_NULL(test, memchr_inv(obj->numbers, 1, 8 * numbers));
	}
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, !!obj->items[i], i < items);
	KUNIT_EXPECT_NOT_NULL(test, obj->fixed);
	test_identity(test, shop->pool, items + 1);
	test_sized_identity(test, shop->sized, !!numbers);

	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop->type, obj), 0);
	KUNIT_EXPECT_EQ(test, flexible.numbers_left, 0);
	KUNIT_EXPECT_EQ(test, flexible.items_left, 0);
	test_identity(test, shop->pool, 0);
	test_sized_identity(test, shop->sized, 0);
}

static void given_counts_are_followed(struct kunit *test)
{
	struct workshop shop = flexible_open(test);
	size_t numbers, items;

	for (numbers = 0; numbers <= 10; numbers++) {
		for (items = 0; items <= 4; items++)
			expect_counts(test, &shop, numbers, items);
	}
	KUNIT_EXPECT_EQ(test, test_sized_stats(shop.sized).misuses, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(shop.sized).fails, 0);
}

static void given_counts_are_checked(struct kunit *test)
{
	static const size_t bad[][3] = {
		{ 11, 0, 1 }, { 0, 5, 1 }, { SIZE_MAX, 0, 1 }, { 0, SIZE_MAX, 1 },
		{ SIZE_MAX / 8 + 2, 1, 1 }, { 1, SIZE_MAX / 8 + 2, 1 },
	};
	struct workshop shop = flexible_open(test);
	size_t i;
	void *obj;

	memset(&flexible, 0, sizeof(flexible));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		obj = mpool_object_create(shop.type, GFP_KERNEL, bad[i], NULL);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(obj), -ERANGE);
	}
	obj = mpool_object_create(shop.type, GFP_KERNEL, NULL, NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(obj), -EINVAL);
	KUNIT_EXPECT_EQ(test, flexible.numbers + flexible.items, 0);
	test_identity(test, mpool_type_pool(shop.type), 0);
	test_identity(test, shop.pool, 0);
	test_sized_identity(test, shop.sized, 0);
}

/* The one that failed was not made, so that it is not undone. */
static void given_parts_are_undone_from_where_they_failed(struct kunit *test)
{
	const size_t counts[] = { 3, 3, 1 };
	struct workshop shop = flexible_open(test);
	unsigned int at;
	void *obj;

	for (at = 1; at <= 3; at++) {
		memset(&flexible, 0, sizeof(flexible));
		obj = mpool_object_create(shop.type, GFP_KERNEL, counts, &at);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(obj), -EIO);
		KUNIT_EXPECT_EQ(test, flexible.items, at);
		KUNIT_EXPECT_EQ(test, flexible.items_left, 1);
		KUNIT_EXPECT_EQ(test, flexible.numbers_left, 0);
		test_identity(test, shop.pool, 0);
		test_sized_identity(test, shop.sized, 0);
	}
}

/* --- types --- */

static void expect_type_error(struct kunit *test, const struct mpool_type_params *params, int err)
{
	struct mpool_type *type = mpool_type_create(params);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(type), err);
	if (!IS_ERR(type))
		mpool_type_destroy(type);
}

#define expect_type_refused(test, err, ...) \
	expect_type_error(test, &(struct mpool_type_params){ .name = "kunit-type", __VA_ARGS__ }, \
			  err)

static void type_with_bad_params(struct kunit *test)
{
	char overlong[] = "0123456789-123456789_123456789ab";

	expect_type_error(test, NULL, -EFAULT);
	expect_type_error(test, &(struct mpool_type_params){ .size = 8 }, -ENODATA);
	expect_type_error(test, &(struct mpool_type_params){ .name = "", .size = 8 }, -ENODATA);
	expect_type_error(test, &(struct mpool_type_params){ .name = "A", .size = 8 }, -EILSEQ);
	expect_type_error(test, &(struct mpool_type_params){ .name = overlong, .size = 8 },
			  -ENAMETOOLONG);
	expect_type_refused(test, -EINVAL, .size = 0);
	expect_type_refused(test, -EDOM, .size = 8, .align = 3);
	expect_type_refused(test, -E2BIG, .size = MPOOL_SIZE_MAX + 1);
	expect_type_refused(test, -E2BIG, .size = 8, .align = 2 * PAGE_SIZE);
	expect_type_refused(test, -ERANGE, .size = 8, .limit = 10, .keep = 11);
	expect_type_refused(test, -EFAULT, .size = 8, .nr_parts = 1);
}

/* However large, what goes before an object does not make it small again. */
static void type_with_size_that_wraps(struct kunit *test)
{
	size_t less;

	for (less = 0; less < 256; less += 8) {
		struct mpool_type *type = mpool_type_create(&(struct mpool_type_params){
			.name = "kunit-type", .size = SIZE_MAX - less });

		KUNIT_EXPECT_TRUE(test, IS_ERR(type));
		if (!IS_ERR(type))
			mpool_type_destroy(type);
	}
}

static void type_with_name_in_use(struct kunit *test)
{
	test_type(test, .size = 8);
	expect_type_refused(test, -EEXIST, .size = 8);
	test_create_refused(test, &(struct mpool_params){ .name = "kunit-type", .size = 8 },
			    -EEXIST);
	test_destroy(test);
	test_create(test, &(struct mpool_params){ .name = "kunit-type", .size = 8 });
	expect_type_refused(test, -EEXIST, .size = 8);
}

static void type_destroy_null(struct kunit *test)
{
	mpool_type_destroy(NULL);
}

/* A part, beside one at the first pointer, of an object with room for eight pointers. */
static void expect_part(struct kunit *test, const struct mpool_part *part, struct mpool *pool,
			int err)
{
	const struct mpool_part parts[] = {
		{ .offset = 0, .pool = pool, .count = 1 },
		*part,
	};

	expect_type_refused(test, err, .size = 8 * sizeof(void *), .parts = parts,
			    .nr_parts = ARRAY_SIZE(parts));
}

#define expect_part_error(test, err, ...) \
	expect_part(test, &(struct mpool_part){ __VA_ARGS__ }, pool, err)

static void type_with_bad_parts(struct kunit *test)
{
	const size_t ptr = sizeof(void *);
	struct mpool *pool = test_pool(test, .size = 8);
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64), .run_max = 256);

	expect_part_error(test, -EINVAL, .offset = ptr, .count = 1);
	expect_part_error(test, -EINVAL, .offset = ptr, .count = 1, .size = 8);
	expect_part_error(test, -EINVAL, .offset = ptr, .count = 1, .size = 8, .pool = pool,
			  .sized = sized);
	expect_part_error(test, -EINVAL, .offset = ptr, .count = 1, .size = 8, .pool = pool);
	expect_part_error(test, -EINVAL, .offset = ptr, .count = 1, .sized = sized);
	expect_part_error(test, -EINVAL, .offset = ptr, .pool = pool);
	expect_part_error(test, -EINVAL, .offset = ptr, .pool = pool, .given = true);
	expect_part_error(test, -EINVAL, .offset = ptr, .sized = sized, .size = 8);
	expect_part_error(test, -EINVAL, .offset = ptr + 1, .pool = pool, .count = 1);
	expect_part_error(test, -EINVAL, .offset = ptr + ptr / 2, .pool = pool, .count = 1);
	/* They were all that was wrong. */
	expect_part_error(test, 0, .offset = ptr, .pool = pool, .count = 1);
	expect_part_error(test, 0, .offset = ptr, .sized = sized, .size = 8, .count = 1);
}

static void type_with_parts_that_lie_wrong(struct kunit *test)
{
	const size_t ptr = sizeof(void *);
	struct mpool *pool = test_pool(test, .size = 8);
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64), .run_max = 256);

	expect_part_error(test, -ERANGE, .offset = 8 * ptr, .pool = pool, .count = 1);
	expect_part_error(test, -ERANGE, .offset = 7 * ptr, .pool = pool, .count = 2);
	expect_part_error(test, -ERANGE, .offset = ptr, .pool = pool, .count = 8);
	expect_part_error(test, -ERANGE, .offset = ptr, .pool = pool, .count = 8, .given = true);
	expect_part_error(test, -ERANGE, .offset = ptr, .pool = pool, .count = SIZE_MAX);
	expect_part_error(test, -ERANGE, .offset = ptr, .pool = pool,
			  .count = SIZE_MAX / ptr + 2);
	expect_part_error(test, -ERANGE, .offset = SIZE_MAX - ptr + 1, .pool = pool, .count = 1);
	expect_part_error(test, -ERANGE, .offset = SIZE_MAX - ptr + 1, .pool = pool, .count = 3);
	expect_part_error(test, -ERANGE, .offset = 8 * ptr, .sized = sized, .size = 8,
			  .count = 1);
	/* On the pointer of the part before. */
	expect_part_error(test, -ERANGE, .offset = 0, .pool = pool, .count = 1);
	expect_part_error(test, -ERANGE, .offset = 0, .sized = sized, .size = 8, .count = 1);
	/* They just fit. A piece has one pointer, of however many it is. */
	expect_part_error(test, 0, .offset = ptr, .pool = pool, .count = 7);
	expect_part_error(test, 0, .offset = 7 * ptr, .sized = sized, .size = 8, .count = 32);
}

static void type_with_parts_in_any_order(struct kunit *test)
{
	const size_t ptr = sizeof(void *);
	struct mpool *pool = test_pool(test, .size = 8);
	struct mpool_part parts[] = {
		{ .offset = 4 * ptr, .pool = pool, .count = 4 },
		{ .offset = 0, .pool = pool, .count = 1 },
		{ .offset = ptr, .pool = pool, .count = 3 },
	};

	expect_type_refused(test, 0, .size = 8 * ptr, .parts = parts, .nr_parts = 3);
	parts[2].count = 4;
	expect_type_refused(test, -ERANGE, .size = 8 * ptr, .parts = parts, .nr_parts = 3);
	parts[2].count = 3;
	parts[1].offset = 3 * ptr;
	expect_type_refused(test, -ERANGE, .size = 8 * ptr, .parts = parts, .nr_parts = 3);
}

static void type_with_parts_too_large(struct kunit *test)
{
	const size_t ptr = sizeof(void *);
	struct mpool *pool = test_pool(test, .size = 8);
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64), .run_max = 256);

	expect_part_error(test, -EOVERFLOW, .offset = ptr, .sized = sized, .size = 257,
			  .count = 1);
	expect_part_error(test, -EOVERFLOW, .offset = ptr, .sized = sized, .size = 8,
			  .count = 33);
	expect_part_error(test, -EOVERFLOW, .offset = ptr, .sized = sized, .size = 8,
			  .count = 33, .given = true);
	expect_part_error(test, -EOVERFLOW, .offset = ptr, .sized = sized, .size = 8,
			  .count = SIZE_MAX / 8 + 2);
	expect_part_error(test, -EOVERFLOW, .offset = ptr, .sized = sized,
			  .size = SIZE_MAX / 2 + 1, .count = 2);
	expect_part_error(test, -EOVERFLOW, .offset = ptr, .sized = sized, .size = SIZE_MAX,
			  .count = SIZE_MAX);
	expect_part_error(test, 0, .offset = ptr, .sized = sized, .size = 8, .count = 32);
	expect_part_error(test, 0, .offset = ptr, .sized = sized, .size = 256, .count = 1);
}

static void type_with_many_parts(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 8);
	struct mpool_part *parts = kunit_kcalloc(test, MPOOL_PARTS_MAX + 1, sizeof(*parts),
						 GFP_KERNEL);
	struct mpool_type *type;
	unsigned int i;
	void **obj;

	KUNIT_ASSERT_NOT_NULL(test, parts);
	for (i = 0; i < MPOOL_PARTS_MAX + 1; i++)
		parts[i] = (struct mpool_part){
			.offset = i * sizeof(void *), .pool = pool, .count = 1 };
	expect_type_refused(test, -E2BIG, .size = (MPOOL_PARTS_MAX + 1) * sizeof(void *),
			    .parts = parts, .nr_parts = MPOOL_PARTS_MAX + 1);
	expect_type_refused(test, -E2BIG, .size = 8, .parts = parts, .nr_parts = UINT_MAX);
	type = test_type(test, .size = MPOOL_PARTS_MAX * sizeof(void *), .parts = parts,
			 .nr_parts = MPOOL_PARTS_MAX);
	/* They were copied. */
	memset(parts, 0xff, (MPOOL_PARTS_MAX + 1) * sizeof(*parts));
	obj = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	test_identity(test, pool, MPOOL_PARTS_MAX);
	for (i = 0; i < MPOOL_PARTS_MAX; i++)
		KUNIT_EXPECT_NOT_NULL(test, obj[i]);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, obj), 0);
	test_identity(test, pool, 0);
}

/* --- trees --- */

/* A node of a tree says its number when it is undone; that is what can be told of the order. */
struct node {
	unsigned int id;
};

static int node_init(void *obj, void *arg)
{
	((struct node *)obj)->id = arg ? *(unsigned int *)arg : 0;
	return 0;
}

static void node_fini(void *obj)
{
	note(STEP_OBJECT, ((struct node *)obj)->id, true);
}

/* Two types of nodes: all trees can be mixed. */
struct nursery {
	struct mpool_type *type[2];
};

static struct nursery nursery_open(struct kunit *test)
{
	struct nursery nursery;

	record_clear();
	nursery.type[0] = test_type(test, .size = sizeof(struct node), .init = node_init,
				    .fini = node_fini);
	nursery.type[1] = test_create_type(test, &(struct mpool_type_params){
		.name = "kunit-type-2", .size = 200, .init = node_init, .fini = node_fini });
	return nursery;
}

static void *node_create(struct kunit *test, struct mpool_type *type, unsigned int id)
{
	void *obj = mpool_object_create(type, GFP_KERNEL, NULL, &id);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	return obj;
}

static unsigned long nodes_left(const struct nursery *nursery)
{
	return test_stats(mpool_type_pool(nursery->type[0])).in_use +
	       test_stats(mpool_type_pool(nursery->type[1])).in_use;
}

/* These were undone, in this order, and no others. */
static void expect_undone(struct kunit *test, const unsigned int *ids, unsigned int n)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, record.nr, n);
	for (i = 0; i < min(n, record.nr); i++)
		KUNIT_EXPECT_EQ(test, record.event[i].id, ids[i]);
	record_clear();
}

#define expect_undone_ids(test, ...)					\
	expect_undone(test, (const unsigned int[]){ __VA_ARGS__ },	\
		      sizeof((const unsigned int[]){ __VA_ARGS__ }) / sizeof(int))

/* Nodes of alternating types, each the child of the one that is given for it; 0 is the root. */
static void plant(struct kunit *test, const struct nursery *nursery, void **nodes,
		  const unsigned int *parents, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		nodes[i] = node_create(test, nursery->type[i % 2], i);
		if (i)
			KUNIT_ASSERT_EQ(test, 0, mpool_object_adopt(nursery->type[i % 2], nodes[i],
								    nodes[parents[i]]));
	}
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(nursery->type[i % 2], nodes[i]),
				    i ? nodes[parents[i]] : NULL);
}

/* Two children of the root, with two, and with one: 0 (1 (3 4) 2 (5)). */
static const unsigned int family[] = { 0, 0, 0, 1, 1, 2 };

static void children_go_first_and_the_newest_of_them(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];

	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], nodes[0]), 0);
	expect_undone_ids(test, 5, 2, 4, 3, 1, 0);
	KUNIT_EXPECT_EQ(test, nodes_left(&nursery), 0);
}

static void parts_go_after_children_and_before_the_object(struct kunit *test)
{
	struct workshop shop = workshop_open(test, 0);
	struct machine *root = machine_create(test, &shop, 1);
	struct machine *first = machine_create(test, &shop, 2);
	struct machine *second = machine_create(test, &shop, 3);

	KUNIT_EXPECT_EQ(test, mpool_object_adopt(shop.type, first, root), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(shop.type, second, root), 0);
	record_clear();
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, root), 0);
	KUNIT_EXPECT_EQ(test, record.nr, 3 * NR_STEPS);
	expect_steps(test, 0, 3, NR_STEPS, true);
	expect_steps(test, NR_STEPS, 2, NR_STEPS, true);
	expect_steps(test, 2 * NR_STEPS, 1, NR_STEPS, true);
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
	expect_machines(test, &shop, 0);
}

/* It is taken out of its parent, who lives on. */
static void a_branch_goes_alone(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];

	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[1], nodes[1]), 0);
	expect_undone_ids(test, 4, 3, 1);
	KUNIT_EXPECT_EQ(test, nodes_left(&nursery), 3);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[1], nodes[5]), 0);
	expect_undone_ids(test, 5);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], nodes[0]), 0);
	expect_undone_ids(test, 2, 0);
	KUNIT_EXPECT_EQ(test, nodes_left(&nursery), 0);
}

static void release_makes_a_root(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];

	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	KUNIT_EXPECT_EQ(test, mpool_object_release(nursery.type[0], nodes[0]), -ENOENT);
	KUNIT_EXPECT_EQ(test, mpool_object_release(nursery.type[1], nodes[1]), 0);
	KUNIT_EXPECT_NULL(test, mpool_object_parent(nursery.type[1], nodes[1]));
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(nursery.type[1], nodes[3]), nodes[1]);
	KUNIT_EXPECT_EQ(test, mpool_object_release(nursery.type[1], nodes[1]), -ENOENT);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], nodes[0]), 0);
	expect_undone_ids(test, 5, 2, 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[1], nodes[1]), 0);
	expect_undone_ids(test, 4, 3, 1);
}

/* With all that is below it; as the newest child of who takes it. */
static void move_takes_the_branch_along(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];
	void *other = node_create(test, nursery.type[0], 9);

	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	KUNIT_EXPECT_EQ(test, mpool_object_move(nursery.type[1], nodes[1], nodes[2]), 0);
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(nursery.type[1], nodes[1]), nodes[2]);
	/* A root can be moved too. */
	KUNIT_EXPECT_EQ(test, mpool_object_move(nursery.type[0], nodes[0], other), 0);
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(nursery.type[0], nodes[0]), other);
	KUNIT_EXPECT_EQ(test, mpool_object_move(nursery.type[1], nodes[5], other), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], other), 0);
	expect_undone_ids(test, 5, 4, 3, 1, 2, 0, 9);
	KUNIT_EXPECT_EQ(test, nodes_left(&nursery), 0);
}

static void adopt_takes_roots_only(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];
	void *other = node_create(test, nursery.type[0], 9);

	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[1], nodes[1], other), -EBUSY);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[1], nodes[1], nodes[0]), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(nursery.type[1], nodes[1]), nodes[0]);
	KUNIT_EXPECT_EQ(test, test_stats(mpool_type_pool(nursery.type[1])).misuses, 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], other), 0);
	expect_undone_ids(test, 9);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], nodes[0]), 0);
	expect_undone_ids(test, 5, 2, 4, 3, 1, 0);
}

static void nobody_is_its_own_ancestor(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];
	unsigned int i;

	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	for (i = 0; i < ARRAY_SIZE(family); i++) {
		KUNIT_EXPECT_EQ(test, -ELOOP, mpool_object_adopt(nursery.type[0], nodes[0],
								 nodes[i]));
		KUNIT_EXPECT_EQ(test, -ELOOP, mpool_object_move(nursery.type[0], nodes[0],
								nodes[i]));
	}
	KUNIT_EXPECT_EQ(test, mpool_object_move(nursery.type[1], nodes[1], nodes[1]), -ELOOP);
	KUNIT_EXPECT_EQ(test, mpool_object_move(nursery.type[1], nodes[1], nodes[4]), -ELOOP);
	/* All is as it was. */
	KUNIT_EXPECT_NULL(test, mpool_object_parent(nursery.type[0], nodes[0]));
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(nursery.type[1], nodes[1]), nodes[0]);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], nodes[0]), 0);
	expect_undone_ids(test, 5, 2, 4, 3, 1, 0);
}

/* --- what is no live object --- */

/* Not inlined: all figures together take much of a stack. */
static noinline unsigned long type_misuses(struct mpool_type *type)
{
	return test_stats(mpool_type_pool(type)).misuses;
}

/* Whatever one asks for it, the answer is no; and all is as it was. */
static void expect_not_live(struct kunit *test, struct mpool_type *type, void *bad)
{
	unsigned long before = type_misuses(type);
	struct node *good = node_create(test, type, 1000);
	unsigned long in_use = test_stats(mpool_type_pool(type)).in_use;

	if (bad) {
		KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, bad), -EINVAL);
		KUNIT_EXPECT_EQ(test, type_misuses(type), ++before);
	}
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(type, bad, good), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(type), ++before);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(type, good, bad), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(type), ++before);
	KUNIT_EXPECT_EQ(test, mpool_object_move(type, bad, good), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(type), ++before);
	KUNIT_EXPECT_EQ(test, mpool_object_move(type, good, bad), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(type), ++before);
	KUNIT_EXPECT_EQ(test, mpool_object_release(type, bad), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(type), ++before);
	KUNIT_EXPECT_NULL(test, mpool_object_parent(type, bad));
	KUNIT_EXPECT_NULL(test, mpool_object_parent(type, good));
	test_identity(test, mpool_type_pool(type), in_use);
	KUNIT_EXPECT_EQ(test, good->id, 1000);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, good), 0);
}

static void null_is_no_object(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);

	expect_not_live(test, nursery.type[0], NULL);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], NULL), 0);
}

static void what_was_never_an_object_is_none(struct kunit *test)
{
	static int in_data;
	struct nursery nursery = nursery_open(test);
	struct node *node = node_create(test, nursery.type[0], 1);
	void *slab_object = kmalloc(64, GFP_KERNEL);
	void *mapped = vmalloc(PAGE_SIZE);
	int on_stack;

	expect_not_live(test, nursery.type[0], slab_object);
	expect_not_live(test, nursery.type[0], mapped);
	expect_not_live(test, nursery.type[0], &on_stack);
	expect_not_live(test, nursery.type[0], &in_data);
	expect_not_live(test, nursery.type[0], (void *)8);
	expect_not_live(test, nursery.type[0], ERR_PTR(-ENOMEM));
	expect_not_live(test, nursery.type[0], (void *)(ULONG_MAX / 2 + 1));
	vfree(mapped);
	kfree(slab_object);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], node), 0);
}

/* Before it too, where others may have put what they must know of it. */
static void what_lies_about_an_object_is_none(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *node = node_create(test, nursery.type[1], 1);
	int offset;

	for (offset = -64; offset < 200; offset++) {
		if (offset)
			expect_not_live(test, nursery.type[1], node + offset);
	}
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[1], node), 0);
}

static void what_was_destroyed_is_no_object(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	struct node *old, *other;

	old = node_create(test, nursery.type[0], 1);
	other = node_create(test, nursery.type[0], 2);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], old), 0);
	/* Taken first, so that the check's own object is not at the address of the old one. */
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], old), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[0], old, other), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[0], other, old), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_move(nursery.type[0], other, old), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_release(nursery.type[0], old), -EINVAL);
	KUNIT_EXPECT_NULL(test, mpool_object_parent(nursery.type[0], old));
	KUNIT_EXPECT_GE(test, type_misuses(nursery.type[0]), 5);
	/* As a child, with its parent. */
	old = node_create(test, nursery.type[0], 3);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[0], old, other), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], other), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], old), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], other), -EINVAL);
	expect_undone_ids(test, 1, 3, 2);
	test_identity(test, mpool_type_pool(nursery.type[0]), 0);
}

static void what_went_to_the_system_is_no_object(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *old = node_create(test, nursery.type[0], 1);

	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], old), 0);
	KUNIT_EXPECT_GT(test, mpool_trim(mpool_type_pool(nursery.type[0])), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], old), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(nursery.type[0]), 1);
	expect_undone_ids(test, 1);
}

/* As the object of a call; as a parent it is welcome. */
static void an_object_of_another_type_is_refused(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *ours = node_create(test, nursery.type[0], 1);
	void *others = node_create(test, nursery.type[1], 2);

	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], others), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[0], others, ours), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_move(nursery.type[0], others, ours), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(nursery.type[0]), 3);
	KUNIT_EXPECT_EQ(test, type_misuses(nursery.type[1]), 0);
	KUNIT_EXPECT_EQ(test, record.nr, 0);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[0], ours, others), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_release(nursery.type[1], ours), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(nursery.type[1]), 1);
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(nursery.type[0], ours), others);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[1], others), 0);
	expect_undone_ids(test, 1, 2);
}

/* Live, but no object that can have children. */
static void blocks_are_no_objects(struct kunit *test)
{
	struct workshop shop = workshop_open(test, 0);
	struct machine *machine = machine_create(test, &shop, 1);
	void *block = test_alloc(test, shop.pool);

	KUNIT_EXPECT_EQ(test, mpool_object_adopt(shop.type, machine, block), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(shop.type, machine, machine->one), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(shop.type, machine, machine->numbers), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, machine->one), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, machine->numbers), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, block), -EINVAL);
	KUNIT_EXPECT_EQ(test, type_misuses(shop.type), 6);
	mpool_free(shop.pool, block);
	expect_machines(test, &shop, 1);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, machine), 0);
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
	expect_machines(test, &shop, 0);
}

/* --- calls from a fini --- */

/* What the fini of one node does, and what came of it. */
static struct {
	unsigned int id;
	struct mpool_type *type;
	void *a;
	void *b;
	void (*act)(void *obj);
	int result[4];
	unsigned int acted;
} hook;

static void hooked_fini(void *obj)
{
	struct node *node = obj;

	node_fini(obj);
	if (hook.act && node->id == hook.id) {
		hook.acted++;
		hook.act(obj);
	}
}

static struct mpool_type *hooked_type(struct kunit *test)
{
	struct mpool_type *type = test_type(test, .size = sizeof(struct node), .init = node_init,
					    .fini = hooked_fini);

	record_clear();
	memset(&hook, 0, sizeof(hook));
	hook.type = type;
	return type;
}

/* Itself, and its parent, which is being destroyed too. */
static void act_on_the_dying(void *obj)
{
	hook.result[0] = mpool_object_destroy(hook.type, obj);
	hook.result[1] = mpool_object_destroy(hook.type, hook.a);
	hook.result[2] = mpool_object_adopt(hook.type, hook.b, obj);
	hook.result[3] = mpool_object_adopt(hook.type, hook.b, hook.a);
}

static void what_is_being_destroyed_is_busy(struct kunit *test)
{
	struct mpool_type *type = hooked_type(test);
	unsigned int i;
	void *child;

	for (i = 0; i < 2; i++) {
		/* Once from the fini of the child, once from that of the root itself. */
		hook.id = 2 - i;
		hook.acted = 0;
		hook.act = act_on_the_dying;
		hook.a = node_create(test, type, 1);
		hook.b = node_create(test, type, 3);
		child = node_create(test, type, 2);
		KUNIT_EXPECT_EQ(test, mpool_object_adopt(type, child, hook.a), 0);
		KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, hook.a), 0);
		KUNIT_EXPECT_EQ(test, hook.acted, 1);
		KUNIT_EXPECT_EQ(test, hook.result[0], -EBUSY);
		KUNIT_EXPECT_EQ(test, hook.result[1], -EBUSY);
		KUNIT_EXPECT_EQ(test, hook.result[2], -EBUSY);
		KUNIT_EXPECT_EQ(test, hook.result[3], -EBUSY);
		expect_undone_ids(test, 2, 1);
		/* It has remained a root. */
		KUNIT_EXPECT_NULL(test, mpool_object_parent(type, hook.b));
		KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, hook.b), 0);
		expect_undone_ids(test, 3);
	}
	test_identity(test, mpool_type_pool(type), 0);
}

static void act_on_a_sibling(void *obj)
{
	hook.result[0] = mpool_object_destroy(hook.type, hook.a);
}

/* Whether the answer is that it is busy already, or it goes at once: it goes once. */
static void fini_may_ask_for_a_sibling(struct kunit *test)
{
	struct mpool_type *type = hooked_type(test);
	void *root = node_create(test, type, 0);
	unsigned int i, times[4] = {};
	void *child;

	hook.act = act_on_a_sibling;
	hook.id = 3;
	for (i = 1; i < 4; i++) {
		child = node_create(test, type, i);
		KUNIT_EXPECT_EQ(test, mpool_object_adopt(type, child, root), 0);
		if (i == 1)
			hook.a = child;
	}
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, root), 0);
	KUNIT_EXPECT_EQ(test, hook.acted, 1);
	KUNIT_EXPECT_TRUE(test, !hook.result[0] || hook.result[0] == -EBUSY);
	KUNIT_ASSERT_EQ(test, record.nr, 4);
	for (i = 0; i < 4; i++)
		times[record.event[i].id]++;
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, times[i], 1);
	KUNIT_EXPECT_EQ(test, record.event[3].id, 0);
	test_identity(test, mpool_type_pool(type), 0);
}

static void act_on_another_tree(void *obj)
{
	unsigned int id = 9;

	hook.result[0] = mpool_object_destroy(hook.type, hook.a);
	hook.b = mpool_object_create(hook.type, GFP_KERNEL, NULL, &id);
}

static void fini_may_destroy_another_tree_and_create(struct kunit *test)
{
	struct mpool_type *type = hooked_type(test);
	void *root = node_create(test, type, 1);
	void *child = node_create(test, type, 2);
	void *others;

	hook.act = act_on_another_tree;
	hook.id = 2;
	hook.a = node_create(test, type, 5);
	others = node_create(test, type, 6);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(type, child, root), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_adopt(type, others, hook.a), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, root), 0);
	KUNIT_EXPECT_EQ(test, hook.result[0], 0);
	expect_undone_ids(test, 2, 6, 5, 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, hook.b);
	KUNIT_EXPECT_NULL(test, mpool_object_parent(type, hook.b));
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, hook.b), 0);
	test_identity(test, mpool_type_pool(type), 0);
}

/* --- large trees --- */

struct leaf {
	struct leaf *parent;
	u32 id;
	u32 children;
};

/* What the finis of leaves saw. */
static struct {
	unsigned long finis;
	unsigned long early;		/* before a child of it */
	unsigned long late;		/* not in the order of the ids, up or down */
	u32 next;
	int step;
	unsigned long lowest;		/* addresses on the stack */
	unsigned long highest;
} leaves;

static void leaf_fini(void *obj)
{
	struct leaf *leaf = obj;
	unsigned long here = (unsigned long)&leaf;

	leaves.finis++;
	leaves.early += leaf->children > 0;
	leaves.late += leaf->id != leaves.next;
	leaves.next += leaves.step;
	leaves.lowest = min(leaves.lowest, here);
	leaves.highest = max(leaves.highest, here);
	if (leaf->parent)
		leaf->parent->children--;
}

static struct mpool_type *leaf_type(struct kunit *test, u32 first, int step)
{
	memset(&leaves, 0, sizeof(leaves));
	leaves.lowest = ULONG_MAX;
	leaves.next = first;
	leaves.step = step;
	return test_type(test, .size = sizeof(struct leaf), .fini = leaf_fini);
}

static struct leaf *leaf_create(struct kunit *test, struct mpool_type *type, u32 id)
{
	struct leaf *leaf = mpool_object_create(type, GFP_KERNEL, NULL, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, leaf);
	*leaf = (struct leaf){ .id = id };
	return leaf;
}

static void leaf_adopt(struct kunit *test, struct mpool_type *type, struct leaf *leaf,
		       struct leaf *parent)
{
	KUNIT_ASSERT_EQ(test, mpool_object_adopt(type, leaf, parent), 0);
	leaf->parent = parent;
	parent->children++;
}

/* All have gone, each after its children, and no deeper on the stack than the others. */
static void expect_felled(struct kunit *test, struct mpool_type *type, struct leaf *root,
			  unsigned long n)
{
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, root), 0);
	KUNIT_EXPECT_EQ(test, leaves.finis, n);
	KUNIT_EXPECT_EQ(test, leaves.early, 0);
	KUNIT_EXPECT_LT(test, leaves.highest - leaves.lowest, 1024);
	test_identity(test, mpool_type_pool(type), 0);
}

/* Each becomes the child of the next, for who looks for a loop looks upwards. */
static void long_chain(struct kunit *test)
{
	const u32 n = totalram_pages() >= SZ_512M / PAGE_SIZE ? 1000000 : 100000;
	struct mpool_type *type = leaf_type(test, 0, 1);
	struct leaf *root = leaf_create(test, type, 0);
	struct leaf *next;
	u32 i;

	for (i = 1; i < n; i++) {
		next = leaf_create(test, type, i);
		leaf_adopt(test, type, root, next);
		root = next;
	}
	expect_felled(test, type, root, n);
	KUNIT_EXPECT_EQ(test, leaves.late, 0);
}

static void wide_tree(struct kunit *test)
{
	const u32 n = 100000;
	struct mpool_type *type = leaf_type(test, n - 1, -1);
	struct leaf *root = leaf_create(test, type, 0);
	u32 i;

	for (i = 1; i < n; i++)
		leaf_adopt(test, type, leaf_create(test, type, i), root);
	expect_felled(test, type, root, n);
	KUNIT_EXPECT_EQ(test, leaves.late, 0);
}

static void random_tree(struct kunit *test)
{
	const u32 n = 50000;
	struct mpool_type *type = leaf_type(test, 0, 0);
	void **all = test_array(test, n);
	struct rnd_state rnd;
	u32 i;

	prandom_seed_state(&rnd, 11);
	all[0] = leaf_create(test, type, 0);
	for (i = 1; i < n; i++) {
		all[i] = leaf_create(test, type, i);
		leaf_adopt(test, type, all[i], all[test_random(&rnd, i)]);
	}
	expect_felled(test, type, all[0], n);
}

/* --- a random program against a model --- */

#define SLOTS		48
#define STEPS		TEST_TIMES(30000)
#define NOBODY		(-1)

/* The model: who is there, of which type, whose child, and since when. */
struct model {
	struct nursery nursery;
	struct rnd_state rnd;
	unsigned int now;
	struct {
		void *obj;		/* NULL if there is none */
		void *gone;		/* what was there last */
		unsigned int type;
		int parent;
		unsigned int since;
	} slot[SLOTS];
};

static struct mpool_type *model_type(struct model *m, int i)
{
	return m->nursery.type[m->slot[i].type];
}

/* A slot that is in use, or is not. */
static int model_pick(struct model *m, bool used)
{
	int i = test_random(&m->rnd, SLOTS), tries;

	for (tries = 0; tries < SLOTS; tries++, i = (i + 1) % SLOTS) {
		if (!!m->slot[i].obj == used)
			return i;
	}
	return NOBODY;
}

/* Is one the other, or above it? */
static bool model_is_above(struct model *m, int above, int i)
{
	while (i != NOBODY && i != above)
		i = m->slot[i].parent;
	return i == above;
}

static int model_newest_child(struct model *m, int parent)
{
	int i, newest = NOBODY;

	for (i = 0; i < SLOTS; i++) {
		if (m->slot[i].obj && m->slot[i].parent == parent &&
		    (newest == NOBODY || m->slot[i].since > m->slot[newest].since))
			newest = i;
	}
	return newest;
}

/* Take all that is below one out of the model, and itself, in the order in which they should go. */
static unsigned int model_fell(struct model *m, int root, unsigned int *ids)
{
	unsigned int n = 0;
	int i, child;

	do {
		for (i = root; (child = model_newest_child(m, i)) != NOBODY; i = child)
			;
		ids[n++] = i;
		m->slot[i].gone = m->slot[i].obj;
		m->slot[i].obj = NULL;
	} while (i != root);
	return n;
}

static void model_place(struct model *m, int i, int parent)
{
	m->slot[i].parent = parent;
	m->slot[i].since = ++m->now;
}

static void step_create(struct kunit *test, struct model *m)
{
	int i = model_pick(m, false);

	if (i == NOBODY)
		return;
	m->slot[i].type = test_random(&m->rnd, 2);
	m->slot[i].obj = node_create(test, model_type(m, i), i);
	model_place(m, i, NOBODY);
}

static void step_destroy(struct kunit *test, struct model *m)
{
	int i = model_pick(m, true);
	unsigned int ids[SLOTS], n;

	if (i == NOBODY)
		return;
	record_clear();
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(model_type(m, i), m->slot[i].obj), 0);
	n = model_fell(m, i, ids);
	expect_undone(test, ids, n);
}

/* If both the one and the other are wrong with it, either answer is right. */
static void step_adopt(struct kunit *test, struct model *m)
{
	int i = model_pick(m, true), parent = model_pick(m, true), err;
	bool loop, child;

	if (i == NOBODY)
		return;
	loop = model_is_above(m, i, parent);
	child = m->slot[i].parent != NOBODY;
	err = mpool_object_adopt(model_type(m, i), m->slot[i].obj, m->slot[parent].obj);
	if (loop && child)
		KUNIT_EXPECT_TRUE(test, err == -ELOOP || err == -EBUSY);
	else
		KUNIT_EXPECT_EQ(test, err, loop ? -ELOOP : child ? -EBUSY : 0);
	if (!loop && !child)
		model_place(m, i, parent);
}

static void step_move(struct kunit *test, struct model *m)
{
	int i = model_pick(m, true), parent = model_pick(m, true), err;
	bool loop;

	if (i == NOBODY || m->slot[i].parent == parent)
		return;
	loop = model_is_above(m, i, parent);
	err = mpool_object_move(model_type(m, i), m->slot[i].obj, m->slot[parent].obj);
	KUNIT_EXPECT_EQ(test, err, loop ? -ELOOP : 0);
	if (!loop)
		model_place(m, i, parent);
}

static void step_release(struct kunit *test, struct model *m)
{
	int i = model_pick(m, true), err;

	if (i == NOBODY)
		return;
	err = mpool_object_release(model_type(m, i), m->slot[i].obj);
	KUNIT_EXPECT_EQ(test, err, m->slot[i].parent == NOBODY ? -ENOENT : 0);
	if (!err)
		model_place(m, i, NOBODY);
}

/* A stale pointer, unless somebody lives there again. */
static void step_misuse(struct kunit *test, struct model *m)
{
	int i = model_pick(m, false), j;

	if (i == NOBODY || !m->slot[i].gone)
		return;
	for (j = 0; j < SLOTS; j++) {
		if (m->slot[j].obj == m->slot[i].gone)
			return;
	}
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(model_type(m, i), m->slot[i].gone), -EINVAL);
}

static void expect_model(struct kunit *test, struct model *m)
{
	unsigned long used[2] = {};
	void *parent;
	int i;

	for (i = 0; i < SLOTS; i++) {
		if (!m->slot[i].obj)
			continue;
		used[m->slot[i].type]++;
		parent = m->slot[i].parent == NOBODY ? NULL : m->slot[m->slot[i].parent].obj;
		KUNIT_EXPECT_PTR_EQ(test, parent,
				    mpool_object_parent(model_type(m, i), m->slot[i].obj));
		KUNIT_EXPECT_EQ(test, ((struct node *)m->slot[i].obj)->id, i);
	}
	test_identity(test, mpool_type_pool(m->nursery.type[0]), used[0]);
	test_identity(test, mpool_type_pool(m->nursery.type[1]), used[1]);
}

static void random_program(struct kunit *test)
{
	static void (* const steps[])(struct kunit *test, struct model *m) = {
		step_create, step_create, step_create, step_create, step_destroy, step_adopt,
		step_adopt, step_adopt, step_adopt, step_move, step_move, step_move, step_release,
		step_misuse,
	};
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->nursery = nursery_open(test);
	prandom_seed_state(&m->rnd, 12);
	for (i = 0; i < STEPS; i++) {
		steps[test_random(&m->rnd, ARRAY_SIZE(steps))](test, m);
		if (i % 16 == 0)
			expect_model(test, m);
	}
	while (model_pick(m, true) != NOBODY)
		step_destroy(test, m);
	expect_model(test, m);
	KUNIT_EXPECT_EQ(test, nodes_left(&m->nursery), 0);
}

/* --- types that go before their objects --- */

static void type_destroyed_with_objects_out(struct kunit *test)
{
	struct workshop shop = workshop_open(test, 0);
	struct machine *root = machine_create(test, &shop, 1);
	struct machine *child = machine_create(test, &shop, 2);
	struct machine *single = machine_create(test, &shop, 3);

	KUNIT_EXPECT_EQ(test, mpool_object_adopt(shop.type, child, root), 0);
	record_clear();
	test_destroy(test);

	/* Nothing was taken from under us, and the name is free. */
	KUNIT_EXPECT_EQ(test, record.nr, 0);
	test_type(test, .size = 8);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, child->numbers[NUMBERS - 1], NUMBERS - 1);
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_parent(shop.type, child), (void *)root);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, (void *)root + 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, root), 0);
	KUNIT_EXPECT_EQ(test, record.nr, 2 * NR_STEPS);
	expect_steps(test, 0, 2, NR_STEPS, true);
	expect_steps(test, NR_STEPS, 1, NR_STEPS, true);
	test_identity(test, shop.pool, 1 + SEVERAL);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, single), 0);
	expect_steps(test, 2 * NR_STEPS, 3, NR_STEPS, true);
	test_identity(test, shop.pool, 0);
	test_sized_identity(test, shop.sized, 0);
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
}

/* The last object of a type can go in the middle of a tree of another's. */
static void type_goes_with_a_branch(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];

	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	/* That of the odd ones, which are children and parents both. */
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.nr, 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], nodes[0]), 0);
	expect_undone_ids(test, 5, 2, 4, 3, 1, 0);
	test_identity(test, mpool_type_pool(nursery.type[0]), 0);
}

static void type_goes_with_the_root(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *root = node_create(test, nursery.type[1], 1);
	void *child = node_create(test, nursery.type[0], 2);

	KUNIT_EXPECT_EQ(test, mpool_object_adopt(nursery.type[0], child, root), 0);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[1], root), 0);
	expect_undone_ids(test, 2, 1);
	test_identity(test, mpool_type_pool(nursery.type[0]), 0);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(nursery.type[0], child), -EINVAL);
}

/* --- faults --- */

static void type_create_under_faults(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 8);
	struct mpool_part part = { .pool = pool, .count = 1 };
	struct mpool_type_params params = {
		.name = "kunit-type", .size = 64, .parts = &part, .nr_parts = 1 };
	unsigned int nth, errors = 0;
	struct mpool_type *type;
	bool failed;
	void *obj;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, type = mpool_type_create(&params));
		if (IS_ERR(type)) {
			KUNIT_EXPECT_EQ(test, PTR_ERR(type), -ENOMEM);
			errors++;
		} else {
			obj = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
			KUNIT_EXPECT_FALSE(test, IS_ERR(obj));
			if (!IS_ERR(obj))
				KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, obj), 0);
			mpool_type_destroy(type);
		}
		if (!failed)
			break;
	}
	KUNIT_EXPECT_FALSE(test, IS_ERR(type));
	KUNIT_EXPECT_GT(test, errors, 0);
	test_identity(test, pool, 0);
}

static void object_create_under_faults(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC };
	struct workshop shop = workshop_open(test, 0);
	unsigned int nth, i, errors = 0;
	bool failed;
	void *obj;

	test_needs_faults(test);
	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		for (nth = 1; ; nth++) {
			record_clear();
			failed = with_fault(nth, obj = mpool_object_create(shop.type, gfps[i],
									   NULL, NULL));
			expect_machines(test, &shop, !IS_ERR(obj));
			if (IS_ERR(obj)) {
				KUNIT_EXPECT_EQ(test, PTR_ERR(obj), -ENOMEM);
				KUNIT_EXPECT_EQ(test, record.nr, 0);
				errors++;
			} else {
				KUNIT_EXPECT_EQ(test, record.nr, NR_STEPS);
				KUNIT_EXPECT_EQ(test, mpool_object_destroy(shop.type, obj), 0);
			}
			expect_machines(test, &shop, 0);
			mpool_trim(mpool_type_pool(shop.type));
			mpool_trim(shop.pool);
			mpool_sized_trim(shop.sized);
			if (!failed)
				break;
		}
		KUNIT_EXPECT_FALSE(test, IS_ERR(obj));
	}
	/* For each of three pools. */
	KUNIT_EXPECT_GE(test, errors, 3 * ARRAY_SIZE(gfps));
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
}

static void trees_ask_for_nothing(struct kunit *test)
{
	struct nursery nursery = nursery_open(test);
	void *nodes[ARRAY_SIZE(family)];
	int err = 0;
	bool asked;

	test_needs_faults(test);
	plant(test, &nursery, nodes, family, ARRAY_SIZE(family));
	asked = with_fault(1, ({
		err |= mpool_object_release(nursery.type[1], nodes[1]);
		err |= mpool_object_adopt(nursery.type[1], nodes[1], nodes[2]);
		err |= mpool_object_move(nursery.type[1], nodes[1], nodes[0]);
		err |= mpool_object_destroy(nursery.type[0], nodes[0]);
		test_destroy(test);
		test_destroy(test);
	}));
	/* kmemleak makes notes, for which it may. */
	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		KUNIT_EXPECT_FALSE(test, asked);
	KUNIT_EXPECT_EQ(test, err, 0);
	expect_undone_ids(test, 4, 3, 1, 5, 2, 0);
}

static struct kunit_case tree_cases[] = {
	KUNIT_CASE(object_is_made_and_undone_in_order),
	KUNIT_CASE(object_is_undone_from_where_it_failed),
	KUNIT_CASE(object_is_not_begun_without_its_blocks),
	KUNIT_CASE(object_limit_is_exact),
	KUNIT_CASE(objects_do_not_overlap),
	KUNIT_CASE(machines_share_nothing),
	KUNIT_CASE(given_counts_are_followed),
	KUNIT_CASE(given_counts_are_checked),
	KUNIT_CASE(given_parts_are_undone_from_where_they_failed),
	KUNIT_CASE(type_with_bad_params),
	KUNIT_CASE(type_with_size_that_wraps),
	KUNIT_CASE(type_with_name_in_use),
	KUNIT_CASE(type_destroy_null),
	KUNIT_CASE(type_with_bad_parts),
	KUNIT_CASE(type_with_parts_that_lie_wrong),
	KUNIT_CASE(type_with_parts_in_any_order),
	KUNIT_CASE(type_with_parts_too_large),
	KUNIT_CASE(type_with_many_parts),
	KUNIT_CASE(children_go_first_and_the_newest_of_them),
	KUNIT_CASE(parts_go_after_children_and_before_the_object),
	KUNIT_CASE(a_branch_goes_alone),
	KUNIT_CASE(release_makes_a_root),
	KUNIT_CASE(move_takes_the_branch_along),
	KUNIT_CASE(adopt_takes_roots_only),
	KUNIT_CASE(nobody_is_its_own_ancestor),
	KUNIT_CASE(null_is_no_object),
	KUNIT_CASE(what_was_never_an_object_is_none),
	KUNIT_CASE(what_lies_about_an_object_is_none),
	KUNIT_CASE(what_was_destroyed_is_no_object),
	KUNIT_CASE(what_went_to_the_system_is_no_object),
	KUNIT_CASE(an_object_of_another_type_is_refused),
	KUNIT_CASE(blocks_are_no_objects),
	KUNIT_CASE(what_is_being_destroyed_is_busy),
	KUNIT_CASE(fini_may_ask_for_a_sibling),
	KUNIT_CASE(fini_may_destroy_another_tree_and_create),
	KUNIT_CASE(long_chain),
	KUNIT_CASE(wide_tree),
	KUNIT_CASE(random_tree),
	KUNIT_CASE(random_program),
	KUNIT_CASE(type_destroyed_with_objects_out),
	KUNIT_CASE(type_goes_with_a_branch),
	KUNIT_CASE(type_goes_with_the_root),
	KUNIT_CASE(type_create_under_faults),
	KUNIT_CASE(object_create_under_faults),
	KUNIT_CASE(trees_ask_for_nothing),
	{}
};

static struct kunit_suite tree_suite = {
	.name = "mpool-objects",
	.init = test_init,
	.exit = test_exit,
	.test_cases = tree_cases,
};

kunit_test_suite(tree_suite);
