/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mpool_pressure does for other modules of the tests.
 */
#ifndef MPOOL_PRESSURE_H
#define MPOOL_PRESSURE_H

struct mpool;

struct mpool *pressure_pool(const char *name);
void pressure_keep(struct mpool *pool, void *obj);
void pressure_called(void);

#endif
