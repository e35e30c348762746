/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mpool_destroy() while objects are out: nobody touches the pool after it has gone, nor a slab; it
 * goes once, not before its last object is home, and it does go.
 *
 * Of kernel/pool.c: mpool_destroy(), pool_abandon(), let_pool_end(), pool_finish(). Of tidy.c:
 * tidy_work(), make_agenda(), end_agenda(), tidy_drain(), tidy_release(), tidy_stop(). Of alloc.c:
 * free_one(), bring_home(), free_later(). Of defer.c: defer_free(), collect(), end_batch(),
 * defer_flush(), defer_stop(). Of slab.c: slab_defer(), slab_withdraw(). Of kick.c: kicked(),
 * kick_end(). Of internal.h: mpool_came_home(), mpool_arm().
 *
 * There is one slab with two objects, one of which is freed late, and the other one late too, or
 * as usual: to a CPU's magazine if that has some. What is done under mpool.lock is one step. A
 * section with preemption or interrupts off is what a grace period waits for. A work or an
 * irq_work can be queued again as soon as it runs; whoever stops it waits for its end.
 *
 * Left out: requests in line, which are all answered before objects are looked at, and their
 * callbacks; mpool_free_rcu(), which waits longer for the same; objects that are withheld, which
 * come home by the same way; owners that go, and buffers that go with them; CPUs that go off line,
 * see magazine.pml. How late a delayed work comes is anybody's guess, and so is whether the pool
 * is larger than its keep.
 *
 * SCENE=1 BUG=0: one object is freed as usual, the other one late
 * SCENE=2 BUG=0: both are freed late
 * SCENE=1 BUG=1: a pool that has been seen to end stays abandoned
 * SCENE=1 BUG=2: the end does not wait for a grace period
 * SCENE=1 BUG=3: who abandons a pool does not have it looked at
 * SCENE=2 BUG=4: a slab goes although somebody may use it
 * SCENE=1 BUG=5: who brings the last object home does not have the pool looked at
 * SCENE=1 BUG=6: a slab that could not go, for somebody might have used it, is not looked at again
 */
#define OBJECTS	2

byte objects = OBJECTS;
byte free_slab;
byte cached;				/* in the CPU's magazine */
bool equipped = SCENE == 1;
bool dying;
bool abandoned;
bool armed;
bool urgent;
bool used;				/* since tidy looked: it is not at rest */
bool untidy;				/* the pool has more than its keep */

byte late_marks;			/* objects of the slab that are marked so */
bool late_queued;			/* the slab is on a list, or about to be */
bool late_list;				/* is it on that of the pool? */
byte late_users;
byte pending;
bool collect_mutex;

/* The machine. */
bool kick_pending;
bool tidy_queued, tidy_runs;
bool collect_queued, collect_runs;
bool end_queued;
bool section[2];			/* of each who frees: preemption is off */

bool slab_gone, pool_gone;
byte running;

#define touch()		assert(!pool_gone)
#define touch_slab()	assert(!pool_gone && !slab_gone)

inline irq_work_queue()
{
	touch();
	kick_pending = true
}

/* Under the lock. */
inline arm()
{
	if
	:: !armed && untidy -> armed = true; irq_work_queue()
	:: else
	fi
}

/* Objects have come home. Under the lock. */
inline came_home()
{
	if
#if BUG != 5
	:: abandoned -> urgent = true; irq_work_queue()
#endif
	:: else -> arm()
	fi
}

/* --- frees --- */

proctype plain_free()
{
	bool done;

	atomic {
		section[0] = true;
		touch_slab();
		if
		:: equipped && !cached -> cached++; used = true; done = true
		:: else
		fi
	};
	section[0] = false;
	if
	:: done
	:: else ->
		/* Interrupts are off as long as the lock is held. */
		atomic {
			section[0] = true;
			touch_slab();
			equipped = equipped && !dying;
			free_slab++;
			used = true;
			came_home()
		};
		touch();
		section[0] = false
	fi;
	running--
}

proctype late_free(byte me)
{
	bool queued;

	section[me] = true;
	atomic { touch(); pending++ };
	atomic { touch_slab(); late_users++ };
	atomic { touch_slab(); late_marks++ };
	atomic { touch_slab(); queued = late_queued; late_queued = true };
	if
	:: !queued -> atomic { touch_slab(); late_list = true }
	:: else
	fi;
	atomic { touch(); late_users-- };
	irq_work_queue();
	section[me] = false;
	running--
}

/* --- defer.c --- */

