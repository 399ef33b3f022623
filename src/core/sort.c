/*
 * sort.c
 *	  Numbers in order: a heap sort (Williams 1964), an insertion sort, and a merge sort.
 */
#include "sort.h"

#include <stdbool.h>
#include <string.h>

#define FEW 10 /* values that a merge sort leaves to insertion */

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

void
lf_sort_few(double *values, int count)
{
	for (int i = 1; i < count; i++)
	{
		double moved = values[i];
		int j = i;

		for (; j > 0 && values[j - 1] > moved; j--)
			values[j] = values[j - 1];
		values[j] = moved;
	}
}

/*
 * Merge the ascending halves values[0 .. count / 2) and values[count / 2 .. count), from both ends
 * at once: neither half ends before half of the values are merged, so no branch is to be guessed.
 */
static void
merge_halves(const double *values, int64_t count, double *merged)
{
	const double *low[2] = {values, values + count / 2};
	const double *high[2] = {values + count / 2 - 1, values + count - 1};
	double *first = merged;
	double *last = merged + count - 1;

	for (int64_t i = 0; i < count / 2; i++)
	{
		const bool second = *low[1] < *low[0];
		const bool above = *high[0] > *high[1];

		*first++ = second ? *low[1] : *low[0];
		low[1] += second;
		low[0] += !second;
		*last-- = above ? *high[0] : *high[1];
		high[0] -= above;
		high[1] -= !above;
	}
	if (count % 2 != 0)
		*first = low[0] <= high[0] ? *low[0] : *low[1];
}

void
lf_sort_merging(double *values, int64_t count, double *other)
{
	if (count <= FEW)
	{
		lf_sort_few(values, (int) count);
		return;
	}
	lf_sort_merging(values, count / 2, other);
	lf_sort_merging(values + count / 2, count - count / 2, other);
	merge_halves(values, count, other);
	memcpy(values, other, count * sizeof(double));
}
