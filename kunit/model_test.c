// SPDX-License-Identifier: GPL-2.0
/*
 * Many pools of random kinds, each in a random use of which the test keeps its own account. At
 * rest, all figures must be what the account says.
 */
#include "helpers.h"

#define HELD_MAX	400
#define FIXED_POOLS	140
#define SIZED_POOLS	100

/* What the test knows of a pool, or of a class. */
struct account {
	unsigned long allocs;
	unsigned long frees;
	unsigned long fails;
};

/* A piece that the test holds. */
struct piece {
	u8 *ptr;
	size_t bytes;
	unsigned int class;
	unsigned int stamp;
};

/* One pool under test, fixed or sized. */
struct model {
	struct rnd_state rnd;
	unsigned int stamp;
	unsigned int n;
	struct piece held[HELD_MAX];
	struct account total;

	/* Of a fixed pool. */
	struct mpool *pool;
	struct mpool_params params;
	unsigned long capacity;			/* 0: no end to it */

	/* Of a sized one. */
	struct mpool_sized *sized;
	struct mpool_sized_params sized_params;
	size_t list[16];
	unsigned int nr;
	size_t size[MPOOL_CLASSES_MAX];
	struct account class[MPOOL_CLASSES_MAX];
	unsigned long borrowed;
	unsigned long refused;			/* by the pool, not by a class */
	unsigned long unmoved;			/* resizes for which there was no memory */
};

static struct model *model_create(struct kunit *test, u32 seed)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	prandom_seed_state(&m->rnd, seed);
	return m;
}

static void model_clear(struct model *m)
{
	const struct rnd_state rnd = m->rnd;

	memset(m, 0, sizeof(*m));
	m->rnd = rnd;
}

static void piece_add(struct model *m, void *ptr, size_t bytes, unsigned int class)
{
	struct piece *piece = &m->held[m->n++];

	piece->ptr = ptr;
	piece->bytes = bytes;
	piece->class = class;
	piece->stamp = m->stamp++;
	test_stamp(ptr, bytes, piece->stamp);
}

/* Take one out of the account, to be freed; nobody has written to it meanwhile. */
static struct piece piece_remove(struct kunit *test, struct model *m, unsigned int i)
{
	struct piece piece = m->held[i];

	KUNIT_EXPECT_TRUE(test, test_is_stamped(piece.ptr, piece.bytes, piece.stamp));
	m->held[i] = m->held[--m->n];
	return piece;
}

/* --- pools of one size --- */

static void choose_size(struct model *m)
{
	static const size_t most[] = { 30, 300, 3000, 30000, MPOOL_SIZE_MAX };

	m->params.name = "kunit";
	m->params.size = 1 + test_random(&m->rnd, most[test_random(&m->rnd, ARRAY_SIZE(most))]);
	if (test_random(&m->rnd, 2))
		m->params.align = 1 << test_random(&m->rnd, 13);
	if (!test_random(&m->rnd, 4))
		m->params.flags |= MPOOL_HWCACHE_ALIGN;
}

static void choose_limit(struct model *m)
{
	if (test_random(&m->rnd, 2))
		m->params.limit = 1 + test_random(&m->rnd, HELD_MAX - 1);
	if (test_random(&m->rnd, 2))
		m->params.keep = test_random(&m->rnd, m->params.limit ?: 500);
	m->capacity = m->params.limit;
}

/* Anything from a buffer that is just large enough for one object. */
static void choose_buffer(struct model *m, u8 *memory, size_t room)
{
	size_t align = max_t(size_t, m->params.align, 8);
	size_t n;

	if (m->params.flags & MPOOL_HWCACHE_ALIGN)
		align = max_t(size_t, align, cache_line_size());
	m->params.backing = MPOOL_BUFFER;
	n = 1 + test_random(&m->rnd, min_t(size_t, HELD_MAX - 1,
					   room / 2 / (ALIGN(m->params.size, align) + align)));
	m->params.buffer = memory + align * test_random(&m->rnd, 3);
	m->params.buffer_bytes = MPOOL_BUFFER_BYTES(n, m->params.size, align);
	/* A part of one more, which is none. */
	m->params.buffer_bytes += test_random(&m->rnd, ALIGN(m->params.size, align));
	if (test_random(&m->rnd, 2))
		m->params.limit = n;
	m->capacity = n;
}

