/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mpool_playground does for other modules of the tests.
 */
#ifndef MPOOL_PLAYGROUND_H
#define MPOOL_PLAYGROUND_H

struct mpool;

void playground_leave(struct mpool *pool, void *obj);

#endif
