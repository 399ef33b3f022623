/*
 * step_list.c
 *	  Steps that somebody has listed, and their bytes.
 *
 * Numbers in the bytes are of seven bits a byte, the lowest first, and a byte that is not the last
 * one of its number has the eighth bit set (LEB128). Of the sign of the first time that is the
 * lowest bit.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "time/calendar.h"
#include "time/calendar_scan.h"
#include "time/step_list.h"

#define NUMBER_BITS 7
#define MORE 0x80      /* of a byte: its number goes on */
#define NUMBER_ENDS 64 /* bits */

int64
step_list_index(const Times *list, TimestampTz time, bool *exact)
{
	int64 number = times_until(list, time) - 1;

	*exact = number >= 0 && times_at(list, number) == time;
	return number;
}

TimestampTz
step_list_time(const Times *list, int64 number)
{
	bool early = number < 0;

	if (!early && number < list->count)
		return times_at(list, number);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 early ? errmsg("the listed steps begin at %s", timestamptz_to_str(times_at(list, 0)))
				   : errmsg("the listed steps end at %s",
							timestamptz_to_str(times_at(list, list->count - 1))),
			 early ? errdetail("Steps before it are needed.")
				   : errdetail("%lld more are needed.", (long long) (number - list->count + 1)),
			 errhint("Add them to what the option \"steps\" reads, and train again.")));
	return 0;
}

int64
step_list_ahead(const Times *list, TimestampTz time)
{
	return list->count - times_until(list, time);
}

double
step_list_days(const Times *list)
{
	if (list->count < 2)
		return 0;
	return ((double) times_at(list, list->count - 1) - (double) times_at(list, 0)) /
		   (double) (list->count - 1) / (double) USECS_PER_DAY;
}

/* The number of the first step after the span of days that one lies in. */
static int64
span_end(const Times *list, int64 number, int days, pg_tz *zone)
{
	int64 day = calendar_split(times_at(list, number), zone).day;
	int64 next = day - day % days + days;

	/* Julian day 0 is a Monday; beyond the last day there is nothing */
	if (next >= TIMESTAMP_END_JULIAN)
		return list->count;
	/* a clock that is set back over midnight shows a day again */
	return Max(times_until(list, calendar_join(next, 0, zone) - 1), number + 1);
}

int64
step_list_usual(const Times *list, int days, const char *zone)
{
	pg_tz *calendar = calendar_zone(zone);
	int64 usual = 0;
	int64 spans = 0;
	int64 alike = 0;
	int64 lead = 0;
	int64 end;

	/* if any has a majority it is this one (Boyer and Moore 1981); then they are counted */
	for (int64 number = 0; number < list->count; number = end)
	{
		check_interrupts();
		end = span_end(list, number, days, calendar);
		if (lead == 0)
			usual = end - number;
		lead += end - number == usual ? 1 : -1;
	}
	for (int64 number = 0; number < list->count; number = end)
	{
		check_interrupts();
		end = span_end(list, number, days, calendar);
		alike += end - number == usual;
		spans++;
	}
	return 2 * alike > spans ? usual : 0;
}

static void
put_number(StringInfo bytes, uint64 number)
{
	for (; number >= MORE; number >>= NUMBER_BITS)
		appendStringInfoCharMacro(bytes, (char) (number | MORE));
	appendStringInfoCharMacro(bytes, (char) number);
}

/* A list on its way out of bytes. */
typedef struct ListReader
{
	const char *at;
	const char *end;
	int64 unit;
	TimestampTz first;
	TimestampTz latest; /* of the steps so far */
} ListReader;

/* Read a number. False: the bytes hold none. */
static bool
get_number(ListReader *reader, uint64 *number)
{
	*number = 0;
	for (int bits = 0; bits < NUMBER_ENDS && reader->at < reader->end; bits += NUMBER_BITS)
	{
		uint8 byte = (uint8) *reader->at++;
		uint64 digits = byte & (MORE - 1);

		*number |= digits << bits;
		if (byte < MORE)
			return *number >> bits == digits;
	}
	return false;
}

