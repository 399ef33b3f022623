/*
 * rowstate.c
 *	  Transition and combine functions of the aggregates.
 *
 * One C function per list of arguments, as an aggregate's transition function
 * takes what the aggregate takes. They differ only in where which argument is.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/memory.h"
#include "base/interrupts.h"
#include "model/pretrained.h"
#include "rows/series_label.h"
#include "sql/rowstate.h"
#include "sql/rowstate_local.h"

PG_FUNCTION_INFO_V1(lstm_rows_value);
PG_FUNCTION_INFO_V1(lstm_rows_value_options);
PG_FUNCTION_INFO_V1(lstm_rows_time);
PG_FUNCTION_INFO_V1(lstm_rows_time_options);
PG_FUNCTION_INFO_V1(lstm_rows_series);
PG_FUNCTION_INFO_V1(lstm_rows_series_options);
PG_FUNCTION_INFO_V1(lstm_rows_covariates);
PG_FUNCTION_INFO_V1(lstm_rows_covariates_options);
PG_FUNCTION_INFO_V1(lstm_rows_model_value);
PG_FUNCTION_INFO_V1(lstm_rows_model_time);
PG_FUNCTION_INFO_V1(lstm_rows_model_series);
PG_FUNCTION_INFO_V1(lstm_rows_model_covariates);
PG_FUNCTION_INFO_V1(lstm_rows_model_value_options);
PG_FUNCTION_INFO_V1(lstm_rows_model_time_options);
PG_FUNCTION_INFO_V1(lstm_rows_model_series_options);
PG_FUNCTION_INFO_V1(lstm_rows_model_covariates_options);
PG_FUNCTION_INFO_V1(lstm_rows_combine);

/* Where a transition function has its arguments; the state is argument 0, so 0 is none. */
typedef struct RowArguments
{
	int series;
	int time;
	int value;
	int past;
	int future;
	int model;
	int options;
} RowArguments;

MemoryContext
rowstate_context(FunctionCallInfo fcinfo)
{
	return aggregate_context(
		fcinfo, "Call the aggregates \"lstm_train\", \"lstm_finetune\" and \"lstm_forecast\".");
}

const RowState *
rowstate_with_model(FunctionCallInfo fcinfo)
{
	const RowState *state = PG_ARGISNULL(0) ? NULL : (const RowState *) PG_GETARG_POINTER(0);

	return state == NULL || state->model.value == NULL ? NULL : state;
}

Jsonb *
rowstate_options(const RowState *state)
{
	return state->options.value == NULL ? NULL : (Jsonb *) pg_detoast_datum(state->options.value);
}

RowState *
rowstate_create(MemoryContext context, bool has_times, int past, int future)
{
	RowState *state = MemoryContextAllocZero(context, sizeof(RowState));

	state->rows = panel_rows_create(context, has_times, past, future);
	return state;
}

/* The pretrained model is shared: of thousands of groups each would have a copy of its weights. */
static struct varlena *
copy_constant(MemoryContext context, const struct varlena *constant)
{
	Size size = VARSIZE_ANY(constant);
	struct varlena *copy;

	if (pretrained_is_encoded(constant))
		return unconstify(struct varlena *, constant);
	copy = MemoryContextAlloc(context, size);
	memcpy(copy, constant, size);
	return copy;
}

/* Do two varlenas look the same as they are stored? Then they are the same value. */
static bool
same_stored(const struct varlena *a, const struct varlena *b)
{
	return a == b || (VARSIZE_ANY(a) == VARSIZE_ANY(b) && memcmp(a, b, VARSIZE_ANY(a)) == 0);
}

/* Are two varlenas, stored differently, the same value? */
static bool
same_value(const struct varlena *a, const struct varlena *b)
{
	struct varlena *plain_a;
	struct varlena *plain_b;
	bool same;

	if (toast_raw_datum_size(PointerGetDatum(a)) != toast_raw_datum_size(PointerGetDatum(b)))
		return false;
	plain_a = pg_detoast_datum(unconstify(struct varlena *, a));
	plain_b = pg_detoast_datum(unconstify(struct varlena *, b));
	same = memcmp(VARDATA(plain_a), VARDATA(plain_b), VARSIZE(plain_a) - VARHDRSZ) == 0;
	if (plain_a != a)
		pfree(plain_a);
	if (plain_b != b)
		pfree(plain_b);
	return same;
}

