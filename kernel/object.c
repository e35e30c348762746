// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of several pieces, and trees of them.
 *
 * A type says what its objects consist of. An object's own block comes from a pool of the type;
 * it begins with a head that nobody but this file looks at, and which links objects to trees.
 * The manner of the trees is that of A. Tridgell's talloc: to destroy an object destroys what is
 * below it.
 */
#include <linux/err.h>
#include <linux/instruction_pointer.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

struct mpool_type {
	struct mpool *pool;		/* of the objects' own blocks */
	size_t offset;			/* from the start of a block to what its user sees */
	int (*init)(void *obj, void *arg);
	void (*fini)(void *obj);
	bool inits;			/* there is an init, of the object or of a part */
	bool finis;			/* likewise */
	bool counts;			/* there is a part whose count is given */
	bool orphaned;			/* the owner's text is gone, the finis with it */
	unsigned int nr_parts;
	struct mpool_part parts[];
};

/* What an object is at; part of its cookie, so that one comparison tells. */
enum state {
	STATE_LIVE = 1,
	STATE_DYING,			/* mpool_object_destroy() is at it or below it */
};

/*
 * The head of an object, right before what its user sees. Who uses a tree sees to it that
 * nobody else does at the same time.
 */
struct object {
	unsigned long cookie;		/* see object_cookie(); 0 while it is not an object */
	struct mpool_type *type;
	struct object *parent;
	struct hlist_head children;	/* the newest first */
	struct hlist_node sibling;	/* on the parent's @children */
};

/* No memory but a live object's head has its cookie. */
static unsigned long object_secret;

static unsigned long object_cookie(const struct object *object, enum state state)
{
	return (object_secret ^ (unsigned long)object) + state;
}

static struct object *object_of(void *obj)
{
	return (struct object *)obj - 1;
}

static void *user_part(struct object *object)
{
	return object + 1;
}

static void *block_of(const struct mpool_type *type, void *obj)
{
	return obj - type->offset;
}

/* --- which objects are meant --- */

/* It may be free, which KASAN would say first. */
static __no_kasan_or_inline bool read_cookie(const struct object *object, unsigned long *cookie)
{
	__get_kernel_nofault(cookie, &object->cookie, unsigned long, fault);
	return true;
fault:
	return false;
}

static bool is_object(const struct object *object)
{
	unsigned long cookie;

	if (!IS_ALIGNED((unsigned long)object, sizeof(long)) ||
	    !backing_is_kernel_address(object) || !read_cookie(object, &cookie))
		return false;
	return cookie == object_cookie(object, STATE_LIVE) ||
	       cookie == object_cookie(object, STATE_DYING);
}

/* Likewise of what is known to be in a block that somebody has. */
static bool is_object_in_block(const struct object *object)
{
	return object->cookie == object_cookie(object, STATE_LIVE) ||
	       object->cookie == object_cookie(object, STATE_DYING);
}

static bool is_dying(const struct object *object)
{
	return object->cookie == object_cookie(object, STATE_DYING);
}

/* The object of a type that a pointer, which may be any at all, is; NULL and a report if none. */
static struct object *find_object(struct mpool_type *type, void *obj, unsigned long caller)
{
	struct entry *entry = &type->pool->entry;
	struct object *object = object_of(obj);
	struct mpool *other;
	u8 *mark;

	if (likely(!slab_check(type->pool, block_of(type, obj), &mark) &&
		   is_object_in_block(object)))
		return object;
	rcu_read_lock();
	other = is_object(object) ? registry_find(object, type->pool) : NULL;
	if (other)
		report_misuse(entry, MISUSE_WRONG_TYPE, caller, other->entry.name);
	else
		report_misuse(entry, MISUSE_NOT_OBJECT, caller, NULL);
	rcu_read_unlock();
	return NULL;
}

/* The object of any type that a pointer is; a report in the name of @type if it is none. */
static struct object *find_parent(struct mpool_type *type, void *obj, unsigned long caller)
{
	struct object *object = object_of(obj);

	if (is_object(object))
		return object;
	report_misuse(&type->pool->entry, MISUSE_NOT_OBJECT, caller, NULL);
	return NULL;
}

/* --- parts --- */

/* How many pointers to a part an object has. */
static size_t slots_of(const struct mpool_part *part)
{
	return part->pool ? part->count : 1;
}

static void **first_slot(const struct mpool_part *part, void *obj)
{
	return obj + part->offset;
}