/* The same of a number from 1 on. */
static bool
get_positive(ListReader *reader, int64 *number)
{
	uint64 read;

	if (!get_number(reader, &read) || read < 1 || read > PG_INT64_MAX)
		return false;
	*number = (int64) read;
	return true;
}

/* Distances on their way into bytes. */
typedef struct Distances
{
	StringInfo bytes;
	int64 unit;
	int64 distance; /* the latest, in units */
	int64 repeats;  /* 0: there is none yet */
} Distances;

static void
end_distance(Distances *distances)
{
	if (distances->repeats == 0)
		return;
	put_number(distances->bytes, distances->distance);
	put_number(distances->bytes, distances->repeats);
	distances->repeats = 0;
}

static void
add_distance(Distances *distances, int64 distance, int64 repeats)
{
	if (repeats == 0)
		return;
	distance /= distances->unit;
	if (distance != distances->distance)
		end_distance(distances);
	distances->distance = distance;
	distances->repeats += repeats;
}

char *
step_list_encode(const Times *list, Size *size)
{
	StringInfoData bytes;
	Distances distances = {.bytes = &bytes, .unit = Max(times_divisor(list), 1)};
	TimeCursor cursor = times_begin(list);
	TimeSegment segment;
	TimestampTz first = times_at(list, 0);
	TimestampTz previous = first;

	initStringInfo(&bytes);
	put_number(&bytes, first < 0 ? (uint64) -first << 1 | 1 : (uint64) first << 1);
	put_number(&bytes, distances.unit);
	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
	{
		add_distance(&distances, segment.first - previous, segment.first > previous);
		add_distance(&distances, segment.step, segment.count - 1);
		previous = segment_last(&segment);
	}
	end_distance(&distances);
	*size = bytes.len;
	return bytes.data;
}

/* Begin with the first step. False: these are no bytes of a list. */
static bool
begin_list(ListReader *reader, const char *bytes, Size size)
{
	uint64 first;

	*reader = (ListReader){.at = bytes, .end = bytes + size};
	if (!get_number(reader, &first) || !get_positive(reader, &reader->unit))
		return false;
	reader->first = first & 1 ? -(int64) (first >> 1) : (int64) (first >> 1);
	reader->latest = reader->first;
	return IS_VALID_TIMESTAMP(reader->first);
}

/* The next steps, at equal distances after the latest. False: the bytes are wrong. */
static bool
next_steps(ListReader *reader, TimeRun *run, int64 *count)
{
	int64 distance;
	int64 span;
	TimestampTz last;

	if (!get_positive(reader, &distance) || !get_positive(reader, count) ||
		*count > MOST_LISTED_STEPS || pg_mul_s64_overflow(distance, reader->unit, &distance) ||
		pg_mul_s64_overflow(distance, *count, &span) ||
		pg_add_s64_overflow(reader->latest, span, &last) || !IS_VALID_TIMESTAMP(last) ||
		pg_sub_s64_overflow(last, reader->first, &span))
		return false;
	*run = (TimeRun){.first = reader->latest + distance, .step = *count > 1 ? distance : 0};
	reader->latest = last;
	return true;
}

int64
step_list_count(const char *bytes, Size size)
{
	ListReader reader;
	int64 steps = 1;

	if (!begin_list(&reader, bytes, size))
		return -1;
	while (reader.at < reader.end)
	{
		TimeRun run;
		int64 count;

		check_interrupts();
		if (!next_steps(&reader, &run, &count) || steps + count > MOST_LISTED_STEPS)
			return -1;
		steps += count;
	}
	return steps;
}

Times *
step_list_decode(const char *bytes, Size size)
{
	Times *list = palloc(sizeof(Times));
	Timeline timeline = {0};
	ListReader reader;
	TimeRun run;
	int64 count;

	if (!begin_list(&reader, bytes, size))
		elog(ERROR, "bytes of listed steps are damaged");
	timeline_append(&timeline, CurrentMemoryContext, reader.latest);
	while (reader.at < reader.end && next_steps(&reader, &run, &count))
	{
		Times next = {.runs = &run, .run_count = 1, .count = count};

		timeline_append_all(&timeline, CurrentMemoryContext, &next);
	}
	*list = timeline_times(&timeline);
	return list;
}
