/*
 * source.c
 *	  Reads the rows of a table or a SELECT, with the caller's rights.
 *
 * The text is wrapped in a query of our own that names and casts the columns;
 * PostgreSQL parses, plans and checks it as any query of the caller's. The executor
 * hands over each row as it finds it, so that memory holds no more than a row set does.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "tcop/dest.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/progress_report.h"
#include "time/calendar.h"
#include "rows/categories.h"
#include "rows/series_order.h"
#include "rows/class_labels.h"
#include "rows/series_label.h"
#include "rows/source.h"
#include "rows/source_lists.h"
#include "rows/source_text.h"
#include "rows/statics.h"
#include "rows/source_types.h"

/* A plan of one SELECT. ordered: a parallel plan must not bring its rows out of order. */
static SPIPlanPtr
prepare(const char *query, bool ordered)
{
	SPIPlanPtr plan = SPI_prepare_cursor(query, 0, NULL, ordered ? 0 : CURSOR_OPT_PARALLEL_OK);

	if (plan == NULL || !SPI_is_cursor_plan(plan))
		elog(ERROR, "source is not one that returns rows");
	return plan;
}

/* Columns of source_query, in the order of source_select_list; covariates follow. */
#define TIME_COLUMN 1
#define TARGET_COLUMN 2
#define SERIES_COLUMN 3
#define FIRST_COVARIATE_COLUMN 4

/* A number of a column that is not NULL; NaN where there is none. */
static double
first_number(const char *relation, const char *column)
{
	const char *name = quote_identifier(column);
	char *query = psprintf("SELECT lstm_source.%s::pg_catalog.float8 FROM %s AS lstm_source "
						   "WHERE lstm_source.%s IS NOT NULL LIMIT 1",
						   name, relation, name);
	Datum value;
	bool null;

	if (SPI_execute(query, true, 1) != SPI_OK_SELECT || SPI_processed == 0)
		return NAN;
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null);
	return null ? NAN : DatumGetFloat8(value);
}

/* Is there a value in a column? */
static bool
has_value(const char *relation, const char *column)
{
	char *query =
		psprintf("SELECT 1 FROM %s AS lstm_source WHERE lstm_source.%s IS NOT NULL LIMIT 1",
				 relation, quote_identifier(column));

	return SPI_execute(query, true, 1) == SPI_OK_SELECT && SPI_processed > 0;
}

static void
check_time(const SourceShape *shape, const char *relation, const char *name)
{
	Oid type;

	if (name == NULL)
		return;
	type = source_column_type(shape, name);
	if (!source_type_is_time(type))
		source_throw_no_time(name, type,
							 source_type_is_number(type) ? first_number(relation, name) : NAN);
}

/* The target must be a number. A NULL that a SELECT writes is of type text: that has no values. */
static void
check_target(const SourceShape *shape, const char *relation, const char *name)
{
	Oid type;

	if (name == NULL)
		return;
	type = source_column_type(shape, name);
	if (!source_type_is_number(type) && !(type == TEXTOID && !has_value(relation, name)))
		source_throw_no_number(name, type, SOURCE_TARGET);
}

/* What the caller calls the argument that names number i of the past or the future columns. */
static const char *
covariate_argument(const SourceColumns *columns, const char *argument, int i)
{
	if (strcmp(argument, SOURCE_PAST) == 0)
		return columns->past_name != NULL ? columns->past_name : argument;
	return i >= columns->future_count - columns->static_count ? SOURCE_STATIC : argument;
}

/*
 * Covariates are numbers or, where there is a vocabulary for them or one may be opened in that
 * memory, categories. Words of which there are none pass for numbers.
 */