/* Where there is no block, the pool may be gone by now. */
static void put_block(const struct mpool_part *part, void *block, unsigned long caller)
{
	if (!block)
		return;
	if (part->pool)
		pool_free_inline(part->pool, block, caller);
	else
		sized_free(part->sized, block, caller);
}

/* Return the blocks of the first @n parts, the last one first. */
static void put_parts(struct mpool_type *type, void *obj, unsigned int n, unsigned long caller)
{
	const struct mpool_part *part;
	size_t slot;

	while (n--) {
		part = &type->parts[n];
		for (slot = slots_of(part); slot--;)
			put_block(part, first_slot(part, obj)[slot], caller);
	}
}

/* Get one block of a pool, on behalf of somebody. */
static __always_inline void *get_block(struct mpool *pool, gfp_t gfp, unsigned long caller)
{
	void *block = pool_alloc_inline(pool, gfp, caller);

	if (!block)
		atomic_long_inc(&pool->fails);
	return block;
}

/* Get the blocks of one part. Those that there are to be are before those that there are not. */
static int get_part(const struct mpool_part *part, void *obj, size_t n, gfp_t gfp,
		    unsigned long caller)
{
	void **slot = first_slot(part, obj);
	size_t i = 0;
	int err;

	if (part->sized) {
		*slot = n ? sized_alloc(part->sized, n * part->size, gfp, caller) : NULL;
		return *slot || !n ? 0 : -ENOMEM;
	}
	while (i < n && (slot[i] = get_block(part->pool, gfp, caller)))
		i++;
	err = i == n ? 0 : -ENOMEM;
	while (i < part->count)
		slot[i++] = NULL;
	return err;
}

static size_t count_of(const struct mpool_type *type, unsigned int i, const size_t *counts)
{
	return type->parts[i].given ? counts[i] : type->parts[i].count;
}

static int get_parts(struct mpool_type *type, void *obj, const size_t *counts, gfp_t gfp,
		     unsigned long caller)
{
	unsigned int i;
	int err;

	for (i = 0; i < type->nr_parts; i++) {
		err = get_part(&type->parts[i], obj, count_of(type, i, counts), gfp, caller);
		if (unlikely(err)) {
			put_parts(type, obj, i + 1, caller);
			return err;
		}
	}
	return 0;
}

/* Undo the first @slots blocks of a part, the last one first. */
static void fini_part(const struct mpool_part *part, void *obj, size_t slots)
{
	void **slot = first_slot(part, obj);

	while (part->fini && slots--) {
		if (slot[slots])
			part->fini(slot[slots], obj);
	}
}

static int init_part(const struct mpool_part *part, void *obj, size_t n, void *arg)
{
	void **slot = first_slot(part, obj);
	size_t i, slots = part->pool ? n : !!n;
	int err;

	for (i = 0; part->init && i < slots; i++) {
		err = part->init(slot[i], part->pool ? 1 : n, obj, arg);
		if (err) {
			fini_part(part, obj, i);
			return err;
		}
	}
	return 0;
}

/* Undo an object whose first @parts parts have been made. */
static void fini_object(struct mpool_type *type, void *obj, unsigned int parts)
{
	/* mpool.ko cannot call what has been unloaded. */
	if (!type->finis || READ_ONCE(type->orphaned))
		return;
	while (parts--)
		fini_part(&type->parts[parts], obj, slots_of(&type->parts[parts]));
	if (type->fini)
		type->fini(obj);
}

static int init_object(struct mpool_type *type, void *obj, const size_t *counts, void *arg)
{
	unsigned int i;
	int err;

	if (!type->inits)
		return 0;
	err = type->init ? type->init(obj, arg) : 0;
	if (err)
		return err;
	for (i = 0; i < type->nr_parts; i++) {
		err = init_part(&type->parts[i], obj, count_of(type, i, counts), arg);
		if (err) {
			fini_object(type, obj, i);
			return err;
		}
	}
	return 0;
}

/* --- types --- */

static int check_part(const struct mpool_part *part, size_t object_size)
{
	size_t bytes;

	if (!part->pool == !part->sized || !part->count || !part->sized == !!part->size ||
	    !IS_ALIGNED(part->offset, sizeof(void *)))
		return -EINVAL;
	if (check_mul_overflow(slots_of(part), sizeof(void *), &bytes) ||
	    check_add_overflow(bytes, part->offset, &bytes) || bytes > object_size)
		return -ERANGE;
	if (part->pool)
		return 0;
	if (check_mul_overflow(part->count, part->size, &bytes) ||
	    bytes > sized_largest(part->sized))
		return -EOVERFLOW;
	return 0;
}

