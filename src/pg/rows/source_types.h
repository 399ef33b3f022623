/*
 * source_types.h
 *	  The types that columns of a source may have.
 */
#ifndef LSTM_FORECAST_SOURCE_TYPES_H
#define LSTM_FORECAST_SOURCE_TYPES_H

#include "postgres.h"

#include "base/compat.h"

/* A date or a timestamp? Types are those of domains' bases. */
extern bool source_type_is_time(Oid type);

/* A type whose values are categories: text or an enum? */
extern bool source_type_is_category(Oid type);

/* A type with a cast to float8 that does not go by its text? */
extern bool source_type_is_number(Oid type);

#define SOURCE_TARGET "target_column"
#define SOURCE_PAST "past_columns"
#define SOURCE_FUTURE "future_columns"

/* Raise 42804 for a column that is no number. argument: the one that names the column. */
pg_noreturn extern void source_throw_no_number(const char *name, Oid type, const char *argument);

/* Raise 42804 for a time column that is none; first: a number of it, NaN where there is none. */
pg_noreturn extern void source_throw_no_time(const char *name, Oid type, double first);

#endif