static void
check_covariates(const SourceShape *shape, const char *relation, const SourceColumns *columns,
				 MemoryContext memory, const char *argument)
{
	bool past = strcmp(argument, SOURCE_PAST) == 0;
	char *const *names = past ? columns->past : columns->future;
	int count = past ? columns->past_count : columns->future_count;
	Vocabulary **categories = columns->categories;

	if (categories != NULL && !past)
		categories += columns->past_count;
	for (int i = 0; i < count; i++)
	{
		Oid type = source_column_type(shape, names[i]);

		if (categories != NULL && categories[i] != NULL)
			continue;
		if (source_type_is_number(type) || type == BOOLOID ||
			(source_type_is_category(type) && !has_value(relation, names[i])))
			continue;
		if (!source_type_is_category(type) || columns->known)
			source_throw_no_number(names[i], type, covariate_argument(columns, argument, i));
		categories[i] = vocabulary_open(memory, names[i]);
	}
}

/*
 * The query of the rows. Analysing "SELECT *" tells the columns; it is not run, so it needs
 * no privilege on them. Without a target to read the series column may be missing, and is NULL
 * in *columns then. memory: of vocabularies that are opened.
 */
static char *
source_query(const char *source, const char *relation, SourceColumns *columns, MemoryContext memory)
{
	SPIPlanPtr plan = prepare(psprintf("SELECT * FROM %s AS lstm_source", relation), true);
	CachedPlanSource *analysed = linitial(SPI_plan_get_plan_sources(plan));
	SourceShape shape = {.source = source, .result = analysed->resultDesc};
	char *query;

	if (columns->list_of != NULL)
		list_columns(&shape, columns);
	check_time(&shape, relation, columns->time);
	check_target(&shape, relation, columns->target);
	check_covariates(&shape, relation, columns, memory, SOURCE_PAST);
	check_covariates(&shape, relation, columns, memory, SOURCE_FUTURE);
	if (columns->target == NULL && columns->past_name == NULL && columns->series != NULL &&
		!source_has_column(&shape, columns->series))
		columns->series = NULL;
	query =
		psprintf("SELECT %s FROM %s AS lstm_source", source_select_list(&shape, columns), relation);
	SPI_freeplan(plan);
	return query;
}

/* What the executor gives its rows to. */
typedef struct Reader
{
	DestReceiver receiver; /* first: the executor knows no more */
	const SourceColumns *columns;
	PanelRows *rows;
	SeriesLabeller labeller;
	ClassLabeller classes;     /* where the rows' values are labels */
	pg_tz *zone;               /* of times that come without one; NULL: they come with one */
	MemoryContext row_context; /* of what a row needs while it is read */
} Reader;

static Datum
column_value(const TupleTableSlot *slot, int column, bool *null)
{
	*null = slot->tts_isnull[column - 1];
	return slot->tts_values[column - 1];
}

/* The time of a row; 0 where it is NULL. */
static TimestampTz
row_time(const Reader *reader, const TupleTableSlot *slot, bool *null)
{
	Datum time = column_value(slot, TIME_COLUMN, null);

	if (*null)
		return 0;
	return reader->zone == NULL ? DatumGetTimestampTz(time)
								: calendar_time_of_local(DatumGetTimestamp(time), reader->zone);
}

/* " of series "a" at ...", where a row stands. */
static char *
row_place(const Reader *reader, const TupleTableSlot *slot, const char *label)
{
	bool null;
	TimestampTz time = row_time(reader, slot, &null);

	return rowset_place(panel_rows_series(reader->rows, label), label, time, null);
}

/* The covariate of a row that a datum is, as far as it is a float; NaN for NULL. */
static double
covariate_value(Vocabulary *category, Datum datum, bool null)
{
	if (null)
		return NAN;
	if (category != NULL)
		return vocabulary_code(category, TextDatumGetCString(datum));
	return DatumGetFloat8(datum);
}

/* The covariates of a row as floats, NaN for NULL. */
static void
read_covariates(const Reader *reader, const TupleTableSlot *slot, const char *label,
				float *covariates)
{
	const SourceColumns *columns = reader->columns;
	int width = columns->past_count + columns->future_count;

	for (int i = 0; i < width; i++)
	{
		bool null;
		Datum datum = column_value(slot, FIRST_COVARIATE_COLUMN + i, &null);
		Vocabulary *category = columns->categories == NULL ? NULL : columns->categories[i];
		double value = covariate_value(category, datum, null);

		if (!null && !(fabs(value) <= FLT_MAX))
		{
			Fault fault;

			fault_set(&fault, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "column \"%s\"%s is %s",
					  i < columns->past_count ? columns->past[i]
											  : columns->future[i - columns->past_count],
					  row_place(reader, slot, label), covariate_fault(value));
			fault_add_hint(&fault, "Use NULL for a covariate that is not known.");
			rowset_take_fault(panel_rows_series(reader->rows, label), &fault);
			null = true;
		}
		covariates[i] = null ? NAN : (float) value;
	}
}

