/*
 * source_types.c
 *	  The types that columns of a source may have.
 *
 * What is no number, or no time, is not guessed at: the error says which column it is, of which
 * type, and how to convert it in SQL.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "rows/source_types.h"

/* Numbers that a time column without timestamps may hold. */
#define FIRST_YEAR 1900
#define LAST_YEAR 2200
#define FIRST_EPOCH 1e8 /* 1973, in seconds */

bool
source_type_is_time(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

bool
source_type_is_category(Oid type)
{
	return TypeCategory(type) == TYPCATEGORY_STRING || type_is_enum(type);
}

/* Is there a cast to float8 that is not one by text? What JSON holds is not known. */
bool
source_type_is_number(Oid type)
{
	Oid function;

	return type != JSONBOID && TypeCategory(type) != TYPCATEGORY_STRING &&
		   find_coercion_pathway(FLOAT8OID, type, COERCION_EXPLICIT, &function) !=
			   COERCION_PATH_NONE;
}

/* How to make a number of a column of a type that is none. */
static int
number_hint(const char *column, Oid type, bool target)
{
	const char *name = quote_identifier(column);

	if (type == BOOLOID)
		return errhint("Give a SELECT with (%s)::int as the source.", name);
	if (type == JSONOID || type == JSONBOID)
		return errhint("Give a SELECT with (%s ->> 'key')::float8 as the source, or with "
					   "%s::text::float8 if it is the number itself.",
					   name, name);
	if (type == MONEYOID)
		return errhint("Give a SELECT with %s::numeric as the source.", name);
	if (source_type_is_time(type) && !target)
		return errhint("Give a SELECT as the source, with a number that tells what matters, such "
					   "as extract(isodow FROM %s); the option \"calendar\" knows those of the "
					   "time column.",
					   name);
	if (TypeCategory(type) == TYPCATEGORY_DATETIME || TypeCategory(type) == TYPCATEGORY_TIMESPAN)
		return errhint("Give a SELECT with extract(epoch FROM %s) as the source.", name);
	if (type_is_enum(type) || (TypeCategory(type) == TYPCATEGORY_STRING && !target))
		return errhint("Give a SELECT as the source, with one indicator for each category, such as "
					   "(%s = '...')::int%s.",
					   name,
					   type_is_enum(type)
						   ? ""
						   : psprintf(", or with %s::float8 if its text is a number", name));
	if (TypeCategory(type) == TYPCATEGORY_STRING)
		return errhint("Give a SELECT with %s::float8 as the source.", name);
	return errhint("Give a SELECT as the source, with an expression that makes a number of it.");
}

void
source_throw_no_number(const char *name, Oid type, const char *argument)
{
	bool target = strcmp(argument, SOURCE_TARGET) == 0;

	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" is of type %s, not a number", name, format_type_be(type)),
			 errdetail("It is given as \"%s\".", argument), number_hint(name, type, target)));
}

/* An expression in SQL that makes a timestamp of numbers like this one; NULL: there is none, or it
 * is NaN. */
static char *
time_of_number(const char *name, Oid type, double number)
{
	if (number >= FIRST_YEAR && number <= LAST_YEAR)
		return psprintf("make_date(%s%s, 1, 1)", name,
						type == INT2OID || type == INT4OID ? "" : "::int");
	if (number >= FIRST_YEAR * 100.0 && number <= LAST_YEAR * 100.0)
		return psprintf("to_date(%s::text, 'YYYYMM')", name);
	if (number >= FIRST_YEAR * 10000.0 && number <= LAST_YEAR * 10000.0)
		return psprintf("to_date(%s::text, 'YYYYMMDD')", name);
	if (!(number >= FIRST_EPOCH && number < FIRST_EPOCH * 1e12))
		return NULL;
	if (number < FIRST_EPOCH * 1e3)
		return psprintf("to_timestamp(%s)", name);
	return psprintf("to_timestamp(%s / %s)", name,
					number < FIRST_EPOCH * 1e6   ? "1000.0"
					: number < FIRST_EPOCH * 1e9 ? "1000000.0"
												 : "1000000000.0");
}

/* How to make a time of a column of a type that is none. */
static int
time_hint(const char *column, Oid type, double first)
{
	const char *name = quote_identifier(column);
	const char *time = NULL;

	if (source_type_is_number(type))
		time = time_of_number(name, type, first);
	else if (TypeCategory(type) == TYPCATEGORY_STRING)
		time = psprintf("%s::timestamptz", name);
	else
		return errhint("Give a SELECT as the source, with a column that is a date or timestamp.");
	if (time == NULL)
		return errhint("Where it only numbers the rows, leave \"time_column\" null and give a "
					   "SELECT with ORDER BY %s as the source: rows are then steps.",
					   name);
	return errhint("Give a SELECT with %s AS ts as the source, and 'ts' as \"time_column\".", time);
}

void
source_throw_no_time(const char *name, Oid type, double first)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_DATATYPE_MISMATCH),
		 errmsg("column \"%s\" is of type %s, not a date or timestamp", name, format_type_be(type)),
		 isnan(first) ? errdetail("It is given as \"time_column\".")
					  : errdetail("It is given as \"time_column\", and holds %.15g.", first),
		 time_hint(name, type, first)));
}