static bool parts_overlap(const struct mpool_part *a, const struct mpool_part *b)
{
	return a->offset < b->offset + slots_of(b) * sizeof(void *) &&
	       b->offset < a->offset + slots_of(a) * sizeof(void *);
}

static int check_parts(const struct mpool_type_params *params)
{
	unsigned int i, j;
	int err;

	if (params->nr_parts > MPOOL_PARTS_MAX)
		return -E2BIG;
	if (params->nr_parts && !params->parts)
		return -EFAULT;
	for (i = 0; i < params->nr_parts; i++) {
		err = check_part(&params->parts[i], params->size);
		if (err)
			return err;
		for (j = 0; j < i; j++) {
			if (parts_overlap(&params->parts[i], &params->parts[j]))
				return -ERANGE;
		}
	}
	return 0;
}

/* Note what need not be looked for in each object. */
static void look_at_parts(struct mpool_type *type)
{
	const struct mpool_part *part;

	type->inits = type->init;
	type->finis = type->fini;
	for (part = type->parts; part < type->parts + type->nr_parts; part++) {
		type->inits |= !!part->init;
		type->finis |= !!part->fini;
		type->counts |= part->given;
	}
}

static void type_orphaned(void *data)
{
	struct mpool_type *type = data;

	WRITE_ONCE(type->orphaned, true);
}

static void type_ended(void *data)
{
	kfree(data);
}

static const struct pool_user type_user = {
	.orphaned = type_orphaned,
	.ended = type_ended,
};

/* The pool of the blocks of a type's objects, with room for the head. */
static struct mpool *make_pool(struct mpool_type *type, const struct mpool_type_params *params,
			       struct module *owner, const char *owner_name)
{
	struct mpool_params pool_params = {
		.name = params->name,
		.size = type->offset + params->size,
		.align = params->align,
		.limit = params->limit,
		.keep = params->keep,
		.flags = params->flags,
		.quarantine = params->quarantine,
	};
	struct pool_extra extra = {
		.kind = ENTRY_TYPE,
		.user = &type_user,
		.user_data = type,
	};

	return pool_create(&pool_params, &extra, owner, owner_name);
}

/**
 * __mpool_type_create() - what mpool_type_create() calls
 * @params: what the type is to be
 * @owner: the module that makes it, NULL for built-in code
 * @owner_name: that module's name
 *
 * Context: Process context, may sleep.
 * Return: as mpool_type_create().
 */
struct mpool_type *__mpool_type_create(const struct mpool_type_params *params,
				       struct module *owner, const char *owner_name)
{
	struct mpool_type *type;
	struct mpool *pool;
	int err;

	might_sleep();
	if (!params)
		return ERR_PTR(-EFAULT);
	err = pool_check_size(params->size, params->align);
	if (err)
		return ERR_PTR(err);
	err = check_parts(params);
	if (err)
		return ERR_PTR(err);
	if (params->flags & ~MPOOL_CHECKS)
		return ERR_PTR(-EOPNOTSUPP);
	type = kzalloc(struct_size(type, parts, params->nr_parts), GFP_KERNEL);
	if (!type)
		return ERR_PTR(-ENOMEM);
	get_random_once(&object_secret, sizeof(object_secret));
	type->offset = ALIGN(sizeof(struct object), max_t(size_t, params->align, sizeof(u64)));
	type->init = params->init;
	type->fini = params->fini;
	type->nr_parts = params->nr_parts;
	memcpy(type->parts, params->parts, params->nr_parts * sizeof(*params->parts));
	look_at_parts(type);
	pool = make_pool(type, params, owner, owner_name);
	if (IS_ERR(pool)) {
		kfree(type);
		return ERR_CAST(pool);
	}
	type->pool = pool;
	return type;
}
EXPORT_SYMBOL_GPL(__mpool_type_create);

/**
 * mpool_type_destroy() - destroy a type
 * @type: the type; NULL is fine, an ERR_PTR is not
 *
 * All its objects should have been destroyed. If some are not, that is reported; they can still
 * be destroyed, and the type goes with the last of them. The finis are called for them unless
 * their module has been unloaded.
 *
 * Context: Process context, may sleep.
 */
