/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_RCUPDATE_H
#define _CORE_RCUPDATE_H

#include <core.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
void synchronize_rcu(void);
void core_free_later(struct rcu_head *head, void *memory);

#define synchronize_rcu_expedited()	synchronize_rcu()
#define kfree_rcu(p, member)		core_free_later(&(p)->member, p)

#endif
