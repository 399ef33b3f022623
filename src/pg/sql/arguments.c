/*
 * arguments.c
 *	  Arguments of SQL functions that several of them share.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "storage/shmem.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/interrupts.h"
#include "core/config.h"
#include "base/memory.h"
#include "train/limits.h"
#include "options/class_options.h"
#include "sql/arguments.h"

#define MOST_QUANTILES 1000

char *
text_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

int
integer_argument(FunctionCallInfo fcinfo, int number, const char *name, int least, int most,
				 int otherwise)
{
	int64 value;

	if (PG_ARGISNULL(number))
		return otherwise;
	value = PG_GETARG_INT64(number);
	if (value < least || value > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" is out of range", name),
				 errdetail("It is %lld, and must be between %d and %d.", (long long) value, least,
						   most),
				 errhint("Leave it out for the default.")));
	return (int) value;
}

int
choice_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *const *words)
{
	const char *text = text_argument(fcinfo, number);
	StringInfoData allowed;

	if (text == NULL)
		return 0;
	for (int i = 0; words[i] != NULL; i++)
		if (pg_strcasecmp(text, words[i]) == 0)
			return i;
	initStringInfo(&allowed);
	for (int i = 0; words[i] != NULL; i++)
		appendStringInfo(&allowed, "%s\"%s\"", i == 0 ? "" : " or ", words[i]);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid value for \"%s\": \"%s\"", name, text),
					errhint("It must be %s.", allowed.data)));
	return 0;
}

/* The array that an argument is, or that its text stands for. */
static ArrayType *
read_array(FunctionCallInfo fcinfo, int number)
{
	Oid input;
	Oid parameter;

	if (get_fn_expr_argtype(fcinfo->flinfo, number) != TEXTOID)
		return PG_GETARG_ARRAYTYPE_P(number);
	getTypeInputInfo(TEXTARRAYOID, &input, &parameter);
	return DatumGetArrayTypeP(
		OidInputFunctionCall(input, text_argument(fcinfo, number), parameter, -1));
}

char **
array_argument(FunctionCallInfo fcinfo, int number, const char *name, int *count)
{
	ArrayType *array;
	Oid output;
	bool is_varlena;
	int16 length;
	bool by_value;
	char align;
	Datum *elements;
	bool *nulls;
	char **texts;
	MemoryAccount account = {.what = psprintf("reading \"%s\"", name),
							 .hint = "Give fewer names in one call."};

	*count = 0;
	if (PG_ARGISNULL(number))
		return NULL;
	array = read_array(fcinfo, number);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must have one dimension", name),
						errdetail("It has %d.", ARR_NDIM(array)),
						errhint("Write it as ARRAY['a', 'b'].")));
	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
	getTypeOutputInfo(ARR_ELEMTYPE(array), &output, &is_varlena);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, &elements, &nulls,
					  count);
	account_take(&account, mul_size(sizeof(char *), *count));
	texts = palloc_extended(mul_size(sizeof(char *), Max(*count, 1)), MCXT_ALLOC_HUGE);
	for (int i = 0; i < *count; i++)
	{
		check_interrupts();
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("\"%s\" must not contain nulls", name),
							errdetail("Element %d is null.", i + 1), errhint("Give names.")));
		texts[i] = OidOutputFunctionCall(output, elements[i]);
		account_take(&account, GetMemoryChunkSpace(texts[i]));
	}
	return texts;
}

IntervalRequest
interval_arguments(FunctionCallInfo fcinfo, int first)
{
	IntervalRequest request = {.confidence = DEFAULT_CONFIDENCE};

	if (!PG_ARGISNULL(first))
		request.confidence = PG_GETARG_FLOAT8(first);
	if (!PG_ARGISNULL(first + 1))
	{
		ArrayType *array = PG_GETARG_ARRAYTYPE_P(first + 1);

		if (array_contains_nulls(array))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("\"quantiles\" must not contain nulls"),
							errhint("Give numbers between 0 and 1.")));
		request.quantile_count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
		if (request.quantile_count > MOST_QUANTILES)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("too many quantiles"),
							errdetail("There are %d, and may be %d.", request.quantile_count,
									  MOST_QUANTILES),
							errhint("Ask for fewer, in several calls if need be.")));
		request.quantiles = (double *) ARR_DATA_PTR(array);
	}
	interval_check_request(&request);
	return request;
}

