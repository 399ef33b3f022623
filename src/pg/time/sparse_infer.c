/*
 * sparse_infer.c
 *	  The frequency of timestamps most of which are absent.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "time/frequency_infer.h"
#include "time/sparse_infer.h"

#define MOST_STEPS_A_ROW 30

bool
frequency_infer_sparse(const Times *times, const char *zone, Frequency *frequency)
{
	const struct
	{
		FrequencyKind kind;
		int64 count;
	} grids[] = {{FREQUENCY_MONTHS, 1},
				 {FREQUENCY_DAYS, 7},
				 {FREQUENCY_DAYS, 1},
				 {FREQUENCY_FIXED, USECS_PER_HOUR}};

	for (int i = 0; times->count > 2 && i < lengthof(grids); i++)
	{
		Frequency grid = {.kind = grids[i].kind, .count = grids[i].count};
		TimestampTz first = times_at(times, 0);
		bool exact;

		strlcpy(grid.zone, zone, sizeof(grid.zone));
		if (!frequency_anchor(&grid, times, zone, false))
			continue;
		if (frequency_step(&grid, first, times_at(times, times->count - 1), &exact) >
			MOST_STEPS_A_ROW * times->count)
			continue;
		*frequency = grid;
		return true;
	}
	return false;
}