static void choose_fixed(struct model *m, void *memory, size_t room)
{
	static const enum mpool_backing kinds[] = {
		MPOOL_PAGES, MPOOL_PAGES, MPOOL_PAGES, MPOOL_VMALLOC, MPOOL_VMALLOC, MPOOL_HUGE,
		MPOOL_BUFFER, MPOOL_BUFFER, MPOOL_BUFFER,
	};

	choose_size(m);
	m->params.backing = kinds[test_random(&m->rnd, ARRAY_SIZE(kinds))];
	if (m->params.backing == MPOOL_BUFFER)
		choose_buffer(m, memory, room);
	else
		choose_limit(m);
}

static void fixed_alloc(struct kunit *test, struct model *m)
{
	void *obj;

	if (m->n == HELD_MAX)
		return;
	obj = mpool_alloc(m->pool, GFP_KERNEL);
	if (m->capacity && m->n == m->capacity) {
		KUNIT_EXPECT_NULL(test, obj);
		m->total.fails++;
		return;
	}
	KUNIT_ASSERT_NOT_NULL(test, obj);
	m->total.allocs++;
	piece_add(m, obj, m->params.size, 0);
}

static void fixed_alloc_bulk(struct kunit *test, struct model *m)
{
	size_t i, n = 1 + test_random(&m->rnd, 30);
	void *objs[30];

	if (m->n + n > HELD_MAX || (m->capacity && m->n + n > m->capacity))
		return;
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(m->pool, GFP_KERNEL, n, objs), 0);
	m->total.allocs += n;
	for (i = 0; i < n; i++)
		piece_add(m, objs[i], m->params.size, 0);
}

static void fixed_free(struct kunit *test, struct model *m)
{
	if (!m->n)
		return;
	mpool_free(m->pool, piece_remove(test, m, test_random(&m->rnd, m->n)).ptr);
	m->total.frees++;
}

static void fixed_free_bulk(struct kunit *test, struct model *m)
{
	size_t i, n = min(test_random(&m->rnd, 31), m->n);
	void *objs[30];

	for (i = 0; i < n; i++)
		objs[i] = piece_remove(test, m, test_random(&m->rnd, m->n)).ptr;
	mpool_free_bulk(m->pool, n, objs);
	m->total.frees += n;
}

/* What must be so of the memory of every pool, of each kind in its own way. */
static void expect_slabs(struct kunit *test, struct model *m, const struct mpool_stats *s)
{
	switch (m->params.backing) {
	case MPOOL_PAGES:
		KUNIT_EXPECT_EQ(test, s->mapped, 0);
		break;
	case MPOOL_VMALLOC:
		KUNIT_EXPECT_EQ(test, s->mapped, s->slabs);
		break;
	case MPOOL_HUGE:
		KUNIT_EXPECT_EQ(test, s->slab_bytes, SZ_2M);
		break;
	case MPOOL_BUFFER:
		KUNIT_EXPECT_EQ(test, s->mapped, 0);
		KUNIT_EXPECT_EQ(test, s->slabs, 1);
		KUNIT_EXPECT_EQ(test, s->slab_bytes, m->params.buffer_bytes);
		KUNIT_EXPECT_EQ(test, s->objects, m->capacity);
		break;
	}
	KUNIT_EXPECT_LE(test, s->objects * s->stride, s->slabs * s->slab_bytes);
}

static void expect_fixed(struct kunit *test, struct model *m)
{
	struct mpool_stats s = test_stats(m->pool);

	test_identity(test, m->pool, m->n);
	KUNIT_EXPECT_EQ(test, s.allocs, m->total.allocs);
	KUNIT_EXPECT_EQ(test, s.frees, m->total.frees);
	KUNIT_EXPECT_EQ(test, s.fails, m->total.fails);
	KUNIT_EXPECT_EQ(test, s.misuses, 0);
	KUNIT_EXPECT_EQ(test, s.borrowed, 0);
	KUNIT_EXPECT_EQ(test, s.limit_bytes, 0);
	KUNIT_EXPECT_EQ(test, s.size, m->params.size);
	KUNIT_EXPECT_EQ(test, s.backing, m->params.backing);
	KUNIT_EXPECT_EQ(test, s.m_pool, m->params.size * s.objects);
	KUNIT_EXPECT_EQ(test, s.footprint - s.metadata, s.slabs * s.slab_bytes);
	KUNIT_EXPECT_GT(test, s.metadata, 0);
	expect_slabs(test, m, &s);
}

