// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that may fault, and go on elsewhere then: see linux/uaccess.h.
 */
#include <signal.h>
#include <ucontext.h>

#include <linux/uaccess.h>

extern const struct core_fault __start_core_faults[], __stop_core_faults[];

/* What was to be done before: a sanitizer says more of it. */
static struct sigaction before_segv, before_bus;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *ucontext = context;
	greg_t *at = &ucontext->uc_mcontext.gregs[REG_RIP];
	const struct core_fault *fault;

	for (fault = __start_core_faults; fault < __stop_core_faults; fault++) {
		if ((greg_t)&fault->from + fault->from == *at) {
			*at = (greg_t)&fault->to + fault->to;
			return;
		}
	}
	/* It was no such instruction. The next time it is fatal, where it happened. */
	sigaction(signal, signal == SIGBUS ? &before_bus : &before_segv, NULL);
}

static void __attribute__((constructor)) catch_faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, &before_segv);
	sigaction(SIGBUS, &action, &before_bus);
}
