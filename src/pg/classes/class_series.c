/*
 * class_series.c
 *	  Series of values in order, and the classes that their labels are.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "base/fault.h"
#include "base/interrupts.h"
#include "classes/class_series.h"
#include "core/classifier.h"
#include "rows/class_labels.h"
#include "rows/series_order.h"

#define MEMORY_HINT                                                                                \
	"Give fewer rows, series or columns, train smaller networks, or have the setting raised."

static int
compare_labels(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Labels in order; returns the class of each label's number. */
static int32 *
order_labels(ClassData *data, const ClassLabels *labels)
{
	int32 *classes;

	if (labels == NULL)
		return NULL;
	data->class_count = labels->count;
	data->labels = palloc(sizeof(char *) * (labels->count + 1));
	classes = palloc(sizeof(int32) * (labels->count + 1));
	for (int i = 0; i < labels->count; i++)
		data->labels[i] = labels->texts[i];
	qsort(data->labels, labels->count, sizeof(char *), compare_labels);
	classes[ROW_UNLABELLED] = LF_UNLABELLED;
	for (int i = 0; i < labels->count; i++)
	{
		char **found =
			bsearch(&labels->texts[i], data->labels, labels->count, sizeof(char *), compare_labels);

		classes[i + 1] = (int32) (found - data->labels);
	}
	return classes;
}

char *
class_row_place(const ClassData *data, const ClassSeries *series, int64 row)
{
	if (!data->has_times)
		return psprintf("%s in row %lld", series_place(series->name), (long long) row + 1);
	return psprintf("%s at %s", series_place(series->name),
					timestamptz_to_str(times_at(&series->times, row)));
}

/* Two rows at one time. */
pg_noreturn static void
throw_fault(Fault *fault, const SourceColumns *columns)
{
	if (fault->code == ERRCODE_DATA_EXCEPTION)
		fault_add_hint(fault, columns != NULL && columns->series == NULL
								  ? "Give \"series_column\" if they are of several series; else "
									"merge them by GROUP BY in a SELECT."
								  : "Merge them by GROUP BY in a SELECT.");
	fault_throw(fault);
}

/* The one label of a series; LF_UNLABELLED where no row has any. */
static int32
one_class(const ClassData *data, const ClassSeries *series)
{
	int64 known = -1;

	for (int64 i = 0; i < series->length; i++)
	{
		if (series->classes[i] == LF_UNLABELLED)
			continue;
		if (known >= 0 && series->classes[known] != series->classes[i])
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("rows%s have the labels \"%s\" and \"%s\"", series_place(series->name),
							data->labels[series->classes[known]], data->labels[series->classes[i]]),
					 errdetail("The second one is that of the row%s.",
							   class_row_place(data, series, i)),
					 errhint("A series has one label. For a label a row set the option "
							 "\"supervision\" to \"sequence\".")));
		known = i;
	}
	return known < 0 ? LF_UNLABELLED : series->classes[known];
}

static void
check_length(const ClassSeries *series)
{
	if (series->length > LF_MAX_LOOKBACK)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("series%s is too long",
							   series->name == NULL ? "" : psprintf(" \"%s\"", series->name)),
						errdetail("It has %lld rows, and may have %d where it has one label.",
								  (long long) series->length, LF_MAX_LOOKBACK),
						errhint("Give means over longer times, or shorter series.")));
}

/* The rows of one series in order, copied. */
static void
build_series(ClassData *data, ClassSeries *series, const PanelRows *rows, int64 number,
			 const int32 *classes)
{
	const OrderRequest request = {.duplicates = DUPLICATES_ERROR, .columns = rows->columns};
	RowSet *set = rows->series[number];
	Size held = data->account.held;
	Fault fault = {0};
	OrderedRows ordered;

	series->name = rows->labels[number];
	series->values = data->values + data->rows * data->channels;
	if (classes != NULL)
	{
		account_take(&data->account, mul_size(sizeof(int32), set->count));
		series->classes = huge_array(set->count, 1, sizeof(int32));
	}
	ordered = series_order(set, series->name, &request, held, &fault);
	if (fault.code != 0)
		throw_fault(&fault, rows->columns);
	series->length = ordered.count;
	series->times = ordered_times(&ordered);
	for (int64 i = 0; i < ordered.count; i++)
	{
		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		memcpy(series->values + i * data->channels, ordered.covariates + i * data->channels,
			   sizeof(float) * data->channels);
		if (classes != NULL)
			series->classes[i] = classes[(int) ordered.values[i]];
	}
	/* the times stay */
	if (ordered.value_memory != NULL)
		pfree(ordered.value_memory);
	if (ordered.covariate_memory != NULL)
		pfree(ordered.covariate_memory);
	if (data->has_times && ordered.value_memory != NULL)
		account_take(&data->account, mul_size(sizeof(TimestampTz), ordered.count));
}

static int
compare_numbers(const void *a, const void *b, void *labels)
{
	char *const *all = labels;

	check_interrupts();
	return compare_series_labels(all[*(const int64 *) a], all[*(const int64 *) b]);
}

ClassData *
class_data_build(const PanelRows *rows, bool one)
{
	ClassData *data = palloc0(sizeof(ClassData));
	int32 *classes = order_labels(data, rows->classes);
	int64 *order;

	data->has_times = rows->has_times;
	data->channels = panel_rows_past(rows);
	data->account = (MemoryAccount){.what = classes != NULL ? "training" : "telling classes",
									.hint = MEMORY_HINT};
	if (data->channels == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("rows have no values"),
						errhint("Give an array of at least one number a row, or name at least one "
								"column in \"value_columns\".")));
	account_take(&data->account, panel_rows_bytes(rows));
	data->count = rows->series_count;
	account_take(&data->account, mul_size(data->count, sizeof(ClassSeries) + sizeof(int64)));
	data->series = huge_array(data->count, 1, sizeof(ClassSeries));
	account_take(&data->account, mul_size(sizeof(float), mul_size(rows->count, data->channels)));
	data->values = huge_array(rows->count, data->channels, sizeof(float));
	order = huge_array(data->count, 1, sizeof(int64));
	for (int64 i = 0; i < data->count; i++)
		order[i] = i;
	qsort_arg(order, data->count, sizeof(int64), compare_numbers, rows->labels);
	for (int64 i = 0; i < data->count; i++)
	{
		ClassSeries *series = &data->series[i];

		check_interrupts();
		memset(series, 0, sizeof(*series));
		build_series(data, series, rows, order[i], classes);
		data->rows += series->length;
		series->one = LF_UNLABELLED;
		if (one)
			check_length(series);
		if (one && classes != NULL)
			series->one = one_class(data, series);
	}
	pfree(order);
	return data;
}
