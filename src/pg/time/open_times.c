/*
 * open_times.c
 *	  The times of the week that are open: arithmetic and text.
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/open_times.h"

#define SHORT_NAME 3 /* letters of a weekday's name that are enough */
#define BUSINESS_DAYS_A_WEEK 5

int
open_slots_a_week(int64 step)
{
	return (int) (DAYS_A_WEEK * USECS_PER_DAY / step);
}

int
open_steps_a_week(const Frequency *frequency)
{
	int steps = 0;

	for (int i = 0; i < frequency->open_count; i++)
		steps += frequency->open[i].count;
	return steps;
}

/* The open slots before a slot of the week. */
static int
open_before(const Frequency *frequency, int slot)
{
	int steps = 0;

	for (int i = 0; i < frequency->open_count; i++)
		steps += Max(0, Min(slot - frequency->open[i].first, frequency->open[i].count));
	return steps;
}

int
open_steps_a_day(const Frequency *frequency)
{
	int slots = (int) (USECS_PER_DAY / frequency->count);
	int same = 0;

	for (int day = 0; day < DAYS_A_WEEK; day++)
	{
		int steps = open_before(frequency, (day + 1) * slots) - open_before(frequency, day * slots);

		if (steps > 0 && same > 0 && steps != same)
			return 0;
		same = Max(same, steps);
	}
	return same;
}

int64
open_index(const Frequency *frequency, int64 phase, LocalTime local)
{
	/* Julian day 0 is a Monday; before the first slot of Monday it is still the last week */
	int64 since = local.day % DAYS_A_WEEK * USECS_PER_DAY + local.time_of_day - phase;
	int64 week = local.day / DAYS_A_WEEK - (since < 0);
	int64 slot = since < 0 ? open_slots_a_week(frequency->count) - 1 : since / frequency->count;

	return week * open_steps_a_week(frequency) + open_before(frequency, (int) slot + 1) - 1;
}

LocalTime
open_place(const Frequency *frequency, int64 phase, int64 index)
{
	int steps = open_steps_a_week(frequency);
	int64 week = floor_divide(index, steps);
	int rank = (int) (index - week * steps);
	int run = 0;
	int64 since;

	while (rank >= frequency->open[run].count)
		rank -= frequency->open[run++].count;
	since = (frequency->open[run].first + rank) * frequency->count + phase;
	return (LocalTime){.day = week * DAYS_A_WEEK + since / USECS_PER_DAY,
					   .time_of_day = since % USECS_PER_DAY};
}

bool
open_take_slots(Frequency *frequency, const bool *open)
{
	int slots = open_slots_a_week(frequency->count);

	frequency->open_count = 0;
	memset(frequency->open, 0, sizeof(frequency->open));
	for (int slot = 0; slot < slots; slot++)
	{
		if (!open[slot])
			continue;
		if (slot == 0 || !open[slot - 1])
		{
			if (frequency->open_count == MOST_OPEN_RUNS)
				return false;
			frequency->open[frequency->open_count++].first = (uint16) slot;
		}
		frequency->open[frequency->open_count - 1].count++;
	}
	return frequency->open_count > 0;
}

bool
open_valid(const Frequency *frequency)
{
	int slots;
	int end = -1; /* of the run before */

	if (frequency->count < OPEN_LEAST_STEP || USECS_PER_DAY % frequency->count != 0 ||
		frequency->open_count < 1 || frequency->open_count > MOST_OPEN_RUNS)
		return false;
	slots = open_slots_a_week(frequency->count);
	for (int i = 0; i < frequency->open_count; i++)
	{
		const OpenRun *run = &frequency->open[i];

		if (run->first <= end || run->count < 1 || run->first + run->count > slots)
			return false;
		end = run->first + run->count;
	}
	return open_steps_a_week(frequency) < slots;
}

bool
open_is_business(const Frequency *frequency)
{
	return frequency->count == USECS_PER_DAY && frequency->open_count == 1 &&
		   frequency->open[0].first == 0 && frequency->open[0].count == BUSINESS_DAYS_A_WEEK;
}

