// SPDX-License-Identifier: GPL-2.0
/*
 * Pages, what is mapped of them, and smaller pieces.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

/* Of each: addresses, of which those that are used take memory. */
#define ARENA_BYTES	(16UL << 30)
#define ARENA_PAGES	(ARENA_BYTES >> PAGE_SHIFT)
#define ORDERS		11

unsigned long core_pages, core_pages_max = ULONG_MAX;
long core_pieces;

/* Guards all here. Taken with interrupts off. */
static raw_spinlock_t lock;

static int arena_file;
static char *arena;			/* pages */
static char *mapped;			/* what vmap() returns */
static struct page *pages;		/* of the arena */
static struct page **mapped_pages;	/* of what is mapped */
static unsigned long fresh;		/* pages of the arena that nobody had yet begin here */
static unsigned long mapped_fresh;
static struct page *free_runs[ORDERS];

static void *reserve(size_t bytes, size_t align, int file)
{
	int flags = MAP_NORESERVE | (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
	char *memory = mmap(NULL, bytes + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
			    MAP_NORESERVE, -1, 0);

	memory = (char *)ALIGN((unsigned long)memory, align);
	if (mmap(memory, bytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, 0) == MAP_FAILED)
		core_panic("no memory\n");
	return memory;
}

static void __attribute__((constructor)) make_arena(void)
{
	arena_file = memfd_create("pages", 0);
	if (arena_file < 0 || ftruncate(arena_file, ARENA_BYTES))
		core_panic("no file in memory\n");
	arena = reserve(ARENA_BYTES, SZ_2M, arena_file);
	mapped = reserve(ARENA_BYTES, SZ_2M, -1);
	pages = reserve(ARENA_PAGES * sizeof(*pages), PAGE_SIZE, -1);
	mapped_pages = reserve(ARENA_PAGES * sizeof(*mapped_pages), PAGE_SIZE, -1);
}

/* Nothing is in use: what comes next gets the same addresses as what came first. */
void core_memory_anew(void)
{
	memset(free_runs, 0, sizeof(free_runs));
	fresh = 0;
	mapped_fresh = 0;
}

/* --- pages --- */

unsigned int get_order(unsigned long bytes)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

void *page_address(const struct page *page)
{
	return arena + ((page - pages) << PAGE_SHIFT);
}

struct page *virt_to_page(const void *address)
{
	return pages + (((char *)address - arena) >> PAGE_SHIFT);
}

/* From those that were freed, or the next ones that are aligned to their number. */
static struct page *take_run(unsigned int order)
{
	unsigned long n = 1UL << order;
	struct page *page = free_runs[order];

	if (core_pages + n > core_pages_max)
		return NULL;
	if (page) {
		free_runs[order] = page->next;
	} else {
		fresh = ALIGN(fresh, n);
		if (fresh + n > ARENA_PAGES)
			return NULL;
		page = pages + fresh;
		fresh += n;
	}
	core_pages += n;
	return page;
}

struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order)
{
	unsigned long flags;
	struct page *page;

	might_alloc(gfp);
	raw_spin_lock_irqsave(&lock, flags);
	page = order < ORDERS ? take_run(order) : NULL;
	if (page) {
		page->refs = 1;
		page->order = order;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return page;
}

void get_page(struct page *page)
{
	__atomic_add_fetch(&page->refs, 1, __ATOMIC_RELAXED);
}

void put_page(struct page *page)
{
	unsigned long flags;

	if (__atomic_sub_fetch(&page->refs, 1, __ATOMIC_ACQ_REL))
		return;
	raw_spin_lock_irqsave(&lock, flags);
	page->next = free_runs[page->order];
	free_runs[page->order] = page;
	core_pages -= 1UL << page->order;
	raw_spin_unlock_irqrestore(&lock, flags);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (page->order != order)
		core_panic("a run of order %u is freed as one of %u\n", page->order, order);
	put_page(page);
}

/* --- what is mapped --- */

bool is_vmalloc_addr(const void *address)
{
	return (char *)address >= mapped && (char *)address < mapped + ARENA_BYTES;
}

static unsigned long mapped_number(const void *address)
{
	return ((char *)address - mapped) >> PAGE_SHIFT;
}

struct page *vmalloc_to_page(const void *address)
{
	return mapped_pages[mapped_number(address)];
}

/*
 * Addresses are not used again. Between two mappings are two pages that nobody has: that is where
 * the first ends, and there is room to note what the other is made of.
 */
void *vmap(struct page **run, unsigned int n, unsigned long flags, int protection)
{
	unsigned long irqs, at;
	unsigned int i;

	raw_spin_lock_irqsave(&lock, irqs);
	at = mapped_fresh + 2;
	mapped_fresh = at + n;
	raw_spin_unlock_irqrestore(&lock, irqs);
	if (at + n > ARENA_PAGES)
		return NULL;
	for (i = 0; i < n; i++) {
		if (mmap(mapped + ((at + i) << PAGE_SHIFT), PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, arena_file,
			 (run[i] - pages) << PAGE_SHIFT) == MAP_FAILED)
			core_panic("cannot map\n");
		mapped_pages[at + i] = run[i];
	}
	/* vfree() puts the pages, and the array of them, which this place remembers. */
	mapped_pages[at - 1] = (void *)run;
	return mapped + (at << PAGE_SHIFT);
}

void *vmalloc(unsigned long bytes)
{
	unsigned long n = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT, i;
	struct page **run = kcalloc(n, sizeof(*run), GFP_KERNEL);

	for (i = 0; i < n; i++) {
		run[i] = alloc_pages_node(0, GFP_KERNEL, 0);
		if (!run[i])
			core_panic("no pages\n");
	}
	return vmap(run, n, VM_MAP_PUT_PAGES, PAGE_KERNEL);
}

void vfree(const void *address)
{
	unsigned long first = mapped_number(address), i;

	if (!address)
		return;
	for (i = first; mapped_pages[i]; i++) {
		mmap(mapped + (i << PAGE_SHIFT), PAGE_SIZE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
		put_page(mapped_pages[i]);
		mapped_pages[i] = NULL;
	}
	kvfree(mapped_pages[first - 1]);
	mapped_pages[first - 1] = NULL;
}

/* Can it be read? The system is asked, for to try would be to die. */
bool virt_addr_valid(const void *address)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)address, 1 };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1;
}

