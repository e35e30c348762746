/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The line of those who wait: each free answers who is first, whatever he who waits does
 * meanwhile. Who is answered is first, nobody sleeps on while there is what he waits for, no
 * object goes with a request that is given up, and each request ends once: with objects, with its
 * callback, or cancelled.
 *
 * Of kernel/wait.c: all but the reserve. Of async.c: alloc_wait(), sleep_in_line(), end_wait(),
 * submit(), mpool_cancel(), next_answered(), call_back(). Of alloc.c: take_from_stock(),
 * bring_home(). Of magazine.c: equip(), magazine_begin_drought(), magazine_strip(). Of kick.c:
 * kicked(). Of tidy.c: tidy_strip(), and tidy_work() as far as it strips.
 *
 * What is done under mpool.lock is one step, for all that is looked at here is changed under it,
 * but for a CPU's magazines; those are one step too, see magazine.pml. Objects are counted, not
 * named. A CPU has room for one, and who does something stays on a CPU; a drought ends with one in
 * stock.
 *
 * Left out: the reserve, for which there is a second line to look at; growth, which is one more
 * way by which objects come; that who gets in line has looked everywhere by search() before, for
 * without it there is more to wait for; bulk requests that got a part and freed it; the end of the
 * pool.
 *
 * SCENE=1 BUG=0: two sleepers, one of whom wants two objects and may run out of time
 * SCENE=2 BUG=0: a sleeper, and a request that is called back or cancelled
 * SCENE=1 BUG=1: who gets in line leaves CPUs their magazines
 * SCENE=1 BUG=2: whose time is over does not look whether he was answered
 * SCENE=1 BUG=3: who leaves the line does not serve those behind him
 * SCENE=2 BUG=4: who cancels forgets that there are objects
 * SCENE=2 BUG=5: a kick that comes while the last one is being done is lost
 * SCENE=1 BUG=6: who wants more than there is lets those behind him go first
 */
#define CPUS	2
#if SCENE == 1
#define OBJECTS	2
#else
#define OBJECTS	1
#endif
#define REQUESTS	3

/* Who asks: the first may run out of time, the second does not, the third is called back. */
#define HASTY	0
#define PATIENT	1
#define CALLED	2
#define wants(r)	((r) == HASTY -> 2 : 1)

byte stock;				/* objects in slabs and depot */
bool equipped[CPUS];			/* has magazines */
byte cached[CPUS];			/* objects in them */
bool dry;
bool stripped;
byte ended = 255;			/* a bit for each process: a drought has ended since it looked */

chan waiting = [REQUESTS] of { byte };
chan woken = [REQUESTS] of { byte };
chan answered = [REQUESTS] of { byte };
byte came[REQUESTS];			/* who came how late, among those in line */
bool is_answered[REQUESTS];
bool completed[REQUESTS];		/* of those who sleep */
bool submitted;				/* request->pool of the one that is called back */
bool told;
byte calls;
bool patient_is_served;

bool kick_pending;
bool urgent;
bool tidy_queued;
bool callbacks_queued;
byte running;

inline irq_work_queue()
{
	kick_pending = true
}

/* --- wait.c, under the lock --- */

/* What the last one in line has. */
#define later(a, b)	((a) > (b) -> (a) : (b))
#define LAST	later(came[HASTY], later(came[PATIENT], came[CALLED]))

#define is_behind(r, q)	(waiting??[q] && came[q] < came[r])

inline answer(r)
{
	assert(!is_behind(r, HASTY) && !is_behind(r, PATIENT) && !is_behind(r, CALLED));
	came[r] = 0;
	is_answered[r] = true;
	if
	:: r == CALLED -> answered!r
	:: else -> woken!r
	fi;
	irq_work_queue()
}

inline wait_serve()
{
	do
	:: len(waiting) ->
		waiting?<first>;
		if
		:: stock >= wants(first) ->
			waiting?first;
			stock = stock - wants(first);
			answer(first)
#if BUG == 6
		:: stock < wants(first) && stock && len(waiting) > 1 ->
			waiting?first;
			waiting!first
#endif
		:: else -> break
		fi
	:: else -> break
	od;
	first = 0
}

inline strip(cpu)
{
	stock = stock + cached[cpu];
	cached[cpu] = 0;
	equipped[cpu] = false
}

/* Into line; got says whether the answer came at once. */
inline wait_enter(r)
{
	is_answered[r] = false;
	came[r] = 1 + LAST;
	waiting!r;
	wait_serve();
	if
	:: !is_answered[r] ->
#if BUG != 1
		dry = true;
		strip(c);
#endif
		wait_serve()
	:: else
	fi;
	got = is_answered[r];
	if
	:: !got && dry && !stripped -> urgent = true; irq_work_queue()
	:: else
	fi
}

/* Out of line before the answer; got says that this was there before. */
inline wait_leave(r)
{
	got = is_answered[r];
	if
	:: !got ->
		waiting??eval(r);
		came[r] = 0;
#if BUG != 3
		wait_serve()
#endif
	:: else
	fi
}

/* --- where objects are --- */

/* Under the lock: see that the CPU has its magazines. */
inline equip()
{
	if
	:: dry && stock && !len(waiting) -> dry = false; stripped = false; ended = 255
	:: else
	fi;
	equipped[c] = equipped[c] || !dry
}

