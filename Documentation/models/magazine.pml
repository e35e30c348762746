/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast lane: magazines of CPUs, the depot, interrupts, and a CPU that dies. No object is lost,
 * none is handed out that somebody holds, none is left on a dead CPU, and when the pool counts as
 * stripped no CPU caches any.
 *
 * Of kernel/magazine.c: magazine_reload(), magazine_unload(), equip(), refill(), make_room(),
 * take_from_parts(), strip_parts(), magazine_begin_drought(), magazine_strip(), magazine_rescue(),
 * depot_flush_one(). Of internal.h and mpool_lane.h: magazine_enter(), magazine_push(),
 * mpool_lane_take(), mpool_lane_leave(); pop() stands for magazine_pop_bulk() with one object, and
 * for mpool_lane_alloc(), which does less. Of alloc.c: take_from_stock(), search(), bring_home().
 * Of tidy.c: tidy_strip(). Of pool.c: pool_cpu_dead().
 *
 * Each access to what a CPU's part has is a step of its own, and between two steps whatever may
 * interrupt that CPU does: an interrupt where they are on, an NMI anywhere, and the one by which
 * other CPUs ask for the magazines. A thread is on a CPU while preemption is off, and on any
 * afterwards.
 *
 * Left out: growth, the line and the reserve (wait.pml), late frees but that an NMI's are home
 * some time (late.pml), the supply of magazines and those of another size, for these only come and
 * go in the depot, under the lock; and the patience of strip_patiently(), which here waits for a
 * CPU that is going off line as long as that takes. Objects lie in the depot in any order, so
 * lists are sets, and the first is taken. What is done under the lock and has nothing to do with a
 * CPU's part is one step, for nobody else can see it half done.
 *
 * SCENE=1 BUG=0: a thread on one CPU, an interrupt or an NMI, and another CPU that has it stripped
 * SCENE=2 BUG=0: a thread on one CPU, an interrupt in it, and an NMI in either
 * SCENE=3 BUG=0: two CPUs, each operation a step, and one of them dies
 * SCENE=1 BUG=1: who interrupts does not look whether the part is in use
 * SCENE=3 BUG=2: a dead CPU's magazines are left where they are
 * SCENE=1 BUG=3: who strips a CPU does not look whether the part is in use
 * SCENE=2 BUG=4: a part is left before the magazine's count is written
 */
#if SCENE < 3
#define CPUS	1
#define PARTS	2
#define STEPS	/* each a step of its own */
#else
#define CPUS	2
#define PARTS	1
#define STEPS	atomic	/* all of them one */
#endif

#if SCENE == 2
#define OBJECTS	3
#else
#define OBJECTS	2
#endif
#define MAGAZINES	4
#define SIZE	1	/* objects in a full magazine */

#define NOBODY	255
#define NOWHERE	255
#define NO_MAGAZINE	MAGAZINES

mtype = { FREE, HELD, LATE };			/* marks */
mtype = { EMPTY, STOCKED, IN_USE };		/* where a magazine is */

typedef magazine_t {
	byte n;
	byte objs[SIZE];
	mtype place = EMPTY;
};

typedef part_t {
	bool busy;
	byte loaded = NO_MAGAZINE;
	byte previous = NO_MAGAZINE;
};

mtype mark[OBJECTS] = FREE;
bool in_slab[OBJECTS] = true;
bool kept[OBJECTS];				/* by an interrupt, to the end */
magazine_t magazine[MAGAZINES + 1];		/* the last one is no_magazine */
part_t part[CPUS * PARTS];

bool locked;					/* mpool.lock */
bool dry;
bool stripped;
byte ended = 255;				/* a bit for each process: a drought has ended since it looked */

/* The machine. */
#define MAX_PID	8
bool online[CPUS] = true;
bool occupied[CPUS];				/* by a thread with preemption off */
bool irqs_off[CPUS];
byte level[CPUS];				/* 0: threads run; 1: an interrupt; 2: an NMI */
bool asked[CPUS];				/* to give its magazines up: an interrupt is on its way */
byte cpu_of[MAX_PID] = NOWHERE;
byte level_of[MAX_PID];
byte running;

#define may_run	(cpu_of[_pid] == NOWHERE || level[cpu_of[_pid]] == level_of[_pid])

#define size_of(m)	((m) == NO_MAGAZINE -> 0 : SIZE)