static void fixed_churn(struct kunit *test, struct model *m)
{
	unsigned int step;

	for (step = 0; step < 1000; step++) {
		switch (test_random(&m->rnd, 9)) {
		case 0:
		case 1:
		case 2:
			fixed_alloc(test, m);
			break;
		case 3:
			fixed_alloc_bulk(test, m);
			break;
		case 4:
		case 5:
		case 6:
			fixed_free(test, m);
			break;
		case 7:
			fixed_free_bulk(test, m);
			break;
		case 8:
			if (step % 8 == 0)
				mpool_trim(m->pool);
			break;
		}
		if (step % 32 == 0)
			expect_fixed(test, m);
	}
}

/* All is free, and all that need not be kept has gone. */
static void expect_fixed_at_rest(struct kunit *test, struct model *m)
{
	struct mpool_stats s;

	while (m->n)
		fixed_free(test, m);
	mpool_trim(m->pool);
	expect_fixed(test, m);
	s = test_stats(m->pool);
	if (m->params.backing == MPOOL_BUFFER)
		return;
	if (!m->params.keep)
		KUNIT_EXPECT_EQ(test, s.footprint, s.metadata);
	KUNIT_EXPECT_LE(test, s.objects, m->params.keep + s.slab_bytes / s.stride);
}

static void fixed_pools_as_the_model_says(struct kunit *test)
{
	void *memory = test_buffer(test, SZ_1M);
	struct model *m = model_create(test, 30);
	unsigned int i, seen[MPOOL_BUFFER + 1] = {};

	for (i = 0; i < FIXED_POOLS; i++) {
		model_clear(m);
		choose_fixed(m, memory, SZ_1M);
		seen[m->params.backing]++;
		m->pool = test_create(test, &m->params);
		expect_fixed(test, m);
		fixed_churn(test, m);
		expect_fixed(test, m);
		expect_fixed_at_rest(test, m);
		test_destroy(test);
	}
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		KUNIT_EXPECT_GT(test, seen[i], 0);
}

/* --- sized pools --- */

/* Some classes in ascending order; blocks for runs have to be of whole strides. */
static void choose_list(struct model *m)
{
	struct mpool_sized_params *p = &m->sized_params;
	unsigned int i, n = 1 + test_random(&m->rnd, 8);
	size_t last;

	m->list[0] = 1 + test_random(&m->rnd, 64);
	for (i = 1; i < n && m->list[i - 1] < SZ_4K; i++)
		m->list[i] = m->list[i - 1] + 8 + test_random(&m->rnd, m->list[i - 1] * 3);
	p->classes = m->list;
	p->nr_classes = i;
	if (test_random(&m->rnd, 2)) {
		last = ALIGN(m->list[i - 1], 512);
		m->list[i - 1] = last;
		p->run_max = last * (1 + test_random(&m->rnd, min_t(size_t, 8, SZ_64K / last)));
	}
}

static void choose_generated(struct model *m)
{
	struct mpool_sized_params *p = &m->sized_params;

	p->max = 512 * (1 + test_random(&m->rnd, 16));
	p->min = test_random(&m->rnd, 2) ? 1 + test_random(&m->rnd, 512) : 0;
	p->growth = test_random(&m->rnd, 2) ? 100 + test_random(&m->rnd, 2000) : 0;
	if (test_random(&m->rnd, 2))
		p->run_max = p->max * (1 + test_random(&m->rnd, 8));
}

static void choose_sized(struct kunit *test, struct model *m)
{
	static const enum mpool_backing kinds[] = { MPOOL_PAGES, MPOOL_PAGES, MPOOL_VMALLOC };
	struct mpool_sized_params *p = &m->sized_params;
	unsigned long least;

	p->name = "kunit-sized";
	if (test_random(&m->rnd, 2))
		choose_list(m);
	else
		choose_generated(m);
	if (!test_random(&m->rnd, 4))
		p->align = 1 << test_random(&m->rnd, 10);
	if (!test_random(&m->rnd, 4))
		p->flags |= MPOOL_HWCACHE_ALIGN;
	if (test_random(&m->rnd, 2))
		p->flags |= MPOOL_BORROW;
	p->backing = kinds[test_random(&m->rnd, ARRAY_SIZE(kinds))];
	if (test_random(&m->rnd, 3)) {
		least = test_largest_slab(test_create_sized(test, p));
		test_destroy(test);
		p->limit = least + test_random(&m->rnd, 3 * least);
	}
}

