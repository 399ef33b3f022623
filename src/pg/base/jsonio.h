/*
 * jsonio.h
 *	  Small words for writing JSON text and reading jsonb values.
 */
#ifndef LSTM_FORECAST_JSONIO_H
#define LSTM_FORECAST_JSONIO_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "base/compat.h"

/* Append '"key":', after a comma unless the text ends with an opening bracket. */
extern void json_append_key(StringInfo json, const char *key);

/* Append a comma unless the text ends with an opening bracket: before the next element of an array.
 */
extern void json_append_separator(StringInfo json);

/* Append the shortest text that reads back as the same double; null for NaN and infinities. */
extern void json_append_number(StringInfo json, double value);

/* Append an array of such numbers. */
extern void json_append_numbers(StringInfo json, const double *values, int count);

/* Append an array of integers. */
extern void json_append_integers(StringInfo json, const int *values, int count);

/* Append a quoted string; null for NULL. */
extern void json_append_text(StringInfo json, const char *text);

/* Append an array of such strings; null for NULL. */
extern void json_append_texts(StringInfo json, char *const *texts, int count);

/* A key and its value, by the functions above. */
extern void json_add_integer(StringInfo json, const char *key, int64 value);
extern void json_add_unsigned(StringInfo json, const char *key, uint64 value);
extern void json_add_number(StringInfo json, const char *key, double value);
extern void json_add_boolean(StringInfo json, const char *key, bool value);
extern void json_add_text(StringInfo json, const char *key, const char *value);

/* JSON text to jsonb. Text that is no JSON raises 22P02. */
extern Jsonb *json_parse(const char *text);

/*
 * Look at a text out of a model, which anybody may have made, before json_parse, which neither
 * holds to a limit nor looks at interrupts: raise 54000 when parsing it, beside what
 * CurrentMemoryContext holds, may take more than lstm_forecast.max_memory, or meets more
 * values than an array or more keys than an object can have. It costs nothing where the text
 * is too short for that, whatever it holds. Interruptible.
 */
extern void json_check_model_text(const char *text, Size length);

/*
 * A jsonb number as an integer or as a double; false when the value is no
 * number, not whole (1.0 is whole), out of the type's range, or of more than 400 digits after
 * the point. The memory taken does not depend on the number's exponent.
 */
extern bool json_value_int64(const JsonbValue *value, int64 *result);
extern bool json_value_uint64(const JsonbValue *value, uint64 *result);
extern bool json_value_double(const JsonbValue *value, double *result);

/*
 * The JSON text of a value to show in a message: the whole text where it is of at most so many
 * bytes, else more than these of its beginning, but not much more, whatever the value takes.
 */
extern char *json_beginning(const JsonbValue *value, int bytes);

#endif