/* Look whether what is to be the same in all rows of a series is so. */
static void
check_statics(const Reader *reader, const char *label, float *covariates)
{
	Fault fault = {0};

	statics_check(reader->rows, reader->columns, label, covariates, &fault);
	if (fault.code != 0)
		rowset_take_fault(panel_rows_series(reader->rows, label), &fault);
}

/* What rows keep as the value of one that is not NULL. */
static double
row_value(Reader *reader, Datum value)
{
	if (reader->rows->classes != NULL)
		return class_label_number(&reader->classes, reader->rows->classes, value);
	return DatumGetFloat8(value);
}

static void
append_row(Reader *reader, const TupleTableSlot *slot)
{
	PanelRows *rows = reader->rows;
	float covariates[MOST_COVARIATES];
	const char *label = NULL;
	bool time_null;
	bool value_null;
	bool series_null;
	TimestampTz time = row_time(reader, slot, &time_null);
	Datum value = column_value(slot, TARGET_COLUMN, &value_null);
	Datum series = column_value(slot, SERIES_COLUMN, &series_null);

	if (reader->columns->series != NULL)
	{
		if (series_null)
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("series in column \"%s\" is null", reader->columns->series),
							errhint("Leave out rows without a series, with a WHERE clause.")));
		label = series_label(&reader->labeller, rows, series);
	}
	if (rows->past + rows->future > 0)
		read_covariates(reader, slot, label, covariates);
	if (rows->statics > 0)
		check_statics(reader, label, covariates);
	panel_rows_append(rows, label, time, rows->has_times && time_null,
					  value_null ? 0 : row_value(reader, value),
					  value_null && reader->columns->past_name == NULL, covariates);
}

/* Of the DestReceiver: the rows are about to come. */
static void
begin_rows(DestReceiver *self, int operation, TupleDesc descriptor)
{
	Reader *reader = (Reader *) self;

	(void) operation;
	series_labeller_init(&reader->labeller, TupleDescAttr(descriptor, SERIES_COLUMN - 1)->atttypid,
						 reader->rows->context);
	class_labeller_init(&reader->classes, TupleDescAttr(descriptor, TARGET_COLUMN - 1)->atttypid,
						reader->rows->context);
	if (TupleDescAttr(descriptor, TIME_COLUMN - 1)->atttypid == TIMESTAMPOID)
		reader->zone = calendar_zone(reader->columns->zone);
	reader->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast row", ALLOCSET_SMALL_SIZES);
}

/* Of the DestReceiver: a row. */
static bool
take_row(TupleTableSlot *slot, DestReceiver *self)
{
	Reader *reader = (Reader *) self;
	MemoryContext caller = MemoryContextSwitchTo(reader->row_context);

	slot_getallattrs(slot);
	append_row(reader, slot);
	if (report_rows_due(reader->rows->count))
		report_rows_read(reader->rows->count);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(reader->row_context);
	return true;
}

/* Of the DestReceiver: there are no more rows, and no one will ask again; nothing is left to do. */
static void
end_rows(DestReceiver *self)
{
	(void) self;
}

