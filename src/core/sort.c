/*
 * sort.c
 *	  Numbers in order: a heap sort (Williams 1964).
 */
#include "sort.h"

/* Let values[root] sink to its place in the heap of count values whose root is the largest. */
static void
sink(double *values, int64_t root, int64_t count)
{
	double moved = values[root];
	int64_t child;

	for (; (child = 2 * root + 1) < count; root = child)
	{
		if (child + 1 < count && values[child] < values[child + 1])
			child++;
		if (moved >= values[child])
			break;
		values[root] = values[child];
	}
	values[root] = moved;
}

void
lf_sort_ascending(double *values, int64_t count)
{
	for (int64_t root = count / 2 - 1; root >= 0; root--)
		sink(values, root, count);
	for (int64_t end = count - 1; end > 0; end--)
	{
		double largest = values[0];

		values[0] = values[end];
		values[end] = largest;
		sink(values, 0, end);
	}
}