void mpool_type_destroy(struct mpool_type *type)
{
	if (type)
		mpool_destroy(type->pool);
}
EXPORT_SYMBOL_GPL(mpool_type_destroy);

/**
 * mpool_type_pool() - the pool of the objects' own blocks
 * @type: the type
 *
 * For mpool_read_stats() and mpool_trim(). The size that it shows includes a head that each object
 * has, of six longs and what its alignment adds.
 *
 * Context: Any.
 * Return: the pool.
 */
struct mpool *mpool_type_pool(struct mpool_type *type)
{
	return type->pool;
}
EXPORT_SYMBOL_GPL(mpool_type_pool);

/* --- objects --- */

static int check_counts(const struct mpool_type *type, const size_t *counts)
{
	unsigned int i;

	if (!type->counts)
		return 0;
	if (!counts)
		return -EINVAL;
	for (i = 0; i < type->nr_parts; i++) {
		if (type->parts[i].given && counts[i] > type->parts[i].count)
			return -ERANGE;
	}
	return 0;
}

/**
 * mpool_object_create() - make an object, with all its parts
 * @type: what it is to be
 * @gfp: what may be done to get memory, for all its blocks; see mpool_alloc()
 * @counts: how many there are to be of each part, in the order of the parts; looked at only for
 *	parts whose count is given, and NULL is fine if there is none. A count of 0 is fine.
 * @arg: handed to the inits
 *
 * First all its blocks are got; then it is made, its own init before those of its parts, in their
 * order. If any step fails, those before it are undone in reverse.
 *
 * Context: as mpool_alloc(), and where the inits and finis may be called.
 * Return: the object, which has no parent; or an ERR_PTR:
 *
 * * %-EINVAL: no @counts, and there is a part that needs one
 * * %-ERANGE: more of a part than there may be
 * * %-ENOMEM: a block was not to be had
 * * what an init returned
 */
