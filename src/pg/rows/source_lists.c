/*
 * source_lists.c
 *	  What options list in a table or SELECT of their own: steps and holidays.
 */
#include "postgres.h"

#include "common/int.h"
#include "mb/pg_wchar.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "time/calendar.h"
#include "time/holiday_list.h"
#include "time/step_list.h"
#include "rows/series_order.h"
#include "rows/source.h"
#include "rows/source_lists.h"
#include "rows/source_types.h"

#define SHOWN_NAME 40 /* bytes of a name that is too long */

/*
 * The name of the one column of dates or timestamps that a source of steps or days has; number: of
 * it in the source's result.
 */
static const char *
only_time_column(const SourceShape *shape, const char *option, int *number)
{
	int found = 0;

	for (int i = 0; i < shape->result->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(shape->result, i);

		if (!column->attisdropped && source_type_is_time(getBaseType(column->atttypid)) &&
			found++ == 0)
			*number = i;
	}
	if (found != 1)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 found == 0
				 ? errmsg("option \"%s\" lists no dates or timestamps", option)
				 : errmsg("option \"%s\" has %d columns of dates or timestamps", option, found),
			 errdetail("It is \"%s\".", shape->source),
			 strcmp(option, LIST_OF_STEPS) == 0
				 ? errhint("Give a SELECT of the one column whose times are the steps, cast to "
						   "date, timestamp or timestamptz.")
				 : errhint("Give a SELECT of the one column whose days are holidays, cast to "
						   "date, timestamp or timestamptz, and of the one with their names.")));
	return pstrdup(NameStr(TupleDescAttr(shape->result, *number)->attname));
}

/* The name of the one column beside that of the days; NULL where there is none. */
static const char *
only_other_column(const SourceShape *shape, int days)
{
	const char *name = NULL;
	int found = 0;

	for (int i = 0; i < shape->result->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(shape->result, i);

		if (!column->attisdropped && i != days && found++ == 0)
			name = pstrdup(NameStr(column->attname));
	}
	if (found > 1)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("option \"holidays\" has %d columns beside the days", found),
						errdetail("It is \"%s\".", shape->source),
						errhint("Give a SELECT of two columns: the days and their names.")));
	return name;
}

void
list_columns(const SourceShape *shape, SourceColumns *columns)
{
	int number = 0;

	columns->time = only_time_column(shape, columns->list_of, &number);
	if (strcmp(columns->list_of, LIST_OF_HOLIDAYS) == 0)
		columns->series = only_other_column(shape, number);
}

/* Refuse a list that is none of steps. */
static void
check_steps(const char *source, const RowSet *listed)
{
	if (listed == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION), errmsg("option \"steps\" lists no timestamp"),
				 errdetail("It is \"%s\", which has no rows.", source),
				 errhint("List all steps, from the first observation on and for the forecasts.")));
	if (listed->fault != NULL)
		ereport(ERROR, (errcode(listed->fault->code),
						errmsg("wrong step in option \"steps\": %s", listed->fault->message),
						errhint("%s", listed->fault->hint)));
}

/* The same of what is there only in order. */
static void
check_step_range(const Times *list)
{
	TimestampTz first = times_at(list, 0);
	int64 span;

	if (list->count > MOST_LISTED_STEPS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("option \"steps\" lists too many timestamps"),
						errdetail("There are %lld, and may be %d.", (long long) list->count,
								  MOST_LISTED_STEPS),
						errhint("List those from the first observation to the last forecast.")));
	if (pg_sub_s64_overflow(times_at(list, list->count - 1), first, &span))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamps of option \"steps\" are too far apart"),
						errdetail("The first one is %s.", timestamptz_to_str(first)),
						errhint("List those from the first observation to the last forecast.")));
}

/* Read the steps that an option lists, in order, each once. */
static void
read_steps(PanelRows *rows, const SourceColumns *columns)
{
	Scratch scratch = scratch_enter("lstm_forecast steps");
	SourceColumns listed = {.zone = columns->zone, .list_of = LIST_OF_STEPS, .keep_faults = true};
	OrderRequest order = {.duplicates = DUPLICATES_ERROR};
	PanelRows *read = source_read_rows(columns->steps, listed, order.duplicates);
	RowSet *set = panel_rows_find(read, NULL);
	Fault fault = {0};
	OrderedRows ordered;
	Timeline timeline = {0};
	Times *steps;

	check_steps(columns->steps, set);
	/* none has a value, so there is nothing to be at odds about where one comes twice */
	ordered = series_order(set, NULL, &order,
						   add_size(panel_rows_bytes(rows), panel_rows_bytes(read)), &fault);
	check_step_range(&ordered.times);
	timeline_append_all(&timeline, scratch.caller, &ordered.times);
	scratch_leave(&scratch);
	steps = palloc(sizeof(Times));
	*steps = timeline_times(&timeline);
	rows->steps = steps;
}

