/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/mm.h>

#define memalloc_nofs_save()		0
#define memalloc_nofs_restore(flags)	((void)(flags))
#define memalloc_noio_save()		0
#define memalloc_noio_restore(flags)	((void)(flags))