/*
 * Remember a constant argument of the first row, and hold every other row to it.
 * For a column joined to every row the stored forms are equal, and nothing is
 * fetched. Where another form brings the same value, that one is remembered, as
 * the next rows most likely bring it, too.
 */
static void
take_constant(const RowState *state, RowConstant *constant, const struct varlena *value)
{
	struct varlena *known = constant->value;

	if (!constant->seen)
	{
		constant->seen = true;
		if (value != NULL)
			constant->value = copy_constant(state->rows->context, value);
		return;
	}
	if ((known == NULL && value == NULL) ||
		(known != NULL && value != NULL && same_stored(known, value)))
		return;
	if (known == NULL || value == NULL || !same_value(known, value))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options or model differ within a group"),
						errdetail("The options of \"lstm_train\" and \"lstm_finetune\", and the "
								  "model of \"lstm_finetune\" and \"lstm_forecast\", must be the "
								  "same for all rows of a group."),
						errhint("Add what they depend on to GROUP BY.")));
	constant->value = copy_constant(state->rows->context, value);
	if (!pretrained_is_encoded(known))
		pfree(known);
}

/* Take the argument of that number as a constant; 0: there is none. */
static pg_attribute_always_inline void
take_argument(FunctionCallInfo fcinfo, int number, const RowState *state, RowConstant *constant)
{
	if (number != 0)
		take_constant(state, constant,
					  PG_ARGISNULL(number) ? NULL : (struct varlena *) PG_GETARG_POINTER(number));
}

void
rowstate_take_options(FunctionCallInfo fcinfo, int number, RowState *state)
{
	take_argument(fcinfo, number, state, &state->options);
}

RowLabellers *
rowstate_labellers(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(RowLabellers));
	return fcinfo->flinfo->fn_extra;
}

const char *
rowstate_series(FunctionCallInfo fcinfo, int argument, PanelRows *rows)
{
	RowLabellers *labellers = rowstate_labellers(fcinfo);

	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("series is null"),
				 errhint("Leave out rows without a series, with a WHERE or FILTER clause.")));
	if (!labellers->has_series)
	{
		Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);

		if (!OidIsValid(type))
			elog(ERROR, "type of the series is unknown");
		series_labeller_init(&labellers->series, type, fcinfo->flinfo->fn_mcxt);
		labellers->has_series = true;
	}
	return series_label(&labellers->series, rows, PG_GETARG_DATUM(argument));
}

/* " of series "a" at ...", where the row stands. */
static char *
arriving_place(const ArrivingRow *row)
{
	return rowset_place(panel_rows_series(row->rows, row->label), row->label, row->time,
						row->time_null);
}

/* The number of elements of an array of covariates; -1 where it is NULL, which says nothing. */
static int
covariate_count(const ArrayType *array, const char *name, const ArrivingRow *row)
{
	int count;

	if (array == NULL)
		return -1;
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\"%s has %d dimensions", name, arriving_place(row), ARR_NDIM(array)),
				 errhint("Give an array of one dimension, with a number for each covariate.")));
	count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (count > MOST_COVARIATES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\"%s has too many elements", name, arriving_place(row)),
						errdetail("There are %d, and may be %d.", count, MOST_COVARIATES)));
	return count;
}

/* Hold a row's number of covariates to that of the rows before. Returns the number that is known.
 */
static int
check_covariate_count(int known, int count, const char *name, const ArrivingRow *row)
{
	if (known >= 0 && count >= 0 && known != count)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\"%s has %d elements, but %d in other rows", name, arriving_place(row),
					count, known),
			 errhint("Give the same covariates in every row, NULL for those that are not known.")));
	return Max(known, count);
}

/* The elements of an array as floats, NaN for NULL; all of count are NaN for a NULL array. */
static void
read_covariates(const ArrayType *array, int count, const char *name, const ArrivingRow *row,
				float *covariates)
{
	const bits8 *bitmap = array == NULL ? NULL : ARR_NULLBITMAP(array);
	const float8 *next = array == NULL ? NULL : (const float8 *) ARR_DATA_PTR(array);

	for (int i = 0; i < count; i++)
	{
		bool null = array == NULL || (bitmap != NULL && (bitmap[i / 8] & (1 << (i % 8))) == 0);
		float8 value = null ? 0 : *next++;

		if (!(fabs(value) <= FLT_MAX))
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("element %d of \"%s\"%s is %s", i + 1, name, arriving_place(row),
								   covariate_fault(value)),
							errhint("Use NULL for a covariate that is not known.")));
		covariates[i] = null ? NAN : (float) value;
	}
}

