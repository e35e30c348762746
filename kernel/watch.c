// SPDX-License-Identifier: GPL-2.0
/*
 * What open files wait for: that a figure of a pool, or of any, is above or below a level.
 *
 * No allocation or free looks whether somebody waits for it: that would cost those who do not. The
 * figures are looked at now and then instead, as often as who waits has asked for, and not at all
 * while nobody does.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/workqueue.h>
#include <uapi/linux/mpool.h>

#include "internal.h"

/* Milliseconds between two looks. */
#define INTERVAL_LEAST		10
#define INTERVAL_MOST		3600000
#define INTERVAL_USUAL		1000

/* Those that wait for something. Guards them too; taken before registry_lock(). */
static LIST_HEAD(watches);
static DEFINE_MUTEX(watches_mutex);

static void look_around(struct work_struct *work);
static DECLARE_DELAYED_WORK(next_look, look_around);

static u64 figure_of(struct entry *entry, u32 figure)
{
	struct mpool_stats stats;

	entry->ops->read_stats(entry, &stats);
	switch (figure) {
	case MPOOL_WATCH_IN_USE:
		return stats.in_use;
	case MPOOL_WATCH_FOOTPRINT:
		return stats.footprint;
	case MPOOL_WATCH_FAILS:
		return stats.fails;
	default:
		return stats.waiting;
	}
}

/* Is it above what is waited for, or below it? */
static bool is_beyond(const struct mpool_watch *wish, u64 value)
{
	return wish->flags & MPOOL_WATCH_BELOW ? value < wish->level : value > wish->level;
}

/* Or so far on this side that it can happen again? */
static bool is_back(const struct mpool_watch *wish, u64 value)
{
	if (wish->flags & MPOOL_WATCH_BELOW)
		return value >= wish->level && value - wish->level >= wish->slack;
	return value <= wish->level && wish->level - value >= wish->slack;
}

/* One pool of those that a file watches. Sets what there is to be known of all. */
static void look_at(struct watch *watch, struct entry *entry, bool *beyond, bool *back)
{
	u64 value = figure_of(entry, watch->wish.figure);

	if (!*beyond && is_beyond(&watch->wish, value)) {
		*beyond = true;
		if (watch->ready) {
			watch->event.id = entry->id;
			watch->event.value = value;
		}
	}
	*back = *back && is_back(&watch->wish, value);
}

/* Under registry_lock(). */
static void look_at_all(struct watch *watch, bool *beyond, bool *back)
{
	unsigned long id = watch->wish.id;
	struct entry *entry;

	if (id) {
		entry = registry_get(id);
		if (entry)
			look_at(watch, entry, beyond, back);
		return;
	}
	for (; (entry = registry_next(&id)); id++)
		look_at(watch, entry, beyond, back);
}

/* True if there is something to be told. */
static bool look(struct watch *watch)
{
	bool beyond = false, back = true, happens;

	look_at_all(watch, &beyond, &back);
	happens = beyond && watch->ready;
	if (happens)
		watch->event.times++;
	watch->ready = (watch->ready && !beyond) || back;
	return happens;
}

static unsigned long interval_of(const struct watch *watch)
{
	return max(msecs_to_jiffies(watch->wish.interval), 1UL);
}

static void look_around(struct work_struct *work)
{
	unsigned long now = jiffies, soonest = MAX_JIFFY_OFFSET;
	struct watch *watch;
	bool wake = false;

	mutex_lock(&watches_mutex);
	registry_lock();
	list_for_each_entry(watch, &watches, link) {
		if (time_after_eq(now, watch->due)) {
			wake |= look(watch);
			watch->due = now + interval_of(watch);
		}
		soonest = min(soonest, watch->due - now);
	}
	registry_unlock();
	if (!list_empty(&watches))
		schedule_delayed_work(&next_look, soonest);
	mutex_unlock(&watches_mutex);
	if (wake)
		wake_up_all(registry_queue());
}

static int check_wish(struct mpool_watch *wish)
{
	if (wish->figure > MPOOL_WATCH_WAITING || wish->flags & ~MPOOL_WATCH_BELOW || wish->pad)
		return -EINVAL;
	wish->interval = wish->interval ?: INTERVAL_USUAL;
	if (wish->interval < INTERVAL_LEAST || wish->interval > INTERVAL_MOST)
		return -EINVAL;
	return 0;
}

static bool is_there(u32 id)
{
	bool found;

	registry_lock();
	found = !id || registry_get(id);
	registry_unlock();
	return found;
}

/**
 * watch_init() - prepare a file that waits for nothing
 * @watch: its watch
 */
void watch_init(struct watch *watch)
{
	INIT_LIST_HEAD(&watch->link);
}

/**
 * watch_exit() - have a file wait for nothing any more
 * @watch: its watch
 *
 * Context: process context, may sleep.
 */
void watch_exit(struct watch *watch)
{
	mutex_lock(&watches_mutex);
	list_del_init(&watch->link);
	mutex_unlock(&watches_mutex);
}

/**
 * watch_set() - MPOOL_IOC_WATCH
 * @watch: the file's
 * @user: the program's structure
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int watch_set(struct watch *watch, struct mpool_watch __user *user)
{
	struct mpool_watch wish;
	int err;

	err = ioctl_take(&wish, sizeof(wish), user) ?: check_wish(&wish);
	if (err)
		return err;
	if (!is_there(wish.id))
		return -ENOENT;
	mutex_lock(&watches_mutex);
	list_del(&watch->link);
	list_add_tail(&watch->link, &watches);
	watch->wish = wish;
	watch->event = (struct mpool_event){};
	watch->due = jiffies;
	watch->ready = true;
	mod_delayed_work(system_wq, &next_look, 0);
	mutex_unlock(&watches_mutex);
	return 0;
}

/**
 * watch_take_event() - MPOOL_IOC_EVENT
 * @watch: the file's
 * @user: the program's structure
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int watch_take_event(struct watch *watch, struct mpool_event __user *user)
{
	struct mpool_event event;
	u32 size;
	int err;

	err = ioctl_take(&event, sizeof(event), user);
	if (err)
		return err;
	size = event.size;
	mutex_lock(&watches_mutex);
	event = watch->event;
	watch->event = (struct mpool_event){};
	mutex_unlock(&watches_mutex);
	if (!event.times)
		return -EAGAIN;
	event.size = size;
	return ioctl_give(user, &event, sizeof(event));
}

/**
 * watch_poll() - what of EPOLLPRI and EPOLLERR holds for a file
 * @watch: its watch
 *
 * Context: process context, may sleep.
 */
__poll_t watch_poll(struct watch *watch)
{
	__poll_t mask = 0;

	mutex_lock(&watches_mutex);
	if (watch->event.times)
		mask |= EPOLLPRI;
	if (!is_there(watch->wish.id))
		mask |= EPOLLERR;
	mutex_unlock(&watches_mutex);
	return mask;
}

/**
 * watch_stop() - wait until nobody looks any more; there is no open file
 *
 * Context: process context, may sleep.
 */
void watch_stop(void)
{
	cancel_delayed_work_sync(&next_look);
}
