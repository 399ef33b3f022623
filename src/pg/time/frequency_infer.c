/*
 * frequency_infer.c
 *	  Which grid do these timestamps lie on?
 *
 * A candidate must hold every timestamp: a grid that holds nearly all of them
 * would have to move or drop observations. Only where there is none, and all are near
 * one, are they moved to it, as said in a NOTICE (4 and 5). Candidates come from greatest
 * common divisors, so a gap never hides a step that some other pair of neighbours shows.
 *
 * 1. Calendar kinds come first, where all timestamps show the same local time of
 *	  day: "every midnight" is a better law than "every 86400 s", and the two
 *	  differ as soon as clocks are changed. Local means the session's zone, or
 *	  UTC, which is how dates often arrive: stock days stored at midnight UTC are
 *	  business days whatever zone the session is in. Where both fit (no change of
 *	  clocks yet, or a zone without any), the one that shows midnight wins, then
 *	  the session's.
 *	  a. Months, of the number of months that divides all gaps: the same day of
 *		 the month throughout, or its last day throughout. A day that a month
 *		 does not have is its last (30 January, 28 February). Where both fit (30
 *		 April, 30 June) it is the month's end, which is what such data mean.
 *		 Quarters and years are three and twelve of these. Else the same weekday or
 *		 business day of the month, from its beginning or its end (month_rule.c).
 *	  b. Open days, where the same weekdays never have a row, week after week
 *		 (open_infer.c), unless these are Saturday and Sunday: that is the next.
 *	  c. Business days, where no timestamp is a Saturday or Sunday although
 *		 weekends lie between them, and business days explain the timestamps with
 *		 fewer holes than any number of days does. Every Monday is one a week
 *		 without a hole, so it stays weekly; Monday, Wednesday and Friday of too
 *		 few weeks are business days with holes, which keeps Saturdays out of the
 *		 forecast. One Saturday among the days makes it daily data with holes.
 *	  d. Days, of the number that divides all gaps: 7 for weekly data.
 *	  e. Fiscal periods of 4, 4 and 5 weeks (fiscal_infer.c), which as weeks would be full of holes.
 * 2. Open times of a week, by the clocks of the session's zone or of UTC, where
 *	  steps of minutes or hours have holes that come again every week: the one that
 *	  leaves fewer holes.
 *	  Hours that are open at night follow the clocks no better than absolute
 *	  time does: an hour that comes twice, and they are a fixed step.
 * 3. A fixed step, the greatest common divisor of the gaps. Hourly data across
 *	  a change of clocks is that: an hour is an hour.
 * 4. Any of these around which timestamps jitter (snap.c).
 * 5. Months, of one timestamp each on changing days.
 * 6. Else the data are irregular: the rows are the steps.
 *
 * Any timestamps lie on some grid, if only that of microseconds; so a grid must
 * not have more than MAX_STEPS_A_ROW steps a row: readings at random seconds are
 * not a series by the second. Where most neighbours (at least half) are exactly
 * one step apart, the step is beyond doubt and only the holes are large, as in
 * two weeks of readings in business hours (4 steps a row); that may be as thin as
 * MAX_STEPS_A_RUN_ROW, provided that there are enough rows to call it a pattern.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/sorting.h"
#include "time/calendar.h"
#include "time/calendar_scan.h"
#include "time/fiscal.h"
#include "time/fiscal_infer.h"
#include "time/frequency_infer.h"
#include "time/month_rule.h"
#include "time/open_infer.h"
#include "time/snap.h"
#include "time/step_counter.h"

#define MIN_TIMESTAMPS 3       /* two have but one gap: nothing that repeats */
#define MAX_STEPS_A_ROW 3      /* holes are at most twice the rows ... */
#define MAX_STEPS_A_RUN_ROW 10 /* ... or nine times where rows come in runs */
#define MIN_RUN_ROWS 8         /* as many rows make runs a pattern */
#define MIN_ONE_A_MONTH 4      /* fewer rows, a month apart, may be so by chance */
#define MOST_MONTHS_A_ROW 1.25 /* of rows once a month on changing days */