void
rowstate_append(const ArrivingRow *row, double value, bool value_null, const ArrayType *past,
				const ArrayType *future)
{
	PanelRows *rows = row->rows;
	const char *name = row->past_name != NULL ? row->past_name : "past";
	float covariates[MOST_COVARIATES];
	int past_count = check_covariate_count(rows->past, covariate_count(past, name, row), name, row);
	int future_count =
		check_covariate_count(rows->future, covariate_count(future, "future", row), "future", row);

	if (past_count != rows->past || future_count != rows->future)
		panel_rows_set_covariates(rows, past_count, future_count);
	past_count = panel_rows_past(rows);
	read_covariates(past, past_count, name, row, covariates);
	read_covariates(future, panel_rows_future(rows), "future", row, covariates + past_count);
	panel_rows_append(rows, row->label, row->time, row->time_null, value, value_null, covariates);
}

/* Does this aggregate give a model? Some that forecast take the same rows. Not known of a window.
 */
static bool
aggregate_trains(FunctionCallInfo fcinfo)
{
	const Aggref *aggregate = AggGetAggref(fcinfo);

	return aggregate != NULL && get_func_rettype(aggregate->aggfnoid) == BYTEAOID;
}

void
rowstate_count_row(FunctionCallInfo fcinfo, ProgressCommand command)
{
	if (report_rows_due(++report_rows_seen) && aggregate_trains(fcinfo))
		report_rows_taken(command);
}

/* Inline, so that where the arguments are is known when it is compiled: it runs for every row. */
static pg_attribute_always_inline Datum
transition(FunctionCallInfo fcinfo, RowArguments at)
{
	MemoryContext context = rowstate_context(fcinfo);
	bool arrays = at.past != 0;
	RowState *state = PG_ARGISNULL(0)
						  ? rowstate_create(context, at.time != 0, arrays ? -1 : 0, arrays ? -1 : 0)
						  : (RowState *) PG_GETARG_POINTER(0);
	ArrivingRow row = {.rows = state->rows};
	bool value_null = PG_ARGISNULL(at.value);
	double value = value_null ? 0 : PG_GETARG_FLOAT8(at.value);

	if (PG_ARGISNULL(0))
		report_rows_begin();
	take_argument(fcinfo, at.model, state, &state->model);
	take_argument(fcinfo, at.options, state, &state->options);
	if (at.series != 0)
		row.label = rowstate_series(fcinfo, at.series, row.rows);
	if (at.time != 0)
	{
		row.time_null = PG_ARGISNULL(at.time);
		row.time = row.time_null ? 0 : PG_GETARG_TIMESTAMPTZ(at.time);
	}
	if (arrays)
		rowstate_append(&row, value, value_null,
						PG_ARGISNULL(at.past) ? NULL : PG_GETARG_ARRAYTYPE_P(at.past),
						PG_ARGISNULL(at.future) ? NULL : PG_GETARG_ARRAYTYPE_P(at.future));
	else
		panel_rows_append(row.rows, row.label, row.time, row.time_null, value, value_null, NULL);
	rowstate_count_row(fcinfo, at.model != 0 ? PROGRESS_FINETUNE : PROGRESS_TRAIN);
	PG_RETURN_POINTER(state);
}

/* (state, value) */
Datum
lstm_rows_value(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.value = 1});
}

/* (state, value, options) */
Datum
lstm_rows_value_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.value = 1, .options = 2});
}

/* (state, ts, value) */
Datum
lstm_rows_time(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.time = 1, .value = 2});
}

/* (state, ts, value, options) */
Datum
lstm_rows_time_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.time = 1, .value = 2, .options = 3});
}

/* (state, series, ts, value) */
Datum
lstm_rows_series(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.series = 1, .time = 2, .value = 3});
}

/* (state, series, ts, value, options) */
Datum
lstm_rows_series_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.series = 1, .time = 2, .value = 3, .options = 4});
}

/* (state, series, ts, value, past, future) */
Datum
lstm_rows_covariates(PG_FUNCTION_ARGS)
{
	return transition(fcinfo,
					  (RowArguments){.series = 1, .time = 2, .value = 3, .past = 4, .future = 5});
}

