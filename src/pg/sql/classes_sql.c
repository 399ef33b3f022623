/*
 * classes_sql.c
 *	  SQL functions of classes: lstm_train_classes in its forms, lstm_classify.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "base/memory.h"
#include "base/progress_report.h"
#include "classes/classify.h"
#include "classes/train_classes.h"
#include "model/decode.h"
#include "model/fetch.h"
#include "options/class_options.h"
#include "rows/source.h"
#include "sql/arguments.h"
#include "sql/results.h"
#include "sql/rowstate.h"
#include "train/limits.h"

PG_FUNCTION_INFO_V1(lstm_rows_classes);
PG_FUNCTION_INFO_V1(lstm_rows_classes_options);
PG_FUNCTION_INFO_V1(lstm_train_classes_final);
PG_FUNCTION_INFO_V1(lstm_train_classes);
PG_FUNCTION_INFO_V1(lstm_classify);

#define VALUE_COLUMNS "value_columns"

/* The number of the label argument; 0 where it is NULL. */
static int
class_argument(FunctionCallInfo fcinfo, int argument, PanelRows *rows)
{
	RowLabellers *labellers = rowstate_labellers(fcinfo);

	if (PG_ARGISNULL(argument))
		return ROW_UNLABELLED;
	if (!labellers->has_classes)
	{
		Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);

		if (!OidIsValid(type))
			elog(ERROR, "type of the label is unknown");
		class_labeller_init(&labellers->classes, type, fcinfo->flinfo->fn_mcxt);
		labellers->has_classes = true;
	}
	return class_label_number(&labellers->classes, rows->classes, PG_GETARG_DATUM(argument));
}

/* (state, series, ts, values, label) and, where options is not 0, options */
static Datum
transition(FunctionCallInfo fcinfo, int options)
{
	MemoryContext context = rowstate_context(fcinfo);
	RowState *state = PG_ARGISNULL(0) ? NULL : (RowState *) PG_GETARG_POINTER(0);
	ArrivingRow row = {.past_name = "values", .time_null = PG_ARGISNULL(2)};

	if (state == NULL)
	{
		state = rowstate_create(context, true, -1, 0);
		state->rows->classes = class_labels_create(context);
		report_rows_begin();
	}
	rowstate_take_options(fcinfo, options, state);
	row.rows = state->rows;
	row.label = rowstate_series(fcinfo, 1, row.rows);
	row.time = row.time_null ? 0 : PG_GETARG_TIMESTAMPTZ(2);
	rowstate_append(&row, class_argument(fcinfo, 4, row.rows), false,
					PG_ARGISNULL(3) ? NULL : PG_GETARG_ARRAYTYPE_P(3), NULL);
	rowstate_count_row(fcinfo, PROGRESS_TRAIN_CLASSES);
	PG_RETURN_POINTER(state);
}

/* (state, series, ts, values, label) */
Datum
lstm_rows_classes(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, 0);
}

/* (state, series, ts, values, label, options) */
Datum
lstm_rows_classes_options(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, 5);
}

/* (state) -> model; the state is put in order at most, as a window may call again */
Datum
lstm_train_classes_final(PG_FUNCTION_ARGS)
{
	const RowState *state;
	TrainOptions options;
	bytea *model;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (RowState *) PG_GETARG_POINTER(0);
	report_open(PROGRESS_TRAIN_CLASSES);
	report_rows(state->rows->count);
	options_parse_classes(&options, rowstate_options(state));
	limit_training_time(&options);
	model = train_classes(state->rows, NULL, &options);
	report_close();
	PG_RETURN_BYTEA_P(model);
}

/*
 * The arguments time_column, series_column, value_columns that follow the source, from argument
 * `first` on.
 */
static SourceColumns
class_columns(FunctionCallInfo fcinfo, int first)
{
	SourceColumns columns = {.past_name = VALUE_COLUMNS, .known = true};

	if (PG_ARGISNULL(first - 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("\"source\" must not be null"),
				 errhint("Name a table or give a SELECT.")));
	columns.time = text_argument(fcinfo, first);
	columns.series = text_argument(fcinfo, first + 1);
	columns.past = array_argument(fcinfo, first + 2, VALUE_COLUMNS, &columns.past_count);
	return columns;
}

/* (source, time_column, series_column, value_columns, label_column, options) -> model, or NULL for
 * a source without rows */