/* How well a grid explains timestamps that all lie on it. */
typedef struct GridFit
{
	int64 rows;
	int64 steps; /* from the first timestamp to the last, both included */
	int64 pairs; /* neighbours exactly one step apart */
} GridFit;

int64
frequency_median_gap(const Times *times)
{
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	TimestampTz previous = 0;
	int64 *gaps;
	int64 found = 0;
	int64 median;

	if (times->count < 2)
		return 0;
	gaps = MemoryContextAllocHuge(CurrentMemoryContext, (times->count - 1) * sizeof(int64));
	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
	{
		if (cursor.row > segment.count &&
			pg_sub_s64_overflow(segment.first, previous, &gaps[found++]))
			gaps[found - 1] = PG_INT64_MAX;
		for (int64 i = 1; i < segment.count; i++)
			gaps[found++] = segment.step;
		previous = segment_last(&segment);
	}
	qsort(gaps, found, sizeof(int64), compare_int64);
	/* The lower one of two: a gap that occurs, so that a future at it looks natural. */
	median = Min(gaps[(found - 1) / 2], frequency_most(FREQUENCY_IRREGULAR));
	pfree(gaps);
	return median;
}

/* Scan in each of several zones, once where two are the same. candidate: there is a scan that
 * holds. */
static void
scan_zones(const Times *times, const char *const *zones, int zone_count, CalendarScan *scans,
		   bool *candidate)
{
	for (int i = 0; i < zone_count; i++)
	{
		bool repeated = false;

		for (int j = 0; j < i; j++)
			repeated |= strcmp(zones[i], zones[j]) == 0;
		candidate[i] = !repeated && calendar_scan(times, zones[i], &scans[i]);
	}
}

/*
 * Do all timestamps lie on the frequency's grid, each on a step of its own?
 * Two may share one where clocks are set back and both show the same time.
 */
static bool
measure_grid(const Frequency *frequency, const Times *times, GridFit *fit)
{
	StepCounter counter = step_counter(frequency, times_at(times, 0));
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;
	int64 previous = -1;

	fit->rows = times->count;
	fit->pairs = 0;
	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
	{
		int64 stride = step_counter_stride(&counter, &segment);
		int64 counted = stride > 0 ? 1 : segment.count; /* one by one */

		for (int64 i = 0; i < counted; i++)
		{
			bool exact;
			int64 step = step_counter_step(&counter, segment.first + i * segment.step, &exact);

			if (!exact || step <= previous)
				return false;
			fit->pairs += step > 0 && step == previous + 1;
			previous = step;
		}
		if (stride > 0)
		{
			bool exact;

			fit->pairs += stride == 1 ? segment.count - 1 : 0;
			previous = step_counter_step(&counter, segment_last(&segment), &exact);
		}
	}
	fit->steps = previous + 1;
	return true;
}

/* Are the holes in a grid in proportion? See the head of the file. */
static bool
dense_enough(const GridFit *fit)
{
	if (fit->steps <= fit->rows * MAX_STEPS_A_ROW)
		return true;
	return fit->rows >= MIN_RUN_ROWS && fit->steps <= fit->rows * MAX_STEPS_A_RUN_ROW &&
		   fit->pairs >= fit->rows / 2;
}

/* A calendar frequency with the anchors that a scan has found. */
static Frequency
scanned_frequency(const CalendarScan *scan, const char *zone, FrequencyKind kind, int64 count)
{
	Frequency frequency;

	memset(&frequency, 0, sizeof(frequency));
	frequency.kind = kind;
	frequency.count = count;
	frequency.has_time = true;
	frequency.time_of_day = scan->time_of_day;
	if (kind == FREQUENCY_MONTHS)
	{
		frequency.month_end = scan->month_ends;
		frequency.month_day = scan->month_ends ? 0 : scan->max_day;
	}
	strlcpy(frequency.zone, zone, sizeof(frequency.zone));
	return frequency;
}