/* What each process that uses the pool has. */
#define LOCALS	byte c = NOWHERE, p = NOBODY, m, n, obj = NOBODY, o, i; bool done

/* --- contexts --- */

/* A thread is on some CPU until preempt_enable(); who interrupts is on one anyway. */
inline preempt_disable()
{
	if
	:: level_of[_pid] -> skip
	:: else ->
		atomic {
			if
			:: online[0] && !occupied[0] -> c = 0
#if CPUS > 1
			:: online[1] && !occupied[1] -> c = 1
#endif
			fi;
			occupied[c] = true;
			cpu_of[_pid] = c
		}
	fi
}

inline preempt_enable()
{
	if
	:: level_of[_pid] -> skip
	:: else -> atomic { occupied[c] = false; cpu_of[_pid] = NOWHERE; c = NOWHERE }
	fi
}

inline lock()
{
	preempt_disable();
	if
	:: level_of[_pid] == 0 -> irqs_off[c] = true
	:: else
	fi;
	atomic { !locked -> locked = true }
}

inline unlock()
{
	atomic {
		locked = false;
		if
		:: level_of[_pid] == 0 -> irqs_off[c] = false
		:: else
		fi;
		preempt_enable()
	}
}

/* --- slabs and depot, under the lock --- */

/* The object o. */
inline slab_put()
{
	assert(!in_slab[o] && mark[o] == FREE);
	in_slab[o] = true;
	o = 0
}

/* One object into obj, or NOBODY. */
inline slab_take()
{
	obj = 0;
	do
	:: obj == OBJECTS -> obj = NOBODY; break
	:: else ->
		if
		:: in_slab[obj] -> in_slab[obj] = false; break
		:: else -> obj++
		fi
	od
}

/* The first magazine of a kind into m, or NO_MAGAZINE. */
inline find_magazine(kind)
{
	m = 0;
	do
	:: m == NO_MAGAZINE || magazine[m].place == kind -> break
	:: else -> m++
	od
}

inline depot_put(which)
{
	magazine[which].place = (magazine[which].n -> STOCKED : EMPTY)
}

/* Return to the slabs what is in one magazine of the depot; done says whether there was one. */
inline depot_flush_one()
{
	find_magazine(STOCKED);
	done = m != NO_MAGAZINE;
	if
	:: done ->
		do
		:: magazine[m].n ->
			magazine[m].n--;
			o = magazine[m].objs[magazine[m].n];
			slab_put();
			magazine[m].objs[magazine[m].n] = 0
		:: else -> break
		od;
		magazine[m].place = EMPTY
	:: else
	fi;
	m = 0
}

/* Free objects in slabs and depot, into n. */
inline count_stock()
{
	n = 0;
	i = 0;
	do
	:: i < OBJECTS -> n = n + in_slab[i]; i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < MAGAZINES -> n = n + (magazine[i].place == STOCKED -> magazine[i].n : 0); i++
	:: else -> break
	od;
	i = 0
}

inline end_drought()
{
	dry = false;
	stripped = false;
	ended = 255
}

/* --- a CPU's part --- */

/* Take part p; it is NOBODY if that is in use. */
inline take()
{
	/* Who interrupts between the look and the store leaves it as he found it. */
	if
#if BUG == 1
	:: part[p].busy = true
#else
	:: part[p].busy -> p = NOBODY
	:: else -> part[p].busy = true
#endif
	fi
}

inline leave()
{
	atomic { part[p].busy = false; p = NOBODY }
}

inline enter()
{
	atomic {
		p = c * PARTS;
		take();
#if PARTS > 1
		if
		:: p == NOBODY -> p = c * PARTS + 1; take()
		:: else
		fi
#endif
	}
}

inline swap()
{
	m = part[p].loaded;
	part[p].loaded = part[p].previous;
	atomic { part[p].previous = m; m = 0 }
}

/* An object from the loaded magazine, if it has some. */
inline pop_loaded()
{
	m = part[p].loaded;
	n = magazine[m].n;
	if
	:: n ->
		obj = magazine[m].objs[n - 1];
#if BUG == 4
		part[p].busy = false;
#endif
		/* Else report_not_free(). */
		atomic {
			assert(mark[obj] == FREE);
			magazine[m].n = n - 1;
			magazine[m].objs[n - 1] = 0;
			n = 0;
			m = 0
		}
	:: else -> m = 0
	fi
}

