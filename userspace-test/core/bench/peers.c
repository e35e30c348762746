// SPDX-License-Identifier: GPL-2.0
/*
 * What a program could take instead of mpool.
 */
#include <gperftools/tcmalloc.h>
#include <jemalloc/jemalloc.h>
#include <mimalloc.h>
#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <stdlib.h>

/* Who includes sys/queue.h has one of his own. */
#undef LIST_HEAD
#include <core.h>

#include "../../bench/ours.h"
#include "../../bench/sized.h"

/* malloc() of several makers, with a free() that is told the size where they have one. */
#define MALLOC(ident, name, get, put)						\
static __always_inline void *one_of_##ident(void *of, gfp_t gfp)		\
{										\
	size_t size = (size_t)of;						\
										\
	return get;								\
}										\
										\
static __always_inline void back_to_##ident(void *of, void *obj)		\
{										\
	size_t size = (size_t)of;						\
										\
	put;									\
}										\
										\
static void *peer_##ident##_create(size_t size, size_t n)			\
{										\
	return (void *)size;							\
}										\
										\
static void peer_##ident##_destroy(void *of)					\
{										\
}										\
										\
BENCH_PEER_NAMED(ident, name, .alloc = one_of_##ident, .free = back_to_##ident)

MALLOC(glibc, "glibc", malloc(size), (free(obj), (void)size));
MALLOC(jemalloc, "jemalloc", mallocx(size, 0), sdallocx(obj, size, 0));
MALLOC(mimalloc, "mimalloc", mi_malloc(size), (mi_free(obj), (void)size));
MALLOC(tcmalloc, "tcmalloc", tc_malloc(size), tc_free_sized(obj, size));

/* Likewise of any size, where nobody remembers it. */
#define SIZER(ident, name, get, put)						\
static __always_inline void *ident##_alloc(void *of, size_t size)		\
{										\
	return get;								\
}										\
										\
static __always_inline void ident##_free(void *of, void *piece)			\
{										\
	put;									\
}										\
										\
BENCH_SIZER(ident, name, peer_any_create, peer_any_destroy)

SIZER(glibc, "glibc", malloc(size), free(piece));
SIZER(jemalloc, "jemalloc", mallocx(size, 0), dallocx(piece, 0));
SIZER(mimalloc, "mimalloc", mi_malloc(size), mi_free(piece));
SIZER(tcmalloc, "tcmalloc", tc_malloc(size), tc_free(piece));

/* --- DPDK's rte_mempool, with the largest caches that it can have --- */

/* The EAL binds who starts it to a core; so that is a thread of its own. */
static void *start(void *data)
{
	const char text[] =
		"b --no-huge -m 2048 --no-pci --no-shconf --no-telemetry --log-level=error -l 0";
	static char *arguments[16];
	char *rest = strdup(text);
	int n = 0;

	while ((arguments[n] = strsep(&rest, " ")))
		n++;
	return rte_eal_init(n, arguments) < 0 ? NULL : arguments;
}

/* Only threads that it knows have caches. */
static void enlist(bool begins)
{
	if (begins)
		rte_thread_register();
	else
		rte_thread_unregister();
}

static int start_once(void)
{
	static bool started;
	pthread_t thread;
	void *done;

	if (started)
		return 0;
	if (pthread_create(&thread, NULL, start, NULL) || pthread_join(thread, &done) || !done)
		return -ENODEV;
	started = true;
	core_task_hook = enlist;
	enlist(true);
	return 0;
}

/* As many as are out, and as all caches can hold. */
static void *peer_rte_mempool_create(size_t size, size_t n)
{
	static unsigned int number;
	struct rte_mempool *pool;
	char name[32];
	int err = start_once();

	if (err)
		return ERR_PTR(err);
	n += core_nr_cpus() * RTE_MEMPOOL_CACHE_MAX_SIZE * 2;
	snprintf(name, sizeof(name), "bench-%u", number++);
	pool = rte_mempool_create(name, rte_align32pow2(n + 1) - 1, size,
				  RTE_MEMPOOL_CACHE_MAX_SIZE, 0, NULL, NULL, NULL, NULL,
				  SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	return pool ?: ERR_PTR(-rte_errno);
}

static void peer_rte_mempool_destroy(void *of)
{
	rte_mempool_free(of);
}

static __always_inline void *one_of_rte_mempool(void *of, gfp_t gfp)
{
	void *obj;

	return rte_mempool_get(of, &obj) ? NULL : obj;
}

static __always_inline void back_to_rte_mempool(void *of, void *obj)
{
	rte_mempool_put(of, obj);
}

static __always_inline bool several_of_rte_mempool(void *of, gfp_t gfp, void **objs, size_t n)
{
	return !rte_mempool_get_bulk(of, objs, n);
}

static __always_inline void several_to_rte_mempool(void *of, void **objs, size_t n)
{
	rte_mempool_put_bulk(of, objs, n);
}

BENCH_PEER(rte_mempool, .alloc = one_of_rte_mempool, .free = back_to_rte_mempool,
	   .alloc_bulk = several_of_rte_mempool, .free_bulk = several_to_rte_mempool);

const struct bench_peer * const bench_peers[] = {
	&bench_mpool,
	&bench_rte_mempool,
	&bench_mimalloc,
	&bench_jemalloc,
	&bench_tcmalloc,
	&bench_glibc,
	&bench_array,
	NULL
};

const struct bench_peer * const bench_sizers[] = {
	&sized_sizer,
	&mimalloc_sizer,
	&jemalloc_sizer,
	&tcmalloc_sizer,
	&glibc_sizer,
	NULL
};

/* --- what only a kernel has --- */

const struct bench_peer * const bench_makers[] = { NULL };
const struct bench bench_irq[] = { {} }, bench_worst[] = { {} };

int bench_hold(const char *command)
{
	return -EINVAL;
}

void bench_drop(void)
{
}