/* Months by what a scan has found, else by weekdays, that all timestamps lie on. */
static bool
fit_months(const Times *times, const char *zone, const CalendarScan *scan, int64 count,
		   Frequency *frequency, GridFit *fit)
{
	*frequency = scanned_frequency(scan, zone, FREQUENCY_MONTHS, count);
	if (measure_grid(frequency, times, fit))
		return true;
	return scan->one_a_month && month_rule_found(&scan->month, frequency) &&
		   measure_grid(frequency, times, fit);
}

/* The best calendar frequency in one zone, if there is any. */
static bool
infer_calendar(const Times *times, const char *zone, const CalendarScan *scan, Frequency *frequency)
{
	GridFit days_fit;
	GridFit fit;
	bool days;

	if (scan->month_gcd > 0)
	{
		if (fit_months(times, zone, scan, scan->month_gcd, frequency, &fit) && dense_enough(&fit))
			return true;
	}
	if (scan->day_gcd == 1 && scan->weeks &&
		open_infer_days(times, zone, scan->time_of_day, frequency) &&
		measure_grid(frequency, times, &fit) && dense_enough(&fit))
		return true;

	*frequency = scanned_frequency(scan, zone, FREQUENCY_DAYS, scan->day_gcd);
	days = measure_grid(frequency, times, &days_fit);
	if (!scan->weekends && scan->weeks)
	{
		Frequency business = scanned_frequency(scan, zone, FREQUENCY_BUSINESS_DAYS, 1);

		if (measure_grid(&business, times, &fit) && dense_enough(&fit) &&
			!(days && days_fit.steps <= fit.steps))
		{
			*frequency = business;
			return true;
		}
	}
	if (days && dense_enough(&days_fit))
		return true;
	*frequency = scanned_frequency(scan, zone, FREQUENCY_FISCAL, 1);
	return fiscal_infer(times, scan, frequency) && measure_grid(frequency, times, &fit) &&
		   dense_enough(&fit);
}

/*
 * The open times that explain timestamps with the fewest holes in one of several zones. Most rows
 * must follow the one before: days of a zone whose clocks are changed have one of two hours each.
 */
static bool
infer_open_times(const Times *times, const char *const *zones, int zone_count, Frequency *frequency)
{
	int64 fewest = 0;

	for (int i = 0; i < zone_count; i++)
	{
		Frequency trial;
		GridFit fit;

		if (!open_infer_hours(times, zones[i], &trial) || !measure_grid(&trial, times, &fit) ||
			!dense_enough(&fit) || fit.pairs < fit.rows / 2 || (fewest > 0 && fit.steps >= fewest))
			continue;
		*frequency = trial;
		fewest = fit.steps;
	}
	return fewest > 0;
}

/* The fixed step that divides all gaps, and how it fits; false: timestamps are too far apart. */
static bool
infer_fixed(const Times *times, const char *zone, Frequency *frequency, GridFit *fit)
{
	memset(frequency, 0, sizeof(*frequency));
	frequency->kind = FREQUENCY_FIXED;
	frequency->count = times_divisor(times);
	strlcpy(frequency->zone, zone, sizeof(frequency->zone));
	return measure_grid(frequency, times, fit);
}

/* The grid that holds all timestamps as they are, if there is one in proportion to them. */
static bool
infer_exact(const Times *times, const char *zone, Frequency *frequency)
{
	const char *zones[2] = {zone, "UTC"};
	CalendarScan scans[lengthof(zones)];
	bool candidate[lengthof(zones)];
	Frequency open;
	GridFit fit;

	scan_zones(times, zones, lengthof(zones), scans, candidate);
	for (int midnight = 1; midnight >= 0; midnight--)
		for (int i = 0; i < (int) lengthof(zones); i++)
			if (candidate[i] && (scans[i].time_of_day == 0) == (midnight == 1) &&
				infer_calendar(times, zones[i], &scans[i], frequency))
				return true;
	if (!infer_fixed(times, zone, frequency, &fit))
		return false;
	if (fit.steps > fit.rows && infer_open_times(times, zones, lengthof(zones), &open))
	{
		*frequency = open;
		return true;
	}
	return dense_enough(&fit);
}