/* obj into the loaded magazine, which has room. */
inline push_loaded()
{
	m = part[p].loaded;
	n = magazine[m].n;
	magazine[m].objs[n] = obj;
#if BUG == 4
	part[p].busy = false;
#endif
	atomic { magazine[m].n = n + 1; m = 0; n = 0 }
}

inline swap_if_empty()
{
	if
	:: magazine[part[p].loaded].n == 0 -> swap()
	:: else
	fi
}

/* magazine_pop_bulk(), of one: marked as held. */
inline pop()
{
	STEPS {
		preempt_disable();
		enter();
		if
		:: p == NOBODY
		:: else ->
			swap_if_empty();
			pop_loaded();
			if
			:: obj != NOBODY -> mark[obj] = HELD
			:: else
			fi;
			leave()
		fi;
		preempt_enable()
	}
}

/* See that the part has its magazines; done says whether it has. Under the lock. */
inline equip()
{
	atomic {
		done = part[p].loaded != NO_MAGAZINE;
		if
		:: !done ->
			count_stock();
			if
			:: dry && n >= 2 * SIZE -> end_drought()
			:: else
			fi;
			find_magazine(EMPTY);
			n = m;
			if
			:: n != NO_MAGAZINE ->
				magazine[n].place = IN_USE;
				find_magazine(EMPTY);
				magazine[n].place = EMPTY
			:: else
			fi;
			done = !dry && m != NO_MAGAZINE
		:: else -> m = NO_MAGAZINE
		fi
	};
	if
	:: done && m != NO_MAGAZINE ->
		atomic { part[p].loaded = n; magazine[n].place = IN_USE; n = 0 };
		atomic { part[p].previous = m; magazine[m].place = IN_USE; m = 0 }
	:: else -> atomic { m = 0; n = 0 }
	fi
}

/* Get objects into the loaded magazine, which is empty. Under the lock. */
inline refill()
{
	if
	:: magazine[part[p].previous].n -> swap()
	:: else ->
		atomic { find_magazine(STOCKED) };
		if
		:: m != NO_MAGAZINE ->
			atomic { depot_put(part[p].loaded); magazine[m].place = IN_USE };
			atomic { part[p].loaded = m; m = 0 }
		:: else ->
			atomic {
				m = part[p].loaded;
				n = 0;
				do
				:: n < SIZE ->
					slab_take();
					if
					:: obj == NOBODY -> break
					:: else -> magazine[m].objs[n] = obj; n++
					fi
				:: else -> break
				od;
				obj = NOBODY
			};
			atomic { magazine[m].n = n; m = 0; n = 0 }
		fi
	fi
}

/* Make room in the loaded magazine, which is full. Under the lock. */
inline make_room()
{
	m = part[p].previous;
	if
	:: magazine[m].n == SIZE ->
		atomic { n = m; find_magazine(EMPTY) };
		if
		:: m != NO_MAGAZINE ->
			atomic { part[p].previous = m; magazine[m].place = IN_USE };
			atomic { depot_put(n); n = 0 }
		:: else ->
			atomic {
				m = n;
				n = 0;
				do
				:: n < SIZE -> o = magazine[m].objs[n]; slab_put(); n++
				:: else -> break
				od;
				n = 0
			};
			atomic { magazine[m].n = 0; magazine[m].objs[0] = 0 }
		fi
	:: else
	fi;
	swap()
}

