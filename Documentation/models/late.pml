/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frees that come to effect later, and an allocation that may sleep where there is nothing else:
 * each object comes home once, and the allocation does not fail while there is one that nobody
 * holds.
 *
 * Of kernel/defer.c: defer_free(), collect(), collect_slab(), end_batch(), claim(),
 * defer_collect(), defer_flush(), collect_work(). Of slab.c: slab_defer(), slab_find_late(),
 * slab_claim_late(). Of alloc.c: find_one(), search(), take_one(). Of kick.c: kicked().
 *
 * There is one slab with two objects, at the limit, and no magazine, as where a pool has run dry.
 * One task takes objects and frees them late, again and again, and holds one at most; so the other
 * one, who may sleep, must get one. What is done under mpool.lock is one step.
 *
 * Left out: mpool_free_rcu(), where the flush waits for a grace period between; growth; strips and
 * those in line (wait.pml). That the steps are seen in this order is in Documentation/litmus:
 * late-mark, pending, flush.
 *
 * SCENE=1 BUG=0: as said above
 * SCENE=1 BUG=1: whether anything is pending is looked at before it is looked for what is free
 * SCENE=1 BUG=2: whether anything is pending is looked at after that
 * SCENE=1 BUG=3: what is pending is waited for once only
 * SCENE=1 BUG=4: who takes a slab off the list notes that only after he has looked at its marks
 * SCENE=1 BUG=5: who has found a mark does not look under the lock whether it is still there
 */
#define OBJECTS	2
#define ROUNDS	3

mtype = { FREE, HELD, LATE };

mtype mark[OBJECTS] = HELD;
bool in_slab[OBJECTS];
byte pending;
byte late_users;
bool late_queued;
bool late_list;
bool collect_mutex;
bool kick_pending;
bool collect_queued;
byte running = 2;

#define stock	(in_slab[0] + in_slab[1])

/* One object into obj, under the lock; it is OBJECTS if there is none. */
inline take()
{
	atomic {
		if
		:: in_slab[0] -> obj = 0
		:: !in_slab[0] && in_slab[1] -> obj = 1
		:: else -> obj = OBJECTS
		fi;
		if
		:: obj < OBJECTS -> in_slab[obj] = false; assert(mark[obj] == FREE); mark[obj] = HELD
		:: else
		fi
	}
}

inline free_late()
{
	pending++;
	late_users++;
	mark[obj] = LATE;
	atomic { queued = late_queued; late_queued = true };
	if
	:: !queued -> late_list = true
	:: else
	fi;
	queued = false;
	late_users--;
	kick_pending = true
}

/* slab_find_late() and end_batch() for an object. */
inline bring_home(o)
{
	if
	:: mark[o] == LATE ->
		/* claim() */
		atomic {
			if
#if BUG == 5
			:: true -> mark[o] = FREE; claimed = true
#else
			:: mark[o] == LATE -> mark[o] = FREE; claimed = true
			:: else
#endif
			fi
		};
		if
		:: claimed ->
			atomic {
				assert(!in_slab[o]);
				in_slab[o] = true;
				pending--;
				claimed = false
			}
		:: else
		fi
	:: else
	fi
}

inline collect()
{
	late_users++;
	atomic { found = late_list; late_list = false };
	if
	:: found ->
#if BUG != 4
		late_queued = false;
#endif
		bring_home(0);
		bring_home(1);
#if BUG == 4
		late_queued = false;
#endif
		found = false
	:: else
	fi;
	late_users--
}

inline defer_collect()
{
	if
	:: late_list -> collect()
	:: else
	fi
}

inline end_now()
{
	atomic { !collect_mutex -> collect_mutex = true };
	defer_collect();
	collect_mutex = false
}

inline defer_flush()
{
	if
	:: !pending
	:: else ->
		end_now();
		!late_users
	fi
}

/* find_one() for who may sleep. */
inline find_one()
{
	do
	:: true ->
#if BUG == 1
		is_pending = pending > 0;
#endif
		take();
		if
		:: obj < OBJECTS -> break
		:: else
		fi;
		/* search() */
		defer_collect();
		atomic {
			is_free = stock > 0;
#if BUG != 1
			is_pending = pending > 0
#endif
		};
		if
		:: is_free
		:: else ->
#if BUG == 2
			is_pending = pending > 0;
#endif
			if
			:: is_pending && may_flush
			:: else -> break
			fi;
#if BUG == 3
			may_flush = false;
#endif
			defer_flush()
		fi
	od
}

proctype who_may_sleep()
{
	byte obj;
	bool is_free, is_pending, may_flush = true, found, claimed;

	find_one();
	assert(obj < OBJECTS);
	atomic { mark[obj] = FREE; in_slab[obj] = true };
	running--
}

/* Has both from the beginning, and never holds more than one from the first free on. */
proctype who_frees_late()
{
	byte obj, rounds = ROUNDS;
	bool queued;

	do
	:: rounds ->
		if
		:: obj < OBJECTS -> free_late()
		:: else
		fi;
		take();
		rounds--
	:: else -> break
	od;
	if
	:: obj < OBJECTS -> free_late()
	:: else
	fi;
	running--
}

proctype kick()
{
end:	do
	:: atomic {
		kick_pending ->
			kick_pending = false;
			collect_queued = collect_queued || late_list
	   }
	od
}

proctype collect_work()
{
	bool found, claimed;

end:	do
	:: collect_queued -> collect_queued = false; end_now()
	od
}

/* At rest all are home. */
init
{
	atomic {
		/* One is on its way already. */
		mark[1] = LATE;
		pending = 1;
		late_queued = true;
		late_list = true;
		kick_pending = true;
		run who_may_sleep();
		run who_frees_late();
		run kick();
		run collect_work()
	};
	running == 0;
	timeout;
	assert(stock == OBJECTS && !pending && !late_users && !late_queued)
}