/* What the places of moved timestamps have shown is that of the timestamps within a tolerance. */
static void
allow_jitter(Frequency *frequency, const Times *places, int64 tolerance)
{
	frequency->tolerance = tolerance;
	if (frequency->kind != FREQUENCY_FIXED)
		return;
	frequency->has_time = true;
	frequency->time_of_day = floor_remainder(times_at(places, 0), frequency->count);
}

/* The grid that timestamps keep to but for the jitter of a clock; gap: the median one. */
static bool
infer_jitter(const Times *times, const char *zone, int64 gap, Frequency *frequency)
{
	int64 step = snap_step((double) gap);
	int64 tolerance;
	Times places;
	bool found;

	if (step == 0 || !snap_times(times, zone, step, &places, &tolerance))
		return false;
	found = infer_exact(&places, zone, frequency);
	if (found)
		allow_jitter(frequency, &places, tolerance);
	pfree(unconstify(TimestampTz *, places.plain));
	return found;
}

/* One step a month, on changing days. */
static bool
infer_months(const Times *times, const char *zone, Frequency *frequency)
{
	GridFit fit;

	if (times->count < MIN_ONE_A_MONTH || snap_two_times_of_day(times, calendar_zone(zone)))
		return false;
	*frequency = snap_months(times, zone, 0);
	return measure_grid(frequency, times, &fit) &&
		   (double) fit.steps <= (double) fit.rows * MOST_MONTHS_A_ROW;
}

Frequency
frequency_infer(const Times *times, const char *zone)
{
	int64 n = times->count;
	/* A span beyond 292 000 years does not fit the arithmetic, nor any model. */
	int64 span;
	bool fits = n >= MIN_TIMESTAMPS &&
				!pg_sub_s64_overflow(times_at(times, n - 1), times_at(times, 0), &span);
	Frequency frequency;
	int64 gap;

	if (fits && infer_exact(times, zone, &frequency))
		return frequency;
	gap = frequency_median_gap(times);
	if (fits &&
		(infer_jitter(times, zone, gap, &frequency) || infer_months(times, zone, &frequency)))
		return frequency;
	memset(&frequency, 0, sizeof(frequency));
	frequency.kind = FREQUENCY_IRREGULAR;
	frequency.count = gap;
	strlcpy(frequency.zone, zone, sizeof(frequency.zone));
	return frequency;
}

/* Do the timestamps lie on the grid as it is, the first one included? */
static bool
already_anchored(const Frequency *frequency, const Times *times)
{
	TimestampTz first = frequency_nearest(frequency, times_at(times, 0));
	CalendarGrid grid;
	GridFit fit;
	bool exact;

	if (!frequency->has_time)
		return false;
	if (frequency->kind == FREQUENCY_FIXED)
		return measure_grid(frequency, times, &fit);
	grid = calendar_grid(frequency, first);
	(void) calendar_index(&grid, first, &exact);
	return exact && measure_grid(frequency, times, &fit);
}

/* Fiscal periods of a phase that is known, else of one that suits the timestamps. */
static bool
fit_fiscal(const Times *times, Frequency *frequency, GridFit *fit)
{
	if (frequency->fiscal.phase != FISCAL_OPEN_PHASE)
	{
		CalendarGrid grid = calendar_grid(frequency, times_at(times, 0));
		bool exact;

		(void) calendar_index(&grid, times_at(times, 0), &exact);
		if (exact && measure_grid(frequency, times, fit))
			return true;
	}
	return fiscal_anchor(times, frequency) && measure_grid(frequency, times, fit);
}

/* Anchor a frequency in a zone that was scanned. False where the timestamps do not fit. */
static bool
anchor_in_zone(Frequency *frequency, const Times *times, const char *zone, const CalendarScan *scan)
{
	Frequency trial = scanned_frequency(scan, zone, frequency->kind, frequency->count);
	GridFit fit;
	bool fits;

	trial.fiscal = frequency->fiscal;
	if (trial.kind == FREQUENCY_MONTHS)
		fits = fit_months(times, zone, scan, trial.count, &trial, &fit);
	else if (trial.kind == FREQUENCY_FISCAL)
		fits = fit_fiscal(times, &trial, &fit);
	else
		fits = measure_grid(&trial, times, &fit);
	/* The first timestamp is a step in any case, but not a Sunday. */
	if (!fits || calendar_closed(&trial, times_at(times, 0)))
		return false;
	*frequency = trial;
	return true;
}