/* mpool_free() of one object: into the CPU's magazine, else by the lock. */
inline free_one()
{
	if
	:: atomic { equipped[c] && !cached[c] -> cached[c] = 1 }
	:: atomic { else ->
		equip();
		if
		:: equipped[c] -> stock = stock + cached[c]; cached[c] = 1
		:: else -> stock++
		fi;
		wait_serve()
	   }
	fi
}

inline free(n)
{
	do
	:: n -> free_one(); n--
	:: else -> break
	od
}

/* Without waiting: from the CPU's magazine, or by the lock if nobody is in line. */
inline try_now(r)
{
	got = false;
	if
	:: len(waiting)
	:: else ->
		atomic {
			if
			:: wants(r) == 1 && cached[c] -> cached[c] = 0; got = true
			:: else
			fi
		};
		atomic {
			if
			:: !got && !len(waiting) && stock >= wants(r) ->
				stock = stock - wants(r);
				got = true
			:: else
			fi
		}
	fi
}

/* --- tidy.c --- */

inline tidy_strip()
{
	atomic {
		done = dry;
		ended = ended & ~(1 << _pid)
	};
	atomic { strip(0) };
	atomic { strip(1) };
	atomic {
		if
		:: done && dry && !(ended & (1 << _pid)) ->
			stripped = true;
			assert(!equipped[0] && !equipped[1])
		:: else
		fi;
		done = false;
		ended = ended | (1 << _pid);
		wait_serve()
	}
}

/* --- who waits --- */

/* mpool_alloc_wait_bulk(), and then all is freed. */
proctype sleeper(byte r; byte c)
{
	byte n, first;
	bool got, done;

	try_now(r);
	if
	:: got
	:: else ->
		atomic {
			wait_enter(r);
			if
			:: got -> woken??eval(r)
			:: else
			fi
		};
		if
		:: !got && dry && !stripped -> tidy_strip()
		:: else
		fi;
		if
		:: got
		:: !got && completed[r] -> got = true
		:: !got && r == HASTY ->
			/* end_wait() */
			atomic { wait_leave(r) };
			if
#if BUG == 2
			:: got -> got = false
#else
			:: got -> completed[r]
#endif
			:: else
			fi
		fi
	fi;
	n = (got -> wants(r) : 0);
	patient_is_served = patient_is_served || r == PATIENT;
	free(n);
	running--
}

/* mpool_alloc_async(), and then perhaps mpool_cancel(). */
proctype requester(byte c)
{
	byte n, first;
	bool got, found, at_once, cancelled;

	submitted = true;
	try_now(CALLED);
	if
	:: got
	:: else ->
		atomic {
			wait_enter(CALLED);
			if
			:: got -> answered??eval(CALLED)
			:: else
			fi
		}
	fi;
	if
	:: got ->
		at_once = true;
		told = true;
		submitted = false;
		n = 1;
		free(n)
	:: else ->
		if
		:: skip
		:: submitted ->
			atomic {
				found = waiting??[CALLED] || answered??[CALLED];
				if
				:: found ->
					wait_leave(CALLED);
					if
					:: got -> answered??eval(CALLED)
					:: else
					fi
				:: else
				fi
			};
			if
			:: found ->
				cancelled = true;
#if BUG != 4
				n = got;
#endif
				free(n);
				submitted = false
			:: else
			fi
		fi
	fi;
	/* It ends once, and not before it has. */
	!submitted;
	assert(told == !cancelled);
	assert(at_once + cancelled + calls == 1 || (!at_once && !cancelled && !calls));
	running--
}

/* Who has an object and frees it some time; one of them when the patient one has had his. */
proctype holder(bool waits; byte c)
{
	byte n = 1, first;

	!waits || patient_is_served;
	free(n);
	running--
}

/* --- works and interrupts --- */

/* kicked(): an irq_work, which may be queued again as soon as it runs. */
proctype kick()
{
	byte r;

end:	do
	:: kick_pending ->
#if BUG != 5
		kick_pending = false;
#endif
		do
		:: atomic { len(woken) -> woken?r; completed[r] = true }
		:: atomic { !len(woken) -> break }
		od;
		if
		:: len(answered) -> callbacks_queued = true
		:: else
		fi;
		if
		:: urgent -> tidy_queued = true
		:: else
		fi;
#if BUG == 5
		kick_pending = false
#endif
	od
}

proctype tidy()
{
	byte first;
	bool done, strip_wanted;

end:	do
	:: tidy_queued ->
		tidy_queued = false;
		atomic { urgent = false; strip_wanted = dry && !stripped };
		if
		:: strip_wanted -> tidy_strip()
		:: else
		fi
	od
}

proctype callbacks()
{
	byte c = 1, n, r, first;

end:	do
	:: callbacks_queued ->
		callbacks_queued = false;
		do
		:: atomic { len(answered) -> answered?r };
			told = true;
			submitted = false;
			calls++;
			n = 1;
			free(n)
		:: !len(answered) -> break
		od
	od
}

/* At rest all objects are there. */
init
{
	atomic {
		if
		:: skip
		:: equipped[0] = true; equipped[1] = true
		fi;
		run holder(false, 0);
		run sleeper(PATIENT, 1);
#if SCENE == 1
		run holder(true, 1);
		run sleeper(HASTY, 0);
		running = 4;
#else
		run requester(0);
		running = 3;
#endif
		run kick();
		run tidy();
		run callbacks()
	};
	running == 0 && !callbacks_queued && !kick_pending;
	timeout;
	assert(calls <= 1);
	assert(stock + cached[0] + cached[1] == OBJECTS)
}
