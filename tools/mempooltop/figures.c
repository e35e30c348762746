// SPDX-License-Identifier: GPL-2.0
/*
 * What figures there are: the keys of Documentation/ABI/dev-mempool, and how Prometheus calls
 * them. A key that is not here is skipped.
 */
#include <string.h>

#include "top.h"

const char * const word_keys[NR_WORDS] = {
	[NAME]		= "name",
	[OWNER]		= "owner",
	[STATE]		= "state",
	[KIND]		= "kind",
	[OF]		= "of",
	[BACKING]	= "backing",
	[CHECKS]	= "checks",
	[TRACKING]	= "tracking",
};

const struct figure_info figures[NR_FIGURES] = {
	[ID]		= { "id", NULL, "unique among all pools since mpool was loaded",
			    UNIT_OTHER },
	[SIZE]		= { "size", "mpool_size_bytes", "Size of an object as its owner asked for.",
			    UNIT_BYTES },
	[STRIDE]	= { "stride", "mpool_stride_bytes", "From one object to the next.",
			    UNIT_BYTES, .not_of_sized = true },
	[IN_USE]	= { "in_use", "mpool_in_use", "Objects that somebody holds.",
			    UNIT_OBJECTS, .adds = true },
	[CACHED_CPU]	= { "cached_cpu", "mpool_cached_cpu", "Free objects that CPUs cache.",
			    UNIT_OBJECTS, .adds = true },
	[CACHED_DEPOT]	= { "cached_depot", "mpool_cached_depot",
			    "Free objects in the depot that CPUs share.",
			    UNIT_OBJECTS, .adds = true },
	[FREE_SLAB]	= { "free_slab", "mpool_free_slab", "Free objects in slabs.",
			    UNIT_OBJECTS, .adds = true },
	[OBJECTS]	= { "objects", "mpool_objects", "Objects that exist.",
			    UNIT_OBJECTS, .adds = true },
	[LIMIT]		= { "limit", "mpool_limit",
			    "Most objects that may exist; absent where there is no limit.",
			    UNIT_OBJECTS, .zero_is_none = true, .not_of_sized = true },
	[KEEP]		= { "keep", "mpool_keep", "Free objects that are retained.",
			    UNIT_OBJECTS, .not_of_sized = true },
	[SLABS]		= { "slabs", "mpool_slabs", "Runs of memory that hold objects.",
			    UNIT_OTHER, .adds = true },
	[SLAB_BYTES]	= { "slab_bytes", "mpool_slab_bytes", "Size of one slab.",
			    UNIT_BYTES, .not_of_sized = true },
	[METADATA]	= { "metadata", "mpool_metadata_bytes", "Held besides slabs.",
			    UNIT_BYTES, .adds = true },
	[FOOTPRINT]	= { "footprint", "mpool_footprint_bytes",
			    "All that the pool holds from the system.",
			    UNIT_BYTES, .adds = true },
	[ALLOCS]	= { "allocs", "mpool_allocs_total", "Objects handed out.",
			    UNIT_OBJECTS, .counter = true, .adds = true },
	[FREES]		= { "frees", "mpool_frees_total", "Objects taken back.",
			    UNIT_OBJECTS, .counter = true, .adds = true },
	[FAILS]		= { "fails", "mpool_fails_total", "Allocations that returned nothing.",
			    UNIT_OTHER, .counter = true, .adds = true },
	[GROWS]		= { "grows", "mpool_grows_total", "Slabs made.",
			    UNIT_OTHER, .counter = true, .adds = true },
	[SHRINKS]	= { "shrinks", "mpool_shrinks_total", "Slabs given back.",
			    UNIT_OTHER, .counter = true, .adds = true },
	[MISUSES]	= { "misuses", "mpool_misuses_total",
			    "Mistakes of the owner that were noticed; any is a bug.",
			    UNIT_OTHER, .counter = true, .adds = true },
	[MAPPED]	= { "mapped", "mpool_mapped", "Slabs that are of pages from anywhere.",
			    UNIT_OTHER, .adds = true },
	[M_POOL]	= { "m_pool", "mpool_m_pool_bytes", "All objects: size times objects.",
			    UNIT_BYTES, .adds = true },
	[LIMIT_BYTES]	= { "limit_bytes", "mpool_limit_bytes",
			    "Most that a sized pool's slabs may have; absent where there is no limit.",
			    UNIT_BYTES, .zero_is_none = true },
	[BORROWED]	= { "borrowed", "mpool_borrowed_total",
			    "Requests of a class that the next larger one served.",
			    UNIT_OTHER, .counter = true, .adds = true },
	[RESERVE]	= { "reserve", "mpool_reserve",
			    "Objects that only privileged requests may take.",
			    UNIT_OBJECTS, .adds = true },
	[RESERVE_HELD]	= { "reserve_held", "mpool_reserve_held",
			    "Objects of the reserve that privileged requests hold.",
			    UNIT_OBJECTS, .adds = true },
	[LOW]		= { "low", "mpool_low",
			    "With fewer free objects than this, more are made in the background.",
			    UNIT_OBJECTS },
	[WAITING]	= { "waiting", "mpool_waiting", "Requests that are in line for objects.",
			    UNIT_OTHER, .adds = true },
	[WAITS]		= { "waits", "mpool_waits_total", "Requests that had to get in line.",
			    UNIT_OTHER, .counter = true, .adds = true },
	[PENDING]	= { "pending", "mpool_pending",
			    "Freed objects that are on their way home.",
			    UNIT_OBJECTS, .adds = true },
	[BUDGET]	= { "budget", "mpool_budget_bytes",
			    "Pending objects from which on the pool does not grow.",
			    UNIT_BYTES, .not_of_sized = true },
	[QUARANTINE]	= { "quarantine", "mpool_quarantine_bytes",
			    "Freed objects that are kept back from reuse, at most.", UNIT_BYTES },
	[QUARANTINED]	= { "quarantined", "mpool_quarantined",
			    "Free objects that are kept back now.", UNIT_OBJECTS, .adds = true },
	[WITHHELD]	= { "withheld", "mpool_withheld",
			    "Objects that were found overwritten; any is a bug.",
			    UNIT_OBJECTS, .adds = true },
};

enum figure figure_find(const char *key, size_t length)
{
	enum figure i;

	for (i = 0; i < NR_FIGURES; i++) {
		if (strlen(figures[i].key) == length && !memcmp(figures[i].key, key, length))
			break;
	}
	return i;
}

enum word word_find(const char *key, size_t length)
{
	enum word i;

	for (i = 0; i < NR_WORDS; i++) {
		if (strlen(word_keys[i]) == length && !memcmp(word_keys[i], key, length))
			break;
	}
	return i;
}