static void read_table(struct kunit *test, struct model *m)
{
	const struct test_figures *f = test_figures(m->sized);
	unsigned int i;

	m->nr = f->nr;
	KUNIT_ASSERT_GT(test, m->nr, 0);
	for (i = 0; i < m->nr; i++)
		m->size[i] = f->class[i].size;
	for (i = 0; i < m->sized_params.nr_classes; i++)
		KUNIT_EXPECT_EQ(test, m->size[i], ALIGN(m->list[i], 8));
}

/* The class that a request is for. */
static unsigned int class_for(const struct model *m, size_t size)
{
	unsigned int i = 0;

	while (m->size[i] < size)
		i++;
	return i;
}

/* Enter what a request got: a piece of its class, or of the next if that has lent one. */
static void sized_add(struct kunit *test, struct model *m, void *ptr, size_t size)
{
	const size_t bytes = mpool_sized_size_of(m->sized, ptr);
	unsigned int class = class_for(m, size);

	if (bytes != m->size[class] && m->sized_params.flags & MPOOL_BORROW) {
		class++;
		m->borrowed++;
	}
	KUNIT_ASSERT_LT(test, class, m->nr);
	KUNIT_ASSERT_EQ(test, bytes, m->size[class]);
	m->class[class].allocs++;
	m->total.allocs++;
	piece_add(m, ptr, bytes, class);
}

/* Small ones are more frequent, and all up to the largest occur. */
static size_t choose_request(struct model *m)
{
	return 1 + test_random(&m->rnd, max_t(size_t, 1, test_sized_stats(m->sized).size >>
							 test_random(&m->rnd, 6)));
}

static void sized_alloc(struct kunit *test, struct model *m)
{
	size_t size = choose_request(m);
	void *ptr;

	if (m->n == HELD_MAX)
		return;
	ptr = mpool_sized_alloc(m->sized, size, GFP_KERNEL);
	if (ptr) {
		sized_add(test, m, ptr, size);
	} else {
		KUNIT_EXPECT_NE(test, m->sized_params.limit, 0);
		m->total.fails++;
	}
}

static void sized_free(struct kunit *test, struct model *m)
{
	struct piece piece;

	if (!m->n)
		return;
	piece = piece_remove(test, m, test_random(&m->rnd, m->n));
	mpool_sized_free(m->sized, piece.ptr);
	m->class[piece.class].frees++;
	m->total.frees++;
}

static void sized_resize(struct kunit *test, struct model *m)
{
	size_t size = choose_request(m);
	struct piece piece;
	unsigned int i;
	u8 *ptr;

	if (!m->n)
		return;
	i = test_random(&m->rnd, m->n);
	piece = m->held[i];
	ptr = mpool_sized_resize(m->sized, piece.ptr, size, GFP_KERNEL);
	if (!ptr) {
		KUNIT_EXPECT_NE(test, m->sized_params.limit, 0);
		KUNIT_EXPECT_GT(test, size, piece.bytes);
		m->unmoved++;
		return;
	}
	KUNIT_EXPECT_EQ(test, ptr == piece.ptr, size <= piece.bytes);
	if (ptr == piece.ptr)
		return;
	KUNIT_EXPECT_TRUE(test, test_is_stamped(ptr, piece.bytes, piece.stamp));
	m->held[i] = m->held[--m->n];
	m->class[piece.class].frees++;
	m->total.frees++;
	sized_add(test, m, ptr, size);
}

static void sized_refuse(struct kunit *test, struct model *m)
{
	size_t size = test_random(&m->rnd, 2) ? 0 : test_sized_stats(m->sized).size + 1;

	KUNIT_EXPECT_NULL(test, mpool_sized_alloc(m->sized, size, GFP_KERNEL));
	m->refused++;
}

static void expect_class(struct kunit *test, struct model *m, unsigned int i,
			 const struct mpool_stats *s)
{
	const struct account *account = &m->class[i];

	KUNIT_EXPECT_EQ(test, s->allocs, account->allocs);
	KUNIT_EXPECT_EQ(test, s->frees, account->frees);
	KUNIT_EXPECT_EQ(test, s->in_use, account->allocs - account->frees);
	KUNIT_EXPECT_EQ(test, s->m_pool, m->size[i] * s->objects);
	KUNIT_EXPECT_EQ(test, s->footprint, s->slabs * s->slab_bytes + s->metadata);
	KUNIT_EXPECT_LE(test, s->objects * s->stride, s->slabs * s->slab_bytes);
	KUNIT_EXPECT_EQ(test, s->misuses, 0);
	if (m->sized_params.backing == MPOOL_VMALLOC)
		KUNIT_EXPECT_EQ(test, s->mapped, s->slabs);
}