/* Anchor open times at the first timestamp, in the zone in which all are open. */
static bool
anchor_open_times(Frequency *frequency, const Times *times, const char *const *zones,
				  int zone_count)
{
	for (int midnight = 1; midnight >= 0; midnight--)
		for (int i = 0; i < zone_count; i++)
		{
			Frequency trial = *frequency;
			LocalTime first = calendar_split(times_at(times, 0), calendar_zone(zones[i]));
			GridFit fit;

			trial.has_time = true;
			trial.time_of_day = first.time_of_day % trial.count;
			strlcpy(trial.zone, zones[i], sizeof(trial.zone));
			if ((trial.time_of_day == 0) != (midnight == 1) ||
				calendar_closed(&trial, times_at(times, 0)) || !measure_grid(&trial, times, &fit))
				continue;
			*frequency = trial;
			return true;
		}
	return false;
}

/* Anchor a frequency without a tolerance at timestamps that lie on its grid as they are. */
static bool
anchor_exactly(Frequency *frequency, const Times *times, const char *zone)
{
	char own[sizeof(frequency->zone)];
	const char *zones[3] = {own, zone, "UTC"};
	CalendarScan scans[lengthof(zones)];
	bool candidate[lengthof(zones)];
	GridFit fit;

	if (frequency->kind == FREQUENCY_FIXED)
		return measure_grid(frequency, times, &fit);
	strlcpy(own, frequency->zone, sizeof(own));
	if (frequency->kind == FREQUENCY_OPEN)
		return anchor_open_times(frequency, times, zones, lengthof(zones));
	scan_zones(times, zones, lengthof(zones), scans, candidate);
	for (int midnight = 1; midnight >= 0; midnight--)
		for (int i = 0; i < (int) lengthof(zones); i++)
			if (candidate[i] && (scans[i].time_of_day == 0) == (midnight == 1) &&
				anchor_in_zone(frequency, times, zones[i], &scans[i]))
				return true;
	return false;
}

/* Anchor a frequency at timestamps that lie around its grid. */
static bool
anchor_jitter(Frequency *frequency, const Times *times, const char *zone)
{
	bool hours = frequency->kind == FREQUENCY_FIXED || frequency->kind == FREQUENCY_OPEN;
	int64 step = hours ? frequency->count : USECS_PER_DAY;
	int64 tolerance;
	Times places;
	bool found;

	if (step > USECS_PER_DAY || !snap_times(times, zone, step, &places, &tolerance))
		return false;
	found = anchor_exactly(frequency, &places, zone);
	if (found)
		allow_jitter(frequency, &places, tolerance);
	pfree(unconstify(TimestampTz *, places.plain));
	return found;
}

/* Anchor months at timestamps on any days of them. */
static bool
anchor_months(Frequency *frequency, const Times *times, const char *zone)
{
	Frequency trial;
	GridFit fit;

	if (frequency->kind != FREQUENCY_MONTHS)
		return false;
	trial = snap_months(times, zone, frequency->count);
	if (!measure_grid(&trial, times, &fit))
		return false;
	*frequency = trial;
	return true;
}

bool
frequency_anchor(Frequency *frequency, const Times *times, const char *zone, bool loosely)
{
	Frequency plain = *frequency;

	if (!frequency_has_grid(frequency) || frequency->kind == FREQUENCY_LISTED)
		return true;
	if (times->count == 0)
		return false;
	if (already_anchored(frequency, times))
		return true;
	plain.tolerance = 0;
	plain.has_time = plain.has_time && plain.kind != FREQUENCY_FIXED;
	if (!anchor_exactly(&plain, times, zone) &&
		!(loosely && (anchor_jitter(&plain, times, zone) || anchor_months(&plain, times, zone))))
		return false;
	*frequency = plain;
	return true;
}
