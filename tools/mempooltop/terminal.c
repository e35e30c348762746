// SPDX-License-Identifier: GPL-2.0
/*
 * What the terminal can do. Not where the screen is drawn: <term.h> takes too many names.
 */
#include <curses.h>
#include <stdlib.h>
#include <term.h>
#include <unistd.h>

/* It has these as macros, of which there is no need. */
#undef columns
#undef lines

#include "top.h"

bool screen_possible(void)
{
	const char *cursor;
	bool possible;
	int known;

	if (setupterm(NULL, STDOUT_FILENO, &known)) {
		complain("the terminal \"%s\" is not known: printing tables", getenv("TERM") ?: "");
		return false;
	}
	cursor = tigetstr("cup");
	possible = cursor && cursor != (char *)-1;
	/* The screen takes its own. */
	del_curterm(set_curterm(NULL));
	if (!possible)
		complain("the terminal \"%s\" cannot place the cursor: printing tables",
			 getenv("TERM"));
	return possible;
}
