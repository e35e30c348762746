// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites on sized pools and objects share.
 */
#include "helpers.h"

static void destroy_sized(struct made *made, void *it)
{
	mpool_sized_destroy(it);
}

struct mpool_sized *test_create_sized(struct kunit *test, const struct mpool_sized_params *params)
{
	struct made *made = test_made_room(test);
	struct mpool_sized *sized = mpool_sized_create(params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sized);
	test_made(made, destroy_sized, sized);
	return sized;
}

static void destroy_type(struct made *made, void *it)
{
	mpool_type_destroy(it);
}

struct mpool_type *test_create_type(struct kunit *test, const struct mpool_type_params *params)
{
	struct made *made = test_made_room(test);
	struct mpool_type *type = mpool_type_create(params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, type);
	test_made(made, destroy_type, type);
	return type;
}

struct mpool_stats test_sized_stats(struct mpool_sized *sized)
{
	struct mpool_stats stats;

	mpool_sized_read_stats(sized, &stats);
	return stats;
}

/* Did memory come or go between two looks? */
static bool moved(const struct mpool_stats *a, const struct mpool_stats *b)
{
	return a->objects != b->objects || a->footprint != b->footprint ||
	       a->free_slab != b->free_slab || a->cached_cpu != b->cached_cpu;
}

/* Read all figures, as of one moment: the pool may tidy up meanwhile. They last until next time. */
const struct test_figures *test_figures(struct mpool_sized *sized)
{
	static struct test_figures figures;
	unsigned int i, tries = 10;
	struct mpool_stats after;

	do {
		mpool_sized_read_stats(sized, &figures.total);
		for (i = 0; i < MPOOL_CLASSES_MAX; i++) {
			if (mpool_sized_read_class(sized, i, &figures.class[i]))
				break;
		}
		figures.nr = i;
		mpool_sized_read_stats(sized, &after);
	} while (moved(&figures.total, &after) && --tries);
	return &figures;
}

/* What the limit of a sized pool bounds. */
unsigned long test_slab_bytes(const struct test_figures *figures)
{
	unsigned long bytes = 0;
	unsigned int i;

	for (i = 0; i < figures->nr; i++)
		bytes += figures->class[i].slabs * figures->class[i].slab_bytes;
	return bytes;
}

/* The least limit that it can have. */
unsigned long test_largest_slab(struct mpool_sized *sized)
{
	const struct test_figures *f = test_figures(sized);
	unsigned long largest = 0;
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		largest = max(largest, f->class[i].slab_bytes);
	return largest;
}

static void add_up(struct mpool_stats *sum, const struct mpool_stats *s)
{
	sum->in_use += s->in_use;
	sum->cached_cpu += s->cached_cpu;
	sum->cached_depot += s->cached_depot;
	sum->free_slab += s->free_slab;
	sum->objects += s->objects;
	sum->slabs += s->slabs;
	sum->metadata += s->metadata;
	sum->footprint += s->footprint;
	sum->allocs += s->allocs;
	sum->frees += s->frees;
	sum->fails += s->fails;
	sum->grows += s->grows;
	sum->shrinks += s->shrinks;
	sum->misuses += s->misuses;
	sum->mapped += s->mapped;
	sum->m_pool += s->m_pool;
	sum->borrowed += s->borrowed;
}

/* The whole is what its parts are, and what it holds itself. */
static void expect_sum(struct kunit *test, const struct mpool_stats *total,
		       const struct mpool_stats *sum)
{
	KUNIT_EXPECT_EQ(test, total->in_use, sum->in_use);
	KUNIT_EXPECT_EQ(test, total->cached_cpu, sum->cached_cpu);
	KUNIT_EXPECT_EQ(test, total->cached_depot, sum->cached_depot);
	KUNIT_EXPECT_EQ(test, total->free_slab, sum->free_slab);
	KUNIT_EXPECT_EQ(test, total->objects, sum->objects);
	KUNIT_EXPECT_EQ(test, total->slabs, sum->slabs);
	KUNIT_EXPECT_EQ(test, total->allocs, sum->allocs);
	KUNIT_EXPECT_EQ(test, total->frees, sum->frees);
	KUNIT_EXPECT_EQ(test, total->grows, sum->grows);
	KUNIT_EXPECT_EQ(test, total->shrinks, sum->shrinks);
	KUNIT_EXPECT_EQ(test, total->mapped, sum->mapped);
	KUNIT_EXPECT_EQ(test, total->m_pool, sum->m_pool);
	KUNIT_EXPECT_EQ(test, total->borrowed, sum->borrowed);
	KUNIT_EXPECT_GT(test, total->metadata, sum->metadata);
	KUNIT_EXPECT_EQ(test, total->footprint - sum->footprint, total->metadata - sum->metadata);
	/* It refuses some requests itself, so that no class knows of them. */
	KUNIT_EXPECT_GE(test, total->fails, sum->fails);
	KUNIT_EXPECT_GE(test, total->misuses, sum->misuses);
	KUNIT_EXPECT_EQ(test, total->stride, 0);
	KUNIT_EXPECT_EQ(test, total->limit, 0);
	KUNIT_EXPECT_EQ(test, total->keep, 0);
	KUNIT_EXPECT_EQ(test, total->slab_bytes, 0);
}

/* A slab that is going counts as a whole until its pages are free. */
static bool is_at_rest(const struct test_figures *f)
{
	return f->total.footprint - f->total.metadata == test_slab_bytes(f);
}

/* The figures, when what is done on other CPUs has been done. */
static const struct test_figures *figures_at_rest(struct mpool_sized *sized)
{
	const struct test_figures *f = test_figures(sized);

	if (!test_is_alone())
		test_becomes(is_at_rest(test_figures(sized)));
	return f;
}

/* The identity of each class and of the whole, the limit, and the number of objects held. */
void test_sized_identity(struct kunit *test, struct mpool_sized *sized, unsigned long held)
{
	const struct test_figures *f = figures_at_rest(sized);
	struct mpool_stats sum = {};
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		test_stats_identity(test, &f->class[i]);
		KUNIT_EXPECT_EQ(test, f->class[i].backing, f->total.backing);
		add_up(&sum, &f->class[i]);
	}
	expect_sum(test, &f->total, &sum);
	KUNIT_EXPECT_EQ(test, f->total.in_use, held);
	if (f->total.limit_bytes)
		KUNIT_EXPECT_LE(test, test_slab_bytes(f), f->total.limit_bytes);
}