inline collect()
{
	atomic { touch(); late_users++ };
	atomic { touch(); found = late_list; late_list = false };
	if
	:: found ->
		atomic { touch_slab(); late_queued = false };
		/* claim() */
		atomic { touch_slab(); claimed = late_marks; late_marks = 0 };
		atomic {
			touch_slab();
			free_slab = free_slab + claimed;
			pending = pending - claimed;
			claimed = 0;
			used = true;
			came_home()
		};
		found = false
	:: else
	fi;
	atomic { touch(); late_users-- };
	atomic { touch(); came_home() }
}

inline defer_collect()
{
	touch();
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

/* --- tidy.c --- */

inline tidy_drain()
{
	atomic {
		free_slab = free_slab + cached;
		cached = 0;
		equipped = equipped && !dying
	};
	defer_collect()
}

/* slab_withdraw() and slab_free(). */
inline tidy_release()
{
	atomic {
		touch();
		if
#if BUG == 4
		:: free_slab == OBJECTS && objects ->
#else
		:: free_slab == OBJECTS && objects && !late_users && !late_queued ->
#endif
			objects = 0;
			untidy = false;
			free_slab = 0;
			slab_gone = true
		:: else
		fi
	}
}

/* The end of a pool whose objects have all gone. */
inline pool_finish()
{
	assert(!objects && !cached && !pending);
#if BUG != 2
	/* registry_remove() */
	!section[0];
	!section[1];
#endif
	/* defer_stop() */
	collect_queued = false;
	!collect_runs;
	/* tidy_stop() */
	!kick_pending;
	tidy_queued = false;
	!tidy_runs;
	assert(!pool_gone);
	pool_gone = true
}

/* tidy_work() */
proctype tidy()
{
	bool found, ended, nothing, again, idle;
	byte claimed;

end:	do
	:: atomic { tidy_queued -> tidy_queued = false; tidy_runs = true };
		/* make_agenda() */
		atomic {
			touch();
			idle = !used;
			used = false;
			urgent = false;
			armed = false;
			nothing = dying && !abandoned
		};
		if
		:: nothing
		:: else ->
			defer_collect();
			if
			:: idle -> tidy_drain()
			:: else
			fi;
			if
			:: abandoned -> tidy_release()
			:: else
			fi;
			/* end_agenda() */
			atomic {
				touch();
				ended = abandoned && !objects;
				again = abandoned && objects && free_slab == objects;
#if BUG != 1
				abandoned = abandoned && !ended;
#endif
				if
				:: !ended && !idle -> arm()
				:: else
				fi
			};
#if BUG != 6
			if
			:: again -> tidy_queued = true
			:: else
			fi;
#endif
			if
			:: ended -> end_queued = true
			:: else
			fi
		fi;
		atomic { ended = false; nothing = false; again = false; idle = false; tidy_runs = false }
	od
}

/* --- works and interrupts --- */

/* kicked(): an interrupt, one step for all but those who find out about it later. */
proctype kick()
{
end:	do
	:: atomic {
		kick_pending ->
			touch();
			kick_pending = false;
			collect_queued = collect_queued || late_list;
			tidy_queued = tidy_queued || urgent || armed
	   }
	od
}

proctype collect_work()
{
	bool found;
	byte claimed;

end:	do
	:: atomic { collect_queued -> collect_queued = false; collect_runs = true };
		end_now();
		collect_runs = false
	od
}

proctype end_work()
{
end:	do
	:: end_queued -> end_queued = false; pool_finish()
	od
}

/* mpool_destroy() */
proctype destroy()
{
	bool found, stays;
	byte claimed;

	atomic { touch(); dying = true };
	defer_flush();
	tidy_drain();
	/* tidy_stop() */
	!kick_pending;
	tidy_queued = false;
	!tidy_runs;
	tidy_drain();
	tidy_release();
	atomic { touch(); stays = objects > 0 };
	if
	:: stays ->
		/* pool_abandon() */
		atomic {
			abandoned = true;
#if BUG != 3
			urgent = true;
			irq_work_queue()
#endif
		}
	:: else -> pool_finish()
	fi;
	running--
}

/* At last it is gone. */
init
{
	atomic {
#if SCENE == 1
		if
		:: skip
		:: untidy = true
		fi;
#endif
		running = 3;
#if SCENE == 1
		run plain_free();
#else
		run late_free(0);
#endif
		run late_free(1);
		run destroy();
		run tidy();
		run kick();
		run collect_work();
		run end_work()
	};
	running == 0;
	timeout;
	assert(pool_gone)
}