/* A run's first and last slot. */
typedef struct RunEnds
{
	int day; /* of the first */
	int first;
	int last;
	int days; /* that the last is on a later day */
} RunEnds;

static RunEnds
run_ends(const Frequency *frequency, const OpenRun *run)
{
	int slots = (int) (USECS_PER_DAY / frequency->count);
	int last = run->first + run->count - 1;

	return (RunEnds){.day = run->first / slots,
					 .first = run->first % slots,
					 .last = last % slots,
					 .days = last / slots - run->first / slots};
}

static void
append_day(StringInfo text, int day)
{
	/* PostgreSQL's week begins on Sunday */
	appendBinaryStringInfo(text, days[(day + 1) % DAYS_A_WEEK], SHORT_NAME);
}

/* The time of day at which a slot begins. */
static void
append_slot(StringInfo text, const Frequency *frequency, int slot)
{
	int64 seconds = (slot * frequency->count + (frequency->has_time ? frequency->time_of_day : 0)) /
					USECS_PER_SEC;

	appendStringInfo(text, "%02d:%02d", (int) (seconds / SECS_PER_HOUR),
					 (int) (seconds / SECS_PER_MINUTE % MINS_PER_HOUR));
	if (seconds % SECS_PER_MINUTE != 0)
		appendStringInfo(text, ":%02d", (int) (seconds % SECS_PER_MINUTE));
}

/*
 * The last of the days from a run's on that have the same times, each in a run of its own; their
 * runs are marked as told.
 */
static int
last_alike(const Frequency *frequency, int number, bool *told)
{
	RunEnds ends = run_ends(frequency, &frequency->open[number]);
	int day = ends.day;

	for (int i = number + 1; i < frequency->open_count; i++)
	{
		RunEnds other = run_ends(frequency, &frequency->open[i]);

		if (other.day != day + 1 || other.first != ends.first || other.last != ends.last ||
			other.days != ends.days)
			continue;
		told[i] = true;
		day++;
	}
	return day;
}

/* Let the run that the end of the week cuts be one, from Sunday on. */
static void
join_week_end(Frequency *frequency)
{
	int count = frequency->open_count;
	OpenRun *last = &frequency->open[count - 1];

	if (count < 2 || frequency->open[0].first > 0 ||
		last->first + last->count < open_slots_a_week(frequency->count))
		return;
	last->count += frequency->open[0].count;
	memmove(&frequency->open[0], &frequency->open[1], sizeof(OpenRun) * (count - 1));
	frequency->open_count--;
}

char *
open_text(const Frequency *given)
{
	Frequency joined = *given;
	const Frequency *frequency = &joined;
	int slots = (int) (USECS_PER_DAY / frequency->count);
	bool told[MOST_OPEN_RUNS] = {false};
	StringInfoData text;

	initStringInfo(&text);
	join_week_end(&joined);
	for (int i = 0; i < frequency->open_count; i++)
	{
		RunEnds ends = run_ends(frequency, &frequency->open[i]);
		bool whole = ends.first == 0 && ends.last == slots - 1;
		bool short_run = ends.days == 0 || (ends.days == 1 && ends.last < ends.first);
		int last_day = whole ? ends.day + ends.days : ends.day;

		if (told[i])
			continue;
		if (!whole && short_run)
			last_day = last_alike(frequency, i, told);
		appendStringInfoString(&text, i == 0 ? "" : ", ");
		append_day(&text, ends.day);
		if (last_day > ends.day)
		{
			appendStringInfoChar(&text, '-');
			append_day(&text, last_day);
		}
		if (whole)
			continue;
		appendStringInfoChar(&text, ' ');
		append_slot(&text, frequency, ends.first);
		appendStringInfoChar(&text, '-');
		if (!short_run)
		{
			append_day(&text, ends.day + ends.days);
			appendStringInfoChar(&text, ' ');
		}
		append_slot(&text, frequency, ends.last);
	}
	return text.data;
}

/* What is being read, and what it has come to. */
typedef struct OpenReader
{
	const char *at;
	int64 step;
	bool has_phase;
	int64 phase; /* of the first time of day */
	bool *open;
} OpenReader;

static void
skip_spaces(OpenReader *reader)
{
	while (*reader->at == ' ')
		reader->at++;
}