/* --- smaller pieces --- */

/* As aligned as what kmalloc() returns, in so far as that matters. */
void *core_malloc(size_t bytes, gfp_t gfp)
{
	bool were_off;
	void *memory;

	might_alloc(gfp);
	were_off = core_irq_save();
	memory = bytes > 32 ? aligned_alloc(64, ALIGN(bytes, 64)) : malloc(bytes);
	if (memory)
		__atomic_add_fetch(&core_pieces, 1, __ATOMIC_RELAXED);
	if (memory && gfp & __GFP_ZERO)
		memset(memory, 0, bytes);
	core_irq_restore(were_off);
	return memory;
}

void kfree(const void *memory)
{
	bool were_off = core_irq_save();

	free((void *)memory);
	if (memory)
		__atomic_sub_fetch(&core_pieces, 1, __ATOMIC_RELAXED);
	core_irq_restore(were_off);
}

void kvfree(const void *memory)
{
	if (is_vmalloc_addr(memory))
		vfree(memory);
	else
		kfree(memory);
}

/* Where the share of CPU 0 begins differs, lest all come to lie in the same lines of a cache. */
void *__alloc_percpu(size_t size, size_t align)
{
	static unsigned int color;
	size_t room = ALIGN(size, 64), shift;
	char *memory;

	if (room > CORE_CPU_BYTES / 2)
		core_panic("%zu bytes per CPU are too many\n", size);
	shift = color++ % (CORE_CPU_BYTES / 2 / 64) * 64;
	memory = aligned_alloc(CORE_CPU_BYTES, CORE_CPUS * CORE_CPU_BYTES);
	memset(memory, 0, CORE_CPUS * CORE_CPU_BYTES);
	return memory + shift;
}

void free_percpu(void *memory)
{
	free((void *)ALIGN_DOWN((unsigned long)memory, CORE_CPU_BYTES));
}
