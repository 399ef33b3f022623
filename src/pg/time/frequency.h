/*
 * frequency.h
 *	  The interval of a series' timestamps: inference, arithmetic, names.
 *
 * Steps are counted in local time where the interval is a calendar one (days,
 * business days, open times, months, fiscal periods), so that daily data stays at
 * midnight through a change of daylight saving; in absolute time where it is fixed
 * (an hour is an hour).
 */
#ifndef LSTM_FORECAST_FREQUENCY_H
#define LSTM_FORECAST_FREQUENCY_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

#include "time/timeline.h"

typedef enum FrequencyKind
{
	FREQUENCY_NONE,          /* no timestamps: rows are steps */
	FREQUENCY_FIXED,         /* count microseconds */
	FREQUENCY_DAYS,          /* count local days (7: weekly) at one time of day */
	FREQUENCY_BUSINESS_DAYS, /* Monday to Friday */
	FREQUENCY_OPEN,          /* days, or count microseconds of them, at certain times of the week */
	FREQUENCY_MONTHS,        /* count months (3: quarterly, 12: yearly) */
	FREQUENCY_FISCAL,        /* periods of 4, 4 and 5 weeks */
	FREQUENCY_LISTED,        /* the times of a list, which tells the future ones, too */
	FREQUENCY_IRREGULAR      /* rows are steps; the future goes on at the median gap, count */
} FrequencyKind;

/* Time in a row that is open, in slots of a step each from the first one of Monday on. */
typedef struct OpenRun
{
	uint16 first;
	uint16 count;
} OpenRun;

#define MOST_OPEN_RUNS 14 /* two a day */
#define OPEN_LEAST_STEP USECS_PER_MINUTE

/* Quarters of thirteen weeks, in three periods of four, four and five weeks. */
typedef struct FiscalYear
{
	int five;  /* which of the periods has five weeks, from 1 */
	int month; /* years turn on the last weekday up to a day of this month, from 1; 0: after four
				  quarters */
	int day;   /* of the month; 0 without one */
	int phase; /* where there is a month: the weekday, 0 to 6 from Monday; else the Julian day of a
				  quarter's begin, modulo its length; -1: with the start */
} FiscalYear;

typedef struct Frequency
{
	FrequencyKind kind;
	int64 count;
	bool month_end;    /* FREQUENCY_MONTHS: always the month's last day */
	int month_day;     /* FREQUENCY_MONTHS: the day otherwise; 0: of the start */
	int month_weekday; /* where there is month_nth: 0 to 6 from Monday, or MONTH_BUSINESS_DAY */
	int month_nth;   /* FREQUENCY_MONTHS: the n-th of these days, < 0 from the month's end, instead
						of month_day; 0: none */
	bool month_any;  /* FREQUENCY_MONTHS: any day of a month is its step; month_day is the usual one
					  */
	int64 tolerance; /* times so many microseconds off a step are taken for it; 0: none */
	bool has_time;   /* calendar kinds: time_of_day holds; else it is that of the start */
	int64 time_of_day; /* microseconds after local midnight, where the clock shows them; of
						  FREQUENCY_OPEN: of the first slot of a day, less than count; of
						  FREQUENCY_FIXED with a tolerance: of some step after 2000-01-01 in UTC */
	int open_count;    /* FREQUENCY_OPEN: runs */
	OpenRun open[MOST_OPEN_RUNS]; /* ascending, apart from each other, some of the week between */
	FiscalYear fiscal;            /* FREQUENCY_FISCAL */
	const Times *listed; /* FREQUENCY_LISTED: its steps (step_list.h), which must outlive it */
	char zone[64]; /* of the calendar arithmetic and features, e.g. "Europe/Berlin"; not of NONE */
} Frequency;

#define FREQUENCY_LISTED_TEXT "listed"

/* Are its steps numbered by their timestamps? Those of the other kinds are rows. */
static inline bool
frequency_has_grid(const Frequency *frequency)
{
	return frequency->kind != FREQUENCY_NONE && frequency->kind != FREQUENCY_IRREGULAR;
}