void *mpool_object_create(struct mpool_type *type, gfp_t gfp, const size_t *counts, void *arg)
{
	struct object *object;
	void *block, *obj;
	int err;

	err = check_counts(type, counts);
	if (err)
		return ERR_PTR(err);
	block = get_block(type->pool, gfp, _RET_IP_);
	if (!block)
		return ERR_PTR(-ENOMEM);
	obj = block + type->offset;
	object = object_of(obj);
	*object = (struct object){ .type = type };
	err = get_parts(type, obj, counts, gfp, _RET_IP_);
	if (err)
		goto err_block;
	err = init_object(type, obj, counts, arg);
	if (err)
		goto err_parts;
	object->cookie = object_cookie(object, STATE_LIVE);
	return obj;

err_parts:
	put_parts(type, obj, type->nr_parts, _RET_IP_);
err_block:
	pool_free(type->pool, block, _RET_IP_);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(mpool_object_create);

/* Take an object out of the tree that it is in, with what is below it. */
static void detach(struct object *object)
{
	if (!object->parent)
		return;
	hlist_del_init(&object->sibling);
	object->parent = NULL;
}

static void attach(struct object *object, struct object *parent)
{
	object->parent = parent;
	hlist_add_head(&object->sibling, &parent->children);
}

/* Destroy an object that has neither children nor parent. */
static void destroy_one(struct object *object, unsigned long caller)
{
	struct mpool_type *type = object->type;
	void *obj = user_part(object);

	fini_object(type, obj, type->nr_parts);
	object->cookie = 0;
	put_parts(type, obj, type->nr_parts, caller);
	/* If this was the last object of a type that is dying, the type is gone after this. */
	pool_free_inline(type->pool, block_of(type, obj), caller);
}

/*
 * Down to a leaf, destroy it, and on from its parent: the links of the tree are all that this
 * needs. A fini may take away objects that we have not come to yet.
 */
static void destroy_tree(struct object *root, unsigned long caller)
{
	struct object *object = root, *parent;

	for (;;) {
		object->cookie = object_cookie(object, STATE_DYING);
		if (!hlist_empty(&object->children)) {
			object = hlist_entry(object->children.first, struct object, sibling);
			continue;
		}
		parent = object->parent;
		detach(object);
		destroy_one(object, caller);
		if (!parent)
			return;
		object = parent;
	}
}

/**
 * mpool_object_destroy() - destroy an object, with its parts and all that is below it
 * @type: its type
 * @obj: the object; NULL is fine
 *
 * It leaves its parent. Then its children are destroyed, the one that was adopted last before the
 * others and each in this same way; then its parts are undone in reverse, then it is itself; and
 * then its blocks are freed. That takes time for each object, and no more stack for a deep tree.
 *
 * The caller sees to it that nobody else uses the tree. A fini may destroy or move other objects of
 * the tree, but not those that are being destroyed.
 *
 * Context: Where the finis may be called; any but NMI as far as this is concerned.
 * Return: 0; -EINVAL and a report if @obj is not a live object of @type; or -EBUSY if it is
 * being destroyed already.
 */
int mpool_object_destroy(struct mpool_type *type, void *obj)
{
	struct object *object;

	if (!obj)
		return 0;
	object = find_object(type, obj, _RET_IP_);
	if (!object)
		return -EINVAL;
	if (is_dying(object))
		return -EBUSY;
	detach(object);
	destroy_tree(object, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL_GPL(mpool_object_destroy);

/* --- trees --- */

/* Would the object come to be below itself? One without children cannot. */
static bool makes_cycle(const struct object *object, const struct object *parent)
{
	if (object == parent)
		return true;
	if (hlist_empty(&object->children))
		return false;
	while (parent && parent != object)
		parent = parent->parent;
	return parent;
}

static int move_object(struct mpool_type *type, void *obj, void *to, bool may_have_parent,
		       unsigned long caller)
{
	struct object *object = find_object(type, obj, caller);
	struct object *parent = object ? find_parent(type, to, caller) : NULL;

	if (!parent)
		return -EINVAL;
	if (makes_cycle(object, parent))
		return -ELOOP;
	if (is_dying(object) || is_dying(parent) || (object->parent && !may_have_parent))
		return -EBUSY;
	detach(object);
	attach(object, parent);
	return 0;
}

/**
 * mpool_object_adopt() - make an object the child of another
 * @type: the object's type
 * @obj: the object; it may have children, but no parent
 * @parent: an object of any type
 *
 * The caller sees to it that nobody else uses the two trees. Takes longer the deeper @parent is in
 * its tree, if @obj has children; else it does not.
 *
 * Context: Any but NMI.
 * Return: 0, or
 *
 * * %-EINVAL: @obj is not a live object of @type, or @parent none of any type; that is reported
 * * %-ELOOP: @parent is @obj itself, or below it
 * * %-EBUSY: @obj has a parent; or one of the two is being destroyed
 */
int mpool_object_adopt(struct mpool_type *type, void *obj, void *parent)
{
	return move_object(type, obj, parent, false, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_object_adopt);

/**
 * mpool_object_move() - give an object another parent
 * @type: the object's type
 * @obj: the object, with or without a parent
 * @parent: an object of any type
 *
 * As mpool_object_adopt(), but that @obj may have a parent, which it leaves.
 *
 * Context: Any but NMI.
 * Return: as mpool_object_adopt(); after an error @obj is where it was.
 */
int mpool_object_move(struct mpool_type *type, void *obj, void *parent)
{
	return move_object(type, obj, parent, true, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_object_move);

/**
 * mpool_object_release() - take an object away from its parent
 * @type: the object's type
 * @obj: the object; what is below it stays there
 *
 * Context: Any but NMI. The caller sees to it that nobody else uses the tree.
 * Return: 0, or
 *
 * * %-EINVAL: @obj is not a live object of @type; that is reported
 * * %-ENOENT: it has no parent
 * * %-EBUSY: it is being destroyed
 */
int mpool_object_release(struct mpool_type *type, void *obj)
{
	struct object *object = find_object(type, obj, _RET_IP_);

	if (!object)
		return -EINVAL;
	if (is_dying(object))
		return -EBUSY;
	if (!object->parent)
		return -ENOENT;
	detach(object);
	return 0;
}
EXPORT_SYMBOL_GPL(mpool_object_release);

/**
 * mpool_object_parent() - find the parent of an object
 * @type: the object's type
 * @obj: the object
 *
 * Context: Any but NMI. The caller sees to it that nobody else changes the tree.
 * Return: the parent; NULL if it has none, or, and then with a report, if @obj is not a live
 * object of @type.
 */
void *mpool_object_parent(struct mpool_type *type, void *obj)
{
	struct object *object = find_object(type, obj, _RET_IP_);

	return object && object->parent ? user_part(object->parent) : NULL;
}
EXPORT_SYMBOL_GPL(mpool_object_parent);
