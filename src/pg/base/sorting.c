/*
 * sorting.c
 *	  Orders for qsort that several files need.
 */
#include "postgres.h"

#include "base/interrupts.h"
#include "base/sorting.h"

int
compare_doubles(const void *a, const void *b)
{
	double left = *(const double *) a;
	double right = *(const double *) b;

	check_interrupts();
	return (left > right) - (left < right);
}

int
compare_int64(const void *a, const void *b)
{
	int64 left = *(const int64 *) a;
	int64 right = *(const int64 *) b;

	check_interrupts();
	return (left > right) - (left < right);
}
