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
	Datum *elements;
	ArrayType *array;

	*null = values == NULL;
	if (values == NULL)
		return (Datum) 0;
	elements = palloc(sizeof(Datum) * count);
	for (int i = 0; i < count; i++)
		elements[i] = Float8GetDatum(values[i]);
	array = construct_array(elements, count, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
							TYPALIGN_DOUBLE);
	pfree(elements);
	return PointerGetDatum(array);
}

Datum
text_result(const char *text, bool *null)
{
	*null = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}