TrainOptions
options_arguments(FunctionCallInfo fcinfo, int horizon, int options)
{
	TrainOptions parsed;

	options_parse(&parsed, PG_ARGISNULL(options) ? NULL : PG_GETARG_JSONB_P(options));
	options_check_forecast(&parsed);
	limit_training_time(&parsed);
	parsed.horizon =
		integer_argument(fcinfo, horizon, "horizon", 1, LF_MAX_HORIZON, parsed.horizon);
	return parsed;
}

SourceColumns
column_arguments(FunctionCallInfo fcinfo, int first)
{
	SourceColumns columns = {0};

	if (PG_ARGISNULL(first - 1) || PG_ARGISNULL(first + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"source\" and \"target_column\" must not be null"),
				 errhint("Name a table or give a SELECT, and name the column to forecast.")));
	columns.time = text_argument(fcinfo, first);
	columns.target = text_argument(fcinfo, first + 1);
	columns.series = text_argument(fcinfo, first + 2);
	columns.past = array_argument(fcinfo, first + 3, "past_columns", &columns.past_count);
	columns.future = array_argument(fcinfo, first + 4, "future_columns", &columns.future_count);
	return columns;
}

void
static_arguments(FunctionCallInfo fcinfo, int number, SourceColumns *columns)
{
	columns->statics = array_argument(fcinfo, number, "static_columns", &columns->static_count);
}

void
take_options(SourceColumns *columns, const TrainOptions *options)
{
	columns->zone = options->time_zone;
	columns->steps = options->steps;
	columns->holidays = options->holidays;
	columns->keep_faults = options->on_error == ON_ERROR_SKIP;
}

char **
covariate_names(const SourceColumns *columns)
{
	char **names;

	int before = columns->past_count + columns->future_count;

	if (before + columns->static_count == 0)
		return NULL;
	names = palloc(sizeof(char *) * (before + columns->static_count));
	for (int i = 0; i < columns->past_count; i++)
		names[i] = columns->past[i];
	for (int i = 0; i < columns->future_count; i++)
		names[columns->past_count + i] = columns->future[i];
	for (int i = 0; i < columns->static_count; i++)
		names[before + i] = columns->statics[i];
	return names;
}

/* Columns of other names may be meant; columns in another order hardly ever are. */
static void
notice_other_names(char *const *trained, char *const *given, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(trained[i], given[i]) != 0)
			ereport(NOTICE,
					(errmsg("covariate %d is \"%s\", the model was trained with \"%s\"", i + 1,
							given[i], trained[i]),
					 errhint("Give the columns in the order of the training, or leave them out.")));
}

void
check_bare_covariates(const Model *model, int past, int future)
{
	if (model->bare && past + future > 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a pretrained model reads no covariates"),
						errdetail("It forecasts a series by its own past alone; %d past and %d "
								  "future ones were given.",
								  past, future),
						errhint("Leave them out, or train a model on them with lstm_train().")));
}

/*
 * The model's vocabularies, afresh, as each call tells of new words. Columns that are not as many
 * as the model's hold numbers, and are refused later.
 */
static void
take_categories(const ModelCovariates *covariates, SourceColumns *columns)
{
	int past = columns->past == NULL ? covariates->past : columns->past_count;
	int future =
		columns->future == NULL ? covariates->future : columns->future_count + covariates->statics;

	if (covariates->categories == NULL || past != covariates->past || future != covariates->future)
		return;
	columns->categories = palloc0(sizeof(Vocabulary *) * (past + future));
	for (int i = 0; i < past + future; i++)
		if (covariates->categories[i] != NULL)
			columns->categories[i] =
				vocabulary_of_words(covariates->names[i], covariates->categories[i]->words,
									covariates->categories[i]->count);
}

void
take_model_columns(const Model *model, SourceColumns *columns)
{
	const ModelCovariates *covariates = &model->covariates;

	int ahead = covariates->future - covariates->statics;

	check_bare_covariates(model, columns->past_count, columns->future_count);
	columns->zone = model->options.time_zone;
	columns->known = true;
	if (covariates->names == NULL)
		return;
	columns->static_count = covariates->statics;
	columns->statics = covariates->names + covariates->past + ahead;
	if (columns->past != NULL && columns->past_count == covariates->past)
		notice_other_names(covariates->names, columns->past, covariates->past);
	if (columns->future != NULL && columns->future_count == ahead)
		notice_other_names(covariates->names + covariates->past, columns->future, ahead);
	take_categories(covariates, columns);
	if (columns->past == NULL)
	{
		columns->past = covariates->names;
		columns->past_count = covariates->past;
	}
	if (columns->future == NULL)
	{
		columns->future = covariates->names + covariates->past;
		columns->future_count = ahead;
	}
}
