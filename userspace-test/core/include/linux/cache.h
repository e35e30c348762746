/* SPDX-License-Identifier: GPL-2.0 */
#define cache_line_size()	64
