/*
 * smaller.h
 *	  The smaller of two numbers of things.
 */
#ifndef LF_SMALLER_H
#define LF_SMALLER_H

#include <stdint.h>

static inline int64_t
lf_smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
