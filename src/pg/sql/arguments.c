/*
 * arguments.c
 *	  Arguments of SQL functions that several of them share.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "sql/arguments.h"

char *
text_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

char **
text_array_argument(FunctionCallInfo fcinfo, int number, const char *name, int *count)
{
	ArrayType *array;
	Datum *elements;
	bool *nulls;
	char **texts;

	*count = 0;
	if (PG_ARGISNULL(number))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(number);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must have one dimension", name),
						errdetail("It has %d.", ARR_NDIM(array)),
						errhint("Write it as ARRAY['a', 'b'].")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, count);
	texts = palloc(sizeof(char *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("\"%s\" must not contain nulls", name),
							errdetail("Element %d is null.", i + 1), errhint("Give names.")));
		texts[i] = TextDatumGetCString(elements[i]);
	}
	return texts;
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
	columns.past = text_array_argument(fcinfo, first + 3, "past_columns", &columns.past_count);
	columns.future =
		text_array_argument(fcinfo, first + 4, "future_columns", &columns.future_count);
	return columns;
}

char **
covariate_names(const SourceColumns *columns)
{
	char **names;

	if (columns->past_count + columns->future_count == 0)
		return NULL;
	names = palloc(sizeof(char *) * (columns->past_count + columns->future_count));
	for (int i = 0; i < columns->past_count; i++)
		names[i] = columns->past[i];
	for (int i = 0; i < columns->future_count; i++)
		names[columns->past_count + i] = columns->future[i];
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
default_covariates(const Model *model, SourceColumns *columns)
{
	const ModelCovariates *covariates = &model->covariates;

	if (covariates->names == NULL)
		return;
	if (columns->past != NULL && columns->past_count == covariates->past)
		notice_other_names(covariates->names, columns->past, covariates->past);
	if (columns->future != NULL && columns->future_count == covariates->future)
		notice_other_names(covariates->names + covariates->past, columns->future,
						   covariates->future);
	if (columns->past == NULL)
	{
		columns->past = covariates->names;
		columns->past_count = covariates->past;
	}
	if (columns->future == NULL)
	{
		columns->future = covariates->names + covariates->past;
		columns->future_count = covariates->future;
	}
}
