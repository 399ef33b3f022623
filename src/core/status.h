/*
 * status.h
 *	  Result codes of the core and the record that explains a failure.
 *
 * The core never jumps or prints, and calls back only the caller's allocator and
 * interrupt check: every fallible function returns an lf_status and, where it is
 * not LF_OK, fills the lf_error its caller gave.
 */
#ifndef LF_STATUS_H
#define LF_STATUS_H

typedef enum lf_status
{
	LF_OK,             /* done, or (for a stepper) call again */
	LF_DONE,           /* a stepper has nothing left to do */
	LF_INTERRUPTED,    /* the interrupt flag was seen: nothing was changed, call again to redo */
	LF_WAITING,        /* other processes of a team are not as far: call again after a moment */
	LF_ERROR_MEMORY,   /* the allocator gave NULL */
	LF_ERROR_LIMIT,    /* a size overflows, or exceeds what is allowed */
	LF_ERROR_CONFIG,   /* options that cannot go together */
	LF_ERROR_DATA,     /* too few rows, no window to train on */
	LF_ERROR_DIVERGED, /* loss or weights became NaN or infinite */
} lf_status;

#define LF_ERROR_TEXT 256

/* message: lower case, no full stop; detail and hint: sentences. Empty where there is none. */
typedef struct lf_error
{
	char message[LF_ERROR_TEXT];
	char detail[LF_ERROR_TEXT];
	char hint[LF_ERROR_TEXT];
} lf_error;

/*
 * Fill *error (which may be NULL) and return status, so that callers can write
 * "return lf_fail(error, LF_ERROR_DATA, "...", ...)". The texts are copied;
 * detail and hint may be NULL. Use lf_format for texts with numbers.
 */
extern lf_status lf_fail(lf_error *error, lf_status status, const char *message, const char *detail,
						 const char *hint);

/* snprintf into a static-size text, for building a detail or hint before lf_fail. */
extern const char *lf_format(char text[LF_ERROR_TEXT], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