Datum
lstm_train_classes(PG_FUNCTION_ARGS)
{
	SourceColumns columns = class_columns(fcinfo, 1);
	TrainOptions options;
	PanelRows *rows;
	bytea *model;

	columns.label = text_argument(fcinfo, 4);
	if (columns.label == NULL || columns.past_count == 0)
		ereport(ERROR, (errcode(columns.label == NULL ? ERRCODE_NULL_VALUE_NOT_ALLOWED
													  : ERRCODE_INVALID_PARAMETER_VALUE),
						columns.label == NULL ? errmsg("\"label_column\" must not be null")
											  : errmsg("\"" VALUE_COLUMNS "\" names no column"),
						errhint("Name the column of the labels, and those of the values that tell "
								"them.")));
	options_parse_classes(&options, PG_ARGISNULL(5) ? NULL : PG_GETARG_JSONB_P(5));
	limit_training_time(&options);
	report_open(PROGRESS_TRAIN_CLASSES);
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(0)), &columns, DUPLICATES_ERROR);
	report_rows(rows->count);
	model = rows->count == 0 ? NULL : train_classes(rows, columns.past, &options);
	report_close();
	if (model == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(model);
}

#define CLASSIFY_COLUMNS 5

/* Where rows go. */
typedef struct ClassRows
{
	ReturnSetInfo *result;
	const Classifier *classifier;
	MemoryContext row;
} ClassRows;

/* {"label": probability, ...} */
static Jsonb *
probabilities_json(const Classifier *classifier, const double *probabilities)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int c = 0; c < classifier->class_count; c++)
	{
		check_interrupts();
		json_add_number(&json, classifier->labels[c], probabilities[c]);
	}
	appendStringInfoChar(&json, '}');
	return json_parse(json.data);
}

/* A ClassTaker: a row of lstm_classify. */
static void
put_answer(void *context, const ClassData *data, const ClassAnswer *answer)
{
	const ClassRows *rows = context;
	const Classifier *classifier = rows->classifier;
	MemoryContext caller = MemoryContextSwitchTo(rows->row);
	bool nulls[CLASSIFY_COLUMNS] = {false};
	Datum values[CLASSIFY_COLUMNS];

	values[0] = text_result(answer->series->name, &nulls[0]);
	nulls[1] = !data->has_times;
	values[1] =
		nulls[1] ? (Datum) 0 : TimestampTzGetDatum(times_at(&answer->series->times, answer->row));
	values[2] = CStringGetTextDatum(classifier->labels[answer->class]);
	values[3] = Float8GetDatum(answer->probabilities[answer->class]);
	values[4] = JsonbPGetDatum(probabilities_json(classifier, answer->probabilities));
	tuplestore_putvalues(rows->result->setResult, rows->result->setDesc, values, nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(rows->row);
}

/* The model of an argument, in CurrentMemoryContext. */
static const Classifier *
classifier_argument(FunctionCallInfo fcinfo, int number)
{
	Classifier *classifier;

	if (model_decode_any(model_fetch(PG_GETARG_RAW_VARLENA_P(number)), &classifier) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model forecasts, and does not tell classes"),
				 errdetail("It was trained by lstm_train()."),
				 errhint("Call lstm_forecast(), or train a model with lstm_train_classes().")));
	return classifier;
}

/*
 * (model, source, time_column, series_column, value_columns) -> rows; none for a null model or a
 * source without rows
 */
Datum
lstm_classify(PG_FUNCTION_ARGS)
{
	ClassRows result = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Scratch scratch;
	SourceColumns columns;
	PanelRows *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast classify");
	columns = class_columns(fcinfo, 2);
	result.classifier = classifier_argument(fcinfo, 0);
	result.row =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast row", ALLOCSET_SMALL_SIZES);
	if (columns.past == NULL && result.classifier->names != NULL)
	{
		columns.past = result.classifier->names;
		columns.past_count = result.classifier->channels;
	}
	if (columns.past_count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"" VALUE_COLUMNS "\" names no column"),
						errhint("Name the columns that the model reads, in the order of its "
								"training.")));
	rows = source_read(text_to_cstring(PG_GETARG_TEXT_PP(1)), &columns, DUPLICATES_ERROR);
	if (rows->count > 0)
		classify(result.classifier, rows, put_answer, &result);
	scratch_leave(&scratch);
	return (Datum) 0;
}
