/*
 * results.c
 *	  Values that SQL functions return.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "sql/results.h"

Datum
number_result(double value, bool *null)
{
	*null = isnan(value);
	return Float8GetDatum(value);
}

Datum
numbers_result(const double *values, int count, bool *null)
{
	int lower = 1;
	Datum *elements;
	bool *nulls;
	ArrayType *array;

	*null = values == NULL;
	if (values == NULL)
		return (Datum) 0;
	elements = palloc(sizeof(Datum) * count);
	nulls = palloc(sizeof(bool) * count);
	for (int i = 0; i < count; i++)
		elements[i] = number_result(values[i], &nulls[i]);
	array = construct_md_array(elements, nulls, 1, &count, &lower, FLOAT8OID, sizeof(float8),
							   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	pfree(elements);
	pfree(nulls);
	return PointerGetDatum(array);
}

Datum
text_result(const char *text, bool *null)
{
	*null = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}