/* take_from_parts(): an object from any part of this CPU, not marked yet. Under the lock. */
inline take_from_parts()
{
	i = 0;
	do
	:: i < PARTS && obj == NOBODY ->
		atomic { p = c * PARTS + i; take() };
		if
		:: p == NOBODY
		:: else ->
			swap_if_empty();
			pop_loaded();
			leave()
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

inline magazine_reload()
{
	enter();
	if
	:: p == NOBODY
	:: else ->
		equip();
		if
		:: done && magazine[part[p].loaded].n == 0 -> refill()
		:: else
		fi;
		leave();
		take_from_parts()
	fi;
	done = false
}

inline magazine_unload()
{
	done = false;
	enter();
	if
	:: p == NOBODY
	:: else ->
		equip();
		if
		:: done ->
			if
			:: magazine[part[p].loaded].n == SIZE -> make_room()
			:: else
			fi;
			push_loaded()
		:: else
		fi;
		leave()
	fi
}

/* Take a part's magazines away. Under the lock. */
inline strip(which)
{
	if
	:: part[which].loaded != NO_MAGAZINE ->
		depot_put(part[which].loaded);
		depot_put(part[which].previous);
		part[which].loaded = NO_MAGAZINE;
		part[which].previous = NO_MAGAZINE
	:: else
	fi
}

/* Take this CPU's magazines away; done is false if some are in use. Under the lock. */
inline strip_parts()
{
	done = true;
	i = 0;
	do
	:: i < PARTS ->
		p = c * PARTS + i;
#if BUG == 3
		part[p].busy = true;
#else
		take();
#endif
		if
		:: p == NOBODY -> done = false
		:: else -> strip(p); leave()
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

/* --- what is done with the pool --- */

/* take_one(). */
inline take_one()
{
	magazine_reload();
	atomic {
		do
		:: obj == NOBODY ->
			slab_take();
			if
			:: obj == NOBODY ->
				depot_flush_one();
				if
				:: !done -> break
				:: else
				fi
			:: else
			fi
		:: else -> break
		od;
		done = false
	}
}

/* take_one() and slab_hand_out(). */
inline alloc_slow()
{
	STEPS {
		lock();
		take_one();
		unlock()
	};
	if
	:: obj != NOBODY -> atomic { assert(mark[obj] == FREE); mark[obj] = HELD }
	:: else
	fi
}

/* Of search(): done says whether the magazines of all CPUs are wanted. */
inline search()
{
	STEPS {
		lock();
		atomic {
			count_stock();
			done = n == 0 && !stripped;
			n = 0;
			if
			:: done -> dry = true; strip_parts(); done = true
			:: else
			fi
		};
		unlock()
	}
}

#define has_some(cpu)	(part[(cpu) * PARTS].loaded != NO_MAGAZINE || \
			 part[(cpu) * PARTS + PARTS - 1].loaded != NO_MAGAZINE)

/* magazine_strip(), again and again while a CPU is going off line. */
inline magazine_strip()
{
	do
	:: atomic { i == CPUS -> i = 0; break }
	:: atomic { i < CPUS && !has_some(i) -> i++ }
	:: atomic { i < CPUS && has_some(i) && online[i] && !asked[i] -> asked[i] = true };
		/* Whether a part was in use or not, we look again. */
		!asked[i]
	od
}

/* tidy_strip(). */
inline tidy_strip()
{
	atomic { !locked -> done = dry; ended = ended & ~(1 << _pid) };
	magazine_strip();
	atomic {
		!locked;
		if
		:: done && dry && !(ended & (1 << _pid)) ->
			/* No CPU has had magazines since. */
			stripped = true;
			i = 0;
			do
			:: i < CPUS * PARTS -> assert(part[i].loaded == NO_MAGAZINE); i++
			:: else -> break
			od;
			i = 0
		:: else
		fi;
		done = false;
		ended = ended | (1 << _pid)
	}
}

/* mpool_free() of obj. An NMI that cannot have the lock leaves it to the collector. */
inline free()
{
	STEPS {
		preempt_disable();
		assert(mark[obj] == HELD);
		mark[obj] = FREE;
		done = false;
		enter();
		if
		:: p == NOBODY
		:: else ->
			if
			:: magazine[part[p].loaded].n == size_of(part[p].loaded) -> swap()
			:: else
			fi;
			if
			:: magazine[part[p].loaded].n < size_of(part[p].loaded) -> push_loaded(); done = true
			:: else
			fi;
			leave()
		fi;
		preempt_enable()
	};
	if
	:: done
	:: !done && level_of[_pid] == 2 && locked -> mark[obj] = LATE
	:: else ->
		STEPS {
			lock();
			magazine_unload();
			if
			:: !done -> atomic { o = obj; slab_put() }
			:: else
			fi;
			unlock()
		}
	fi;
	obj = NOBODY;
	done = false
}

/* --- who does it --- */

/* Who may sleep gets an object, for there are enough for all; others may get none. */
inline alloc()
{
	pop();
	do
	:: obj != NOBODY -> break
	:: else ->
		alloc_slow();
		if
		:: obj == NOBODY && may_sleep ->
			search();
			if
			:: done -> tidy_strip()
			:: else
			fi
		:: else -> break
		fi
	od
}

proctype thread(byte steps; bool may_sleep, two) provided (may_run)
{
	LOCALS;
	byte first = NOBODY;

	do
	:: steps && obj == NOBODY -> alloc(); steps--
	:: steps && two && obj != NOBODY && first == NOBODY ->
		first = obj;
		obj = NOBODY;
		alloc();
		steps--
	:: obj != NOBODY ->
		free();
		obj = first;
		first = NOBODY
	:: !steps && obj == NOBODY -> break
	od;
	running--
}

/* Come on a CPU: what runs there stands still until we leave. */
inline interrupt_begins()
{
	atomic {
		level[0] < level_of[_pid] && (level_of[_pid] == 2 || !irqs_off[0]);
		c = 0;
		before = level[c];
		level[c] = level_of[_pid];
		cpu_of[_pid] = c
	}
}

inline interrupt_ends()
{
	atomic { cpu_of[_pid] = NOWHERE; level[c] = before; c = NOWHERE; before = 0 }
}

/* An interrupt or an NMI comes once. It frees what it had, or allocates an object and keeps it. */
proctype interrupt(byte rank; byte had) provided (may_run)
{
	LOCALS;
	byte before;

	level_of[_pid] = rank;
	obj = had;
	interrupt_begins();
	if
	:: obj != NOBODY -> free()
	:: else ->
		pop();
		if
		:: obj == NOBODY && (rank == 1 || !locked) -> alloc_slow()
		:: else
		fi
	fi;
	interrupt_ends();
	if
	:: obj != NOBODY -> kept[obj] = true
	:: else
	fi;
	running--
}

/* strip_this_cpu(): comes when a CPU is asked. */
proctype strip_interrupt(byte cpu) provided (may_run)
{
	LOCALS;

	level_of[_pid] = 1;
end:	do
	:: atomic {
		asked[cpu] && level[cpu] == 0 && !irqs_off[cpu] ->
			level[cpu] = 1;
			cpu_of[_pid] = cpu;
			c = cpu
	   };
		atomic { lock(); strip_parts(); unlock() };
		atomic { cpu_of[_pid] = NOWHERE; level[cpu] = 0; done = false; c = NOWHERE; asked[cpu] = false }
	od
}

/* Another CPU, of which we see no more, finds the pool dry. */
proctype other_cpu()
{
	LOCALS;

	atomic { !locked -> dry = true };
	tidy_strip();
	running--
}

/* CPU 1 goes off line, and comes back or not. */
proctype hotplug()
{
#if CPUS > 1
	atomic { !occupied[1] && level[1] == 0 && !asked[1] -> online[1] = false };
#if BUG != 2
	/* magazine_rescue(). */
	atomic { !locked -> strip(1) };
#endif
	if
	:: online[1] = true
	:: assert(part[1].loaded == NO_MAGAZINE)
	fi;
#endif
	running--
}

/* Start an interrupt: it has an object from before, or has none. */
inline run_interrupt(rank, had)
{
	if
	:: in_slab[had] = false; mark[had] = HELD; run interrupt(rank, had)
	:: run interrupt(rank, NOBODY)
	fi;
	running++
}

/* At rest each object is in one place. */
init
{
	byte i = 0, j, places[OBJECTS];

	atomic {
#if SCENE == 1
		run thread(3, true, false);
		running++;
		if
		:: run_interrupt(1, 0)
		:: run_interrupt(2, 0)
		fi;
		run other_cpu();
		running++;
		run strip_interrupt(0)
#elif SCENE == 2
		/* There are three magazines, or two. */
		magazine[0].place = IN_USE;
		if
		:: skip
		:: magazine[1].place = IN_USE
		fi;
		run thread(2, false, false);
		running++;
		run_interrupt(1, 0);
		run_interrupt(2, 1)
#else
		run thread(2, true, true);
		run thread(1, false, false);
		run hotplug();
		running = 3;
		run strip_interrupt(0);
		run strip_interrupt(1)
#endif
	};
	running == 0;
	d_step {
		do
		:: i < OBJECTS -> places[i] = in_slab[i] + kept[i] + (mark[i] == LATE); i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < MAGAZINES ->
			j = 0;
			do
			:: j < magazine[i].n ->
				assert(mark[magazine[i].objs[j]] == FREE);
				places[magazine[i].objs[j]]++;
				j++
			:: else -> break
			od;
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < OBJECTS -> assert(places[i] == 1); i++
		:: else -> break
		od
	}
}
