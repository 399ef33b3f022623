/*
 * sort.h
 *	  Numbers in order.
 */
#ifndef LF_SORT_H
#define LF_SORT_H

#include <stdint.h>

/* Put values in ascending order, in place: the C library's qsort may allocate. None is NaN. */
extern void lf_sort_ascending(double *values, int64_t count);

/* The same of a handful of values, which is the fastest way. */
extern void lf_sort_few(double *values, int count);

/* The same, faster; other: room for as many. */
extern void lf_sort_merging(double *values, int64_t count, double *other);

#endif