/* Is it the next character? Then go behind it, and spaces. */
static bool
take(OpenReader *reader, char wanted)
{
	skip_spaces(reader);
	if (*reader->at != wanted)
		return false;
	reader->at++;
	skip_spaces(reader);
	return true;
}

/* A weekday from its name or the beginning of it, 0 for Monday. */
static bool
read_day(OpenReader *reader, int *day)
{
	int length = 0;

	while (isalpha((unsigned char) reader->at[length]))
		length++;
	for (int i = 0; length >= SHORT_NAME && i < DAYS_A_WEEK; i++)
		if (pg_strncasecmp(reader->at, days[i], length) == 0)
		{
			*day = (i + DAYS_A_WEEK - 1) % DAYS_A_WEEK;
			reader->at += length;
			return true;
		}
	return false;
}

/* Two digits below a limit. */
static bool
read_pair(OpenReader *reader, int limit, int *number)
{
	if (!isdigit((unsigned char) reader->at[0]) || !isdigit((unsigned char) reader->at[1]))
		return false;
	*number = (reader->at[0] - '0') * 10 + (reader->at[1] - '0');
	reader->at += 2;
	return *number < limit;
}

/* The slot of the day that begins at a time of day, as "09:00" or "09:00:30". */
static bool
read_slot(OpenReader *reader, int *slot)
{
	int hours;
	int minutes;
	int seconds = 0;
	int64 time;

	if (!read_pair(reader, HOURS_PER_DAY, &hours) || *reader->at++ != ':' ||
		!read_pair(reader, MINS_PER_HOUR, &minutes))
		return false;
	if (*reader->at == ':')
	{
		reader->at++;
		if (!read_pair(reader, SECS_PER_MINUTE, &seconds))
			return false;
	}
	time = ((hours * MINS_PER_HOUR + minutes) * (int64) SECS_PER_MINUTE + seconds) * USECS_PER_SEC;
	if (!reader->has_phase)
	{
		reader->has_phase = true;
		reader->phase = time % reader->step;
	}
	*slot = (int) (time / reader->step);
	return time % reader->step == reader->phase;
}

/* Open the slots from one to another, which may be in the next week. */
static void
open_slots(const OpenReader *reader, int first, int last)
{
	int slots = open_slots_a_week(reader->step);

	if (last < first)
		last += slots;
	for (int slot = first; slot <= last; slot++)
		reader->open[slot % slots] = true;
}

/* A day or several, whole or from one time to another. */
static bool
read_item(OpenReader *reader)
{
	int slots = (int) (USECS_PER_DAY / reader->step);
	int first_day;
	int last_day;
	int end_day;
	int first = 0;
	int last = slots - 1;

	if (!read_day(reader, &first_day))
		return false;
	last_day = first_day;
	if (take(reader, '-') && !read_day(reader, &last_day))
		return false;
	skip_spaces(reader);
	if (isdigit((unsigned char) *reader->at))
	{
		if (!read_slot(reader, &first) || !take(reader, '-'))
			return false;
		if (first_day == last_day && read_day(reader, &end_day))
		{
			skip_spaces(reader);
			if (!read_slot(reader, &last))
				return false;
			open_slots(reader, first_day * slots + first, end_day * slots + last);
			return true;
		}
		if (!read_slot(reader, &last))
			return false;
	}
	for (int day = first_day;; day = (day + 1) % DAYS_A_WEEK)
	{
		open_slots(reader, day * slots + first, (day + (last < first)) * slots + last);
		if (day == last_day)
			return true;
	}
}

bool
open_read(const char *text, Frequency *frequency)
{
	OpenReader reader = {.at = text, .step = frequency->count};
	bool known;

	reader.open = palloc0(sizeof(bool) * open_slots_a_week(reader.step));
	do
		known = read_item(&reader);
	while (known && take(&reader, ','));
	known = known && *reader.at == '\0' && open_take_slots(frequency, reader.open);
	pfree(reader.open);
	if (known && reader.has_phase)
	{
		frequency->has_time = true;
		frequency->time_of_day = reader.phase;
	}
	return known;
}