/*
 * Option text to frequency: "auto" gives false; "irregular", "business day", a word of
 * frequency_words.h ("daily", "MS"), whose day is not looked at here, or
 * an interval ("1 hour", "7 days", "1 month"), "4-4-5 weeks"; one of these with the open times of
 * open_times.h
 * ("1 day on Mon-Sat"). An interval that is not positive
 * or mixes months with days raises 22023. times (ascending) give the irregular
 * median gap and the anchors, as frequency_anchor does; where they do not fit,
 * or there are none, the anchors are left open: those of any start in the zone.
 */
extern bool frequency_parse(const char *text, const Times *times, const char *zone,
							Frequency *frequency);

/*
 * Most units (count) that a step of the kind may have, so that arithmetic with steps stays
 * in range: what training gives, and what a model may say.
 */
extern int64 frequency_most(FrequencyKind kind);

/*
 * "1 hour", "1 day", "business day", "1 day on Mon-Sat", "1 month", "4-4-5 weeks", "irregular",
 * "none": what frequency_parse reads; and FREQUENCY_LISTED_TEXT, which no text alone can say.
 */
extern char *frequency_text(const Frequency *frequency);

/* Steps of a list, dated in a zone. */
extern Frequency frequency_of_list(const Times *listed, const char *zone);

/* Are there times at which there are no steps, as the week is closed or the list has none? */
static inline bool
frequency_closes(const Frequency *frequency)
{
	return frequency->kind == FREQUENCY_BUSINESS_DAYS || frequency->kind == FREQUENCY_OPEN ||
		   frequency->kind == FREQUENCY_LISTED;
}

/* The frequency of the same steps without closed times; its anchors are left open. */
extern Frequency frequency_without_closing(const Frequency *frequency);

/*
 * The step for which a time is taken within the frequency's tolerance; the time itself where there
 * is none.
 */
extern TimestampTz frequency_nearest(const Frequency *frequency, TimestampTz time);

/* The timestamp k steps (k may be negative) after start. Overflow raises 22008. */
extern TimestampTz frequency_add(const Frequency *frequency, TimestampTz start, int64 k);

/*
 * The step of time counted from start, 0 for start itself; *exact is false when
 * time does not lie on the grid (the step before it is returned). Not for NONE and IRREGULAR.
 */
extern int64 frequency_step(const Frequency *frequency, TimestampTz start, TimestampTz time,
							bool *exact);

/*
 * The steps from `start`, on the grid of one frequency, to `time`, on that of another one of the
 * same kind and count. Days, business days and months are those that each one's own clocks show, so
 * that a day is the same day in every zone. Rounded down; *exact is false where that took something
 * away, or where the two are too far apart for a number. Not for NONE and IRREGULAR.
 */
extern int64 frequency_distance(const Frequency *from, TimestampTz start, const Frequency *to,
								TimestampTz time, bool *exact);

/*
 * How many steps a series that ends at `last` is behind one that ends at `latest`, not before it:
 * by the median gap where it is irregular. Not for NONE.
 */
extern int64 frequency_behind(const Frequency *frequency, TimestampTz last, TimestampTz latest);

/* The horizon that product convention gives this frequency (hourly 48, daily 14, ...; else 12). */
extern int frequency_horizon(const Frequency *frequency);

/*
 * Candidate seasonal periods in steps, most likely first, at most max of them:
 * e.g. hourly 24, 168; half-hourly 48, 336; daily 7; business day 5; open from Monday to
 * Saturday 6, nine hours on each of these days 9, 54; weekly 52; monthly and fiscal periods 12;
 * quarterly 4. Returns how many.
 */
extern int frequency_seasons(const Frequency *frequency, int *periods, int max);

/* Days in a step, in the mean; 0 of steps that have no length. */
extern double frequency_days(const Frequency *frequency);

/*
 * The steps of a year where these are days, business days, hours or as short: 365, 261, 8766, ...;
 * 0 where a year is among frequency_seasons, or is unknown.
 */
extern int frequency_year(const Frequency *frequency);

#endif
