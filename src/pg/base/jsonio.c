/*
 * jsonio.c
 *	  Small words for writing JSON text and reading jsonb values.
 *
 * Writing goes by text, as text keeps the order of keys and every digit;
 * reading goes by jsonb, as PostgreSQL has then done all the parsing.
 */
#include "postgres.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

#include "common/shortest_dec.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "base/jsonio.h"
#include "base/memory.h"
#include "base/interrupts.h"

/*
 * Bytes that parsing takes for what one of these begins, with all that comes before the next:
 * the value in an array that doubles, its text, its number, its place in the result; and for
 * the first elements of an array and of an object. Measured in PostgreSQL 15; later versions
 * need less. The text itself is copied, and what is long in it again.
 */
#define COMMA_BYTES 112
#define COLON_BYTES 64
#define BRACKET_BYTES 224
#define BRACE_BYTES 608
#define TEXT_COPIES 4

/*
 * Digits that a number may have after the point: the smallest double has 340. numeric has more
 * room: nine characters, 1e-16383 or 1e131071, would be written out as kilobytes.
 */
#define MOST_FRACTION_DIGITS 400
#define BEYOND_DOUBLE "1e309"

/* What an array and an object can grow to: they double, and a palloc has its limit. */
#define MOST_VALUES ((Size) 1 << 24)
#define MOST_KEYS ((Size) 1 << 23)

StaticAssertDecl(MOST_VALUES * sizeof(JsonbValue) <= MaxAllocSize &&
					 MOST_KEYS * sizeof(JsonbPair) <= MaxAllocSize,
				 "arrays and objects can grow so far");

void
json_append_separator(StringInfo json)
{
	char last = json->len > 0 ? json->data[json->len - 1] : '[';

	if (last != '{' && last != '[')
		appendStringInfoChar(json, ',');
}

void
json_append_key(StringInfo json, const char *key)
{
	json_append_separator(json);
	escape_json(json, key);
	appendStringInfoChar(json, ':');
}

void
json_append_number(StringInfo json, double value)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (!isfinite(value))
	{
		appendStringInfoString(json, "null");
		return;
	}
	/* Not float8out, which obeys extra_float_digits; plus zero, as jsonb knows no negative zero. */
	double_to_shortest_decimal_buf(value + 0.0, text);
	appendStringInfoString(json, text);
}

void
json_append_numbers(StringInfo json, const double *values, int count)
{
	appendStringInfoChar(json, '[');
	for (int i = 0; i < count; i++)
	{
		json_append_separator(json);
		json_append_number(json, values[i]);
	}
	appendStringInfoChar(json, ']');
}

void
json_append_integers(StringInfo json, const int *values, int count)
{
	appendStringInfoChar(json, '[');
	for (int i = 0; i < count; i++)
	{
		json_append_separator(json);
		appendStringInfo(json, "%d", values[i]);
	}
	appendStringInfoChar(json, ']');
}

void
json_append_text(StringInfo json, const char *text)
{
	if (text == NULL)
		appendStringInfoString(json, "null");
	else
		escape_json(json, text);
}

void
json_append_texts(StringInfo json, char *const *texts, int count)
{
	if (texts == NULL)
	{
		appendStringInfoString(json, "null");
		return;
	}
	appendStringInfoChar(json, '[');
	for (int i = 0; i < count; i++)
	{
		json_append_separator(json);
		json_append_text(json, texts[i]);
	}
	appendStringInfoChar(json, ']');
}

void
json_add_integer(StringInfo json, const char *key, int64 value)
{
	json_append_key(json, key);
	appendStringInfo(json, INT64_FORMAT, value);
}

void
json_add_unsigned(StringInfo json, const char *key, uint64 value)
{
	json_append_key(json, key);
	appendStringInfo(json, UINT64_FORMAT, value);
}

void
json_add_number(StringInfo json, const char *key, double value)
{
	json_append_key(json, key);
	json_append_number(json, value);
}

void
json_add_boolean(StringInfo json, const char *key, bool value)
{
	json_append_key(json, key);
	appendStringInfoString(json, value ? "true" : "false");
}

void
json_add_text(StringInfo json, const char *key, const char *value)
{
	json_append_key(json, key);
	json_append_text(json, value);
}

Jsonb *
json_parse(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* How often every byte stands outside of strings. */
static void
count_outside_strings(const char *text, Size length, Size *counts)
{
	bool in_string = false;
	Size look = 0;

	for (Size i = 0; i < length; i++)
	{
		unsigned char byte = (unsigned char) text[i];

		if (i >= look)
		{
			check_interrupts();
			look = i + INTERRUPT_BYTES;
		}
		if (byte == '"')
			in_string = !in_string;
		else if (!in_string)
			counts[byte]++;
		else if (byte == '\\')
			i++;
	}
}

void
json_check_model_text(const char *text, Size length)
{
	Size taken = MemoryContextMemAllocated(CurrentMemoryContext, false);
	Size counts[UCHAR_MAX + 1] = {0};
	Size bytes;

	/* whatever so short a text may hold */
	if (memory_allowed(add_size(taken, mul_size(BRACE_BYTES, length))))
		return;
	count_outside_strings(text, length, counts);
	bytes = COMMA_BYTES * counts[','] + COLON_BYTES * counts[':'] + BRACKET_BYTES * counts['['] +
			BRACE_BYTES * counts['{'] + TEXT_COPIES * length;
	check_model_memory(add_size(taken, bytes));
	if (counts[','] >= MOST_VALUES || counts[':'] > MOST_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("model has too many JSON values"),
				 errdetail("There are %zu with %zu keys in one text; %zu with %zu are possible.",
						   counts[','] + 1, counts[':'], MOST_VALUES, MOST_KEYS)));
}