static bool is_settled(struct mpool_sized *sized)
{
	const struct test_figures *f = test_figures(sized);

	return f->total.footprint == test_slab_bytes(f) + f->total.metadata;
}

static void expect_sized(struct kunit *test, struct model *m)
{
	const struct test_figures *f;
	unsigned long m_pool = 0, held = 0;
	unsigned int i;

	/* A slab that the pool gives back by itself just now is still being unmapped. */
	KUNIT_EXPECT_TRUE(test, test_becomes(is_settled(m->sized)));
	test_sized_identity(test, m->sized, m->n);
	f = test_figures(m->sized);
	KUNIT_EXPECT_EQ(test, f->nr, m->nr);
	for (i = 0; i < f->nr; i++) {
		expect_class(test, m, i, &f->class[i]);
		m_pool += m->size[i] * f->class[i].objects;
	}
	for (i = 0; i < m->n; i++)
		held += m->held[i].bytes;
	KUNIT_EXPECT_EQ(test, f->total.m_pool, m_pool);
	KUNIT_EXPECT_GE(test, f->total.m_pool, held);
	KUNIT_EXPECT_EQ(test, f->total.footprint, test_slab_bytes(f) + f->total.metadata);
	KUNIT_EXPECT_EQ(test, f->total.allocs, m->total.allocs);
	KUNIT_EXPECT_EQ(test, f->total.frees, m->total.frees);
	KUNIT_EXPECT_EQ(test, f->total.borrowed, m->borrowed);
	KUNIT_EXPECT_EQ(test, f->total.misuses, m->refused);
	KUNIT_EXPECT_EQ(test, f->total.limit_bytes, m->sized_params.limit);
	/* Whether a resize for which there is no memory is a failed request too is open. */
	KUNIT_EXPECT_GE(test, f->total.fails, m->total.fails + m->refused);
	KUNIT_EXPECT_LE(test, f->total.fails, m->total.fails + m->refused + m->unmoved);
}

static void sized_churn(struct kunit *test, struct model *m)
{
	unsigned int step;

	for (step = 0; step < 1200; step++) {
		switch (test_random(&m->rnd, 16)) {
		default:
			/* It fills, and it empties. */
			if (step / 300 % 2)
				sized_free(test, m);
			else
				sized_alloc(test, m);
			break;
		case 8:
		case 9:
			sized_alloc(test, m);
			break;
		case 10:
		case 11:
			sized_free(test, m);
			break;
		case 12:
		case 13:
			sized_resize(test, m);
			break;
		case 14:
			if (step % 16 == 0)
				mpool_sized_trim(m->sized);
			break;
		case 15:
			if (step % 16 == 0)
				sized_refuse(test, m);
			break;
		}
		if (step % 32 == 0)
			expect_sized(test, m);
	}
}

/* All is free, and has gone. */
static void expect_sized_at_rest(struct kunit *test, struct model *m)
{
	const struct test_figures *f;

	while (m->n)
		sized_free(test, m);
	expect_sized(test, m);
	mpool_sized_trim(m->sized);
	expect_sized(test, m);
	f = test_figures(m->sized);
	KUNIT_EXPECT_EQ(test, f->total.footprint, f->total.metadata);
	KUNIT_EXPECT_EQ(test, test_slab_bytes(f), 0);
}

static void sized_pools_as_the_model_says(struct kunit *test)
{
	struct model *m = model_create(test, 31);
	unsigned long borrowed = 0, fails = 0;
	unsigned int i;

	for (i = 0; i < SIZED_POOLS; i++) {
		model_clear(m);
		choose_sized(test, m);
		m->sized = test_create_sized(test, &m->sized_params);
		read_table(test, m);
		sized_churn(test, m);
		expect_sized(test, m);
		expect_sized_at_rest(test, m);
		borrowed += m->borrowed;
		fails += m->total.fails;
		test_destroy(test);
	}
	/* The account was put to the test. */
	KUNIT_EXPECT_GT(test, borrowed, 0);
	KUNIT_EXPECT_GT(test, fails, 0);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(fixed_pools_as_the_model_says),
	KUNIT_CASE(sized_pools_as_the_model_says),
	{}
};

static struct kunit_suite model_suite = {
	.name = "mpool-model",
	.init = test_init,
	.exit = test_exit,
	.test_cases = model_cases,
};

kunit_test_suite(model_suite);