PanelRows *
source_read_rows(const char *source, SourceColumns columns, DuplicatePolicy duplicates)
{
	bool has_times = columns.time != NULL || columns.list_of != NULL;
	bool ordered = !has_times || duplicates == DUPLICATES_LAST;

	/* SPI has a meaning of its own for DestSPI and DestNone, but for no other kind */
	Reader reader = {.receiver = {.receiveSlot = take_row,
								  .rStartup = begin_rows,
								  .rShutdown = end_rows,
								  .rDestroy = end_rows,
								  .mydest = DestTuplestore},
					 .columns = &columns};
	/* read-only: rows as of the calling statement's snapshot, and nothing that writes */
	SPIExecuteOptions options = {.read_only = true, .dest = &reader.receiver};
	const char *relation;
	SPIPlanPtr plan;
	int status;

	reader.rows = panel_rows_create(CurrentMemoryContext, has_times, columns.past_count,
									columns.future_count);
	reader.rows->keep_faults = columns.keep_faults;
	reader.rows->categories = columns.categories;
	reader.rows->statics = columns.static_count;
	if (columns.label != NULL)
		reader.rows->classes = class_labels_create(reader.rows->context);
	source_check_length(source);
	SPI_connect();
	relation = source_relation(source);
	plan = prepare(source_query(source, relation, &columns, reader.rows->context), ordered);
	status = SPI_execute_plan_extended(plan, &options);
	if (status != SPI_OK_SELECT)
		elog(ERROR, "reading the source failed: %s", SPI_result_code_string(status));
	SPI_finish();
	return reader.rows;
}

/* The columns of what is known ahead: no target, and no past covariates. */
static SourceColumns
ahead_columns(const SourceColumns *columns)
{
	SourceColumns ahead = *columns;

	ahead.target = NULL;
	ahead.past_count = 0;
	ahead.future_count -= columns->static_count;
	ahead.static_count = 0;
	ahead.known = true; /* as the rows that it goes on */
	if (ahead.categories != NULL)
		ahead.categories += columns->past_count;
	ahead.keep_faults = false; /* its rows may be those of all series */
	return ahead;
}

/* Room for vocabularies, one a covariate, where there are none yet. */
static Vocabulary **
own_categories(const SourceColumns *columns)
{
	if (columns->categories != NULL || columns->known)
		return columns->categories;
	return palloc0(sizeof(Vocabulary *) * Max(columns->past_count + columns->future_count, 1));
}

/* Refuse columns that do not go together. */
static void
check_columns(const SourceColumns *columns)
{
	check_covariate_counts(columns->past_count,
						   (int) Min((int64) columns->future_count + columns->static_count,
									 PG_INT32_MAX - columns->past_count));
	if (columns->ahead != NULL && columns->future_count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"future_source\" has no future columns to tell"),
						errdetail("It is \"%s\".", columns->ahead),
						errhint("Name them in \"future_columns\" in the training; a model that was "
								"trained without any needs no \"future_source\".")));
	lists_check(columns);
}

/* Plan the query of one source, which opens vocabularies in columns. */
static void
plan_rows(const char *source, SourceColumns *columns)
{
	MemoryContext memory = CurrentMemoryContext;

	source_check_length(source);
	SPI_connect();
	(void) prepare(source_query(source, source_relation(source), columns, memory), true);
	SPI_finish();
}

void
source_check(const char *source, const SourceColumns *columns)
{
	SourceColumns reading = *columns;

	check_columns(columns);
	statics_join(&reading);
	reading.categories = own_categories(&reading);
	plan_rows(source, &reading);
	if (columns->ahead != NULL)
	{
		SourceColumns ahead = ahead_columns(&reading);

		plan_rows(columns->ahead, &ahead);
	}
	if (columns->steps != NULL)
		plan_rows(columns->steps,
				  &(SourceColumns){.zone = columns->zone, .list_of = LIST_OF_STEPS});
	if (columns->holidays != NULL)
		plan_rows(columns->holidays,
				  &(SourceColumns){.zone = columns->zone, .list_of = LIST_OF_HOLIDAYS});
}

PanelRows *
source_read(const char *source, const SourceColumns *columns, DuplicatePolicy duplicates)
{
	SourceColumns reading = *columns;
	PanelRows *rows;

	check_columns(columns);
	statics_join(&reading);
	reading.categories = own_categories(&reading);
	rows = source_read_rows(source, reading, duplicates);
	rows->columns = columns;
	if (columns->ahead != NULL && rows->count > 0)
		rows->ahead = source_read_rows(columns->ahead, ahead_columns(&reading), duplicates);
	statics_complete(rows);
	categories_close(rows);
	lists_read(rows, columns);
	return rows;
}