/* Refuse rows that are no days, and too many of them. */
static void
check_holidays(const PanelRows *read)
{
	for (int64 i = 0; i < read->series_count; i++)
	{
		const Fault *fault = read->series[i]->fault;
		const char *name = read->labels[i];
		bool null = fault != NULL && fault->code == ERRCODE_NULL_VALUE_NOT_ALLOWED;

		check_interrupts();
		if (fault != NULL)
			ereport(ERROR,
					(errcode(fault->code),
					 errmsg("day of \"%s\" in option \"holidays\" is %s",
							name == NULL ? UNNAMED_HOLIDAY : name, null ? "null" : "infinite"),
					 errhint("Leave out rows %s, with a WHERE clause.",
							 null ? "without a day" : "of which isfinite() is false")));
		if (name != NULL && strlen(name) > LONGEST_HOLIDAY)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("name of a holiday in option \"holidays\" is too long"),
							errdetail("It has %d bytes, and may have %d; it begins with \"%.*s\".",
									  (int) Min(strlen(name), PG_INT32_MAX), LONGEST_HOLIDAY,
									  pg_mbcliplen(name, (int) strlen(name), SHOWN_NAME), name),
							errhint("Shorten it, as by left(name, 50).")));
	}
	if (read->series_count > MOST_HOLIDAY_NAMES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("option \"holidays\" lists too many names"),
						errdetail("There are %lld, and may be %d.", (long long) read->series_count,
								  MOST_HOLIDAY_NAMES),
						errhint("Give the same holiday of all years the same name.")));
	if (read->count > MOST_HOLIDAYS)
		ereport(
			ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("option \"holidays\" lists too many days"),
			 errdetail("There are %lld, and may be %d.", (long long) read->count, MOST_HOLIDAYS),
			 errhint("List each day once, with SELECT DISTINCT, and those from the first "
					 "observation on.")));
}

/* The names of series, bytewise; those without are one. */
static int
compare_named(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Append the days of one name. */
static void
append_days(HolidayList *list, const Times *times, int name, pg_tz *zone)
{
	TimeCursor cursor = times_begin(times);
	TimeSegment segment;

	while (times_next(&cursor, INTERRUPT_ROWS, &segment))
		for (int64 i = 0; i < segment.count; i++)
			list->days[list->count++] =
				(Holiday){.day = (int32) calendar_split(segment.first + i * segment.step, zone).day,
						  .name = name};
}

/* Read the holidays that an option lists, each day of a name once, in the caller's memory. */
static void
read_holidays(PanelRows *rows, const SourceColumns *columns)
{
	MemoryContext caller = CurrentMemoryContext;
	Scratch scratch = scratch_enter("lstm_forecast holidays");
	SourceColumns listed = {
		.zone = columns->zone, .list_of = LIST_OF_HOLIDAYS, .keep_faults = true};
	PanelRows *read = source_read_rows(columns->holidays, listed, DUPLICATES_ERROR);
	pg_tz *zone = calendar_zone(columns->zone != NULL ? columns->zone : calendar_session_zone());
	HolidayList *list;

	check_holidays(read);
	check_memory_limit(add_size(add_size(panel_rows_bytes(rows), panel_rows_bytes(read)),
								mul_size(sizeof(Holiday), read->count)),
					   "reading holidays", "List fewer days, or have the setting raised.");
	MemoryContextSwitchTo(caller);
	list = palloc0(sizeof(HolidayList));
	list->days = palloc(sizeof(Holiday) * Max(read->count, 1));
	list->name_count = (int) read->series_count;
	list->names = palloc(sizeof(char *) * Max(list->name_count, 1));
	for (int i = 0; i < list->name_count; i++)
		list->names[i] = pstrdup(read->labels[i] == NULL ? UNNAMED_HOLIDAY : read->labels[i]);
	/* whatever the order of the rows */
	qsort(list->names, list->name_count, sizeof(char *), compare_named);
	for (int i = 0; i < list->name_count; i++)
	{
		const RowSet *days = panel_rows_find(read, read->labels[0] == NULL ? NULL : list->names[i]);
		Times times = timeline_times(&days->timeline);

		append_days(list, &times, i, zone);
	}
	holiday_list_order(list);
	scratch_leave(&scratch);
	rows->holidays = list;
}

void
lists_check(const SourceColumns *columns)
{
	const char *option = columns->steps != NULL      ? LIST_OF_STEPS
						 : columns->holidays != NULL ? LIST_OF_HOLIDAYS
													 : NULL;

	if (option != NULL && columns->time == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"%s\" needs timestamps", option),
						errhint("Name the \"time_column\" of the source.")));
}

void
lists_read(PanelRows *rows, const SourceColumns *columns)
{
	if (rows->count == 0)
		return;
	if (columns->steps != NULL)
		read_steps(rows, columns);
	if (columns->holidays != NULL)
		read_holidays(rows, columns);
}