/* (state, series, ts, value, past, future, options) */
Datum
lstm_rows_covariates_options(PG_FUNCTION_ARGS)
{
	return transition(
		fcinfo,
		(RowArguments){.series = 1, .time = 2, .value = 3, .past = 4, .future = 5, .options = 6});
}

/* (state, model, value) */
Datum
lstm_rows_model_value(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.model = 1, .value = 2});
}

/* (state, model, ts, value) */
Datum
lstm_rows_model_time(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.model = 1, .time = 2, .value = 3});
}

/* (state, model, series, ts, value) */
Datum
lstm_rows_model_series(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.model = 1, .series = 2, .time = 3, .value = 4});
}

/* (state, model, series, ts, value, past, future) */
Datum
lstm_rows_model_covariates(PG_FUNCTION_ARGS)
{
	return transition(
		fcinfo,
		(RowArguments){.model = 1, .series = 2, .time = 3, .value = 4, .past = 5, .future = 6});
}

/* (state, model, value, options) */
Datum
lstm_rows_model_value_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.model = 1, .value = 2, .options = 3});
}

/* (state, model, ts, value, options) */
Datum
lstm_rows_model_time_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, (RowArguments){.model = 1, .time = 2, .value = 3, .options = 4});
}

/* (state, model, series, ts, value, options) */
Datum
lstm_rows_model_series_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo,
					  (RowArguments){.model = 1, .series = 2, .time = 3, .value = 4, .options = 5});
}

/* (state, model, series, ts, value, past, future, options) */
Datum
lstm_rows_model_covariates_options(PG_FUNCTION_ARGS)
{
	return transition(
		fcinfo,
		(RowArguments){
			.model = 1, .series = 2, .time = 3, .value = 4, .past = 5, .future = 6, .options = 7});
}

/* The numbers that the labels of a state have in another one, which learns those that it lacks. */
static int *
numbers_in(ClassLabels *left, const ClassLabels *right)
{
	int *numbers = palloc(sizeof(int) * (right->count + 1));

	numbers[ROW_UNLABELLED] = ROW_UNLABELLED;
	for (int i = 0; i < right->count; i++)
		numbers[i + 1] = class_label_add(left, right->texts[i], strlen(right->texts[i]));
	return numbers;
}

/*
 * Append rows with labels. They are renumbered before, in a copy: appended ones may lie anywhere
 * among the others, and a state may be asked for again.
 */
static void
append_labelled(PanelRows *left, const PanelRows *right)
{
	int *numbers = numbers_in(left->classes, right->classes);

	for (int64 i = 0; i < right->series_count; i++)
	{
		RowSet series = *right->series[i];
		RowSet *only = &series;
		PanelRows view = *right;

		series.values = huge_array(series.count, 1, sizeof(double));
		for (int64 row = 0; row < series.count; row++)
		{
			if (row % INTERRUPT_ROWS == 0)
				check_interrupts();
			series.values[row] = numbers[(int) right->series[i]->values[row]];
		}
		view.series = &only;
		view.labels = &right->labels[i];
		view.series_count = 1;
		view.count = series.count;
		panel_rows_append_all(left, &view);
		pfree(series.values);
	}
	pfree(numbers);
}

/*
 * Both states are workers'; the second is copied, as its memory may be short-lived, unless it
 * is one that stayed in the process.
 */
Datum
lstm_rows_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = rowstate_context(fcinfo);
	RowState *left = PG_ARGISNULL(0) ? NULL : (RowState *) PG_GETARG_POINTER(0);
	RowState *right = PG_ARGISNULL(1) ? NULL : (RowState *) PG_GETARG_POINTER(1);

	if (right == NULL)
	{
		if (left == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(left);
	}
	if (left == NULL && rowstate_take(right))
		PG_RETURN_POINTER(right);
	if (left == NULL)
		left = rowstate_create(context, right->rows->has_times, right->rows->past,
							   right->rows->future);
	if (right->rows->classes != NULL && left->rows->classes == NULL)
		left->rows->classes = class_labels_create(context);
	if (right->model.seen)
		take_constant(left, &left->model, right->model.value);
	if (right->options.seen)
		take_constant(left, &left->options, right->options.value);
	if (right->rows->classes != NULL)
		append_labelled(left->rows, right->rows);
	else
		panel_rows_append_all(left->rows, right->rows);
	PG_RETURN_POINTER(left);
}
