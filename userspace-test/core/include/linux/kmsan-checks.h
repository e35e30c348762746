/* SPDX-License-Identifier: GPL-2.0 */
#define kmsan_poison_memory(memory, bytes, gfp)	((void)(gfp))
