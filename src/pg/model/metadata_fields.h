/*
 * metadata_fields.h
 *	  Fields of a JSON object that must be there and of a type: of the metadata of a model. What is
 *	  not so raises 22P03.
 */
#ifndef LSTM_FORECAST_METADATA_FIELDS_H
#define LSTM_FORECAST_METADATA_FIELDS_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "base/compat.h"

/* Raise 22P03 for a field that is missing or wrong. */
pg_noreturn extern void field_throw(const char *key);

/* May be asked first of a field that need not be there. */
extern bool field_exists(JsonbContainer *object, const char *key);

/* Of any type; it must be there. */
extern JsonbValue field_value(JsonbContainer *object, const char *key);

extern int64 field_integer(JsonbContainer *object, const char *key, int64 least, int64 most);

extern uint64 field_unsigned(JsonbContainer *object, const char *key);

/* A finite number, or NaN for null. */
extern double field_number(JsonbContainer *object, const char *key);

extern bool field_boolean(JsonbContainer *object, const char *key);

/* In CurrentMemoryContext. */
extern char *field_text(JsonbContainer *object, const char *key);

/* The value of a field that is named as an option and holds one of its words. */
extern int field_word(JsonbContainer *object, const char *key);

extern JsonbContainer *field_object(JsonbContainer *object, const char *key);

/* Begin to read an array of least to most elements; returns how many. */
extern int64 field_array(JsonbContainer *object, const char *key, int64 least, int64 most,
						 JsonbIterator **iterator);

/* The next element; there must be one, as field_array said. */
extern JsonbValue next_element(JsonbIterator **iterator);

/* The object that an element of the array `key` is. */
extern JsonbContainer *element_object(const JsonbValue *element, const char *key);

/* An array of least to most numbers, finite ones, into values; returns how many. */
extern int field_numbers(JsonbContainer *object, const char *key, int least, int most,
						 double *values);

/* An array of so many texts, in CurrentMemoryContext; NULL where the field is null. */
extern char **field_texts(JsonbContainer *object, const char *key, int count);

/* The object "reasons" of strings, as text. Interruptible. */
extern char *field_reasons(JsonbContainer *object);

#endif
