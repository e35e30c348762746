/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_GFP_H
#define _CORE_GFP_H

#include <core.h>
#include <linux/gfp_types.h>

#define NUMA_NO_NODE	(-1)
#define MAX_NUMNODES	1
#define numa_node_id()	0
#define node_online(node)	(!(node))

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

#endif
