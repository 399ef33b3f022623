/*
 * on_clock.c
 *	  Series whose steps are numbered by the wall clock, and the way back.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "rows/on_clock.h"

/* What a number has while it is laid. */
enum
{
	NOTHING,
	OBSERVED,
	FILLED
};

ClockWindow
clock_window(bool wanted, const Frequency *frequency, TimestampTz first, int64 steps, int64 ahead)
{
	ClockWindow window = {.clock = wall_clock(wanted, frequency, first, steps + ahead),
						  .steps = steps};

	window.known = wall_clock_known(&window.clock, steps, ahead);
	return window;
}

int64
clock_window_number(const ClockWindow *window, int64 ahead)
{
	return wall_clock_number(&window->clock, window->steps - 1 + ahead) - (window->known - 1);
}

int64
clock_window_reach(const ClockWindow *window, int64 ahead)
{
	int64 reach = clock_window_number(window, ahead);

	for (int64 i = 1; wall_clock_differs(&window->clock) && i < ahead; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		reach = Max(reach, clock_window_number(window, i));
	}
	return reach;
}

/* The mean of two values of one number, which is whole where both are: it may be a count. */
static double
merged(double first, double second)
{
	double mean = first / 2 + second / 2;

	return first == rint(first) && second == rint(second) ? rint(mean) : mean;
}

/* Fill numbers that no step has along the line between their neighbours. */
static void
fill_absent(double *laid, uint8 *seen, int64 count)
{
	int64 before = 0;

	for (int64 i = 0; i < count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (seen[i] == NOTHING)
			continue;
		if (i - before > 1)
			series_fill_hole(laid, before, i, MISSING_LINEAR);
		before = i;
		seen[i] = seen[i] == OBSERVED;
	}
}

/*
 * Lay the known values of a window: (window->known) go to laid, and whether one is an observation
 * to seen. observed NULL: all are.
 */
static void
lay_values(const ClockWindow *window, const double *values, const uint8 *observed, double *laid,
		   uint8 *seen)
{
	memset(seen, NOTHING, window->known);
	for (int64 i = 0; i < window->steps; i++)
	{
		int64 number = wall_clock_number(&window->clock, i);
		uint8 what = observed == NULL || observed[i] ? OBSERVED : FILLED;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (number < 0 || number >= window->known)
			continue;
		if (seen[number] == what)
			laid[number] = merged(laid[number], values[i]);
		else if (seen[number] != OBSERVED)
		{
			laid[number] = values[i];
			seen[number] = what;
		}
	}
	fill_absent(laid, seen, window->known);
}

double *
clock_values(const ClockWindow *window, const double *values)
{
	double *laid = huge_array(window->known, 1, sizeof(double));
	uint8 *seen = huge_array(window->known, 1, sizeof(uint8));

	lay_values(window, values, NULL, laid, seen);
	pfree(seen);
	return laid;
}

/* Make the mean of two rows of the first; what only one knows is that, and a category stays. */
static void
merge_covariates(float *first, const float *second, Vocabulary *const *categories, int width)
{
	for (int c = 0; c < width; c++)
		if (isnan(first[c]))
			first[c] = second[c];
		else if (!isnan(second[c]) && !is_category(categories, c))
			first[c] = first[c] / 2 + second[c] / 2;
}

void
clock_lay_covariates(const WallClock *clock, const float *covariates, Vocabulary *const *categories,
					 int width, int64 covered, float *laid, int64 numbers)
{
	int64 next = 0;

	for (int64 i = 0; i < covered; i++)
	{
		int64 number = wall_clock_number(clock, i);

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (number >= 0 && number < next)
			merge_covariates(laid + number * width, covariates + i * width, categories, width);
		for (; next <= number && next < numbers; next++)
			memcpy(laid + next * width, covariates + (next < number ? i - 1 : i) * width,
				   sizeof(float) * width);
	}
}

Frequency
clock_frequency(const Frequency *frequency)
{
	Frequency shown = {.kind = FREQUENCY_FIXED, .count = frequency->count};

	strlcpy(shown.zone, "UTC", sizeof(shown.zone));
	return shown;
}

/* A series by the clock, where that changes. */
static GridSeries *
lay_series(const GridSeries *series, const ClockWindow *window, MemoryAccount *account)
{
	GridSeries *laid = palloc(sizeof(GridSeries));
	double *values;

	account_take(account, add_size(sizeof(GridSeries),
								   mul_size(sizeof(double) + sizeof(uint8), window->known)));
	*laid = *series;
	values = huge_array(window->known, 1, sizeof(double));
	laid->observed = huge_array(window->known, 1, sizeof(uint8));
	lay_values(window, series->values, series->observed, values, laid->observed);
	laid->values = values;
	laid->length = window->known;
	laid->covered = laid->length + clock_window_reach(window, series->covered - series->length);
	laid->covariates = NULL;
	laid->frequency = clock_frequency(&series->frequency);
	laid->first_time = window->clock.shown;
	laid->last_time = frequency_add(&laid->frequency, laid->first_time, laid->length - 1);
	return laid;
}

Panel *
clock_panel(const Panel *panel)
{
	MemoryAccount account = {
		.held = panel->bytes, .what = "laying out rows", .hint = SERIES_MEMORY_HINT};
	Panel *laid = palloc(sizeof(Panel));

	*laid = *panel;
	account_take(&account, mul_size(sizeof(GridSeries *), panel->count));
	laid->series = huge_array(panel->count, 1, sizeof(GridSeries *));
	for (int64 i = 0; i < panel->count; i++)
	{
		GridSeries *series = panel->series[i];
		ClockWindow window = clock_window(true, &series->frequency, series->first_time,
										  series->length, series->covered - series->length);

		laid->series[i] =
			wall_clock_differs(&window.clock) ? lay_series(series, &window, &account) : series;
	}
	laid->bytes = account.held;
	return laid;
}

void
clock_panel_covariates(const Panel *panel, Panel *laid)
{
	MemoryAccount account = {
		.held = laid->bytes, .what = "laying out rows", .hint = SERIES_MEMORY_HINT};
	int width = panel->past + panel->future;

	for (int64 i = 0; width > 0 && i < panel->count; i++)
	{
		const GridSeries *series = panel->series[i];
		GridSeries *own = laid->series[i];
		WallClock clock;

		if (own == series)
			continue;
		account_take(&account, mul_size(sizeof(float) * (Size) width, own->covered));
		own->covariates = huge_array(own->covered, width, sizeof(float));
		clock = wall_clock(true, &series->frequency, series->first_time, series->covered);
		clock_lay_covariates(&clock, series->covariates, panel->categories, width, series->covered,
							 own->covariates, own->covered);
	}
	laid->bytes = account.held;
}
