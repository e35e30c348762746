// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of a pool: who has which object, and how many are asked for. Nothing here is
 * interrupted, nor does anybody else go on meanwhile.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <turns.h>

#include "program.h"

void model_init(struct model *model)
{
	INIT_LIST_HEAD(&model->demands);
	model->ceiling = model->params.limit ?: ULONG_MAX;
}

static struct mpool_stats stats_of(struct model *model)
{
	struct mpool_stats s;

	turns_stop();
	mpool_read_stats(model->pool, &s);
	turns_go_on();
	return s;
}

/* --- how many are in use, and how many could be --- */

/* Those that requests which may not take the reserve can have, or all together. */
static unsigned long most_for_all(const struct model *model)
{
	const struct mpool_params *params = &model->params;

	return params->limit ? params->limit - params->reserve : ULONG_MAX;
}

static void use_more(struct model *model, size_t n, size_t privileged)
{
	struct demand *demand;

	model->used += n;
	model->used_privileged += privileged;
	list_for_each_entry(demand, &model->demands, link) {
		demand->most = max(demand->most, model->used - model->late);
		demand->most_privileged = max(demand->most_privileged, model->used_privileged);
	}
}

static void use_less(struct model *model, size_t n, size_t privileged)
{
	model->used -= n;
	model->used_privileged -= privileged;
}

/* What was on its way home has come there, if nothing is on its way. */
static void settle(struct model *model)
{
	if (!model->late || stats_of(model).pending)
		return;
	use_less(model, model->late, model->late_privileged);
	model->late = 0;
	model->late_privileged = 0;
}

/* Somebody asks for objects. */
void model_begin(struct model *model, struct demand *demand, size_t n, bool privileged)
{
	*demand = (struct demand){ .n = n, .privileged = privileged, .changes = model->changes };
	list_add(&demand->link, &model->demands);
	settle(model);
	use_more(model, n, privileged ? n : 0);
}

/* --- who has what --- */

static void expect_new(const struct model *model, const void *obj)
{
	size_t align = max(model->params.align, 8UL);
	unsigned int i;

	if ((unsigned long)obj % align)
		WRONG("%p is not aligned to %zu", obj, align);
	for (i = 0; i < model->n; i++) {
		if (model->held[i].obj == obj)
			WRONG("%p is handed out twice", obj);
	}
}

static void hold(struct model *model, void *obj, bool privileged)
{
	struct held *held = &model->held[model->n];

	if (model->n == MOST_HELD)
		WRONG("more objects are held than the program asks for");
	expect_new(model, obj);
	model->n++;
	*held = (struct held){ .obj = obj, .stamp = ++model->last_stamp, .privileged = privileged };
	stamp(obj, model->params.size, held->stamp);
}

/* Somebody has what he asked for. */
void model_got(struct model *model, struct demand *demand, void **objs)
{
	size_t i;

	list_del(&demand->link);
	for (i = 0; i < demand->n; i++)
		hold(model, objs[i], demand->privileged);
	if (model->n > model->ceiling)
		WRONG("%u objects are held, with a limit of %lu", model->n, model->ceiling);
}

/* Somebody asks no longer, for no reason that is the pool's. */
void model_abandon(struct model *model, struct demand *demand)
{
	list_del(&demand->link);
	use_less(model, demand->n, demand->privileged ? demand->n : 0);
}

/* Somebody was refused what he asked for. Had he to be? */
void model_failed(struct model *model, struct demand *demand, gfp_t gfp, enum where where)
{
	bool undisturbed = demand->changes == model->changes && !model->changing;
	struct model was = *model;

	model_abandon(model, demand);
	if (undisturbed && demand->privileged && where != IN_NMI &&
	    demand->most_privileged <= model->params.reserve)
		WRONG("a privileged request is refused: at most %lu were in use, of %lu reserved",
		      demand->most_privileged, model->params.reserve);
	if (undisturbed && gfpflags_allow_blocking(gfp) && !was.short_of_memory &&
	    demand->most <= most_for_all(model))
		WRONG("a request is refused: at most %lu were in use, of %lu", demand->most,
		      most_for_all(model));
}

/* Take one that is held, to free it; false if none is. */
bool model_take(struct model *model, struct held *held)
{
	unsigned int i;

	if (!model->n)
		return false;
	i = choice(model->n);
	*held = model->held[i];
	model->held[i] = model->held[--model->n];
	if (!has_stamp(held->obj, model->params.size, held->stamp))
		WRONG("somebody else has written to %p", held->obj);
	return true;
}

/* It is free now. */
void model_freed(struct model *model, const struct held *held)
{
	use_less(model, 1, held->privileged);
}

/* It is on its way home: who may sleep can have it, but it is of the reserve until it is there. */
void model_freed_late(struct model *model, const struct held *held)
{
	model->late++;
	model->late_privileged += held->privileged;
}

/* --- what else can be seen --- */

/*
 * At any time there are no more objects than there may be. Those above a limit that became lower go
 * bit by bit, after those have come that were being made just then.
 */
void model_look(struct model *model)
{
	struct mpool_stats s = stats_of(model);

	if (s.objects > model->ceiling)
		WRONG("there are %lu objects, with a limit of %lu", s.objects, model->ceiling);
	if (!model->changing && list_empty(&model->demands) && !model->params.low &&
	    model->params.limit && s.objects <= model->params.limit)
		model->ceiling = model->params.limit;
	if (s.misuses)
		WRONG("%lu misuses", s.misuses);
}

/* What decides whether an allocation fails changes: calls under way may fail, or may not. */
void model_change(struct model *model)
{
	model->changes++;
}

static bool adds_up(const struct mpool_stats *s)
{
	return s->objects == s->in_use + s->cached_cpu + s->cached_depot + s->free_slab &&
	       s->footprint == s->slabs * s->slab_bytes + s->metadata;
}

/* Nobody uses the pool: all must add up, when what the pool does by itself is done. */
void model_rest(struct model *model)
{
	struct mpool_stats s;

	core_wait_until((s = stats_of(model), adds_up(&s)), core_now() + 60 * NSEC_PER_SEC);
	if (!adds_up(&s))
		WRONG("%lu objects are not %lu + %lu + %lu + %lu, or %lu bytes not %lu * %lu + %lu",
		      s.objects, s.in_use, s.cached_cpu, s.cached_depot, s.free_slab, s.footprint,
		      s.slabs, s.slab_bytes, s.metadata);
	if (s.in_use != model->n || s.allocs - s.frees != model->n)
		WRONG("%u objects are held, and %lu in use", model->n, s.in_use);
	/* Those that are just being unmade exist no longer. */
	if (model->params.ctor && model->constructed < (long)s.objects)
		WRONG("%ld objects were constructed, of %lu", model->constructed, s.objects);
	model_look(model);
}