/* Does writing a number out, or reading it as a double, take no more than a double may need? */
static bool
is_short_number(Numeric number)
{
	Numeric beyond;
	Numeric size;
	bool smaller;

	if (numeric_is_nan(number) || numeric_is_inf(number) ||
		DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(number))) >
			MOST_FRACTION_DIGITS)
		return false;
	beyond = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(BEYOND_DOUBLE),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	size = DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(number)));
	smaller = DatumGetBool(
		DirectFunctionCall2(numeric_lt, NumericGetDatum(size), NumericGetDatum(beyond)));
	pfree(size);
	pfree(beyond);
	return smaller;
}

/* A number that is written without a fraction and fits an int: most are, and need no text. */
static bool
fits_int(const JsonbValue *value, int32 *result)
{
	Numeric number = value->val.numeric;
	bool error = false;

	if (value->type != jbvNumeric || numeric_is_nan(number) || numeric_is_inf(number) ||
		DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(number))) != 0)
		return false;
	*result = numeric_int4_opt_error(number, &error);
	return !error;
}

/* The digits of a whole number, or NULL. */
static char *
whole_number_text(const JsonbValue *value)
{
	Datum trimmed;
	char *text;

	if (value->type != jbvNumeric || !is_short_number(value->val.numeric))
		return NULL;
	trimmed = DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(value->val.numeric));
	text = DatumGetCString(DirectFunctionCall1(numeric_out, trimmed));
	return strchr(text, '.') == NULL ? text : NULL;
}

bool
json_value_int64(const JsonbValue *value, int64 *result)
{
	int32 number;
	char *text;
	char *end;

	if (fits_int(value, &number))
	{
		*result = number;
		return true;
	}
	text = whole_number_text(value);
	if (text == NULL)
		return false;
	errno = 0;
	*result = strtoi64(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

bool
json_value_uint64(const JsonbValue *value, uint64 *result)
{
	char *text = whole_number_text(value);
	char *end;

	if (text == NULL || text[0] == '-')
		return false;
	errno = 0;
	*result = strtou64(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

bool
json_value_double(const JsonbValue *value, double *result)
{
	int32 number;

	if (fits_int(value, &number))
	{
		*result = number;
		return true;
	}
	if (value->type != jbvNumeric || !is_short_number(value->val.numeric))
		return false;
	*result = DatumGetFloat8(
		DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	return isfinite(*result);
}

/* Append a number; one that would be long to write with an exponent. */
static void
append_numeric(StringInfo json, Numeric number)
{
	char *text = is_short_number(number)
					 ? DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)))
					 : numeric_out_sci(number, 0);

	appendStringInfoString(json, text);
	pfree(text);
}

/* Append a scalar, or of a string no more than its first bytes. */
static void
append_scalar_beginning(StringInfo json, const JsonbValue *value, int bytes)
{
	char *text;

	switch (value->type)
	{
		case jbvString:
			text = pnstrdup(value->val.string.val,
							pg_mbcliplen(value->val.string.val, value->val.string.len, bytes));
			escape_json(json, text);
			pfree(text);
			break;
		case jbvNumeric:
			append_numeric(json, value->val.numeric);
			break;
		case jbvBool:
			appendStringInfoString(json, value->val.boolean ? "true" : "false");
			break;
		default:
			appendStringInfoString(json, "null");
			break;
	}
}

/* Append what one token of an array or object is in JSON text. */
static void
append_token(StringInfo json, JsonbIteratorToken token, const JsonbValue *value, int bytes)
{
	char last = json->len > 0 ? json->data[json->len - 1] : '[';
	bool ends = token == WJB_END_ARRAY || token == WJB_END_OBJECT;

	if (!ends && last != '[' && last != '{' && last != ' ')
		appendStringInfoString(json, ", ");
	switch (token)
	{
		case WJB_BEGIN_ARRAY:
			appendStringInfoChar(json, '[');
			break;
		case WJB_BEGIN_OBJECT:
			appendStringInfoChar(json, '{');
			break;
		case WJB_END_ARRAY:
			appendStringInfoChar(json, ']');
			break;
		case WJB_END_OBJECT:
			appendStringInfoChar(json, '}');
			break;
		case WJB_KEY:
			append_scalar_beginning(json, value, bytes);
			appendStringInfoString(json, ": ");
			break;
		default:
			append_scalar_beginning(json, value, bytes);
			break;
	}
}

char *
json_beginning(const JsonbValue *value, int bytes)
{
	StringInfoData json;

	initStringInfo(&json);
	if (value->type != jbvBinary)
		append_scalar_beginning(&json, value, bytes);
	else
	{
		JsonbIterator *iterator = JsonbIteratorInit(value->val.binary.data);
		JsonbIteratorToken token;
		JsonbValue part;

		while (json.len <= bytes &&
			   (token = JsonbIteratorNext(&iterator, &part, false)) != WJB_DONE)
			append_token(&json, token, &part, bytes);
	}
	return json.data;
}
