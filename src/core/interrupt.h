/*
 * interrupt.h
 *	  The flag that work looks at, to be given up in time.
 */
#ifndef LF_INTERRUPT_H
#define LF_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Whether work is to be given up. The core polls the flags between bounded pieces of work; they are
 * set asynchronously by the owner of the process. Where one is set, `ends` is asked, which may deal
 * with what set it: where that comes again and again, work begun anew each time would never be
 * done. NULL: every flag ends the work.
 */
typedef struct lf_interrupt_check
{
	const volatile sig_atomic_t *flag;
	const volatile sig_atomic_t *other; /* NULL: there is one flag only */
	bool (*ends)(void);
} lf_interrupt_check;

typedef const lf_interrupt_check *lf_interrupt;

static inline bool
lf_interrupted(lf_interrupt interrupt)
{
	return interrupt != NULL &&
		   (*interrupt->flag != 0 || (interrupt->other != NULL && *interrupt->other != 0)) &&
		   (interrupt->ends == NULL || interrupt->ends());
}

#endif
